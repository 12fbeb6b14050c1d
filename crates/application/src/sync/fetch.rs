//! Walks through an institution's accounts and transactions, page by page.

use std::collections::HashMap;

use dashtam_domain::{
    connections::{Connection, Credentials, Provider, ProviderError, SyncRun, TransactionWindow},
    id::AccountId,
    ledger::Account,
    page::Limit,
};

use super::{Sync, SyncError};

/// A provider that pages for ever is stopped here: 10,000 pages of one account.
const MAX_PAGES: usize = 10_000;

impl Sync {
    /// Fetches everything of one connection. What is stored stays stored when a later step fails, and fetching
    /// again completes it.
    pub(super) async fn fetch(&self, run: &mut SyncRun, connection: &Connection) -> Result<(), SyncError> {
        let provider = self
            .catalogue
            .get(&connection.provider)
            .ok_or(ProviderError::Rejected { code: "provider_not_available".to_owned() })?;
        let provider = &**provider;
        let mut credentials = self.usable_credentials(connection, provider, false).await?;
        let Some(feed) = provider.accounts() else { return Ok(()) };

        let pulled = match feed.accounts(&credentials).await {
            // The institution may end access tokens early: refresh once, try once more.
            Err(ProviderError::AccessTokenRejected) => {
                credentials = self.usable_credentials(connection, provider, true).await?;
                feed.accounts(&credentials).await.map_err(dead_if_rejected_again)?
            }
            other => other?,
        };
        let known = self.known_accounts(connection).await?;
        let institution = &provider.descriptor().name;
        let accounts = self.apply_accounts(run, connection, institution, pulled).await?;
        run.counts.accounts = i32::try_from(accounts.len()).unwrap_or(i32::MAX);
        for account in accounts {
            let last = known.get(&account.id).and_then(|known| known.last_synced_at);
            credentials = self.fetch_account(run, connection, provider, credentials, account, last).await?;
        }
        Ok(())
    }

    async fn fetch_account(
        &self,
        run: &mut SyncRun,
        connection: &Connection,
        provider: &dyn Provider,
        mut credentials: Credentials,
        account: Account,
        last: Option<dashtam_domain::time::Timestamp>,
    ) -> Result<Credentials, SyncError> {
        let mut window = None;
        if let Some(feed) = provider.transactions() {
            let today = self.sources.clock.now().day();
            let from = match last {
                Some(last) => last.day().plus_days(-self.policy.sync_overlap_days),
                None => today.plus_days(-feed.history_days()),
            };
            // Institutions ahead of UTC already book tomorrow's rows.
            let days = TransactionWindow { from, to: today.plus_days(1) };
            let mut page: Option<String> = None;
            let mut retried = false;
            for _ in 0..MAX_PAGES {
                let got = feed.transactions(&credentials, &account.external_id, days, page.as_deref()).await;
                let got = match got {
                    Err(ProviderError::AccessTokenRejected) if !retried => {
                        retried = true;
                        credentials = self.usable_credentials(connection, provider, true).await?;
                        continue;
                    }
                    other => other.map_err(dead_if_rejected_again)?,
                };
                retried = false;
                page = got.next.clone();
                self.apply_page(run, &account, got).await?;
                if page.is_none() {
                    window = Some(days);
                    break;
                }
            }
            if window.is_none() {
                return Err(ProviderError::Malformed { at: "transactions never end" }.into());
            }
        }
        let holdings = match provider.holdings() {
            Some(feed) => Some(feed.holdings(&credentials, &account.external_id).await?),
            None => None,
        };
        self.finish_account(run, account, window, holdings).await?;
        Ok(credentials)
    }

    /// What we knew of the connection's accounts before this run.
    async fn known_accounts(
        &self,
        connection: &Connection,
    ) -> Result<HashMap<AccountId, Account>, SyncError> {
        let mut known = HashMap::new();
        let mut after = None;
        loop {
            let limit = Limit::new(Limit::MAX).unwrap_or_default();
            let page = self.queries.accounts(connection.owner, Some(connection.id), after, limit).await?;
            known.extend(page.items.into_iter().map(|account| (account.id, account)));
            after = page.next;
            if after.is_none() {
                return Ok(known);
            }
        }
    }
}

/// A token that is refused right after its refresh: the grant itself is dead.
fn dead_if_rejected_again(error: ProviderError) -> ProviderError {
    match error {
        ProviderError::AccessTokenRejected => ProviderError::NeedsReauthorization,
        other => other,
    }
}
