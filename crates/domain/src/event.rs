//! What happened that somebody outside must be told; recorded in the unit of work that did it.

use serde_json::{Value, json};

use crate::id::UserId;

/// An event waiting in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainEvent {
    /// A user has to prove an e-mail address.
    VerificationRequested {
        /// Whose address.
        user: UserId,
    },
    /// Somebody tried to register an address that is taken; its owner is told.
    RegistrationRepeated {
        /// The owner.
        user: UserId,
    },
    /// A user proved the address.
    EmailVerified {
        /// Who.
        user: UserId,
    },
}

impl DomainEvent {
    /// Stable name, stored with the event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::VerificationRequested { .. } => "identity.verification_requested",
            Self::RegistrationRepeated { .. } => "identity.registration_repeated",
            Self::EmailVerified { .. } => "identity.email_verified",
        }
    }

    /// Whom the event is about.
    pub fn user(&self) -> UserId {
        match self {
            Self::VerificationRequested { user }
            | Self::RegistrationRepeated { user }
            | Self::EmailVerified { user } => *user,
        }
    }

    /// What is stored beside name and user. Never a secret.
    pub fn details(&self) -> Value {
        match self {
            Self::VerificationRequested { .. }
            | Self::RegistrationRepeated { .. }
            | Self::EmailVerified { .. } => json!({}),
        }
    }

    /// Reads a stored event; `None` for a name or details of another version.
    pub fn from_stored(name: &str, user: UserId, _details: &Value) -> Option<Self> {
        Some(match name {
            "identity.verification_requested" => Self::VerificationRequested { user },
            "identity.registration_repeated" => Self::RegistrationRepeated { user },
            "identity.email_verified" => Self::EmailVerified { user },
            _ => return None,
        })
    }
}
