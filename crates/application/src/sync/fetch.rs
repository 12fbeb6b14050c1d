//! Walks through an institution's accounts and transactions, page by page.

use std::collections::HashMap;

use dashtam_domain::{
    call::Call,
    connections::{
        Connection, PageRequest, Provider, ProviderError, PulledHoldings, SyncRun, TransactionWindow,
    },
    ledger::Account,
    page::Limit,
    time::Timestamp,
};

use super::{
    Sync, SyncError,
    apply::{Listing, ToldDays},
};
use crate::authorization::keeper::{Need, Usable};

/// A provider that pages for ever is stopped here: 10,000 pages of one account.
const MAX_PAGES: usize = 10_000;

/// Whether there is more to be had before the planned time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Soon {
    /// The institution will have more within minutes.
    Yes,
    /// Nothing was stored of what the institution told: the connection was linked anew meanwhile.
    AtOnce,
    No,
}

impl Sync {
    /// Fetches everything of one connection. What is stored stays stored when a later step fails, and fetching
    /// again completes it.
    pub(super) async fn fetch(&self, run: &mut SyncRun, connection: &Connection) -> Result<Soon, SyncError> {
        let provider = self
            .catalogue
            .get(&connection.provider)
            .ok_or(ProviderError::Rejected { code: "provider_not_available".to_owned() })?;
        let provider = &**provider;
        let call = Call::system(self.sources.clock.now());
        let mut usable = self.keeper.usable(&call, connection, provider, Need::WhenDue).await?;
        let Some(feed) = provider.feeds().accounts else { return Ok(Soon::No) };

        let pulled = match feed.accounts(&usable.credentials).await {
            // The institution may end access tokens early: refresh once, try once more.
            Err(ProviderError::AccessTokenRejected) => {
                usable = self.renewed(connection, provider, &usable).await?;
                feed.accounts(&usable.credentials).await.map_err(fresh_token_rejected)?
            }
            other => other?,
        };
        let last = self.last_syncs(connection).await?;
        let institution = &provider.descriptor().name;
        let accounts = self.apply_accounts(run, connection, institution, pulled, &last).await?;
        run.counts.accounts = i32::try_from(accounts.len()).unwrap_or(i32::MAX);
        let soon;
        (usable, soon) = self.drain(run, connection, provider, usable, &accounts).await?;
        if soon == Soon::AtOnce {
            // What else could be asked for is asked for by the new credentials.
            return Ok(soon);
        }
        for account in accounts {
            usable = self.fetch_account(run, connection, provider, usable, account).await?;
        }
        Ok(soon)
    }

    async fn fetch_account(
        &self,
        run: &mut SyncRun,
        connection: &Connection,
        provider: &dyn Provider,
        mut usable: Usable,
        account: Account,
    ) -> Result<Usable, SyncError> {
        let mut told = None;
        let mut listing = Listing::default();
        if let Some(feed) = provider.feeds().transactions {
            let (last, now) = (account.last_synced_at, self.sources.clock.now());
            let again = provider.pace().overlap(last, now, connection.id.0.as_u128());
            let days = TransactionWindow::due(last, now, again, feed.history_days());
            let mut asked = PageRequest::new(&account.external_id, days, None);
            let mut retried = false;
            let (mut whole, mut ended) = (true, false);
            for _ in 0..MAX_PAGES {
                let got = match feed.transactions(&usable.credentials, &asked).await {
                    Err(ProviderError::AccessTokenRejected) if !retried => {
                        retried = true;
                        usable = self.renewed(connection, provider, &usable).await?;
                        continue;
                    }
                    other => other.map_err(fresh_token_rejected)?,
                };
                retried = false;
                whole &= got.gaps.is_empty();
                asked.page = got.next.clone();
                let covered_from = got.covered_from.map_or(days.from, |covered| covered.max(days.from));
                self.apply_page(run, &account, got, &mut listing).await?;
                if asked.page.is_none() {
                    let listed = TransactionWindow { from: covered_from, to: days.to };
                    // In a listing with gaps, absence means nothing.
                    told = Some(ToldDays { asked: days, whole: whole.then(|| (listed, feed.absence())) });
                    ended = true;
                    break;
                }
            }
            if !ended {
                return Err(ProviderError::Malformed { at: "transactions never end" }.into());
            }
        }
        let holdings = match provider.feeds().holdings {
            Some(feed) => match feed.holdings(&usable.credentials, &account.external_id).await {
                Err(ProviderError::AccessTokenRejected) => {
                    usable = self.renewed(connection, provider, &usable).await?;
                    let again = feed.holdings(&usable.credentials, &account.external_id).await;
                    again.map_err(fresh_token_rejected)?
                }
                other => other?,
            },
            None => PulledHoldings::Untold,
        };
        self.finish_account(run, account, told, listing, holdings).await?;
        Ok(usable)
    }

    /// Credentials in place of those the institution refused.
    pub(super) async fn renewed(
        &self,
        connection: &Connection,
        provider: &dyn Provider,
        refused: &Usable,
    ) -> Result<Usable, SyncError> {
        let call = Call::system(self.sources.clock.now());
        Ok(self.keeper.usable(&call, connection, provider, Need::NewerThan(refused.revision)).await?)
    }

    /// How far earlier runs got with each account, by the institution's id of it.
    async fn last_syncs(&self, connection: &Connection) -> Result<HashMap<String, Timestamp>, SyncError> {
        let mut last = HashMap::new();
        let mut after = None;
        loop {
            let limit = Limit::new(Limit::MAX).unwrap_or_default();
            let page = self.queries.accounts(connection.owner, Some(connection.id), after, limit).await?;
            let synced =
                page.items.into_iter().filter_map(|a| a.last_synced_at.map(|at| (a.external_id, at)));
            last.extend(synced);
            after = page.next;
            if after.is_none() {
                return Ok(last);
            }
        }
    }
}

/// A token that is refused right after its refresh says nothing of the grant, which has just been refreshed: often
/// it is the installation that may not use the interface.
pub(super) fn fresh_token_rejected(error: ProviderError) -> ProviderError {
    match error {
        ProviderError::AccessTokenRejected => ProviderError::FreshTokenRejected,
        other => other,
    }
}
