//! Sets a new password by a mailed token.

use dashtam_domain::{
    access::Access,
    call::Call,
    event::DomainEvent,
    id::OutboxId,
    identity::{AuditAction, AuditLine, EndReason, PasswordHash, PlainPassword, Purpose, SignInBudget, User},
    secret::{OpaqueSecret, SecretKind, SecretText},
};

use super::{Recovery, RecoveryError};
use crate::{request::request, webhooks};

/// A mailed token and what to make of it.
#[derive(Debug)]
pub struct CompleteReset {
    /// As presented.
    pub token: SecretText,
    /// The new password, not checked yet: the rule needs to know whose it is.
    pub new_password: SecretText,
}

request!(CompleteReset, "recovery.complete", Access::Public);

impl Recovery {
    /// Sets the new password. One that breaks the rule leaves the token as it is; the token works once, decided by one
    /// guarded statement. Every session ends, and what was counted against sign-ins is forgotten. It does not sign in.
    ///
    /// The token proves the mailbox. An account that nobody had proved so far is proved by it, and what a stranger may
    /// have prepared there (password, sessions, mailed links, known clients) stops working like everything else.
    #[tracing::instrument(name = "recovery.complete", skip_all)]
    pub async fn complete(&self, call: &Call, request: CompleteReset) -> Result<(), RecoveryError> {
        let token = OpaqueSecret::parse(SecretKind::PasswordReset, request.token.expose())
            .ok_or(RecoveryError::InvalidToken)?;
        let user = self.owner_of(call, &token).await?;
        let password = PlainPassword::chosen(request.new_password.expose(), &user.email, &user.name)
            .map_err(RecoveryError::Weak)?;
        if let Some(old) = &user.password
            && self.hasher.verify(&password, old).await?.right
        {
            return Err(RecoveryError::SamePassword);
        }
        let hash = self.hasher.hash(&password).await?;
        self.replace(call, &token, hash).await
    }

    /// Whose token this is, if it works.
    async fn owner_of(&self, call: &Call, token: &OpaqueSecret) -> Result<User, RecoveryError> {
        let live = self.queries.one_time_token(Purpose::PasswordReset, &token.hash(), call.now).await?;
        let live = live.ok_or(RecoveryError::InvalidToken)?;
        let user = self.queries.user(live.user).await?;
        user.filter(|user| user.is_active && live.proves_address_of(user)).ok_or(RecoveryError::InvalidToken)
    }

    async fn replace(
        &self,
        call: &Call,
        token: &OpaqueSecret,
        hash: PasswordHash,
    ) -> Result<(), RecoveryError> {
        let mut work = self.store.begin().await?;
        let used = work.one_time_tokens().redeem(Purpose::PasswordReset, &token.hash(), call.now).await?;
        let used = used.ok_or(RecoveryError::InvalidToken)?;
        let user = work.users().find(used.user).await?;
        let user = user.filter(|user| user.is_active && used.proves_address_of(user));
        let mut user = user.ok_or(RecoveryError::InvalidToken)?;
        let was_verified = user.is_verified();
        user.reset_password(hash, call.now);
        work.users().update(&mut user).await?;
        work.sessions().end_all(user.id, None, true, EndReason::PasswordReset, call.now).await?;
        webhooks::end_all(&mut *work, &self.sources, call, user.id).await?;
        let others = [Purpose::EmailVerification, Purpose::EmailChange, Purpose::LoginLink];
        work.one_time_tokens().revoke(user.id, &others).await?;
        work.sign_in_budgets().forget_clients(user.id).await?;
        work.sign_in_budgets().lift(&SignInBudget::of_address(&user.email)).await?;
        let proved = (!was_verified).then_some(AuditAction::EmailVerified);
        for action in [Some(AuditAction::PasswordReset), proved].into_iter().flatten() {
            work.note(&self.sources, call, AuditLine::new(action, user.id)).await?;
        }
        let event = DomainEvent::PasswordChanged { user: user.id, at: call.now };
        work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        work.commit().await?;

        self.cache.forget_user(user.id);
        self.signal.ring();
        Ok(())
    }
}
