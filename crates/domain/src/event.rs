//! What happened that somebody outside must be told; recorded in the unit of work that did it.

use serde_json::{Value, json};

use crate::{
    id::{ConnectionId, UserId},
    time::Timestamp,
};

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
    /// A grant ends soon: the user has to authorize the connection again before.
    ConnectionExpiring {
        /// Whose.
        user: UserId,
        /// Which connection.
        connection: ConnectionId,
        /// When its grant ends.
        at: Timestamp,
    },
    /// A grant has ended, by its time or because the institution says so.
    ConnectionExpired {
        /// Whose.
        user: UserId,
        /// Which connection.
        connection: ConnectionId,
    },
}

impl DomainEvent {
    /// Stable name, stored with the event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::VerificationRequested { .. } => "identity.verification_requested",
            Self::RegistrationRepeated { .. } => "identity.registration_repeated",
            Self::EmailVerified { .. } => "identity.email_verified",
            Self::ConnectionExpiring { .. } => "connections.expiring",
            Self::ConnectionExpired { .. } => "connections.expired",
        }
    }

    /// Whom the event is about.
    pub fn user(&self) -> UserId {
        match self {
            Self::VerificationRequested { user }
            | Self::RegistrationRepeated { user }
            | Self::EmailVerified { user }
            | Self::ConnectionExpiring { user, .. }
            | Self::ConnectionExpired { user, .. } => *user,
        }
    }

    /// What is stored beside name and user. Never a secret.
    pub fn details(&self) -> Value {
        match self {
            Self::VerificationRequested { .. }
            | Self::RegistrationRepeated { .. }
            | Self::EmailVerified { .. } => json!({}),
            Self::ConnectionExpiring { connection, at, .. } => {
                json!({"connection_id": connection.to_string(), "at": at.to_string()})
            }
            Self::ConnectionExpired { connection, .. } => json!({"connection_id": connection.to_string()}),
        }
    }

    /// Reads a stored event; `None` for a name or details of another version.
    pub fn from_stored(name: &str, user: UserId, details: &Value) -> Option<Self> {
        let text = |field: &str| details.get(field).and_then(Value::as_str);
        let connection = || text("connection_id")?.parse::<ConnectionId>().ok();
        Some(match name {
            "identity.verification_requested" => Self::VerificationRequested { user },
            "identity.registration_repeated" => Self::RegistrationRepeated { user },
            "identity.email_verified" => Self::EmailVerified { user },
            "connections.expiring" => Self::ConnectionExpiring {
                user,
                connection: connection()?,
                at: Timestamp::parse(text("at")?)?,
            },
            "connections.expired" => Self::ConnectionExpired { user, connection: connection()? },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_come_back_as_they_were_stored_and_garbled_ones_are_of_another_version() {
        let user = UserId(uuid::Uuid::from_u128(1));
        let connection = ConnectionId(uuid::Uuid::from_u128(2));
        let at = Timestamp::from_micros(1_700_000_000_123_456).unwrap();
        for event in [
            DomainEvent::ConnectionExpiring { user, connection, at },
            DomainEvent::ConnectionExpired { user, connection },
        ] {
            let stored: Value = serde_json::from_str(&event.details().to_string()).unwrap();
            assert_eq!(DomainEvent::from_stored(event.name(), user, &stored).as_ref(), Some(&event));
            assert_eq!(DomainEvent::from_stored(event.name(), user, &json!({"connection_id": 7})), None);
        }
    }
}
