//! What making a key and replacing one have in common.

use chrono::TimeDelta;
use dashtam_domain::{
    access::AccessDenied,
    call::Call,
    event::DomainEvent,
    id::{OutboxId, SessionId},
    identity::{
        ApiKeyInserted, ApiKeyTerms, Assurance, AuditAction, AuditLine, ClientDescription, IpNet, Scope,
        Scopes, Session, SessionLabel, Transport, User, fingerprint,
    },
    secret::{OpaqueSecret, SecretKind},
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};
use serde_json::Value;

use super::{ApiKeyError, ApiKeys};

/// A key that was made. The key itself is known now and never again.
#[derive(Debug)]
pub struct MadeKey {
    /// Its session.
    pub session: Session,
    /// What the program shows.
    pub secret: OpaqueSecret,
}

/// What a key shall be.
pub(super) struct Wanted {
    pub(super) id: SessionId,
    pub(super) label: Option<SessionLabel>,
    pub(super) scopes: Scopes,
    pub(super) networks: Vec<IpNet>,
    pub(super) life: TimeDelta,
}

impl ApiKeys {
    /// The installation's token version; to be asked for before a unit of work is opened.
    pub(super) async fn global_version(&self) -> Result<i32, StoreError> {
        Ok(self.queries.security_config().await?.floor.version)
    }

    /// A key of this user, not yet stored. Nobody but administrators gets the scopes of administrators.
    pub(super) fn draw(
        &self,
        call: &Call,
        user: &User,
        global_version: i32,
        wanted: Wanted,
    ) -> Result<MadeKey, ApiKeyError> {
        let Wanted { id, label, scopes, networks, life } = wanted;
        let reserved = scopes.has(Scope::AdminRead) || scopes.has(Scope::AdminWrite);
        if reserved && !user.administrator {
            return Err(AccessDenied::Forbidden.into());
        }
        let secret = OpaqueSecret::from_bytes(SecretKind::ApiKey, &self.sources.randomness.bytes());
        let (_, hint) = secret.expose().split_at(secret.expose().len().saturating_sub(4));
        let key = ApiKeyTerms { scopes, hint: hint.to_owned(), networks, replaced_by: None };
        let ClientDescription { device, location } = self.clients.describe(&call.client);
        let user_agent = call.client.user_agent.clone();
        let session = Session {
            id,
            user: user.id,
            transport: Transport::ApiKey,
            long_lived: true,
            created_at: call.now,
            expires_at: call.now.plus(life),
            ended: None,
            last_seen_at: call.now,
            token_version: user.token_version,
            global_version,
            api_calls: 0,
            address: call.client.address,
            fingerprint: fingerprint(user_agent.as_deref()),
            user_agent,
            device,
            location,
            is_trusted: false,
            label,
            // A program proves nothing of a person: never lately.
            authenticated_at: Timestamp::from_micros(0).unwrap_or(call.now),
            assurance: Assurance::OneFactor,
            credential: Some(secret.hash()),
            csrf: None,
            key: Some(key),
        };
        Ok(MadeKey { session, secret })
    }

    /// Stores a key, with its line and the mail to its owner.
    pub(super) async fn store(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        made: &MadeKey,
        action: AuditAction,
        details: Value,
    ) -> Result<(), ApiKeyError> {
        let session = &made.session;
        match work.sessions().insert_key(session, call.now).await? {
            ApiKeyInserted::New => {}
            ApiKeyInserted::NameTaken => return Err(ApiKeyError::NameTaken),
            ApiKeyInserted::LimitReached => return Err(ApiKeyError::LimitReached),
        }
        work.note(&self.sources, call, AuditLine::new(action, session.user).with(details)).await?;
        let event = DomainEvent::ApiKeyCreated { user: session.user, key: session.id };
        Ok(work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?)
    }
}
