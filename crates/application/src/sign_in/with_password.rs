//! Signs in by address and password.

use dashtam_domain::{
    access::Access,
    call::Call,
    identity::{FirstFactor, Identifier, PlainPassword, SignInBudget, TwoFactorType},
    secret::OpaqueSecret,
};

use super::{Holding, SignIn, SignInError, SignInStep, challenge::Terms, guard::throttled, open::Proof};
use crate::request::request;

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

impl SignIn {
    /// Signs in. Unknown addresses cost the same work as wrong passwords and are counted like them, and the account's
    /// state is told only after the right one. An account with a second factor is asked for it: no session begins yet.
    #[tracing::instrument(name = "sign_in.with_password", skip_all)]
    pub async fn with_password(
        &self,
        call: &Call,
        request: SignInWithPassword,
    ) -> Result<SignInStep, SignInError> {
        let SignInWithPassword { identifier, password, mark, holding } = request;
        let (email, by_login) = match identifier {
            Identifier::Email(email) => (email, None),
            Identifier::Login(login) => {
                let found = self.queries.user_by_login(&login).await?;
                let email = found.as_ref().map(|user| user.email.clone());
                let email = email.or_else(|| login.nobodys_address());
                (email.ok_or(SignInError::InvalidCredentials)?, Some(found))
            }
        };
        let guard = self.guard(call, &email, mark.as_ref()).await?;
        let known = match by_login {
            Some(found) => found,
            None => self.queries.user_by_email(&email).await?,
        };
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

        let proof = Proof { first: FirstFactor::Password, second: None };
        let mut prepared = self.prepare(call, user, holding, proof).await?;

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
        if let Some(upgraded) = upgraded {
            work.users().replace_password(user.id, &hash, &upgraded).await?;
            user.password = Some(upgraded);
        }
        if user.two_factor != TwoFactorType::None {
            let challenged = self.challenge(call, &mut *work, &user, Terms::of(&user, &prepared)).await?;
            work.commit().await?;
            self.signal.ring();
            return Ok(SignInStep::Challenged(challenged));
        }
        let mark = self.mark_for(&guard, mark);
        self.open(call, &mut *work, &mut prepared, &user, &guard, &mark).await?;
        work.commit().await?;
        Ok(SignInStep::done(self.hand_out(call, prepared, user, mark)?))
    }
}
