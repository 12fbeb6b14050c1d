//! The caller's own account.

mod archive;
mod change_email;
mod change_password;
mod delete;
mod document;
mod erase;
mod get;
mod password;
mod undo;
mod update;

use std::sync::Arc;

use dashtam_domain::{
    connections::Catalogue,
    delivery::WorkSignal,
    fault::{Fault, FaultKind, FieldError},
    identity::{Attributes, AttributesError, FieldCipher, PasswordHasher, PasswordRejection, SessionCache},
    sources::Sources,
    store::{Queries, Store},
    time::Timestamp,
};

use crate::errors::{CommonError, has_common_errors};

pub use archive::{Archive, ArchiveItem, ExportArchive};
pub use change_email::{ConfirmEmail, RequestEmailChange};
pub use change_password::ChangePassword;
pub use delete::{CancelDeletion, DeleteAccount};
pub use document::GetProfileDocument;
pub use erase::EraseDueAccount;
pub use get::{GetProfile, OwnAccount};
pub(crate) use password::{Proved, Unproved};
pub use undo::UndoEmailChange;
pub use update::UpdateProfile;

/// The caller's own account.
pub struct Profile {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn Queries>,
    pub(crate) sources: Sources,
    pub(crate) hasher: Arc<dyn PasswordHasher>,
    pub(crate) cache: Arc<dyn SessionCache>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) catalogue: Catalogue,
    pub(crate) cipher: Arc<dyn FieldCipher>,
}

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// The password that has to be given again is not the account's.
    #[error("The current password is incorrect.")]
    WrongPassword,
    /// Too many wrong passwords in this session.
    #[error("Too many wrong passwords. Try again later.")]
    Throttled {
        /// Seconds until the next one is looked at.
        seconds: u32,
    },
    /// The new password is the old one.
    #[error("The new password cannot be the same as the current one.")]
    SamePassword,
    /// The new password breaks the rule.
    #[error("{0}")]
    Weak(PasswordRejection),
    /// The address is changed elsewhere.
    #[error("Changing the address here is not currently supported; use POST /api/v1/auth/me/email.")]
    EmailNotHere,
    /// The address stays as it is.
    #[error("The address of this account can be changed by an administrator only.")]
    EmailFixed,
    /// Somebody else has the login.
    #[error("This login belongs to another account.")]
    LoginTaken,
    /// The attributes cannot be kept.
    #[error("The attributes {0}.")]
    Attributes(AttributesError),
    /// Nobody would be left to look after the installation.
    #[error("This is the last administrator the installation can count on. Make somebody else one first.")]
    LastAdministrator,
    /// Sub-users would be left without a manager.
    #[error("This account has sub-users; delete them first, or give them another manager.")]
    HasSubUsers,
    /// The new address is the old one.
    #[error("This is the address the account has.")]
    SameEmail,
    /// The owner of the earlier address may still take the last change back.
    #[error("The address was changed a short time ago and can be changed again after {0}.")]
    EmailChangedLately(Timestamp),
    /// Somebody else proved the address meanwhile.
    #[error("The address belongs to another account by now.")]
    EmailTaken,
    /// Unknown, used, replaced or expired: callers may not learn which.
    #[error("The token is invalid, expired or was already used.")]
    InvalidToken,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

has_common_errors!(ProfileError);

impl Fault for ProfileError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::WrongPassword | Self::InvalidToken => FaultKind::Malformed,
            Self::Throttled { .. } => FaultKind::RateLimited,
            Self::SamePassword
            | Self::Weak(_)
            | Self::EmailNotHere
            | Self::SameEmail
            | Self::Attributes(_) => FaultKind::Invalid,
            Self::EmailFixed => FaultKind::Forbidden,
            Self::EmailChangedLately(_)
            | Self::EmailTaken
            | Self::LoginTaken
            | Self::LastAdministrator
            | Self::HasSubUsers => FaultKind::Conflict,
            Self::Common(common) => common.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::WrongPassword => "wrong-password",
            Self::Throttled { .. } => "password-check-throttled",
            Self::Attributes(AttributesError::TooLarge) => "attributes-too-large",
            Self::SamePassword
            | Self::Weak(_)
            | Self::EmailNotHere
            | Self::SameEmail
            | Self::Attributes(AttributesError::TooManifold) => "invalid-request",
            Self::EmailFixed => "email-fixed",
            Self::LoginTaken => "login-taken",
            Self::LastAdministrator => "last-administrator",
            Self::HasSubUsers => "has-sub-users",
            Self::EmailChangedLately(_) => "email-changed-lately",
            Self::EmailTaken => "email-taken",
            Self::InvalidToken => "invalid-or-expired-token",
            Self::Common(common) => common.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let (field, code) = match self {
            Self::SamePassword => ("new_password", "same"),
            Self::Weak(rejection) => ("new_password", rejection.code()),
            Self::EmailNotHere => ("email", "not_here"),
            Self::SameEmail => ("new_email", "same"),
            Self::Attributes(AttributesError::TooLarge) => ("attributes", "too_large"),
            Self::Attributes(AttributesError::TooManifold) => ("attributes", "too_manifold"),
            _ => return Vec::new(),
        };
        vec![FieldError::new(field, code, self.to_string())]
    }

    fn extensions(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::Attributes(AttributesError::TooLarge) => vec![("limit", Attributes::MAX.into())],
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Throttled { seconds } => Some(*seconds),
            Self::Common(common) => common.retry_after(),
            _ => None,
        }
    }
}
