//! Looking after accounts: by administrators anybody's, by managers those of their sub-users, and by the command line
//! of the host.

mod change;
mod create_administrator;
mod create_user;
mod delete_user;
mod end_user_sessions;
mod find;
mod lock;
mod second_factor;
mod set_administrator;
mod start_password_reset;
mod update_user;
mod welcome_back;

use std::sync::Arc;

use dashtam_domain::{
    access::AccessDenied,
    call::{Call, Principal},
    delivery::WorkSignal,
    fault::FieldError,
    id::{OutboxId, UserId},
    identity::{AuditAction, AuditLine, Reach, SessionCache, Standing, User},
    sources::Sources,
    store::{Queries, Store, StoreError, UnitOfWork},
};
use serde_json::{Value, json};

use crate::{
    Policy,
    errors::{CommonError, faults},
};

pub use change::UserChange;
pub use create_administrator::{Begun, CreateAdministrator};
pub use create_user::CreateUser;
pub use delete_user::DeleteUser;
pub use end_user_sessions::EndUserSessions;
pub use find::{GetUser, ListAdministrators, ListUsers, ManagedUser, NameUsers};
pub use lock::{FindUser, LiftLocks, LiftLocksOf, Locks};
pub use second_factor::{CancelSecondFactorReset, ResetDueSecondFactors, StartSecondFactorReset};
pub use set_administrator::{SetActive, SetAdministrator};
pub use start_password_reset::StartPasswordReset;
pub use update_user::UpdateUser;
pub use welcome_back::WelcomeBack;

/// What administrators and managers do with the accounts of others.
pub struct Administration {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn Queries>,
    pub(crate) sources: Sources,
    pub(crate) cache: Arc<dyn SessionCache>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) policy: Policy,
}

/// Why something about accounts did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdministrationError {
    /// No such account, or not one the caller looks after.
    #[error("There is no such account.")]
    NotFound,
    /// Somebody has the address.
    #[error("There is an account with this e-mail address already.")]
    EmailTaken,
    /// The operator lets nobody make an account, not even for others.
    #[error(
        "Registration is closed here (registration.mode), also for accounts that are made for others. The command line \
         of the host makes administrators."
    )]
    RegistrationClosed,
    /// The manager has as many sub-users as the account allows.
    #[error("This account may not have more sub-users.")]
    UserLimitReached,
    /// Nobody would be left to look after the installation.
    #[error(
        "This is the last administrator the installation can count on. Make somebody else one first; an account that \
         is to expire or may only look does not count."
    )]
    LastAdministrator,
    /// Sub-users would be left without a manager.
    #[error("This account has sub-users; delete them first, or give them another manager.")]
    HasSubUsers,
    /// A sub-user is kept from at least what its manager is kept from, and no longer.
    #[error(
        "A sub-user may not be allowed more than its manager, nor have sub-users or be an administrator."
    )]
    Looser(Vec<&'static str>),
    /// The manager is nobody, or one who is managed.
    #[error("The manager must be an account that has no manager itself.")]
    NoManager,
    /// There is nothing to reset.
    #[error("This account has no second factor.")]
    NoSecondFactor,
    /// The address got as many mails of this kind as it may.
    #[error("This address got as many mails of this kind as it may get for now.")]
    TooManyMails {
        /// Seconds until the next one may be asked for, at least.
        seconds: u32,
    },
    /// An administrator switched the account off, and its manager may not switch it on.
    #[error("An administrator switched this account off, and only an administrator switches it on.")]
    OffByAdministrator,
    /// Unknown, used, replaced or expired: callers may not learn which.
    #[error("The token is invalid, expired or was already used.")]
    InvalidToken,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    AdministrationError {
        Self::NotFound => NotFound: "not-found",
        Self::EmailTaken => Conflict: "email-taken",
        Self::LastAdministrator => Conflict: "last-administrator",
        Self::HasSubUsers => Conflict: "has-sub-users",
        Self::NoSecondFactor => Conflict: "no-second-factor",
        Self::OffByAdministrator => Conflict: "off-by-administrator",
        Self::RegistrationClosed => Forbidden: "registration-closed",
        Self::UserLimitReached => Forbidden: "user-limit-reached",
        Self::Looser(_) | Self::NoManager => Invalid: "invalid-request",
        Self::TooManyMails { .. } => RateLimited: "too-many-mails",
        Self::InvalidToken => Malformed: "invalid-or-expired-token",
    }
    fields: |error| match error {
        Self::Looser(fields) => {
            let broken = |field: &&str| FieldError::new(*field, "looser_than_manager", error.to_string());
            fields.iter().map(broken).collect()
        }
        Self::NoManager => vec![FieldError::new("managed_by", "no_manager", error.to_string())],
        _ => Vec::new(),
    };
    retry_after: |error| match error {
        Self::TooManyMails { seconds } => Some(*seconds),
        _ => None,
    };
}

impl Administration {
    /// The account, locked, if the caller looks after it; everybody else's is not there.
    async fn found(
        &self,
        work: &mut dyn UnitOfWork,
        by: &Principal,
        user: UserId,
    ) -> Result<User, AdministrationError> {
        let found = work.users().find(user).await?;
        found.filter(|user| Reach::of(by).covers(user)).ok_or(AdministrationError::NotFound)
    }

    /// A line about what was done to somebody's account, and by whom.
    async fn note(
        &self,
        work: &mut dyn UnitOfWork,
        call: &Call,
        action: AuditAction,
        user: UserId,
        mut details: Value,
    ) -> Result<(), StoreError> {
        if let (Value::Object(details), Ok(by)) = (&mut details, call.principal()) {
            details.insert("by".to_owned(), json!(by.user.to_string()));
        }
        work.note(&self.sources, call, AuditLine::new(action, user).with(details)).await
    }

    async fn tell(
        &self,
        work: &mut dyn UnitOfWork,
        call: &Call,
        event: dashtam_domain::event::DomainEvent,
    ) -> Result<(), StoreError> {
        work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await
    }
}

/// Refuses a change from `before` to `after` if nobody would be left; `others` is known if it was asked for.
fn keep_one(before: Standing, after: Standing, others: Option<Standing>) -> Result<(), AdministrationError> {
    match others.unwrap_or(Standing::None) {
        others if User::is_missed(before, after, others) => Err(AdministrationError::LastAdministrator),
        _ => Ok(()),
    }
}

/// Refuses what managers may not do.
fn administrators_only(by: &Principal) -> Result<(), AccessDenied> {
    if by.administrator { Ok(()) } else { Err(AccessDenied::Forbidden) }
}
