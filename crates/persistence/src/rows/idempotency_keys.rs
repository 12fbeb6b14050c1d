//! Table `idempotency_keys`.

use dashtam_domain::{
    delivery::idempotency::{Begun, Fingerprint, StoredAnswer},
    record::Record,
    store::StoreError,
};
use sea_orm::entity::prelude::*;

use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub fingerprint: String,
    pub status: Option<i32>,
    pub body: Option<String>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// A key that was answered.
pub(crate) struct Answered {
    fingerprint: Fingerprint,
    answer: StoredAnswer,
}

impl Answered {
    /// What the key means for a request with this fingerprint.
    pub(crate) fn for_request(self, fingerprint: Fingerprint) -> Begun {
        if self.fingerprint == fingerprint { Begun::Replay(self.answer) } else { Begun::Mismatch }
    }
}

impl FromRow for Answered {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::KeptAnswer, 0);
        let status: Option<i32> = entry.get(C::Status as usize)?;
        let status = status
            .and_then(|status| u16::try_from(status).ok())
            .ok_or_else(|| entry.corrupt(C::Status as usize, "is not a status code"))?;
        let body = entry.maybe_text(C::Body as usize)?.unwrap_or_default();
        Ok(Self {
            fingerprint: Fingerprint(entry.hash(C::Fingerprint as usize)?),
            answer: StoredAnswer { status, body },
        })
    }
}
