//! Table `pending_authorizations`.

use dashtam_domain::{
    connections::PendingAuthorization,
    id::{ConnectionId, UserId},
    record::Record,
    secret::Sealed,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_authorizations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub connection_id: Uuid,
    pub state_hash: String,
    pub verifier_encrypted: String,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of an authorization.
pub(crate) fn row(pending: &PendingAuthorization) -> ActiveModel {
    ActiveModel {
        id: Set(pending.id),
        user_id: Set(pending.owner.0),
        connection_id: Set(pending.connection.0),
        state_hash: Set(pending.state.to_hex()),
        verifier_encrypted: Set(pending.verifier.as_str().to_owned()),
        created_at: Set(pending.created_at.as_chrono()),
        expires_at: Set(pending.expires_at.as_chrono()),
    }
}

impl FromRow for PendingAuthorization {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Authorization, 0);
        Ok(Self {
            id: entry.get(C::Id as usize)?,
            state: entry.hash(C::StateHash as usize)?,
            owner: UserId(entry.get(C::UserId as usize)?),
            connection: ConnectionId(entry.get(C::ConnectionId as usize)?),
            verifier: Sealed::new(entry.text(C::VerifierEncrypted as usize)?),
            created_at: entry.time(C::CreatedAt as usize)?,
            expires_at: entry.time(C::ExpiresAt as usize)?,
        })
    }
}
