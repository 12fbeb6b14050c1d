//! Table `sessions`.

use dashtam_domain::{
    id::{SessionId, UserId},
    identity::{
        ApiKeyNotice, ApiKeyTerms, Assurance, EndReason, Scopes, Session, SessionSnapshot, Transport,
        network_of,
    },
    record::Record,
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{Set, entity::prelude::*};

use super::{maybe, security_config, text, users};
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub transport: String,
    pub long_lived: bool,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    pub end_reason: Option<String>,
    pub last_seen_at: DateTimeUtc,
    pub token_version: i32,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub global_version: i32,
    pub api_calls: i64,
    pub device: String,
    pub location: Option<String>,
    pub fingerprint: String,
    pub network: String,
    pub is_trusted: bool,
    pub label: Option<String>,
    pub authenticated_at: DateTimeUtc,
    pub assurance: String,
    pub credential_hash: Option<String>,
    pub csrf_hash: Option<String>,
    pub scopes: Option<String>,
    pub hint: Option<String>,
    pub networks: Option<String>,
    pub replaced_by: Option<Uuid>,
    pub notice_due_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// How many columns there are, for what stands behind them in a joined row.
pub(crate) const WIDTH: usize = Column::NoticeDueAt as usize + 1;

/// Every column of a session.
pub(crate) fn row(session: &Session) -> ActiveModel {
    ActiveModel {
        id: Set(session.id.0),
        user_id: Set(session.user.0),
        transport: Set(session.transport.as_str().to_owned()),
        long_lived: Set(session.long_lived),
        created_at: Set(session.created_at.as_chrono()),
        expires_at: Set(session.expires_at.as_chrono()),
        ended_at: Set(maybe(session.ended.map(|(at, _)| at))),
        end_reason: Set(session.ended.map(|(_, reason)| reason.as_str().to_owned())),
        last_seen_at: Set(session.last_seen_at.as_chrono()),
        token_version: Set(session.token_version),
        ip_address: Set(text(session.address)),
        user_agent: Set(session.user_agent.clone()),
        global_version: Set(session.global_version),
        api_calls: Set(session.api_calls),
        device: Set(session.device.clone()),
        location: Set(session.location.clone()),
        fingerprint: Set(session.fingerprint.to_hex()),
        network: Set(network_of(session.address)),
        is_trusted: Set(session.is_trusted),
        label: Set(session.label.as_ref().map(|label| label.as_str().to_owned())),
        authenticated_at: Set(session.authenticated_at.as_chrono()),
        assurance: Set(session.assurance.as_str().to_owned()),
        credential_hash: Set(session.credential.map(|hash| hash.to_hex())),
        csrf_hash: Set(session.csrf.map(|hash| hash.to_hex())),
        scopes: Set(session.key.as_ref().map(|key| key.scopes.to_text())),
        hint: Set(session.key.as_ref().map(|key| key.hint.clone())),
        networks: Set(session
            .key
            .as_ref()
            .map(|key| key.networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))),
        replaced_by: Set(session.key.as_ref().and_then(|key| key.replaced_by).map(|by| by.0)),
        notice_due_at: Set(maybe(first_notice(session))),
    }
}

/// When the owner of a new API key is told of its end.
fn first_notice(session: &Session) -> Option<Timestamp> {
    session.key.as_ref().and_then(|_| ApiKeyTerms::next_notice(session.expires_at, session.created_at))
}

/// Reads a session whose columns begin at index `at`.
pub(crate) fn read(row: &impl Cells, at: usize) -> Result<Session, StoreError> {
    use Column as C;
    let entry = Entry::new(row, Record::Session, at);
    let reason = entry.maybe_word(C::EndReason as usize, EndReason::parse)?;
    let key = match entry.maybe_word(C::Scopes as usize, Scopes::parse)? {
        Some(scopes) => Some(ApiKeyTerms {
            scopes,
            hint: entry.maybe_text(C::Hint as usize)?.unwrap_or_default(),
            networks: entry
                .maybe_word(C::Networks as usize, |text| {
                    text.split_whitespace().map(|network| network.parse().ok()).collect()
                })?
                .unwrap_or_default(),
            replaced_by: entry.get::<Option<Uuid>>(C::ReplacedBy as usize)?.map(SessionId),
        }),
        None => None,
    };
    Ok(Session {
        id: SessionId(entry.get(C::Id as usize)?),
        user: UserId(entry.get(C::UserId as usize)?),
        transport: entry.word(C::Transport as usize, Transport::parse)?,
        long_lived: entry.get(C::LongLived as usize)?,
        created_at: entry.time(C::CreatedAt as usize)?,
        expires_at: entry.time(C::ExpiresAt as usize)?,
        ended: match (entry.maybe_time(C::EndedAt as usize)?, reason) {
            (Some(at), Some(reason)) => Some((at, reason)),
            (None, None) => None,
            _ => return Err(entry.corrupt(C::EndReason as usize, "and ended_at do not agree")),
        },
        last_seen_at: entry.time(C::LastSeenAt as usize)?,
        token_version: entry.get(C::TokenVersion as usize)?,
        address: entry.maybe_parse(C::IpAddress as usize, str::parse)?,
        user_agent: entry.maybe_text(C::UserAgent as usize)?,
        global_version: entry.get(C::GlobalVersion as usize)?,
        api_calls: entry.get(C::ApiCalls as usize)?,
        device: entry.text(C::Device as usize)?,
        location: entry.maybe_text(C::Location as usize)?,
        fingerprint: entry.hash(C::Fingerprint as usize)?,
        is_trusted: entry.get(C::IsTrusted as usize)?,
        label: entry.maybe_parse(C::Label as usize, str::parse)?,
        authenticated_at: entry.time(C::AuthenticatedAt as usize)?,
        assurance: entry.word(C::Assurance as usize, Assurance::parse)?,
        credential: entry.maybe_word(C::CredentialHash as usize, SecretHash::from_hex)?,
        csrf: entry.maybe_word(C::CsrfHash as usize, SecretHash::from_hex)?,
        key,
    })
}

impl FromRow for Session {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        read(row, 0)
    }
}

/// Key, owner, when the notice is due, and when the key ends.
impl FromRow for ApiKeyNotice {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Session, 0);
        Ok(Self {
            key: SessionId(entry.get(0)?),
            owner: UserId(entry.get(1)?),
            due_at: entry.time(2)?,
            expires_at: entry.time(3)?,
        })
    }
}

/// The user's columns, then the session's, then the token floor's.
impl FromRow for SessionSnapshot {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Ok(Self {
            user: users::read(row, 0)?,
            session: read(row, users::WIDTH)?,
            floor: security_config::floor(row, users::WIDTH + WIDTH)?,
        })
    }
}
