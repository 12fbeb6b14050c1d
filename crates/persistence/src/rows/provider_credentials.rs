//! Table `provider_credentials`: sealed before they get here.

use dashtam_domain::{
    connections::{ExpiryNotice, SealedCredentials, next_notice},
    id::{ConnectionId, UserId},
    record::Record,
    secret::Sealed,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{Set, entity::prelude::*};

use super::maybe;
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_credentials")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub connection_id: Uuid,
    pub user_id: Uuid,
    pub access_token_encrypted: String,
    pub refresh_token_encrypted: Option<String>,
    pub id_token_encrypted: Option<String>,
    pub token_type: String,
    pub scope: Option<String>,
    pub expires_at: Option<DateTimeUtc>,
    pub grant_expires_at: Option<DateTimeUtc>,
    pub refresh_lease_until: Option<DateTimeUtc>,
    pub last_refreshed_at: Option<DateTimeUtc>,
    pub refresh_count: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub revision: i32,
    pub refresh_due_at: Option<DateTimeUtc>,
    pub notice_due_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// When the end of a grant that is stored anew is first told of; at once if it is over already.
pub(crate) fn first_notice(credentials: &SealedCredentials) -> Option<Timestamp> {
    let end = credentials.grant_expires_at?;
    Some(next_notice(end, credentials.updated_at).unwrap_or(end))
}

/// Every column of the credentials.
pub(crate) fn row(credentials: &SealedCredentials) -> ActiveModel {
    let sealed = |value: &Option<Sealed>| value.as_ref().map(|sealed| sealed.as_str().to_owned());
    ActiveModel {
        connection_id: Set(credentials.connection.0),
        user_id: Set(credentials.owner.0),
        access_token_encrypted: Set(credentials.access_token.as_str().to_owned()),
        refresh_token_encrypted: Set(sealed(&credentials.refresh_token)),
        id_token_encrypted: Set(sealed(&credentials.id_token)),
        token_type: Set(credentials.token_type.clone()),
        scope: Set(credentials.scope.clone()),
        expires_at: Set(maybe(credentials.expires_at)),
        grant_expires_at: Set(maybe(credentials.grant_expires_at)),
        // Whoever writes the credentials is done with refreshing them.
        refresh_lease_until: Set(None),
        last_refreshed_at: Set(maybe(credentials.last_refreshed_at)),
        refresh_count: Set(credentials.refresh_count),
        created_at: Set(credentials.created_at.as_chrono()),
        updated_at: Set(credentials.updated_at.as_chrono()),
        revision: Set(credentials.revision),
        refresh_due_at: Set(maybe(credentials.refresh_due_at())),
        notice_due_at: Set(maybe(first_notice(credentials))),
    }
}

impl FromRow for SealedCredentials {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Credentials, 0);
        Ok(Self {
            connection: ConnectionId(entry.get(C::ConnectionId as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            access_token: Sealed::new(entry.text(C::AccessTokenEncrypted as usize)?),
            refresh_token: entry.maybe_text(C::RefreshTokenEncrypted as usize)?.map(Sealed::new),
            id_token: entry.maybe_text(C::IdTokenEncrypted as usize)?.map(Sealed::new),
            token_type: entry.text(C::TokenType as usize)?,
            scope: entry.maybe_text(C::Scope as usize)?,
            expires_at: entry.maybe_time(C::ExpiresAt as usize)?,
            grant_expires_at: entry.maybe_time(C::GrantExpiresAt as usize)?,
            last_refreshed_at: entry.maybe_time(C::LastRefreshedAt as usize)?,
            refresh_count: entry.get(C::RefreshCount as usize)?,
            created_at: entry.time(C::CreatedAt as usize)?,
            updated_at: entry.time(C::UpdatedAt as usize)?,
            revision: entry.get(C::Revision as usize)?,
        })
    }
}

/// Whose credentials: the owner, then the connection.
pub(crate) struct Whose(pub(crate) UserId, pub(crate) ConnectionId);

impl FromRow for Whose {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Credentials, 0);
        Ok(Self(UserId(entry.get(0)?), ConnectionId(entry.get(1)?)))
    }
}

/// Connection, owner, when the notice is due, and when the grant ends.
impl FromRow for ExpiryNotice {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Credentials, 0);
        Ok(Self {
            connection: ConnectionId(entry.get(0)?),
            owner: UserId(entry.get(1)?),
            due_at: entry.time(2)?,
            grant_expires_at: entry.time(3)?,
        })
    }
}
