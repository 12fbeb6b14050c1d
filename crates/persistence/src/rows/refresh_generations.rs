//! Table `refresh_generations`.

use dashtam_domain::{
    id::{SessionId, UserId},
    identity::RefreshGeneration,
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::maybe;
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_generations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_id: Uuid,
    pub user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation: i64,
    pub token_hash: String,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a generation.
pub(crate) fn row(generation: &RefreshGeneration) -> ActiveModel {
    ActiveModel {
        session_id: Set(generation.session.0),
        user_id: Set(generation.user.0),
        generation: Set(generation.generation),
        token_hash: Set(generation.hash.to_hex()),
        created_at: Set(generation.created_at.as_chrono()),
        expires_at: Set(generation.expires_at.as_chrono()),
        used_at: Set(maybe(generation.used_at)),
    }
}

impl FromRow for RefreshGeneration {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::RefreshToken, 0);
        Ok(Self {
            hash: entry.hash(C::TokenHash as usize)?,
            session: SessionId(entry.get(C::SessionId as usize)?),
            user: UserId(entry.get(C::UserId as usize)?),
            generation: entry.get(C::Generation as usize)?,
            created_at: entry.time(C::CreatedAt as usize)?,
            expires_at: entry.time(C::ExpiresAt as usize)?,
            used_at: entry.maybe_time(C::UsedAt as usize)?,
        })
    }
}
