//! Decisions about transactions that may be one: shown, carried out, refused and taken back.

mod accept;
mod across;
mod duplicates;
mod links;
mod list;
mod matching;
mod merge;
mod reject;
mod settle;
pub mod transfers;
mod undo;
mod unlink;
mod withdraw;

use std::sync::Arc;

use dashtam_domain::{
    fault::FieldError,
    id::DecisionId,
    ledger::{DecisionState, LedgerQueries},
    sources::Sources,
    store::Store,
};

use crate::errors::{CommonError, faults};

pub use accept::AcceptMatch;
pub(crate) use across::AcrossSources;
pub(crate) use duplicates::suggest_duplicates;
pub(crate) use links::{forget_refused, link_rows};
pub use list::{GetMatch, ListMatches};
pub(crate) use matching::{Listed, match_account};
pub use merge::MergeTransactions;
pub use reject::RejectMatch;
pub(crate) use settle::{Rows, carry_out};
pub use undo::UndoMatch;
pub(crate) use unlink::{dissolve, part, rest_on};
pub(crate) use withdraw::withdraw;

/// Decisions about transactions that may be one.
pub struct Reconciliations {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn LedgerQueries>,
    pub(crate) sources: Sources,
}

/// Why a decision could not be shown, made or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReconciliationError {
    /// Not there, or somebody else's.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// The decision stands somewhere else.
    #[error("The decision is {} by now.", .0.as_str())]
    Decided(DecisionState),
    /// Decisions rest on this one.
    #[error("Later decisions are about the same transactions; undo these first: {}.", listed(.0))]
    Later(Vec<DecisionId>),
    /// One of the rows was merged into another one meanwhile.
    #[error("One of the transactions was merged into another one meanwhile.")]
    Merged,
    /// One of the rows is there no longer.
    #[error("One of the transactions is no longer there.")]
    Removed,
    /// One of the rows is a side of another transfer.
    #[error("One of the transactions is part of a transfer already.")]
    InTransfer,
    /// The rows of a suggestion are no longer what it was founded on.
    #[error("{0}")]
    Changed(&'static str),
    /// Rows that somebody named, and that cannot be one transaction or one transfer.
    #[error("{0}")]
    Unsuitable(&'static str),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    ReconciliationError {
        Self::NotFound(_) => NotFound: "not-found",
        Self::Decided(_) => Conflict: "already-decided",
        Self::Later(_) => Conflict: "later-decisions",
        Self::Merged => Conflict: "transaction-merged",
        Self::Removed => Conflict: "transaction-removed",
        Self::InTransfer => Conflict: "already-in-transfer",
        Self::Changed(_) => Conflict: "transactions-changed",
        Self::Unsuitable(_) => Invalid: "invalid-request",
    }
    fields: |error| match error {
        Self::Unsuitable(why) => vec![FieldError::new("other_transaction_id", "unsuitable", *why)],
        _ => Vec::new(),
    };
}

/// The ids, one after the other.
pub(crate) fn listed(ids: &[DecisionId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
