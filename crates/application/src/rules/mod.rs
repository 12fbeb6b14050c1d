//! Rules, and what they decide about transactions.

mod create;
mod decide;
mod delete;
mod get;
mod list;
mod preview;
mod run;
mod update;

use std::sync::Arc;

use dashtam_domain::{
    delivery::WorkSignal,
    fault::FieldError,
    id::UserId,
    ledger::LedgerQueries,
    ledger::meaning::OwnCategory,
    ledger::meaning::rule::{RuleError, RuleQueries, RuleRun, RuleTerms, RulesTooLarge},
    retention::RULE_RUNS_KEPT,
    sources::Sources,
    store::{Store, StoreError, UnitOfWork},
};

use crate::errors::{CommonError, faults};

pub(crate) use decide::{decide, decide_again_of, decide_later_of};
pub(crate) use run::decide_moved;

pub use create::CreateRule;
pub use delete::DeleteRule;
pub use get::GetRule;
pub use list::ListRules;
pub use preview::{PreviewRule, RulePreview};
pub use run::{CarryOnRuleRuns, GetRuleRun, ListRuleRuns, StartRuleRun, UndoRuleRun};
pub use update::UpdateRule;

/// Rules of users.
pub struct Rules {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn RuleQueries>,
    pub(crate) ledger: Arc<dyn LedgerQueries>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) sources: Sources,
}

/// Why something about rules did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RulesError {
    /// Not there, or somebody else's.
    #[error("There is no such rule.")]
    NotFound,
    /// There is no such run, or it is somebody else's.
    #[error("There is no such run of the rules.")]
    NoRun,
    /// It is not through, it was taken back, or another one goes on.
    #[error("Only a run that is over can be undone, and only while no other one goes on.")]
    NotToUndo,
    /// Of too many runs what they changed is kept.
    #[error(
        "There are {kept} runs that can still be taken back. Take one back, or wait until they are {days} days old.",
        kept = RuleRun::KEPT, days = RULE_RUNS_KEPT.num_days()
    )]
    TooManyRuns,
    /// They may not stand beside one another.
    #[error(transparent)]
    TooLarge(#[from] RulesTooLarge),
    /// It cannot be as it shall be.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// It names a category that is not the user's, or no longer offered.
    #[error("There is no such category, or it is archived.")]
    NoCategory,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    RulesError {
        Self::NotFound | Self::NoRun => NotFound: "not-found",
        Self::NotToUndo => Conflict: "run-not-undoable",
        Self::TooManyRuns => Conflict: "too-many-runs",
        Self::TooLarge(RulesTooLarge::Rules) => Conflict: "too-many-rules",
        Self::TooLarge(RulesTooLarge::Expressions) => Conflict: "too-many-expressions",
        Self::TooLarge(RulesTooLarge::Values) => Conflict: "too-large-rules",
        Self::Rule(_) | Self::NoCategory => Invalid: "invalid-request",
    }
    fields: |error| match error {
        Self::Rule(rule) => {
            let (field, code) = match rule {
                RuleError::Conditions => ("conditions", "count"),
                RuleError::Actions => ("actions", "missing"),
                RuleError::TwoCategories => ("actions", "contradicts"),
            };
            vec![FieldError::new(field, code, rule.to_string())]
        }
        Self::NoCategory => vec![FieldError::new("actions", "unknown", error.to_string())],
        _ => Vec::new(),
    };
}

/// Whether every category of the owner's own that a rule names is offered, or named by the rule already.
async fn names_categories(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    terms: &RuleTerms,
    before: Option<&RuleTerms>,
) -> Result<bool, StoreError> {
    let named = terms.own_categories();
    if named.is_empty() {
        return Ok(true);
    }
    let known = before.map(RuleTerms::own_categories).unwrap_or_default();
    let all = work.categories().hold_all(owner).await?;
    let can_be = |of: &OwnCategory| !of.is_archived || known.contains(&of.id);
    Ok(named.iter().all(|id| all.iter().any(|category| category.id == *id && can_be(category))))
}
