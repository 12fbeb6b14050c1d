//! Signs in by address and password.

use std::sync::Arc;

use dashtam_domain::{
    access::Access,
    call::Call,
    delivery::WorkSignal,
    fault::Fault,
    identity::{
        EmailAddress, FirstFactor, Identifier, IdentityQueries, InvalidAccessToken, PasswordHasher,
        PlainPassword, SecondFactorKind, SignInBudget, User,
    },
    secret::OpaqueSecret,
    sources::Sources,
    store::{Store, StoreError},
    time::Timestamp,
};

use super::{
    Challenges, Guards, Holding, Opening, Refusal, SignInStep,
    challenge::Terms,
    guard::{Guard, refused},
    open::Proof,
};
use crate::{
    errors::{CommonError, faults},
    request::request,
};

/// Somebody who says who they are.
#[derive(Debug)]
pub struct SignInWithPassword {
    /// The account's address or its other name.
    pub identifier: Identifier,
    /// The password as typed.
    pub password: PlainPassword,
    /// What the client was marked with at an earlier sign-in, if it kept it.
    pub mark: Option<OpaqueSecret>,
    /// How the session is to be held.
    pub holding: Holding,
}

request!(SignInWithPassword, "sign_in.with_password", Access::Public);

/// Sign-in by address and password.
pub struct PasswordSignIn {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn IdentityQueries>,
    pub(crate) sources: Sources,
    pub(crate) hasher: Arc<dyn PasswordHasher>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) guards: Arc<Guards>,
    pub(crate) challenges: Arc<Challenges>,
    pub(crate) opening: Arc<Opening>,
}

/// Why a sign-in by password did not work. The state of an account is told only after the right password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordSignInError {
    /// Unknown address or wrong password.
    #[error("Invalid email or password.")]
    InvalidCredentials,
    /// Too many wrong passwords, for a known address and an unknown one alike.
    #[error("Too many failed sign-ins. Try again later, or choose a new password.")]
    Throttled {
        /// Seconds until the next attempt is looked at.
        seconds: u32,
    },
    /// The password was right, and the account cannot be signed in to.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Signing failed.
    #[error("The access token could not be made.")]
    Token(#[from] InvalidAccessToken),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    PasswordSignInError {
        Self::InvalidCredentials => Unauthenticated: "invalid-credentials",
        Self::Throttled { .. } => RateLimited: "sign-in-throttled",
        Self::Refused(refusal) => Forbidden: refusal.code(),
        Self::Token(_) => Internal: "internal",
    }
    retry_after: |error| match error {
        Self::Throttled { seconds } => Some(*seconds),
        _ => None,
    };
}

/// The refusal until this instant. Never zero seconds.
fn throttled(until: Timestamp, now: Timestamp) -> PasswordSignInError {
    let seconds = u32::try_from(until.since(now).num_seconds()).unwrap_or(0).saturating_add(1);
    PasswordSignInError::Throttled { seconds }
}

impl PasswordSignIn {
    /// Signs in. Unknown addresses cost the same work as wrong passwords and are counted like them, and the account's
    /// state is told only after the right one. An account with a second factor is asked for it: no session begins yet.
    #[tracing::instrument(name = "sign_in.with_password", skip_all)]
    pub async fn sign_in(
        &self,
        call: &Call,
        request: SignInWithPassword,
    ) -> Result<SignInStep, PasswordSignInError> {
        let SignInWithPassword { identifier, password, mark, holding } = request;
        let (email, by_login) = match identifier {
            Identifier::Email(email) => (email, None),
            Identifier::Login(login) => {
                let found = self.queries.user_by_login(&login).await?;
                let email = found.as_ref().map(|user| user.email.clone());
                let email = email.or_else(|| login.nobodys_address());
                (email.ok_or(PasswordSignInError::InvalidCredentials)?, Some(found))
            }
        };
        let (guard, spent) = self.guards.recognise(call, &email, mark.as_ref()).await?;
        if let Some(until) = spent {
            return Err(throttled(until, call.now));
        }
        let known = match by_login {
            Some(found) => found,
            None => self.queries.user_by_email(&email).await?,
        };
        let hash = known.as_ref().and_then(|user| user.password.clone());
        let (Some(user), Some(hash)) = (&known, hash) else {
            self.hasher.waste(&password).await?;
            return Err(self.wrong(call, &guard, &email, known.as_ref()).await?);
        };
        let found = self.hasher.verify(&password, &hash).await?;
        if !found.right {
            return Err(self.wrong(call, &guard, &email, Some(user)).await?);
        }
        let upgraded = if found.outdated { Some(self.hasher.hash(&password).await?) } else { None };

        let proof = Proof { first: FirstFactor::Password, second: None };
        let mut prepared = self.opening.prepare(call, user, holding, proof).await?;

        let mut work = self.store.begin().await?;
        // The password may have been replaced meanwhile, and every session ended: that holds for this one too.
        let current = work.users().find(user.id).await?;
        let Some(mut user) = current.filter(|user| user.password.as_ref() == Some(&hash)) else {
            return Err(PasswordSignInError::InvalidCredentials);
        };
        if !work.sign_in_budgets().restore(&guard.counted, call.now).await? {
            // Spent while this password was checked: to let it pass would make the limit a suggestion.
            return Err(throttled(call.now.plus(SignInBudget::LOCK), call.now));
        }
        if let Some(refusal) = self.guards.refusal(call, &mut *work, &user).await? {
            let line = refused(user.id, FirstFactor::Password, refusal.code());
            work.note(&self.sources, call, line).await?;
            work.commit().await?;
            self.signal.ring();
            return Err(refusal.into());
        }
        if let Some(upgraded) = upgraded {
            work.users().replace_password(user.id, &hash, &upgraded).await?;
            user.password = Some(upgraded);
        }
        if user.second_factor != SecondFactorKind::None {
            let challenged =
                self.challenges.ask(call, &mut *work, &user, Terms::of(&user, &prepared)).await?;
            work.commit().await?;
            self.signal.ring();
            return Ok(SignInStep::Challenged(challenged));
        }
        let mark = self.opening.mark_for(&guard, mark);
        self.opening.open(call, &mut *work, &mut prepared, &user, &guard, &mark).await?;
        work.commit().await?;
        Ok(SignInStep::done(self.opening.hand_out(call, prepared, user, mark)?))
    }

    /// Counts a wrong password; what to answer.
    async fn wrong(
        &self,
        call: &Call,
        guard: &Guard,
        email: &EmailAddress,
        user: Option<&User>,
    ) -> Result<PasswordSignInError, StoreError> {
        let wrong = PasswordSignInError::InvalidCredentials;
        let counted = self.guards.count_wrong(call, guard, email, user, wrong.code()).await?;
        Ok(if counted { wrong } else { throttled(call.now.plus(SignInBudget::LOCK), call.now) })
    }
}
