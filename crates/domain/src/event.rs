//! What happened that somebody outside must be told; recorded in the unit of work that did it.

use crate::id::UserId;

/// An event waiting in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

    /// Reads a stored event; `None` for a name of another version.
    pub fn from_stored(name: &str, user: UserId) -> Option<Self> {
        [
            Self::VerificationRequested { user },
            Self::RegistrationRepeated { user },
            Self::EmailVerified { user },
        ]
        .into_iter()
        .find(|event| event.name() == name)
    }
}
