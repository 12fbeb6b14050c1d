//! Gives a second factor up.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    identity::{FactorChange, FactorMethod, PlainPassword, SecondFactorKind},
    secret::SecretText,
};

use super::{Accepted, SecondFactorError, SecondFactors};
use crate::{
    profile::Proved,
    request::{authorize, request},
};

/// No authenticator any more.
#[derive(Debug)]
pub struct DisableTotp {
    /// The account's password as typed.
    pub password: PlainPassword,
    /// What the code is.
    pub method: FactorMethod,
    /// A code of the authenticator, or a backup code, as typed.
    pub code: SecretText,
}

// The request carries both factors, which is fresher than any session.
request!(DisableTotp, "second_factor.disable_totp", Access::User(Needs::own()));

/// No codes by mail any more.
#[derive(Debug)]
pub struct DisableEmailCodes {
    /// The account's password as typed.
    pub password: PlainPassword,
}

// The mailed code was shown to begin the session, or to step it up.
request!(DisableEmailCodes, "second_factor.disable_email", Access::User(Needs::own().with_password()));

impl SecondFactors {
    /// Gives the authenticator up, by the password and a code.
    #[tracing::instrument(name = "second_factor.disable_totp", skip_all)]
    pub async fn disable_totp(&self, call: &Call, request: DisableTotp) -> Result<(), SecondFactorError> {
        let principal = authorize::<DisableTotp>(call)?;
        let DisableTotp { password, method, code } = request;
        let proved = self.profile.prove(call, principal, &password).await?;
        if proved.user.second_factor != SecondFactorKind::Totp {
            return Err(SecondFactorError::NotEnabled);
        }
        let accepted = self.check(call, &proved.user, method, &code, None).await?;
        self.disable(call, proved, SecondFactorKind::Totp, Some(accepted)).await
    }

    /// Gives codes by mail up, by the password in a session that showed both factors a moment ago.
    #[tracing::instrument(name = "second_factor.disable_email", skip_all)]
    pub async fn disable_email(
        &self,
        call: &Call,
        request: DisableEmailCodes,
    ) -> Result<(), SecondFactorError> {
        let principal = authorize::<DisableEmailCodes>(call)?;
        let proved = self.profile.prove(call, principal, &request.password).await?;
        self.disable(call, proved, SecondFactorKind::Email, None).await
    }

    async fn disable(
        &self,
        call: &Call,
        proved: Proved,
        kind: SecondFactorKind,
        accepted: Option<Accepted>,
    ) -> Result<(), SecondFactorError> {
        let mut work = self.store.begin().await?;
        let mut user = proved.still(work.users().find(proved.user.id).await?)?;
        if user.second_factor != kind {
            return Err(SecondFactorError::NotEnabled);
        }
        if let Some(accepted) = accepted {
            self.consume(call, &mut *work, accepted).await?;
        }
        work.second_factors().remove(user.id).await?;
        user.change_second_factor(SecondFactorKind::None, call.now);
        work.users().update(&mut user).await?;
        work.sign_in_budgets().forget_clients(user.id).await?;
        self.tell_change(call, &mut *work, FactorChange::Disabled, user.id).await?;
        work.commit().await?;

        self.cache.forget_user(user.id);
        self.signal.ring();
        Ok(())
    }
}
