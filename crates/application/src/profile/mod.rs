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
    fault::FieldError,
    identity::{Attributes, AttributesError, FieldCipher, PasswordHasher, PasswordRejection, SessionCache},
    sources::Sources,
    store::{Queries, Store},
    time::Timestamp,
};

use crate::errors::{CommonError, faults};

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

faults! {
    ProfileError {
        Self::WrongPassword => Malformed: "wrong-password",
        Self::InvalidToken => Malformed: "invalid-or-expired-token",
        Self::Throttled { .. } => RateLimited: "password-check-throttled",
        Self::SamePassword | Self::Weak(_) | Self::EmailNotHere | Self::SameEmail => Invalid: "invalid-request",
        Self::Attributes(AttributesError::TooLarge) => Invalid: "attributes-too-large",
        Self::Attributes(AttributesError::TooManifold) => Invalid: "invalid-request",
        Self::EmailFixed => Forbidden: "email-fixed",
        Self::EmailChangedLately(_) => Conflict: "email-changed-lately",
        Self::EmailTaken => Conflict: "email-taken",
        Self::LoginTaken => Conflict: "login-taken",
        Self::LastAdministrator => Conflict: "last-administrator",
        Self::HasSubUsers => Conflict: "has-sub-users",
    }
    fields: |error| {
        let (field, code) = match error {
            Self::SamePassword => ("new_password", "same"),
            Self::Weak(rejection) => ("new_password", rejection.code()),
            Self::EmailNotHere => ("email", "not_here"),
            Self::SameEmail => ("new_email", "same"),
            Self::Attributes(AttributesError::TooLarge) => ("attributes", "too_large"),
            Self::Attributes(AttributesError::TooManifold) => ("attributes", "too_manifold"),
            _ => return Vec::new(),
        };
        vec![FieldError::new(field, code, error.to_string())]
    };
    retry_after: |error| match error {
        Self::Throttled { seconds } => Some(*seconds),
        _ => None,
    };
    extensions: |error| match error {
        Self::Attributes(AttributesError::TooLarge) => vec![("limit", Attributes::MAX.into())],
        _ => Vec::new(),
    };
}
