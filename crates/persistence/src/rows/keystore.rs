//! Table `keystore`: exactly one row, the pair that signs.

use dashtam_domain::{identity::SigningKey, record::Record, secret::Sealed, store::StoreError};
use sea_orm::{Set, entity::prelude::*};

use crate::cells::{Cells, Entry, FromRow};

/// The one row.
pub(crate) const ONLY: i32 = 1;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "keystore")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub row_id: Uuid,
    pub kid: String,
    pub public_key: String,
    pub private_key_encrypted: String,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of the pair.
pub(crate) fn row(key: &SigningKey) -> ActiveModel {
    ActiveModel {
        id: Set(ONLY),
        row_id: Set(key.row),
        kid: Set(key.id.as_str().to_owned()),
        public_key: Set(key.public.clone()),
        private_key_encrypted: Set(key.private.as_str().to_owned()),
        created_at: Set(key.created_at.as_chrono()),
    }
}

impl FromRow for SigningKey {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::SigningKey, 0);
        Ok(Self {
            row: entry.get(C::RowId as usize)?,
            id: entry.parse(C::Kid as usize, str::parse)?,
            public: entry.text(C::PublicKey as usize)?,
            private: Sealed::new(entry.text(C::PrivateKeyEncrypted as usize)?),
            created_at: entry.time(C::CreatedAt as usize)?,
        })
    }
}
