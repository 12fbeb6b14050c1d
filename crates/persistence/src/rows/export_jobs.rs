//! Tables `export_jobs` and `export_chunks`.

use dashtam_domain::{
    id::{ExportId, UserId},
    ledger::{ExportFailure, ExportJob, ExportState},
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::maybe;
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "export_jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    /// JSON: what is asked, by the names of parameters.
    pub asked: String,
    pub file_name: String,
    pub media_type: String,
    pub state: String,
    pub failure: Option<String>,
    pub attempts: i32,
    pub lease_until: Option<DateTimeUtc>,
    pub written_rows: i64,
    pub total_rows: Option<i64>,
    pub bytes: i64,
    pub chunks: i64,
    pub created_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
    pub expires_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of an export.
pub(crate) fn row(job: &ExportJob) -> ActiveModel {
    let asked = job.asked.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
    ActiveModel {
        id: Set(job.id.0),
        user_id: Set(job.owner.0),
        asked: Set(serde_json::Value::Object(asked.collect()).to_string()),
        file_name: Set(job.file_name.clone()),
        media_type: Set(job.media_type.clone()),
        state: Set(job.state.as_str().to_owned()),
        failure: Set(job.failure.map(|failure| failure.as_str().to_owned())),
        attempts: Set(job.attempts),
        lease_until: Set(maybe(job.lease_until)),
        written_rows: Set(job.rows),
        total_rows: Set(job.total),
        bytes: Set(job.bytes),
        chunks: Set(job.chunks),
        created_at: Set(job.created_at.as_chrono()),
        finished_at: Set(maybe(job.finished_at)),
        expires_at: Set(maybe(job.expires_at)),
    }
}

impl FromRow for ExportJob {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Export, 0);
        Ok(Self {
            id: ExportId(entry.get(C::Id as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            asked: entry.parse(C::Asked as usize, |text| {
                serde_json::from_str(text).map_err(|_| "is not what an export asks")
            })?,
            file_name: entry.text(C::FileName as usize)?,
            media_type: entry.text(C::MediaType as usize)?,
            state: entry.word(C::State as usize, ExportState::parse)?,
            failure: entry.maybe_word(C::Failure as usize, ExportFailure::parse)?,
            attempts: entry.get(C::Attempts as usize)?,
            lease_until: entry.maybe_time(C::LeaseUntil as usize)?,
            rows: entry.get(C::WrittenRows as usize)?,
            total: entry.get(C::TotalRows as usize)?,
            bytes: entry.get(C::Bytes as usize)?,
            chunks: entry.get(C::Chunks as usize)?,
            created_at: entry.time(C::CreatedAt as usize)?,
            finished_at: entry.maybe_time(C::FinishedAt as usize)?,
            expires_at: entry.maybe_time(C::ExpiresAt as usize)?,
        })
    }
}

/// The content of a chunk.
pub(crate) struct Content(pub(crate) Vec<u8>);

impl FromRow for Content {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::Export, 0).get(0).map(Self)
    }
}
