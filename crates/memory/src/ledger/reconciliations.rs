//! [`ReconciliationRepository`] on the unit of work.

use std::collections::HashSet;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{Alias, ReconciliationRepository},
    store::StoreError,
};

use crate::{mark::Mark, unit::Unit};

#[async_trait]
impl ReconciliationRepository for Unit {
    async fn aliases(
        &mut self,
        owner: UserId,
        account: AccountId,
        source_ids: &[String],
    ) -> Result<Vec<Alias>, StoreError> {
        let wanted: HashSet<&String> = source_ids.iter().collect();
        self.run(|tables| {
            let mut found = Vec::new();
            for source_id in wanted {
                let aliases = tables.aliases.marked(&Mark::Source(account, source_id.clone()));
                found.extend(aliases.filter(|alias| alias.owner == owner).cloned());
            }
            Ok(found)
        })
    }

    async fn put_aliases(&mut self, aliases: &[Alias]) -> Result<(), StoreError> {
        self.run(|tables| {
            for alias in aliases {
                tables.needs_account(alias.owner, alias.account)?;
                tables.aliases.put(alias.clone());
            }
            Ok(())
        })
    }
}
