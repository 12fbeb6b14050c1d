//! What every use case can fail with besides its own situations.

use dashtam_domain::{
    access::AccessDenied,
    delivery::idempotency::StoredAnswer,
    fault::{Fault, FaultKind},
    identity::HashError,
    secret::SealError,
    store::{StorageTrouble, StoreError},
};

/// The shared part of every service's errors.
#[derive(Debug, thiserror::Error)]
pub enum CommonError {
    /// The caller may not run this use case.
    #[error(transparent)]
    Denied(#[from] AccessDenied),
    /// The store failed.
    #[error("The request could not be stored.")]
    Store(#[from] StoreError),
    /// A secret could not be sealed or opened.
    #[error("A stored secret could not be used.")]
    Seal(#[from] SealError),
    /// Password work could not be done.
    #[error("Too many sign-ins are waiting; try again in a moment.")]
    Hash(#[from] HashError),
    /// The idempotency key was used for another request.
    #[error("The idempotency key was used before for a different request.")]
    KeyReused,
    /// Not a failure: the request was answered before, and this is the answer.
    #[error("The request was answered before.")]
    Replay(StoredAnswer),
}

impl Fault for CommonError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Denied(AccessDenied::Anonymous) => FaultKind::Unauthenticated,
            Self::Denied(AccessDenied::StepUpRequired) => FaultKind::Unauthenticated,
            Self::Denied(_) => FaultKind::Forbidden,
            Self::Store(StoreError::Contended(_)) | Self::Hash(HashError::Busy) => FaultKind::Busy,
            Self::Store(StoreError::Stale) => FaultKind::Conflict,
            Self::Store(StoreError::Storage { trouble: StorageTrouble::Full, .. }) => FaultKind::NoRoom,
            Self::Store(StoreError::Storage { .. }) => FaultKind::Unavailable,
            Self::Store(
                StoreError::Corrupt { .. }
                | StoreError::Aborted
                | StoreError::Uncertain(_)
                | StoreError::Database(_),
            )
            | Self::Seal(_)
            | Self::Hash(HashError::Failed)
            | Self::Replay(_) => FaultKind::Internal,
            Self::KeyReused => FaultKind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Denied(denied) => match denied {
                AccessDenied::Anonymous => "unauthenticated",
                AccessDenied::Forbidden => "forbidden",
                AccessDenied::ReadOnly => "account-read-only",
                AccessDenied::ConnectionsReadOnly => "connections-read-only",
                AccessDenied::CommandNotAllowed => "command-not-allowed",
                AccessDenied::NotForApiKeys => "not-allowed-for-api-key",
                AccessDenied::InsufficientScope(_) => "insufficient-scope",
                AccessDenied::StepUpRequired => "step-up-required",
            },
            Self::Store(StoreError::Contended(_)) | Self::Hash(HashError::Busy) => "busy",
            Self::Store(StoreError::Stale) => "changed-meanwhile",
            Self::Store(StoreError::Storage { trouble, .. }) => match trouble {
                StorageTrouble::Full => "storage-full",
                StorageTrouble::ReadOnly => "storage-read-only",
                StorageTrouble::Locked => "storage-locked",
                StorageTrouble::Unreachable => "storage-unreachable",
                StorageTrouble::Damaged => "storage-damaged",
                StorageTrouble::Failing => "storage-failing",
            },
            Self::Store(StoreError::Uncertain(_)) => "outcome-unknown",
            Self::Store(StoreError::Corrupt { .. } | StoreError::Aborted | StoreError::Database(_))
            | Self::Seal(_)
            | Self::Hash(HashError::Failed)
            | Self::Replay(_) => "internal",
            Self::KeyReused => "idempotency-key-reused",
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self.kind() {
            FaultKind::Busy => Some(1),
            // Somebody has to mend it first.
            FaultKind::Unavailable | FaultKind::NoRoom => Some(30),
            _ => None,
        }
    }
}

/// The table of a service's errors: each situation says its kind and its code once, and a situation without a row does
/// not compile. The variant `Common` speaks for itself, and `?` turns every shared failure into it.
///
/// What only some situations have stands behind the table: `fields`, `retry_after` and `extensions`, in this order, each a
/// closure that is given the error. See [`Fault`] for what they mean.
macro_rules! faults {
    (
        $error:ident { $($situation:pat => $kind:ident: $code:expr),+ $(,)? }
        $(fields: $fields:expr;)?
        $(retry_after: $retry_after:expr;)?
        $(extensions: $extensions:expr;)?
    ) => {
        impl $error {
            fn kind_and_code(&self) -> (dashtam_domain::fault::FaultKind, &'static str) {
                match self {
                    $($situation => (dashtam_domain::fault::FaultKind::$kind, $code),)+
                    Self::Common(common) => (
                        dashtam_domain::fault::Fault::kind(common),
                        dashtam_domain::fault::Fault::code(common),
                    ),
                }
            }
        }

        impl dashtam_domain::fault::Fault for $error {
            fn kind(&self) -> dashtam_domain::fault::FaultKind {
                self.kind_and_code().0
            }

            fn code(&self) -> &'static str {
                self.kind_and_code().1
            }

            $(fn fields(&self) -> Vec<dashtam_domain::fault::FieldError> {
                let fields: fn(&Self) -> Vec<dashtam_domain::fault::FieldError> = $fields;
                fields(self)
            })?

            fn retry_after(&self) -> Option<u32> {
                let own: fn(&Self) -> Option<u32> = crate::errors::faults!(@or_none $($retry_after)?);
                match self {
                    Self::Common(common) => dashtam_domain::fault::Fault::retry_after(common),
                    situation => own(situation),
                }
            }

            $(fn extensions(&self) -> Vec<(&'static str, serde_json::Value)> {
                let extensions: fn(&Self) -> Vec<(&'static str, serde_json::Value)> = $extensions;
                extensions(self)
            })?
        }

        crate::errors::has_common_errors!($error);
    };
    (@or_none $retry_after:expr) => { $retry_after };
    (@or_none) => { |_| None };
}
pub(crate) use faults;

/// Lets `?` turn every shared failure into an error that has a variant `Common`.
macro_rules! has_common_errors {
    ($error:ty) => {
        crate::errors::has_common_errors!(@each $error,
            dashtam_domain::access::AccessDenied,
            dashtam_domain::store::StoreError,
            dashtam_domain::secret::SealError,
            dashtam_domain::identity::HashError);

        impl From<crate::errors::CommonError> for $error {
            fn from(error: crate::errors::CommonError) -> Self {
                Self::Common(error)
            }
        }
    };
    (@each $error:ty, $($cause:ty),+) => {$(
        impl From<$cause> for $error {
            fn from(cause: $cause) -> Self {
                Self::Common(cause.into())
            }
        }
    )+};
}
pub(crate) use has_common_errors;
