//! The form in which events are stored.

use serde_json::{Value, json};

use super::DomainEvent;
use crate::{
    delivery::notification::Notification,
    id::{ConnectionId, SessionId, UserId},
    identity::{EmailAddress, FactorChange},
    secret::SecretHash,
    time::Timestamp,
};

impl DomainEvent {
    /// What is stored beside name and user. Never a secret.
    pub fn details(&self) -> Value {
        match self {
            Self::VerificationRequested { .. }
            | Self::RegistrationRepeated { .. }
            | Self::EmailVerified { .. }
            | Self::PasswordResetRequested { .. }
            | Self::AccountCreated { .. }
            | Self::SecondFactorReset { .. }
            | Self::DeletionScheduled { .. } => json!({}),
            Self::LoginLinkRequested { binding, .. } => json!({ "binding": binding.to_hex() }),
            Self::SignInCodeRequested { challenge, device, location, until, .. } => json!({
                "challenge": challenge.to_string(), "device": device, "location": location,
                "until": until.to_string(),
            }),
            Self::SecondFactorResetRequested { due, .. } => json!({"due": due.to_string()}),
            Self::PasswordChanged { at, .. } => json!({"at": at.to_string()}),
            Self::SignInsRefused { until, .. } => json!({"until": until.to_string()}),
            Self::EmailChangeRequested { to, .. } => json!({"to": to.as_str()}),
            Self::EmailChanged { from, at, .. } | Self::EmailReplaced { from, at, .. } => {
                json!({"from": from.as_str(), "at": at.to_string()})
            }
            Self::OtherClient { session, device, location, address, .. } => json!({
                "session": session.to_string(), "device": device, "location": location,
                "address": address.map(|address| address.to_string()),
            }),
            Self::ConnectionExpiring { connection, at, .. } => {
                json!({"connection_id": connection.to_string(), "at": at.to_string()})
            }
            Self::ConnectionExpired { connection, .. } => json!({"connection_id": connection.to_string()}),
            Self::FactorCodeRequested { until, .. } => json!({"until": until.to_string()}),
            Self::SecondFactorChanged { change, at, .. } => {
                json!({"change": change.as_str(), "at": at.to_string()})
            }
            Self::BackupCodeUsed { left, at, .. } => json!({"left": left, "at": at.to_string()}),
            Self::SecondFactorGuessed { at, .. } => json!({"at": at.to_string()}),
            Self::WebhookAddressed { webhook, host, at, .. } => {
                json!({ "webhook": webhook.to_string(), "host": host, "at": at.to_string() })
            }
            Self::WebhookDisabled { webhook, .. } => json!({ "webhook": webhook.to_string() }),
            Self::NotificationsDue { notifications, more, .. } => {
                let all: Vec<Value> = notifications.iter().map(Notification::to_json).collect();
                json!({ "notifications": all, "more": more })
            }
            Self::ApiKeyExpiring { key, at, .. } => json!({"session": key.to_string(), "at": at.to_string()}),
            Self::ApiKeyCreated { key: session, .. }
            | Self::NewClient { session, .. }
            | Self::RefreshReused { session, .. } => {
                json!({ "session": session.to_string() })
            }
        }
    }

    /// Reads a stored event; `None` for a name or details of another version.
    pub fn from_stored(name: &str, user: UserId, details: &Value) -> Option<Self> {
        let text = |field: &str| details.get(field).and_then(Value::as_str);
        let connection = || text("connection_id")?.parse::<ConnectionId>().ok();
        let time = |field: &str| Timestamp::parse(text(field)?);
        let address = |field: &str| text(field)?.parse::<EmailAddress>().ok();
        let session = || text("session")?.parse::<SessionId>().ok();
        Some(match name {
            "identity.verification_requested" => Self::VerificationRequested { user },
            "identity.registration_repeated" => Self::RegistrationRepeated { user },
            "identity.email_verified" => Self::EmailVerified { user },
            "connections.expiring" => {
                Self::ConnectionExpiring { user, connection: connection()?, at: time("at")? }
            }
            "connections.expired" => Self::ConnectionExpired { user, connection: connection()? },
            "identity.password_reset_requested" => Self::PasswordResetRequested { user },
            "identity.login_link_requested" => {
                Self::LoginLinkRequested { user, binding: SecretHash::from_hex(text("binding")?)? }
            }
            "identity.sign_in_code_requested" => Self::SignInCodeRequested {
                user,
                challenge: text("challenge")?.parse().ok()?,
                device: text("device")?.to_owned(),
                location: text("location").map(str::to_owned),
                until: time("until")?,
            },
            "identity.password_changed" => Self::PasswordChanged { user, at: time("at")? },
            "identity.sign_ins_refused" => Self::SignInsRefused { user, until: time("until")? },
            "identity.email_change_requested" => Self::EmailChangeRequested { user, to: address("to")? },
            "identity.email_changed" => Self::EmailChanged { user, from: address("from")?, at: time("at")? },
            "identity.email_replaced" => {
                Self::EmailReplaced { user, from: address("from")?, at: time("at")? }
            }
            "identity.deletion_scheduled" => Self::DeletionScheduled { user },
            "identity.factor_code_requested" => Self::FactorCodeRequested { user, until: time("until")? },
            "identity.second_factor_changed" => {
                let change = FactorChange::parse(text("change")?)?;
                Self::SecondFactorChanged { user, change, at: time("at")? }
            }
            "identity.backup_code_used" => {
                let left = usize::try_from(details.get("left")?.as_u64()?).ok()?;
                Self::BackupCodeUsed { user, left, at: time("at")? }
            }
            "identity.second_factor_guessed" => Self::SecondFactorGuessed { user, at: time("at")? },
            "identity.account_created" => Self::AccountCreated { user },
            "identity.second_factor_reset_requested" => {
                Self::SecondFactorResetRequested { user, due: time("due")? }
            }
            "identity.second_factor_reset" => Self::SecondFactorReset { user },
            "identity.new_client" => Self::NewClient { user, session: session()? },
            "identity.other_client" => Self::OtherClient {
                user,
                session: session()?,
                device: text("device")?.to_owned(),
                location: text("location").map(str::to_owned),
                address: text("address").and_then(|address| address.parse().ok()),
            },
            "identity.api_key_created" => Self::ApiKeyCreated { user, key: session()? },
            "identity.api_key_expiring" => Self::ApiKeyExpiring { user, key: session()?, at: time("at")? },
            "webhooks.addressed" => Self::WebhookAddressed {
                user,
                webhook: text("webhook")?.parse().ok()?,
                host: text("host")?.to_owned(),
                at: time("at")?,
            },
            "webhooks.disabled" => Self::WebhookDisabled { user, webhook: text("webhook")?.parse().ok()? },
            "notifications.due" => {
                let all = details.get("notifications")?.as_array()?;
                let more = usize::try_from(details.get("more")?.as_u64()?).ok()?;
                let notifications = all.iter().map(Notification::from_json).collect::<Option<_>>()?;
                Self::NotificationsDue { user, notifications, more }
            }
            "identity.refresh_reused" => Self::RefreshReused { user, session: session()? },
            _ => return None,
        })
    }
}
