//! Signs in by address and password.

use dashtam_domain::{
    access::Access,
    call::Call,
    event::DomainEvent,
    id::{AuditId, OutboxId, SessionId},
    identity::{
        AuditAction, AuditEntry, ClientDescription, EmailAddress, Familiarity, MailKind, PlainPassword,
        RefreshGeneration, Session, SignInBudget, Transport, User, fingerprint, network_of,
    },
    secret::{OpaqueSecret, SecretKind},
    store::UnitOfWork,
};
use serde_json::json;

use super::{SignIn, SignInError, SignedIn, Tokens, guard::throttled, issue_access_token};
use crate::request::request;

/// Somebody who says who they are.
#[derive(Debug)]
pub struct SignInWithPassword {
    /// The account's address.
    pub email: EmailAddress,
    /// The password as typed.
    pub password: PlainPassword,
    /// What the client was marked with at an earlier sign-in, if it kept it.
    pub mark: Option<OpaqueSecret>,
}

request!(SignInWithPassword, "sign_in.with_password", Access::Public);

impl SignIn {
    /// Signs in. Unknown addresses cost the same work as wrong passwords and are counted like them, and the account's
    /// state is told only after the right one.
    #[tracing::instrument(name = "sign_in.with_password", skip_all)]
    pub async fn with_password(
        &self,
        call: &Call,
        request: SignInWithPassword,
    ) -> Result<SignedIn, SignInError> {
        let SignInWithPassword { email, password, mark } = request;
        let guard = self.guard(call, &email, mark.as_ref()).await?;
        let known = self.queries.user_by_email(&email).await?;
        let hash = known.as_ref().and_then(|user| user.password.clone());
        let (Some(user), Some(hash)) = (&known, hash) else {
            self.hasher.waste(&password).await?;
            return Err(self.count_wrong(call, &guard, &email, known.as_ref()).await?);
        };
        let found = self.hasher.verify(&password, &hash).await?;
        if !found.right {
            return Err(self.count_wrong(call, &guard, &email, Some(user)).await?);
        }
        let upgraded = if found.outdated { Some(self.hasher.hash(&password).await?) } else { None };

        let mut session = self.new_session(call, user).await?;
        let network = network_of(session.address);
        let familiarity = self.queries.familiarity(user.id, &session.device, &network).await?;

        let mut work = self.store.begin().await?;
        // The password may have been replaced meanwhile, and every session ended: that holds for this one too.
        let current = work.users().find(user.id).await?;
        let Some(mut user) = current.filter(|user| user.password.as_ref() == Some(&hash)) else {
            return Err(SignInError::InvalidCredentials);
        };
        if !work.sign_in_budgets().restore(&guard.counted, call.now).await? {
            // Spent while this password was checked: to let it pass would make the limit a suggestion.
            return Err(throttled(call.now.plus(SignInBudget::LOCK), call.now));
        }
        if let Some(refusal) = self.refuse_state(call, &mut *work, &user).await? {
            work.audit().append(&self.failure(call, Some(user.id), &email, &refusal)).await?;
            work.commit().await?;
            self.signal.ring();
            return Err(refusal);
        }
        session.token_version = user.token_version;
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
        work.sessions().insert(&session).await?;
        work.refresh_tokens().insert(&first).await?;
        work.users().record_sign_in(user.id, call.client.address, call.now).await?;
        if let Some(upgraded) = upgraded {
            work.users().replace_password(user.id, &hash, &upgraded).await?;
        }
        let mark = mark.filter(|_| guard.mark_known).unwrap_or_else(|| {
            OpaqueSecret::from_bytes(SecretKind::KnownClient, &self.sources.randomness.bytes())
        });
        let mut clients = vec![SignInBudget::of_mark(&email, &mark)];
        clients.extend(guard.client);
        work.sign_in_budgets().remember(user.id, &clients, call.now).await?;
        if guard.counted != guard.address {
            work.sign_in_budgets().lift(&guard.address).await?;
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
        user.signed_in(call.client.address, call.now);
        Ok(SignedIn { tokens: Tokens { access_token, refresh_token, expires_in }, user, mark })
    }

    /// What keeps the account from being signed in to, told because the password was right. Where a mail helps, it is
    /// sent again, within its budget.
    async fn refuse_state(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        user: &User,
    ) -> Result<Option<SignInError>, SignInError> {
        let (refusal, kind, event) = match user {
            User { is_active: false, .. } => return Ok(Some(SignInError::Disabled)),
            User { id, email_verified_at: None, .. } => (
                SignInError::NotVerified,
                MailKind::Verification,
                DomainEvent::VerificationRequested { user: *id },
            ),
            User { id, deletion_due_at: Some(_), .. } => (
                SignInError::DeletionScheduled,
                MailKind::Deletion,
                DomainEvent::DeletionScheduled { user: *id },
            ),
            _ => return Ok(None),
        };
        if work.mail_budgets().take(&MailKind::subject(&user.email), kind, kind.rule(), call.now).await? {
            work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        }
        Ok(Some(refusal))
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
