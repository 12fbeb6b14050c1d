//! Second factors that were lost: taken away after a day in which their owner may object.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    event::DomainEvent,
    id::UserId,
    identity::{AuditAction, EndReason, Purpose, Scope, SecondFactorKind, SecondFactorReset},
    secret::{OpaqueSecret, SecretKind, SecretText},
};
use serde_json::json;

use super::{Administration, AdministrationError};
use crate::{
    errors::CommonError,
    request::{authorize, request},
    webhooks,
};

/// Whose second factor.
#[derive(Debug)]
pub struct StartSecondFactorReset {
    /// The user it is about.
    pub user: UserId,
}

request!(
    StartSecondFactorReset,
    "administration.start_second_factor_reset",
    Access::Administrator(Needs::change(Scope::AdminWrite).fresh())
);

/// A mailed token.
#[derive(Debug)]
pub struct CancelSecondFactorReset {
    /// As presented.
    pub token: SecretText,
}

request!(CancelSecondFactorReset, "administration.cancel_second_factor_reset", Access::Public);

/// A round of resets whose time has come.
#[derive(Debug)]
pub struct ResetDueSecondFactors;

request!(ResetDueSecondFactors, "administration.reset_due_second_factors", Access::System);

/// How many one round takes.
const BATCH: u32 = 20;

impl Administration {
    /// Begins a reset and tells the owner at once. Asked for again, the one under way is the answer.
    #[tracing::instrument(name = "administration.start_second_factor_reset", skip_all, fields(user.id = %request.user))]
    pub async fn start_second_factor_reset(
        &self,
        call: &Call,
        request: StartSecondFactorReset,
    ) -> Result<SecondFactorReset, AdministrationError> {
        let by = authorize::<StartSecondFactorReset>(call)?;
        let mut work = self.store.begin().await?;
        let user = self.found(&mut *work, by, request.user).await?;
        if user.second_factor == SecondFactorKind::None {
            return Err(AdministrationError::NoSecondFactor);
        }
        let due_at = call.now.plus(SecondFactorReset::DELAY);
        let wanted = SecondFactorReset { user: user.id, requested_at: call.now, due_at };
        let stored = work.second_factor_resets().insert_if_absent(&wanted).await?;
        if stored != wanted {
            return Ok(stored);
        }
        let details = json!({"due": due_at.to_string()});
        self.note(&mut *work, call, AuditAction::SecondFactorResetRequested, user.id, details).await?;
        let event = DomainEvent::SecondFactorResetRequested { user: user.id, due: due_at };
        self.tell(&mut *work, call, event).await?;
        work.commit().await?;

        self.signal.ring();
        Ok(stored)
    }

    /// Keeps a second factor, by the link that was mailed.
    #[tracing::instrument(name = "administration.cancel_second_factor_reset", skip_all)]
    pub async fn cancel_second_factor_reset(
        &self,
        call: &Call,
        request: CancelSecondFactorReset,
    ) -> Result<(), AdministrationError> {
        let token = OpaqueSecret::parse(SecretKind::SecondFactorKeep, request.token.expose())
            .ok_or(AdministrationError::InvalidToken)?;
        let mut work = self.store.begin().await?;
        let used = work.one_time_tokens().redeem(Purpose::SecondFactorKeep, &token.hash(), call.now).await?;
        let used = used.ok_or(AdministrationError::InvalidToken)?;
        work.users().find(used.user).await?.ok_or(AdministrationError::InvalidToken)?;
        if !work.second_factor_resets().cancel(used.user).await? {
            return Err(AdministrationError::InvalidToken);
        }
        self.note(&mut *work, call, AuditAction::SecondFactorResetCancelled, used.user, json!({})).await?;
        Ok(work.commit().await?)
    }

    /// Takes the second factors away whose resets are due, and ends the sessions of their owners. Answers with how
    /// many.
    #[tracing::instrument(name = "administration.reset_due_second_factors", skip_all)]
    pub async fn reset_due_second_factors(
        &self,
        call: &Call,
        _request: ResetDueSecondFactors,
    ) -> Result<usize, CommonError> {
        call.permits(Access::System)?;
        let mut done = 0;
        for user in self.queries.due_second_factor_resets(call.now, BATCH).await? {
            match self.reset_second_factor(call, user).await {
                Ok(was_due) => done += usize::from(was_due),
                // The next round tries again; the others are not to wait for it.
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(user.id = %user, error, "a second factor was not reset");
                }
            }
        }
        Ok(done)
    }

    async fn reset_second_factor(&self, call: &Call, user: UserId) -> Result<bool, CommonError> {
        let mut work = self.store.begin().await?;
        let Some(mut user) = work.users().find(user).await? else { return Ok(false) };
        if !work.second_factor_resets().take(user.id, call.now).await? {
            return Ok(false);
        }
        work.second_factors().remove(user.id).await?;
        user.lose_second_factor(call.now);
        work.users().update(&mut user).await?;
        let reason = EndReason::SecondFactorChanged;
        work.sessions().end_all(user.id, None, true, reason, call.now).await?;
        webhooks::end_all(&mut *work, &self.sources, call, user.id).await?;
        work.one_time_tokens().revoke(user.id, &[Purpose::SecondFactorKeep]).await?;
        self.note(&mut *work, call, AuditAction::SecondFactorReset, user.id, json!({})).await?;
        self.tell(&mut *work, call, DomainEvent::SecondFactorReset { user: user.id }).await?;
        work.commit().await?;

        self.cache.forget_user(user.id);
        self.signal.ring();
        Ok(true)
    }
}
