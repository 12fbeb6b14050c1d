//! [`ExportRepository`] on the unit of work, and [`ExportQueries`].

use async_trait::async_trait;
use dashtam_domain::{
    id::{ExportId, UserId},
    ledger::{ExportJob, ExportQueries, ExportRepository, ExportState},
    store::StoreError,
    time::Timestamp,
};

use crate::{
    mark::Mark, meaning_rows::ExportChunk, store::MemoryStore, table::Row, tables::Tables, unit::Unit,
};

fn is_seen(job: &ExportJob, now: Timestamp) -> bool {
    job.expires_at.is_none_or(|expires| expires > now)
}

/// Whether it is held by the attempt of `like`.
fn is_held(job: &ExportJob, like: &ExportJob) -> bool {
    job.state == ExportState::Running && job.attempts == like.attempts
}

/// The one that a worker may take. Of each owner only the oldest that is open counts.
fn free(tables: &Tables, now: Timestamp) -> Option<ExportId> {
    let latest = now.plus(ExportJob::LONGEST_HOLD);
    let place = |job: &ExportJob| (job.created_at, job.id);
    let open: Vec<&ExportJob> = tables.export_jobs.marked(&Mark::Open).collect();
    let is_oldest =
        |job: &ExportJob| !open.iter().any(|other| other.owner == job.owner && place(other) < place(job));
    let is_free = |job: &ExportJob| job.lease_until.is_none_or(|until| until < now || until > latest);
    let free = open.iter().filter(|job| is_free(job) && is_oldest(job));
    free.min_by_key(|job| place(job)).map(|job| job.id)
}

/// Removes what an earlier attempt wrote behind so many chunks.
fn forget(tables: &mut Tables, export: ExportId, chunks: i64) {
    let behind = tables.export_chunks.after(Some((export, chunks - 1)));
    let left: Vec<(ExportId, i64)> = behind.take_while(|of| of.export == export).map(Row::key).collect();
    for key in left {
        tables.export_chunks.remove(&key, |_| true);
    }
}

#[async_trait]
impl ExportRepository for Unit {
    async fn count(&mut self, owner: UserId, now: Timestamp) -> Result<usize, StoreError> {
        self.run(|tables| {
            let own = tables.export_jobs.marked(&Mark::Owner(owner));
            Ok(own.filter(|job| is_seen(job, now)).take(ExportJob::MOST).count())
        })
    }

    async fn insert(&mut self, job: &ExportJob) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_user(job.owner)?;
            tables.export_jobs.add(job.clone())
        })
    }

    async fn claim(&mut self, now: Timestamp, until: Timestamp) -> Result<Option<ExportJob>, StoreError> {
        self.run(|tables| {
            let Some(id) = free(tables, now) else { return Ok(None) };
            tables.export_jobs.change(
                &id,
                |_| true,
                |job| {
                    job.state = ExportState::Running;
                    job.lease_until = Some(until);
                    job.attempts += 1;
                    (job.rows, job.total, job.bytes, job.chunks) = (0, None, 0, 0);
                },
            );
            Ok(tables.export_jobs.get(&id).cloned())
        })
    }

    async fn go_on(&mut self, job: &ExportJob, chunk: &[u8]) -> Result<bool, StoreError> {
        self.run(|tables| {
            let held = tables.export_jobs.change(
                &job.id,
                |stored| is_held(stored, job),
                |stored| {
                    (stored.rows, stored.total) = (job.rows, job.total);
                    (stored.bytes, stored.chunks) = (job.bytes, job.chunks);
                    stored.lease_until = job.lease_until;
                },
            );
            if held && !chunk.is_empty() {
                let (owner, export, number) = (job.owner, job.id, job.chunks - 1);
                tables.export_chunks.put(ExportChunk { owner, export, number, content: chunk.into() });
            }
            Ok(held)
        })
    }

    async fn finish(&mut self, job: &ExportJob) -> Result<bool, StoreError> {
        self.run(|tables| {
            let was_held = tables.export_jobs.change(
                &job.id,
                |stored| is_held(stored, job),
                |stored| {
                    (stored.state, stored.failure, stored.rows) = (job.state, job.failure, job.rows);
                    stored.lease_until = job.lease_until;
                    (stored.finished_at, stored.expires_at) = (job.finished_at, job.expires_at);
                },
            );
            if was_held && job.state == ExportState::Done {
                forget(tables, job.id, job.chunks);
            }
            Ok(was_held)
        })
    }

    async fn remove(&mut self, owner: UserId, id: ExportId, now: Timestamp) -> Result<bool, StoreError> {
        self.run(|tables| {
            Ok(tables.export_jobs.change(
                &id,
                |job| job.owner == owner && job.state != ExportState::Removed && is_seen(job, now),
                |job| {
                    job.state = ExportState::Removed;
                    (job.lease_until, job.expires_at) = (None, Some(now));
                },
            ))
        })
    }
}

#[async_trait]
impl ExportQueries for MemoryStore {
    async fn exports(&self, owner: UserId, now: Timestamp) -> Result<Vec<ExportJob>, StoreError> {
        self.look(|tables| {
            let own = tables.export_jobs.marked(&Mark::Owner(owner));
            let mut seen: Vec<ExportJob> = own.filter(|job| is_seen(job, now)).cloned().collect();
            seen.sort_unstable_by_key(|job| std::cmp::Reverse(job.id));
            seen
        })
    }

    async fn export(
        &self,
        owner: UserId,
        id: ExportId,
        now: Timestamp,
    ) -> Result<Option<ExportJob>, StoreError> {
        self.look(|tables| {
            let job = tables.export_jobs.get(&id);
            job.filter(|job| job.owner == owner && is_seen(job, now)).cloned()
        })
    }

    async fn export_chunk(
        &self,
        owner: UserId,
        id: ExportId,
        number: i64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.look(|tables| {
            let chunk = tables.export_chunks.get(&(id, number)).filter(|chunk| chunk.owner == owner);
            chunk.map(|chunk| chunk.content.to_vec())
        })
    }

    async fn exports_wait(&self, now: Timestamp) -> Result<bool, StoreError> {
        self.look(|tables| free(tables, now).is_some())
    }
}
