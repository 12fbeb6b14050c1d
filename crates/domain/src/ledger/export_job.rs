//! Large exports: files that a worker prepares, kept for a while.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::TimeDelta;

use super::stored_enum;
use crate::{
    id::{ExportId, UserId},
    store::StoreError,
    time::Timestamp,
};

stored_enum! {
    /// Where an export stands.
    ExportState {
        /// No worker has begun it, or it is put off after a failure.
        Waiting = "waiting",
        /// A worker writes its file.
        Running = "running",
        /// Its file is whole.
        Done = "done",
        /// It was given up; there is no file.
        Failed = "failed",
        /// Its owner removed it; what is left of its file goes soon.
        Removed = "removed",
    }
}

impl ExportState {
    /// Whether there is still something to do.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }
}

stored_enum! {
    /// Why an export was given up.
    ExportFailure {
        /// What is asked for is not there, or this program does not take it any more.
        NotThere = "not_there",
        /// The file would be larger than one may be, or it is made of more than is reckoned from at once.
        TooLarge = "too_large",
        /// The account cannot be used.
        AccountUnusable = "account_unusable",
        /// It broke inside this installation again and again.
        Broken = "broken",
    }
}

/// A file that a worker prepares. Whoever takes it over from a worker that died begins it anew, and the file is shown only when
/// it is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportJob {
    /// Its id.
    pub id: ExportId,
    /// Whose it is.
    pub owner: UserId,
    /// What is asked for: parameters of an export by their names, each of which the export takes.
    pub asked: BTreeMap<String, String>,
    /// What the file is called.
    pub file_name: String,
    /// Of what type the file is.
    pub media_type: String,
    /// Where it stands.
    pub state: ExportState,
    /// Why it was given up.
    pub failure: Option<ExportFailure>,
    /// How often a worker took it.
    pub attempts: i32,
    /// Until when its worker has it, or until when it is put off.
    pub lease_until: Option<Timestamp>,
    /// How many rows are written.
    pub rows: i64,
    /// How many rows there will be, as they were counted at the beginning; `None` where nobody counted.
    pub total: Option<i64>,
    /// How many bytes are stored.
    pub bytes: i64,
    /// In how many chunks they are stored.
    pub chunks: i64,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was done or given up.
    pub finished_at: Option<Timestamp>,
    /// When it goes, with its file; `None` while there is still something to do.
    pub expires_at: Option<Timestamp>,
}

impl ExportJob {
    /// How many of one user there may be, whatever became of them.
    pub const MOST: usize = 5;
    /// The most bytes of a file: 1 GiB.
    pub const MOST_BYTES: i64 = 1 << 30;
    /// The bytes of a chunk, but for the last of a file: what one unit of work stores, and what a download holds in memory.
    pub const CHUNK: usize = 512 << 10;
    /// So many chunks are removed in one unit of work, so that no other writer waits long: 16 MiB.
    pub const CHUNKS_AT_ONCE: u32 = 32;
    /// How long a worker has an export without a sign of life.
    pub const LEASE: TimeDelta = TimeDelta::minutes(2);
    /// A worker that stores nothing gives a sign of life so often.
    pub const BEAT: TimeDelta = TimeDelta::seconds(20);
    /// A hold or a wait that is longer than this was written by a clock that was ahead.
    pub const LONGEST_HOLD: TimeDelta = TimeDelta::minutes(10);
    /// After so many attempts it is given up.
    pub const MOST_ATTEMPTS: i32 = 3;
    /// For so long an export that is done or given up can be seen, and its file be fetched.
    pub const KEPT: TimeDelta = TimeDelta::hours(48);

    /// Until when one is put off that broke at this moment: longer after each attempt.
    pub fn retry_at(&self, now: Timestamp) -> Timestamp {
        now.plus(TimeDelta::seconds(30 * i64::from(self.attempts.clamp(1, Self::MOST_ATTEMPTS))))
    }

    /// Whether its file can be fetched.
    pub fn has_file(&self, now: Timestamp) -> bool {
        self.state == ExportState::Done && self.expires_at.is_some_and(|expires| expires > now)
    }

    /// The same export, whose file is whole.
    #[must_use]
    pub fn done(self, now: Timestamp) -> Self {
        Self { state: ExportState::Done, ..self.ended(now) }
    }

    /// The same export, given up.
    #[must_use]
    pub fn failed(self, failure: ExportFailure, now: Timestamp) -> Self {
        Self { state: ExportState::Failed, failure: Some(failure), ..self.ended(now) }
    }

    fn ended(self, now: Timestamp) -> Self {
        Self { lease_until: None, finished_at: Some(now), expires_at: Some(now.plus(Self::KEPT)), ..self }
    }
}

/// Large exports, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ExportRepository: Send {
    /// How many exports the owner can see at this moment. Who adds one by it holds the owner's row.
    async fn count(&mut self, owner: UserId, now: Timestamp) -> Result<usize, StoreError>;
    /// Adds an export.
    async fn insert(&mut self, job: &ExportJob) -> Result<(), StoreError>;
    /// Takes the export that waits the longest, or whose worker gave no sign of life, and holds it until `until`: it runs, one
    /// attempt more is counted, and nothing of what an earlier attempt wrote counts any more. Two workers never get the same one, and of
    /// one owner one runs at a time, the oldest first.
    async fn claim(&mut self, now: Timestamp, until: Timestamp) -> Result<Option<ExportJob>, StoreError>;
    /// Writes how far an export came and until when it is held, and stores what is not empty as the last of its chunks, in the place
    /// of an earlier attempt's; whether it is still held by the same attempt. If it is not, nothing is written.
    async fn go_on(&mut self, job: &ExportJob, chunk: &[u8]) -> Result<bool, StoreError>;
    /// Writes where an export stands that is done, given up or put off; whether it was still held by the same attempt. Behind the
    /// end of a file that is whole nothing is left of an earlier attempt.
    async fn finish(&mut self, job: &ExportJob) -> Result<bool, StoreError>;
    /// Removes the owner's export, which goes with its file at this moment; whether there was one to be seen. Whoever works at
    /// it notices.
    async fn remove(&mut self, owner: UserId, id: ExportId, now: Timestamp) -> Result<bool, StoreError>;
}

/// Reads large exports.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ExportQueries: Send + Sync {
    /// The exports that the owner can see at this moment, the newest first.
    async fn exports(&self, owner: UserId, now: Timestamp) -> Result<Vec<ExportJob>, StoreError>;
    /// The owner's export, if it can be seen at this moment.
    async fn export(
        &self,
        owner: UserId,
        id: ExportId,
        now: Timestamp,
    ) -> Result<Option<ExportJob>, StoreError>;
    /// A chunk of the file of the owner's export; the first has the number 0.
    async fn export_chunk(
        &self,
        owner: UserId,
        id: ExportId,
        number: i64,
    ) -> Result<Option<Vec<u8>>, StoreError>;
    /// Whether there is an export that a claim could find, of whatever owner.
    async fn exports_wait(&self, now: Timestamp) -> Result<bool, StoreError>;
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_file_is_there_from_its_end_until_it_expires() {
        let at = |second: i64| Timestamp::from_micros(second * 1_000_000).unwrap();
        let job = ExportJob {
            id: ExportId(Uuid::from_u128(1)),
            owner: UserId(Uuid::from_u128(2)),
            asked: BTreeMap::new(),
            file_name: "a.csv".to_owned(),
            media_type: "text/csv".to_owned(),
            state: ExportState::Running,
            failure: None,
            attempts: 1,
            lease_until: Some(at(120)),
            rows: 1,
            total: None,
            bytes: 1,
            chunks: 1,
            created_at: at(0),
            finished_at: None,
            expires_at: None,
        };
        assert!(!job.has_file(at(1)));
        let kept = ExportJob::KEPT.num_seconds();
        let done = job.clone().done(at(1));
        assert_eq!((done.lease_until, done.finished_at, done.state.is_open()), (None, Some(at(1)), false));
        assert!(done.has_file(at(kept)) && !done.has_file(at(kept + 1)));
        let failed = job.clone().failed(ExportFailure::TooLarge, at(1));
        assert_eq!((failed.failure, failed.has_file(at(2))), (Some(ExportFailure::TooLarge), false));
        assert_eq!(ExportJob { attempts: 2, ..job }.retry_at(at(0)), at(60));
    }
}
