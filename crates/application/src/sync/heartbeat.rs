//! Signs of life: a run is its worker's as long as the worker lives, however long it waits for an institution.

use std::pin::pin;

use dashtam_domain::connections::SyncRun;
use futures_util::future::{Either, select};

use super::{Sync, SyncError};

impl Sync {
    /// Does `work` for a run and prolongs the run's lease every ten seconds meanwhile. When another worker has the
    /// run, that is the answer; `work` still goes to its end, because a refresh that is cut off could lose
    /// the tokens it was about to store. What it stores for the run is refused by then.
    pub(super) async fn alive<T>(
        &self,
        run: &SyncRun,
        work: impl Future<Output = Result<T, SyncError>>,
    ) -> Result<T, SyncError> {
        let (work, beat) = (pin!(work), pin!(self.beat(run)));
        match select(work, beat).await {
            Either::Left((done, _)) => done,
            Either::Right((lost, work)) => work.await.and(Err(lost)),
        }
    }

    /// Prolongs until the run is lost; the reason.
    async fn beat(&self, run: &SyncRun) -> SyncError {
        loop {
            self.sources.timer.sleep(SyncRun::BEAT).await;
            match self.prolong(run).await {
                Ok(true) => {}
                Ok(false) => return SyncError::TakenOver,
                // The lease outlasts a beat or two that fail.
                Err(error) => tracing::warn!(sync.id = %run.id, %error, "a lease was not prolonged"),
            }
        }
    }

    async fn prolong(&self, run: &SyncRun) -> Result<bool, SyncError> {
        let mut work = self.store.begin().await?;
        let until = self.sources.clock.now().plus(SyncRun::LEASE);
        let held = work.sync_runs().prolong(run.id, run.attempts, until, None).await?;
        work.commit().await?;
        Ok(held)
    }
}
