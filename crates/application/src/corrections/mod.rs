//! What people put in the place of what institutions say, and beside it.

mod account;
mod balance;
mod bulk;
mod bulk_undo;
mod edited;
mod learning;
mod lots;
mod transaction;

use std::sync::Arc;

use dashtam_domain::{
    delivery::WorkSignal,
    fault::FieldError,
    id::DecisionId,
    ledger::{BulkChange, LinkProblem, Tags, TooManyTags, portfolio::LotsProblem},
    sources::Sources,
    store::Store,
};

use crate::{
    errors::{CommonError, faults},
    portfolio::Portfolio,
    reconciliations::listed,
};

pub use account::{CorrectAccount, MOST_DISTINCT, TakeBackOfAccount};
pub use balance::{StateBalance, TakeBackBalance};
pub use bulk::{BulkCorrect, BulkCorrected, BulkOutcome};
pub use bulk_undo::{BulkUndone, UndoBulkCorrect};
pub use lots::NameLots;
pub use transaction::{CorrectTransaction, TakeBackOfTransaction};

/// Corrections of transactions and accounts.
pub struct Corrections {
    pub(crate) store: Arc<dyn Store>,
    /// Of which the lots of a sale are.
    pub(crate) portfolio: Arc<Portfolio>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) sources: Sources,
}

/// Why something could not be corrected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorrectionError {
    /// Not there, or somebody else's.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// There is nothing to take back.
    #[error("This field is not corrected.")]
    NotCorrected,
    /// The parts of a split do not come to the transaction's amount.
    #[error("The parts must come to the amount of the transaction.")]
    PartsDoNotAddUp,
    /// More transactions than one change may be about.
    #[error("There may be at most {} transactions.", BulkChange::MOST)]
    TooMany,
    /// A transaction of a change of many would have too many tags.
    #[error("With these, a transaction would have more than {} tags.", Tags::MOST)]
    TooManyTags(#[from] TooManyTags),
    /// Another change of many came after it, it was taken back already, or there never was one.
    #[error("Only the last change of many transactions can be taken back, and once.")]
    NotToUndo,
    /// Two accounts cannot be one.
    #[error(transparent)]
    Link(#[from] LinkProblem),
    /// What an account shall be told from is not there, or the account itself.
    #[error("There is no such other account.")]
    NotDistinct,
    /// Decisions rest on those that would have to be undone.
    #[error("Later decisions are about the same transactions; undo these first: {}.", listed(.0))]
    Later(Vec<DecisionId>),
    /// A category that is not the user's, or no longer offered.
    #[error("There is no such category, or it is archived.")]
    NoCategory(String),
    /// A balance of a day that has not come.
    #[error("The day must not lie ahead.")]
    DayToCome,
    /// A sale cannot take these lots.
    #[error(transparent)]
    Lots(#[from] LotsProblem),
    /// What lots there are is not to be reckoned.
    #[error("{0}")]
    Unreckonable(String),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    CorrectionError {
        Self::NotFound(_) | Self::NotCorrected | Self::NotToUndo => NotFound: "not-found",
        Self::PartsDoNotAddUp | Self::DayToCome | Self::NoCategory(_) | Self::Link(_) | Self::NotDistinct
            | Self::TooMany | Self::TooManyTags(_) | Self::Lots(_) | Self::Unreckonable(_) => Invalid: "invalid-request",
        Self::Later(_) => Conflict: "later-decisions",
    }
    fields: |error| match error {
        Self::PartsDoNotAddUp => vec![FieldError::new("split", "does_not_add_up", error.to_string())],
        Self::TooMany => vec![FieldError::new("transactions", "too_long", error.to_string())],
        Self::TooManyTags(_) => vec![FieldError::new("add_tags", "too_many", error.to_string())],
        Self::Link(problem) => vec![FieldError::new("same_account_as", problem.code(), problem.to_string())],
        Self::Lots(problem) => vec![FieldError::new(problem.field(), problem.code(), problem.to_string())],
        Self::NotDistinct => vec![FieldError::new("distinct_from", "unknown", error.to_string())],
        Self::NoCategory(field) => vec![FieldError::new(field.clone(), "unknown", error.to_string())],
        Self::DayToCome => vec![FieldError::new("date", "in_the_future", error.to_string())],
        _ => Vec::new(),
    };
}
