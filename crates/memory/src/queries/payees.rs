//! [`PayeeQueries`].

use async_trait::async_trait;
use dashtam_domain::{
    id::{PayeeId, UserId},
    ledger::meaning::{Payee, PayeeQueries},
    page::{Limit, Page},
    store::StoreError,
};

use crate::{mark::Mark, store::MemoryStore};

#[async_trait]
impl PayeeQueries for MemoryStore {
    async fn payees(
        &self,
        owner: UserId,
        after: Option<PayeeId>,
        limit: Limit,
    ) -> Result<Page<Payee, PayeeId>, StoreError> {
        self.look(|tables| {
            let payees = tables.payees.marked(&Mark::Owner(owner));
            let mut payees: Vec<Payee> =
                payees.filter(|payee| after.is_none_or(|after| payee.id > after)).cloned().collect();
            payees.sort_unstable_by_key(|payee| payee.id);
            payees.truncate(limit.get() + 1);
            Page::cut(payees, limit, |payee| payee.id)
        })
    }
}
