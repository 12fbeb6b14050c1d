//! Tests of events.

use serde_json::{Value, json};

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

#[test]
fn every_event_is_read_back_as_it_was_stored() {
    let user = UserId(uuid::Uuid::from_u128(7));
    let at = Timestamp::from_micros(1_767_225_600_123_456).unwrap();
    let address = || "Ada@Example.com".parse().unwrap();
    for event in [
        DomainEvent::VerificationRequested { user },
        DomainEvent::RegistrationRepeated { user },
        DomainEvent::EmailVerified { user },
        DomainEvent::PasswordResetRequested { user },
        DomainEvent::LoginLinkRequested { user, binding: SecretHash::of("x") },
        DomainEvent::SignInCodeRequested {
            user,
            challenge: ChallengeId(uuid::Uuid::from_u128(8)),
            device: "Firefox on Linux".to_owned(),
            location: None,
            until: at,
        },
        DomainEvent::PasswordChanged { user, at },
        DomainEvent::SignInsRefused { user, until: at },
        DomainEvent::EmailChangeRequested { user, to: address() },
        DomainEvent::EmailChanged { user, from: address(), at },
        DomainEvent::EmailReplaced { user, from: address(), at },
        DomainEvent::OtherClient {
            user,
            session: SessionId(uuid::Uuid::from_u128(8)),
            device: "curl".to_owned(),
            location: Some("Bern, Switzerland".to_owned()),
            address: "192.0.2.7".parse().ok(),
        },
        DomainEvent::DeletionScheduled { user },
        DomainEvent::FactorCodeRequested { user, until: at },
        DomainEvent::SecondFactorChanged { user, change: FactorChange::Downgraded, at },
        DomainEvent::BackupCodeUsed { user, left: 2, at },
        DomainEvent::SecondFactorGuessed { user, at },
        DomainEvent::NotificationsDue {
            user,
            notifications: vec![Notification::SyncFailing {
                connection: ConnectionId(uuid::Uuid::from_u128(3)),
                alias: "Mine".to_owned(),
                since: at,
            }],
            more: 2,
        },
        DomainEvent::ApiKeyCreated { user, key: SessionId(uuid::Uuid::from_u128(8)) },
        DomainEvent::WebhookAddressed {
            user,
            webhook: WebhookId(uuid::Uuid::from_u128(9)),
            host: "hooks.example".to_owned(),
            at,
        },
        DomainEvent::WebhookDisabled { user, webhook: WebhookId(uuid::Uuid::from_u128(9)) },
        DomainEvent::ApiKeyExpiring { user, key: SessionId(uuid::Uuid::from_u128(8)), at },
        DomainEvent::AccountCreated { user },
        DomainEvent::SecondFactorResetRequested { user, due: at },
        DomainEvent::SecondFactorReset { user },
    ] {
        let read = DomainEvent::from_stored(event.name(), event.user(), &event.details());
        assert_eq!(read, Some(event));
    }
    assert_eq!(DomainEvent::from_stored("identity.password_changed", user, &json!({})), None);
}
