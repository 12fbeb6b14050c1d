//! Shows transfers.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::DecisionId,
    identity::Scope,
    ledger::{Decision, DecisionState},
    page::{Limit, Page},
};

use super::Transfers;
use crate::{
    reconciliations::ReconciliationError,
    request::{authorize, request},
};

/// Which transfers.
#[derive(Debug)]
pub struct ListTransfers {
    /// Only those that stand there.
    pub state: Option<DecisionState>,
    /// Older than this one.
    pub after: Option<DecisionId>,
    /// How many.
    pub limit: Limit,
}

request!(ListTransfers, "transfers.list", Access::User(Needs::read(Scope::TransactionsRead)));

impl Transfers {
    /// The caller's transfers, those that are suggested and those that are no longer any among them, the newest first.
    pub async fn list(
        &self,
        call: &Call,
        request: ListTransfers,
    ) -> Result<Page<Decision, DecisionId>, ReconciliationError> {
        let owner = authorize::<ListTransfers>(call)?.user;
        let ListTransfers { state, after, limit } = request;
        Ok(self.queries.transfers(owner, state, after, limit).await?)
    }
}
