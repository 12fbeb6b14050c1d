//! Asks the holder of a session for the password again.

use dashtam_domain::{
    access::AccessDenied,
    call::{Call, Principal},
    identity::{AuditAction, AuditLine, PasswordHash, PlainPassword, SignInBudget, User},
};
use serde_json::json;

use super::{Profile, ProfileError};
use crate::errors::{CommonError, has_common_errors};

/// The account with the hash that was just checked.
pub(crate) struct Proved {
    pub(crate) user: User,
    hash: PasswordHash,
}

/// Why the password that was given again does not count.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unproved {
    /// It is not the account's.
    #[error("the password is wrong")]
    WrongPassword,
    /// Too many wrong ones in this session.
    #[error("too many wrong passwords")]
    Throttled {
        /// Seconds until the next one is looked at.
        seconds: u32,
    },
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

has_common_errors!(Unproved);

impl From<Unproved> for ProfileError {
    fn from(unproved: Unproved) -> Self {
        match unproved {
            Unproved::WrongPassword => Self::WrongPassword,
            Unproved::Throttled { seconds } => Self::Throttled { seconds },
            Unproved::Common(common) => Self::Common(common),
        }
    }
}

impl Proved {
    /// The account as it is now, if its password still is the one that was checked: everything decided on it waits for
    /// this look.
    pub(crate) fn still(&self, now: Option<User>) -> Result<User, Unproved> {
        now.filter(|user| user.password.as_ref() == Some(&self.hash)).ok_or(Unproved::WrongPassword)
    }
}

impl Profile {
    /// Checks the password. A session has a budget of wrong ones, so that whoever stole it cannot try on and on.
    pub(crate) async fn prove(
        &self,
        call: &Call,
        principal: &Principal,
        password: &PlainPassword,
    ) -> Result<Proved, Unproved> {
        let subject = SignInBudget::of_session(principal.session);
        let spent = self.queries.sign_in_budgets(&[subject]).await?;
        if let Some(until) = spent.first().and_then(|budget| budget.spent_until(call.now)) {
            let seconds = u32::try_from(until.since(call.now).num_seconds()).unwrap_or(0).saturating_add(1);
            return Err(Unproved::Throttled { seconds });
        }
        let user = self.queries.user(principal.user).await?.ok_or(AccessDenied::Anonymous)?;
        let right = match &user.password {
            Some(hash) => self.hasher.verify(password, hash).await?.right.then(|| hash.clone()),
            None => None,
        };
        if let Some(hash) = right {
            return Ok(Proved { user, hash });
        }
        let mut work = self.store.begin().await?;
        let counted = work.sign_in_budgets().count_failure(&subject, call.now).await?;
        let (action, details) =
            (AuditAction::PasswordCheckFailed, json!({"session": principal.session.to_string()}));
        work.note(&self.sources, call, AuditLine::new(action, user.id).with(details)).await?;
        work.commit().await?;
        match counted {
            Some(_) => Err(Unproved::WrongPassword),
            None => {
                let seconds = u32::try_from(SignInBudget::LOCK.num_seconds()).unwrap_or(u32::MAX);
                Err(Unproved::Throttled { seconds })
            }
        }
    }
}
