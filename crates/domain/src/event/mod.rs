//! What happened that somebody outside must be told; recorded in the unit of work that did it.

mod stored;

use std::net::IpAddr;

use crate::{
    delivery::notification::Notification,
    id::{ChallengeId, ConnectionId, SessionId, UserId, WebhookId},
    identity::{EmailAddress, FactorChange},
    secret::SecretHash,
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
        /// The user it is about.
        user: UserId,
    },
    /// A grant ends soon: the user has to authorize the connection again before.
    ConnectionExpiring {
        /// The user it is about.
        user: UserId,
        /// Which connection.
        connection: ConnectionId,
        /// When its grant ends.
        at: Timestamp,
    },
    /// A grant has ended, by its time or because the institution says so.
    ConnectionExpired {
        /// The user it is about.
        user: UserId,
        /// Which connection.
        connection: ConnectionId,
    },
    /// A user wants to choose a new password by mail.
    PasswordResetRequested {
        /// The user it is about.
        user: UserId,
    },
    /// A user wants to sign in by a mailed link.
    LoginLinkRequested {
        /// The user it is about.
        user: UserId,
        /// Hash of the mark of the client that asked; the link works there only.
        binding: SecretHash,
    },
    /// A user who was asked for a second factor gets a code by mail.
    SignInCodeRequested {
        /// The user it is about.
        user: UserId,
        /// The sign-in it completes.
        challenge: ChallengeId,
        /// Browser and system of the client that signs in.
        device: String,
        /// Its city and country, when known.
        location: Option<String>,
        /// Last instant the code works.
        until: Timestamp,
    },
    /// A user has another password.
    PasswordChanged {
        /// The user it is about.
        user: UserId,
        /// When it happened.
        at: Timestamp,
    },
    /// Too many wrong passwords were tried; clients that are not known are refused.
    SignInsRefused {
        /// The user it is about.
        user: UserId,
        /// Until when it holds.
        until: Timestamp,
    },
    /// A user has to prove another address.
    EmailChangeRequested {
        /// The user it is about.
        user: UserId,
        /// The address to prove.
        to: EmailAddress,
    },
    /// A user has another address; the earlier one is told.
    EmailChanged {
        /// The user it is about.
        user: UserId,
        /// The earlier address.
        from: EmailAddress,
        /// When it happened.
        at: Timestamp,
    },
    /// An administrator gave a user another address; the earlier one is told.
    EmailReplaced {
        /// The user it is about.
        user: UserId,
        /// The earlier address.
        from: EmailAddress,
        /// When it happened.
        at: Timestamp,
    },
    /// An account was given up.
    DeletionScheduled {
        /// The user it is about.
        user: UserId,
    },
    /// An account was made for somebody, who has to choose its password.
    AccountCreated {
        /// The user it is about.
        user: UserId,
    },
    /// A second factor will be reset unless its owner objects.
    SecondFactorResetRequested {
        /// The user it is about.
        user: UserId,
        /// When it takes effect.
        due: Timestamp,
    },
    /// A second factor was reset.
    SecondFactorReset {
        /// The user it is about.
        user: UserId,
    },
    /// A client unknown to the account signed in.
    NewClient {
        /// Whose account.
        user: UserId,
        /// The session it began.
        session: SessionId,
    },
    /// A session was refreshed by another client than the one it began on.
    OtherClient {
        /// Whose session.
        user: UserId,
        /// Which session.
        session: SessionId,
        /// Browser and system of the other client.
        device: String,
        /// Its city and country, when known.
        location: Option<String>,
        /// Its address, when known.
        address: Option<IpAddr>,
    },
    /// An API key was made.
    ApiKeyCreated {
        /// The user it is about.
        user: UserId,
        /// Its session.
        key: SessionId,
    },
    /// An API key ends soon.
    ApiKeyExpiring {
        /// The user it is about.
        user: UserId,
        /// Its session.
        key: SessionId,
        /// When it ends.
        at: Timestamp,
    },
    /// An endpoint for events was made, or has another address.
    WebhookAddressed {
        /// The user it is about.
        user: UserId,
        /// Which endpoint.
        webhook: WebhookId,
        /// The host of the address.
        host: String,
        /// When it happened.
        at: Timestamp,
    },
    /// An endpoint for events was switched off.
    WebhookDisabled {
        /// The user it is about.
        user: UserId,
        /// Which endpoint.
        webhook: WebhookId,
    },
    /// Something happened of which a user wants to hear.
    NotificationsDue {
        /// The user it is about.
        user: UserId,
        /// What.
        notifications: Vec<Notification>,
        /// How many there are besides, which are not named.
        more: usize,
    },
    /// A spent refresh token was shown and its session was ended.
    RefreshReused {
        /// Whose session.
        user: UserId,
        /// Which session.
        session: SessionId,
    },
    /// A user who sets codes by mail up gets the first one.
    FactorCodeRequested {
        /// The user it is about.
        user: UserId,
        /// Last instant the code works.
        until: Timestamp,
    },
    /// A user's second factor is another one.
    SecondFactorChanged {
        /// The user it is about.
        user: UserId,
        /// What became of it.
        change: FactorChange,
        /// When it happened.
        at: Timestamp,
    },
    /// A backup code was used.
    BackupCodeUsed {
        /// The user it is about.
        user: UserId,
        /// How many are left.
        left: usize,
        /// When it happened.
        at: Timestamp,
    },
    /// Several wrong codes were shown by somebody who has the first factor.
    SecondFactorGuessed {
        /// The user it is about.
        user: UserId,
        /// When it happened.
        at: Timestamp,
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
            Self::PasswordResetRequested { .. } => "identity.password_reset_requested",
            Self::LoginLinkRequested { .. } => "identity.login_link_requested",
            Self::SignInCodeRequested { .. } => "identity.sign_in_code_requested",
            Self::PasswordChanged { .. } => "identity.password_changed",
            Self::SignInsRefused { .. } => "identity.sign_ins_refused",
            Self::EmailChangeRequested { .. } => "identity.email_change_requested",
            Self::EmailChanged { .. } => "identity.email_changed",
            Self::EmailReplaced { .. } => "identity.email_replaced",
            Self::DeletionScheduled { .. } => "identity.deletion_scheduled",
            Self::AccountCreated { .. } => "identity.account_created",
            Self::SecondFactorResetRequested { .. } => "identity.second_factor_reset_requested",
            Self::SecondFactorReset { .. } => "identity.second_factor_reset",
            Self::NewClient { .. } => "identity.new_client",
            Self::OtherClient { .. } => "identity.other_client",
            Self::ApiKeyCreated { .. } => "identity.api_key_created",
            Self::ApiKeyExpiring { .. } => "identity.api_key_expiring",
            Self::WebhookAddressed { .. } => "webhooks.addressed",
            Self::WebhookDisabled { .. } => "webhooks.disabled",
            Self::NotificationsDue { .. } => "notifications.due",
            Self::RefreshReused { .. } => "identity.refresh_reused",
            Self::FactorCodeRequested { .. } => "identity.factor_code_requested",
            Self::SecondFactorChanged { .. } => "identity.second_factor_changed",
            Self::BackupCodeUsed { .. } => "identity.backup_code_used",
            Self::SecondFactorGuessed { .. } => "identity.second_factor_guessed",
        }
    }

    /// Whom the event is about.
    pub fn user(&self) -> UserId {
        match self {
            Self::VerificationRequested { user }
            | Self::RegistrationRepeated { user }
            | Self::EmailVerified { user }
            | Self::ConnectionExpiring { user, .. }
            | Self::ConnectionExpired { user, .. }
            | Self::PasswordResetRequested { user }
            | Self::LoginLinkRequested { user, .. }
            | Self::SignInCodeRequested { user, .. }
            | Self::PasswordChanged { user, .. }
            | Self::SignInsRefused { user, .. }
            | Self::EmailChangeRequested { user, .. }
            | Self::EmailChanged { user, .. }
            | Self::EmailReplaced { user, .. }
            | Self::DeletionScheduled { user }
            | Self::AccountCreated { user }
            | Self::SecondFactorResetRequested { user, .. }
            | Self::SecondFactorReset { user }
            | Self::NewClient { user, .. }
            | Self::OtherClient { user, .. }
            | Self::FactorCodeRequested { user, .. }
            | Self::SecondFactorChanged { user, .. }
            | Self::BackupCodeUsed { user, .. }
            | Self::SecondFactorGuessed { user, .. }
            | Self::ApiKeyCreated { user, .. }
            | Self::ApiKeyExpiring { user, .. }
            | Self::WebhookAddressed { user, .. }
            | Self::WebhookDisabled { user, .. }
            | Self::NotificationsDue { user, .. }
            | Self::RefreshReused { user, .. } => *user,
        }
    }
}

#[cfg(test)]
mod tests;
