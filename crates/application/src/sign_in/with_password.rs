//! Signs in by address and password.

use dashtam_domain::{
    access::Access,
    call::Call,
    event::DomainEvent,
    id::{AuditId, OutboxId, SessionId},
    identity::{
        AuditAction, AuditEntry, ClientDescription, EmailAddress, Familiarity, PlainPassword,
        RefreshGeneration, Session, Transport, User, fingerprint, network_of,
    },
};
use serde_json::json;

use super::{SignIn, SignInError, SignedIn, Tokens, issue_access_token};
use crate::request::request;

/// Somebody who says who they are.
#[derive(Debug)]
pub struct SignInWithPassword {
    /// The account's address.
    pub email: EmailAddress,
    /// The password as typed.
    pub password: PlainPassword,
}

request!(SignInWithPassword, "sign_in.with_password", Access::Public);

impl SignIn {
    /// Signs in. Unknown addresses cost the same work as wrong passwords, and the account's state is looked at
    /// only after the right one.
    #[tracing::instrument(name = "sign_in.with_password", skip_all)]
    pub async fn with_password(
        &self,
        call: &Call,
        request: SignInWithPassword,
    ) -> Result<SignedIn, SignInError> {
        let SignInWithPassword { email, password } = request;
        let known = self.queries.user_by_email(&email).await?;
        let id = known.as_ref().map(|user| user.id);
        let Some((user, hash)) = known.and_then(|user| user.password.clone().map(|hash| (user, hash))) else {
            self.hasher.waste(&password).await?;
            return self.refuse(call, id, &email, SignInError::InvalidCredentials).await;
        };
        let found = self.hasher.verify(&password, &hash).await?;
        if !found.right {
            return self.refuse(call, id, &email, SignInError::InvalidCredentials).await;
        }
        if !user.is_active {
            return self.refuse(call, id, &email, SignInError::Disabled).await;
        }
        if !user.is_verified() {
            return self.refuse(call, id, &email, SignInError::NotVerified).await;
        }
        let upgraded = if found.outdated { Some(self.hasher.hash(&password).await?) } else { None };

        let session = self.new_session(call, &user).await?;
        let network = network_of(session.address);
        let familiarity = self.queries.familiarity(user.id, &session.device, &network).await?;
        let refresh_token = self.refresh_secrets.derive(session.id, 0);
        let first = RefreshGeneration {
            hash: refresh_token.hash(),
            session: session.id,
            user: user.id,
            generation: 0,
            created_at: call.now,
            expires_at: call.now.plus(self.policy.refresh_token).min(session.expires_at),
            used_at: None,
        };
        let mut work = self.store.begin().await?;
        work.sessions().insert(&session).await?;
        work.refresh_tokens().insert(&first).await?;
        work.users().record_sign_in(user.id, call.client.address, call.now).await?;
        if let Some(upgraded) = upgraded {
            work.users().replace_password(user.id, &hash, &upgraded).await?;
        }
        let line = |action| {
            AuditEntry::new(AuditId(self.sources.ids.next()), call, action, user.id)
                .with(json!({"session": session.id.to_string()}))
        };
        work.audit().append(&line(AuditAction::LoginSucceeded)).await?;
        if familiarity == Familiarity::New {
            work.audit().append(&line(AuditAction::NewClient)).await?;
            let event = DomainEvent::NewClient { user: user.id, session: session.id };
            work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        }
        work.commit().await?;
        if familiarity == Familiarity::New {
            self.signal.ring();
        }

        let (access_token, expires_in) =
            issue_access_token(&*self.access_tokens, &self.policy, &user, session.id, call.now)?;
        let mut user = user;
        user.signed_in(call.client.address, call.now);
        Ok(SignedIn { tokens: Tokens { access_token, refresh_token, expires_in }, user })
    }

    async fn new_session(&self, call: &Call, user: &User) -> Result<Session, SignInError> {
        let ClientDescription { device, location } = self.clients.describe(&call.client);
        let user_agent = call.client.user_agent.clone();
        Ok(Session {
            id: SessionId(self.sources.ids.next()),
            user: user.id,
            transport: Transport::Token,
            // The refresh token's own lifetime is the idle limit of this transport.
            long_lived: true,
            created_at: call.now,
            expires_at: call.now.plus(self.policy.session),
            ended: None,
            last_seen_at: call.now,
            token_version: user.token_version,
            global_version: self.queries.security_config().await?.floor.version,
            api_calls: 0,
            address: call.client.address,
            fingerprint: fingerprint(user_agent.as_deref()),
            user_agent,
            device,
            location,
            is_trusted: false,
            label: None,
        })
    }
}
