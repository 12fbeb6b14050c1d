//! Table `sync_runs`.

use dashtam_domain::{
    connections::{RequestedBy, SyncCounts, SyncFailure, SyncProgress, SyncRun, SyncState},
    id::{ConnectionId, SyncRunId, UserId},
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::maybe;
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_runs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub connection_id: Uuid,
    pub state: String,
    pub requested_at: DateTimeUtc,
    pub started_at: Option<DateTimeUtc>,
    pub finished_at: Option<DateTimeUtc>,
    pub lease_until: Option<DateTimeUtc>,
    pub accounts: i32,
    pub added: i32,
    pub updated: i32,
    pub removed: i32,
    pub refused: i32,
    pub error: Option<String>,
    pub attempts: i32,
    pub notes: Option<String>,
    pub requested_by: String,
    pub priority: i32,
    pub failure: Option<String>,
    pub accounts_done: i32,
    pub accounts_total: i32,
    pub rows_read: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

pub(crate) const WIDTH: usize = Column::RowsRead as usize + 1;

/// Every column of a run.
pub(crate) fn row(run: &SyncRun) -> ActiveModel {
    ActiveModel {
        id: Set(run.id.0),
        user_id: Set(run.owner.0),
        connection_id: Set(run.connection.0),
        state: Set(run.state.as_str().to_owned()),
        requested_at: Set(run.requested_at.as_chrono()),
        started_at: Set(maybe(run.started_at)),
        finished_at: Set(maybe(run.finished_at)),
        lease_until: Set(maybe(run.lease_until)),
        accounts: Set(run.counts.accounts),
        added: Set(run.counts.added),
        updated: Set(run.counts.updated),
        removed: Set(run.counts.removed),
        refused: Set(run.counts.refused),
        error: Set(run.error.clone()),
        attempts: Set(run.attempts),
        notes: Set(notes(&run.notes)),
        requested_by: Set(run.requested_by.as_str().to_owned()),
        priority: Set(run.requested_by.priority()),
        failure: Set(run.failure.map(|failure| failure.as_str().to_owned())),
        accounts_done: Set(run.progress.accounts_done),
        accounts_total: Set(run.progress.accounts_total),
        rows_read: Set(run.progress.rows),
    }
}

/// A list of sentences as JSON; nothing for none.
fn notes(notes: &[String]) -> Option<String> {
    if notes.is_empty() { None } else { serde_json::to_string(notes).ok() }
}

fn read(row: &impl Cells, at: usize) -> Result<SyncRun, StoreError> {
    use Column as C;
    let entry = Entry::new(row, Record::SyncRun, at);
    Ok(SyncRun {
        id: SyncRunId(entry.get(C::Id as usize)?),
        connection: ConnectionId(entry.get(C::ConnectionId as usize)?),
        owner: UserId(entry.get(C::UserId as usize)?),
        state: entry.word(C::State as usize, SyncState::parse)?,
        requested_at: entry.time(C::RequestedAt as usize)?,
        started_at: entry.maybe_time(C::StartedAt as usize)?,
        finished_at: entry.maybe_time(C::FinishedAt as usize)?,
        lease_until: entry.maybe_time(C::LeaseUntil as usize)?,
        counts: SyncCounts {
            accounts: entry.get(C::Accounts as usize)?,
            added: entry.get(C::Added as usize)?,
            updated: entry.get(C::Updated as usize)?,
            removed: entry.get(C::Removed as usize)?,
            refused: entry.get(C::Refused as usize)?,
        },
        error: entry.maybe_text(C::Error as usize)?,
        attempts: entry.get(C::Attempts as usize)?,
        requested_by: entry.word(C::RequestedBy as usize, RequestedBy::parse)?,
        // A reason that a later version knows says nothing here.
        failure: entry.maybe_text(C::Failure as usize)?.as_deref().and_then(SyncFailure::parse),
        progress: SyncProgress {
            accounts_done: entry.get(C::AccountsDone as usize)?,
            accounts_total: entry.get(C::AccountsTotal as usize)?,
            rows: entry.get(C::RowsRead as usize)?,
        },
        notes: entry
            .maybe_parse(C::Notes as usize, |text| serde_json::from_str::<Vec<String>>(text))?
            .unwrap_or_default(),
    })
}

/// Reads the run of an outer join, whose columns begin at index `at`.
pub(crate) fn read_joined(row: &impl Cells, at: usize) -> Result<Option<SyncRun>, StoreError> {
    let id: Option<Uuid> = Entry::new(row, Record::SyncRun, at).get(Column::Id as usize)?;
    id.map(|_| read(row, at)).transpose()
}

impl FromRow for SyncRun {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        read(row, 0)
    }
}
