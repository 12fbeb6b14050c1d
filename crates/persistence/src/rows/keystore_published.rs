//! Table `keystore_published`: the public keys beside the current one.

use dashtam_domain::{
    identity::{KeyState, PublishedKey},
    record::Record,
    secret::Sealed,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::maybe;
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "keystore_published")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub kid: String,
    pub row_id: Uuid,
    pub public_key: String,
    pub private_key_encrypted: Option<String>,
    pub state: String,
    pub published_at: DateTimeUtc,
    pub until: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a key.
pub(crate) fn row(key: &PublishedKey) -> ActiveModel {
    ActiveModel {
        kid: Set(key.id.as_str().to_owned()),
        row_id: Set(key.row),
        public_key: Set(key.public.clone()),
        private_key_encrypted: Set(key.private.as_ref().map(|sealed| sealed.as_str().to_owned())),
        state: Set(key.state.as_str().to_owned()),
        published_at: Set(key.published_at.as_chrono()),
        until: Set(maybe(key.until)),
    }
}

impl FromRow for PublishedKey {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::PublishedKey, 0);
        Ok(Self {
            row: entry.get(C::RowId as usize)?,
            id: entry.parse(C::Kid as usize, str::parse)?,
            public: entry.text(C::PublicKey as usize)?,
            private: entry.maybe_text(C::PrivateKeyEncrypted as usize)?.map(Sealed::new),
            state: entry.word(C::State as usize, KeyState::parse)?,
            published_at: entry.time(C::PublishedAt as usize)?,
            until: entry.maybe_time(C::Until as usize)?,
        })
    }
}
