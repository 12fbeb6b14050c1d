//! Takes the account numbers out of what was stored before they were hashed.

use dashtam_domain::{
    access::Access,
    call::Call,
    ledger::{hashed_external_id, unnamed_account},
    page::Limit,
};

use super::Imports;
use crate::{errors::CommonError, request::request};

/// Hash what is stored in clear of the accounts of imported files.
#[derive(Debug)]
pub struct HashAccounts;

request!(HashAccounts, "imports.hash_accounts", Access::System);

impl Imports {
    /// Puts hashes in the place of the account numbers that earlier versions stored in clear, some hundred accounts in
    /// one unit of work; how many accounts. Servers that start together do no harm to one another.
    #[tracing::instrument(name = "imports.hash_accounts", skip_all)]
    pub async fn hash_accounts(&self, call: &Call, _request: HashAccounts) -> Result<u64, CommonError> {
        call.permits(Access::System)?;
        let mut count = 0;
        loop {
            let found = self.queries.accounts_in_clear(Limit::new(Limit::MAX).unwrap_or_default()).await?;
            if found.is_empty() {
                return Ok(count);
            }
            let mut work = self.store.begin().await?;
            for account in found {
                let hashed = hashed_external_id(&*self.account_hasher, account.owner, &account.external_id);
                let in_clear = [account.external_id];
                // A program of an earlier version may have made it a second time, beside the hashed one. Then its number
                // goes all the same, and whoever means it names it by its id.
                for external_id in [hashed, unnamed_account(account.id.0)] {
                    let (owner, source) = (account.owner, &account.source);
                    if work.accounts().rename(owner, source, &in_clear, &external_id).await? {
                        count += 1;
                        break;
                    }
                }
            }
            work.commit().await?;
        }
    }
}
