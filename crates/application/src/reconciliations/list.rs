//! Shows decisions about transactions.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::DecisionId,
    identity::Scope,
    ledger::{Decision, DecisionState},
    page::{Limit, Page},
};

use super::{ReconciliationError, Reconciliations};
use crate::request::{authorize, request};

/// Which decisions.
#[derive(Debug)]
pub struct ListMatches {
    /// Only those that stand there.
    pub state: Option<DecisionState>,
    /// Older than this one.
    pub after: Option<DecisionId>,
    /// How many.
    pub limit: Limit,
}

request!(ListMatches, "reconciliations.list", Access::User(Needs::read(Scope::TransactionsRead)));

/// Which decision.
#[derive(Debug)]
pub struct GetMatch {
    /// Its id.
    pub decision: DecisionId,
}

request!(GetMatch, "reconciliations.get", Access::User(Needs::read(Scope::TransactionsRead)));

impl Reconciliations {
    /// The caller's decisions, the newest first.
    pub async fn list(
        &self,
        call: &Call,
        request: ListMatches,
    ) -> Result<Page<Decision, DecisionId>, ReconciliationError> {
        let owner = authorize::<ListMatches>(call)?.user;
        let ListMatches { state, after, limit } = request;
        Ok(self.queries.decisions(owner, state, after, limit).await?)
    }

    /// The caller's decision.
    pub async fn get(&self, call: &Call, request: GetMatch) -> Result<Decision, ReconciliationError> {
        let owner = authorize::<GetMatch>(call)?.user;
        let found = self.queries.decision(owner, request.decision).await?;
        found.ok_or(ReconciliationError::NotFound("reconciliation"))
    }
}
