//! What happened that somebody outside must be told; recorded in the unit of work that did it.

use serde_json::{Value, json};

use crate::id::{SessionId, UserId};

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
    /// A user wants to choose a new password.
    PasswordResetRequested {
        /// Who.
        user: UserId,
    },
    /// A client unknown to the account signed in.
    NewClient {
        /// Whose account.
        user: UserId,
        /// The session it began.
        session: SessionId,
    },
    /// A spent refresh token was shown and its session was ended.
    RefreshReused {
        /// Whose session.
        user: UserId,
        /// Which session.
        session: SessionId,
    },
}

impl DomainEvent {
    /// Stable name, stored with the event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::VerificationRequested { .. } => "identity.verification_requested",
            Self::RegistrationRepeated { .. } => "identity.registration_repeated",
            Self::EmailVerified { .. } => "identity.email_verified",
            Self::PasswordResetRequested { .. } => "identity.password_reset_requested",
            Self::NewClient { .. } => "identity.new_client",
            Self::RefreshReused { .. } => "identity.refresh_reused",
        }
    }

    /// Whom the event is about.
    pub fn user(&self) -> UserId {
        match self {
            Self::VerificationRequested { user }
            | Self::RegistrationRepeated { user }
            | Self::EmailVerified { user }
            | Self::PasswordResetRequested { user }
            | Self::NewClient { user, .. }
            | Self::RefreshReused { user, .. } => *user,
        }
    }

    /// What is stored beside name and user. Never a secret.
    pub fn details(&self) -> Value {
        match self {
            Self::VerificationRequested { .. }
            | Self::RegistrationRepeated { .. }
            | Self::EmailVerified { .. }
            | Self::PasswordResetRequested { .. } => json!({}),
            Self::NewClient { session, .. } | Self::RefreshReused { session, .. } => {
                json!({ "session": session.to_string() })
            }
        }
    }

    /// Reads a stored event; `None` for a name or details of another version.
    pub fn from_stored(name: &str, user: UserId, details: &Value) -> Option<Self> {
        let session = || details["session"].as_str()?.parse().ok();
        Some(match name {
            "identity.verification_requested" => Self::VerificationRequested { user },
            "identity.registration_repeated" => Self::RegistrationRepeated { user },
            "identity.email_verified" => Self::EmailVerified { user },
            "identity.password_reset_requested" => Self::PasswordResetRequested { user },
            "identity.new_client" => Self::NewClient { user, session: session()? },
            "identity.refresh_reused" => Self::RefreshReused { user, session: session()? },
            _ => return None,
        })
    }
}
