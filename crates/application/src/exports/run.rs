//! Prepares the file of the next export.

use dashtam_domain::{
    access::Access,
    call::Call,
    fault::{Fault, FaultKind},
    ledger::{ExportFailure, ExportJob, ExportState},
    store::StoreError,
    time::Timestamp,
};

use super::{ExportError, ExportFiles, Exports};
use crate::{portfolio::PortfolioError, request::request};

/// The next export, whichever it is.
#[derive(Debug)]
pub struct RunNextExport;

request!(RunNextExport, "exports.run_next", Access::System);

/// How the work at an export ended.
enum Ended {
    /// Its file is whole.
    Whole,
    /// It was given up.
    GivenUp(ExportFailure),
    /// Another worker took it over, or it was removed.
    Lost,
}

/// Why an export is given up at once that broke by this: another attempt would end alike.
fn hopeless(error: &ExportError) -> Option<ExportFailure> {
    match error {
        ExportError::Portfolio(PortfolioError::TooMuch | PortfolioError::TooLarge) => {
            Some(ExportFailure::TooLarge)
        }
        // An account that was removed since, for example.
        _ if matches!(error.kind(), FaultKind::NotFound | FaultKind::Invalid) => {
            Some(ExportFailure::NotThere)
        }
        _ => None,
    }
}

impl Exports {
    /// Takes the export that waits the longest, or one whose worker died, and prepares its file; whether there was one. Each chunk
    /// is one unit of work with how far the export came, and nobody sees the file before it is whole. One that breaks on our
    /// side is put off, and given up after a few attempts.
    #[tracing::instrument(name = "exports.run_next", skip_all)]
    pub async fn run_next(
        &self,
        call: &Call,
        _request: RunNextExport,
        files: &dyn ExportFiles,
    ) -> Result<bool, ExportError> {
        call.permits(Access::System)?;
        if !self.jobs.exports_wait(call.now).await? {
            return Ok(false);
        }
        let mut work = self.store.begin().await?;
        let Some(mut job) = work.exports().claim(call.now, call.now.plus(ExportJob::LEASE)).await? else {
            work.roll_back().await;
            return Ok(false);
        };
        work.commit().await?;
        let id = job.id;
        if job.attempts > ExportJob::MOST_ATTEMPTS {
            // The workers of all attempts died before they could tell.
            self.end(job.failed(ExportFailure::Broken, call.now)).await?;
            tracing::error!(export.id = %id, "an export was given up");
            return Ok(true);
        }
        let ended = match self.write(&mut job, files).await {
            Ok(ended) => ended,
            Err(error) => {
                let now = self.sources.clock.now();
                if let Err(error) = self.put_off(job, now).await {
                    // The lease runs out all the same.
                    tracing::error!(error = &error as &dyn std::error::Error, export.id = %id, "an export could not be put off");
                }
                return Err(error);
            }
        };
        let now = self.sources.clock.now();
        let is_ours = match ended {
            Ended::Whole => self.end(job.done(now)).await?,
            Ended::GivenUp(failure) => {
                tracing::warn!(export.id = %id, failure = failure.as_str(), "an export was given up");
                self.end(job.failed(failure, now)).await?
            }
            Ended::Lost => false,
        };
        if !is_ours {
            tracing::warn!(export.id = %id, "another worker took the export over, or it was removed");
        }
        Ok(true)
    }

    /// Writes the file.
    async fn write(&self, job: &mut ExportJob, files: &dyn ExportFiles) -> Result<Ended, ExportError> {
        let now = self.sources.clock.now();
        let owner = self.users.user(job.owner).await?;
        if !owner.is_some_and(|owner| owner.is_usable(now)) {
            return Ok(Ended::GivenUp(ExportFailure::AccountUnusable));
        }
        let Some(data) = files.read(&job.asked) else {
            return Ok(Ended::GivenUp(ExportFailure::NotThere));
        };
        let mut export = match self.gather(job.owner, now, data).await {
            Ok(export) => export,
            Err(error) => return hopeless(&error).map(Ended::GivenUp).ok_or(error),
        };
        let Some(mut file) = files.file(&job.asked, &export, now) else {
            return Ok(Ended::GivenUp(ExportFailure::NotThere));
        };
        job.total = export.known_rows();
        let mut told_at = now;
        let mut written = file.head()?;
        loop {
            let page = export.next().await?;
            let is_last = page.is_none();
            match page {
                Some(page) => {
                    job.rows += i64::try_from(page.rows()).unwrap_or(i64::MAX);
                    written.extend(file.page(&page)?);
                }
                None => written.extend(file.tail()?),
            }
            while written.len() >= ExportJob::CHUNK || is_last && !written.is_empty() {
                let rest = written.split_off(written.len().min(ExportJob::CHUNK));
                let chunk = std::mem::replace(&mut written, rest);
                job.bytes += i64::try_from(chunk.len()).unwrap_or(i64::MAX);
                job.chunks += 1;
                if job.bytes > ExportJob::MOST_BYTES {
                    return Ok(Ended::GivenUp(ExportFailure::TooLarge));
                }
                told_at = self.sources.clock.now();
                if !self.tell(job, &chunk, told_at).await? {
                    return Ok(Ended::Lost);
                }
            }
            if is_last {
                return Ok(Ended::Whole);
            }
            // Where few of many rows are taken a chunk may be long in coming.
            let now = self.sources.clock.now();
            if now.since(told_at) >= ExportJob::BEAT {
                told_at = now;
                if !self.tell(job, &[], now).await? {
                    return Ok(Ended::Lost);
                }
            }
        }
    }

    /// Stores a chunk, or nothing, with how far the export came; whether it is still ours.
    async fn tell(&self, job: &mut ExportJob, chunk: &[u8], now: Timestamp) -> Result<bool, StoreError> {
        job.lease_until = Some(now.plus(ExportJob::LEASE));
        let mut work = self.store.begin().await?;
        let is_held = work.exports().go_on(job, chunk).await?;
        work.commit().await?;
        Ok(is_held)
    }

    async fn put_off(&self, job: ExportJob, now: Timestamp) -> Result<(), StoreError> {
        let ended = if job.attempts >= ExportJob::MOST_ATTEMPTS {
            job.failed(ExportFailure::Broken, now)
        } else {
            let again = job.retry_at(now);
            ExportJob { state: ExportState::Waiting, lease_until: Some(again), ..job }
        };
        self.end(ended).await.map(drop)
    }

    /// Writes where an export stands that nobody works at any more; whether it was still ours.
    async fn end(&self, job: ExportJob) -> Result<bool, StoreError> {
        let mut work = self.store.begin().await?;
        let was_held = work.exports().finish(&job).await?;
        work.commit().await?;
        Ok(was_held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::LedgerError;

    #[test]
    fn what_would_end_alike_again_is_given_up_with_its_reason() {
        let of = |error: ExportError| hopeless(&error);
        assert_eq!(of(PortfolioError::TooMuch.into()), Some(ExportFailure::TooLarge));
        assert_eq!(of(LedgerError::NotFound("account").into()), Some(ExportFailure::NotThere));
        assert_eq!(of(StoreError::Database("gone".into()).into()), None);
    }
}
