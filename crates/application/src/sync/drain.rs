//! Reads an institution's list of changes to its end, and stores all of it or nothing.

use dashtam_domain::{
    connections::{Changes, ChangesFeed, Connection, Provider, ProviderError, SyncRun},
    ledger::Account,
    time::Day,
};

use super::{
    Sync, SyncError,
    apply::count,
    fetch::{Soon, fresh_token_rejected},
    listing::Listing,
};
use crate::authorization::keeper::Usable;

/// How often a listing that changed while it was read is begun anew, before it is left for a later run.
const MOST_RESTARTS: u32 = 3;
/// Most rows of one listing. Its pages fit together only as a whole, so all of them are held until its end.
const MOST_ROWS: usize = 250_000;
/// Most pages of one listing, which may be empty.
const MOST_PAGES: usize = 10_000;

/// How reading a listing ended.
enum Read {
    Whole(Box<Listing>),
    /// Nothing is ready yet.
    NotReady,
    /// It changed again and again while it was read.
    Restless,
}

impl Sync {
    /// Reads what changed since the last listing that was read to its end, and stores it with the place of the next in one
    /// unit of work: pages of a listing that is not whole say nothing for sure. Answers the credentials that were good
    /// last, and whether there will be more soon.
    pub(super) async fn drain(
        &self,
        run: &mut SyncRun,
        connection: &Connection,
        provider: &dyn Provider,
        usable: Usable,
        accounts: &[Account],
    ) -> Result<(Usable, Soon), SyncError> {
        let Some(feed) = provider.feeds().changes else { return Ok((usable, Soon::No)) };
        if run.attempts > 1 {
            self.compare_all(run, accounts).await?;
        }
        let (usable, read) = self.read_listing(run, connection, provider, feed, usable).await?;
        match read {
            Read::Whole(listing) => {
                let soon = if listing.soon { Soon::Yes } else { Soon::No };
                let touched =
                    self.store_listing(run, connection, usable.revision, accounts, *listing).await?;
                if let Some(touched) = touched {
                    self.compare(run, &touched).await?;
                    return Ok((usable, soon));
                }
                run.note("The connection was linked anew while its transactions were read. They are asked for again.");
                Ok((usable, Soon::AtOnce))
            }
            Read::NotReady => {
                run.note("The institution is still collecting the first transactions. They are asked for again soon.");
                Ok((usable, Soon::Yes))
            }
            Read::Restless => {
                run.note("The institution changed its transactions while they were read. They are asked for again soon.");
                Ok((usable, Soon::Yes))
            }
        }
    }

    /// Each page prolongs the lease of the run and tells how many rows were read, as a page that is stored does.
    async fn read_listing(
        &self,
        run: &SyncRun,
        connection: &Connection,
        provider: &dyn Provider,
        feed: &dyn ChangesFeed,
        mut usable: Usable,
    ) -> Result<(Usable, Read), SyncError> {
        // The place to begin at stays until the end of the listing is there.
        let mut first = connection.cursor.clone();
        let mut next = first.clone();
        let mut listing = Listing::default();
        let (mut rows, mut restarts, mut retried) = (0_usize, 0, false);
        for _ in 0..MOST_PAGES {
            let answer = match feed.changes(&usable.credentials, next.as_deref()).await {
                Err(ProviderError::AccessTokenRejected) if !retried => {
                    retried = true;
                    usable = self.renewed(connection, provider, &usable).await?;
                    continue;
                }
                other => other.map_err(fresh_token_rejected)?,
            };
            retried = false;
            let page = match answer {
                Changes::Page(page) => page,
                Changes::NotReady => return Ok((usable, Read::NotReady)),
                Changes::Moved if restarts == MOST_RESTARTS => return Ok((usable, Read::Restless)),
                Changes::Moved => {
                    tracing::debug!(connection.id = %connection.id, "a listing changed while it was read");
                    restarts += 1;
                    (next, listing, rows) = (first.clone(), Listing::default(), 0);
                    continue;
                }
                // All of it once more; what is stored is found by its ids.
                Changes::CursorUnknown if first.is_some() => {
                    tracing::warn!(connection.id = %connection.id, "the institution lost the place in its changes");
                    first = None;
                    (next, listing, rows) = (None, Listing::default(), 0);
                    continue;
                }
                Changes::CursorUnknown => return Err(ProviderError::Malformed { at: "cursor" }.into()),
            };
            let told = [page.rows.len(), page.removed.len(), page.refused.len()];
            rows = told.into_iter().fold(rows, usize::saturating_add);
            if rows > MOST_ROWS || (page.more && next.as_ref() == Some(&page.cursor)) {
                return Err(ProviderError::Malformed { at: "changes never end" }.into());
            }
            let more = page.more;
            next = Some(page.cursor.clone());
            listing.take(page);
            if more {
                self.tell_rows(run, rows).await?;
            } else {
                if first.is_none() {
                    let today = self.sources.clock.now().day();
                    listing.says_all(feed.history_days().map_or(Day::FIRST, |days| today.plus_days(-days)));
                }
                return Ok((usable, Read::Whole(Box::new(listing))));
            }
        }
        Err(ProviderError::Malformed { at: "changes never end" }.into())
    }

    async fn tell_rows(&self, run: &SyncRun, rows: usize) -> Result<(), SyncError> {
        let mut told = run.clone();
        told.progress.rows = told.progress.rows.saturating_add(count(rows));
        Ok(self.begin(&told).await?.commit().await?)
    }
}
