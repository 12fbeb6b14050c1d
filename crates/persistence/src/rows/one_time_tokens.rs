//! Table `one_time_tokens`.

use dashtam_domain::{
    id::UserId,
    identity::{OneTimeToken, Purpose},
    record::Record,
    secret::SecretHash,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_tokens")]
pub struct Model {
    pub user_id: Uuid,
    pub purpose: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: String,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub subject: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a token.
pub(crate) fn row(token: &OneTimeToken) -> ActiveModel {
    ActiveModel {
        user_id: Set(token.user.0),
        purpose: Set(token.purpose.as_str().to_owned()),
        token_hash: Set(token.hash.to_hex()),
        created_at: Set(token.created_at.as_chrono()),
        expires_at: Set(token.expires_at.as_chrono()),
        subject: Set(token.subject.clone()),
    }
}

impl FromRow for OneTimeToken {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::OneTimeToken, 0);
        Ok(Self {
            hash: entry.word(C::TokenHash as usize, SecretHash::from_hex)?,
            user: UserId(entry.get(C::UserId as usize)?),
            purpose: entry.word(C::Purpose as usize, Purpose::parse)?,
            subject: entry.maybe_text(C::Subject as usize)?,
            created_at: entry.time(C::CreatedAt as usize)?,
            expires_at: entry.time(C::ExpiresAt as usize)?,
        })
    }
}
