//! The mails Dashtam sends, as contents; how they look is the adapter's business.

use std::net::IpAddr;

use url::Url;

use crate::{
    delivery::notification::Notification,
    id::OutboxId,
    identity::{EmailAddress, FactorChange, PersonName},
    secret::SecretText,
    time::Timestamp,
    webhook::DisabledBecause,
};

/// A mail to one person.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The outbox item it comes from; makes the message id stable over retries.
    pub id: OutboxId,
    /// Where to.
    pub to: EmailAddress,
    /// Whom to greet.
    pub name: PersonName,
    /// What it says.
    pub content: MailContent,
}

/// A client as its owner may recognise it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientNote {
    /// When it acted.
    pub at: Timestamp,
    /// Browser and system, e.g. `Firefox on Linux`.
    pub device: String,
    /// City and country, when known.
    pub location: Option<String>,
    /// Its address, when known.
    pub address: Option<IpAddr>,
}

/// What a mail says. Links that carry a token are secrets, so that `Debug` names the variant only.
#[derive(Clone)]
pub enum MailContent {
    /// Prove your address by this link.
    VerifyEmail {
        /// Link with the token.
        link: Url,
        /// Hours the link works.
        hours: i64,
    },
    /// Somebody tried to register your address again.
    AlreadyRegistered {
        /// Where to sign in.
        sign_in: Url,
    },
    /// Welcome; the account is ready.
    Welcome {
        /// Where to sign in.
        sign_in: Url,
    },
    /// Choose a new password by this link.
    ResetPassword {
        /// Link with the token.
        link: Url,
        /// Minutes the link works.
        minutes: i64,
    },
    /// Sign in by this link.
    LoginLink {
        /// Link with the token.
        link: Url,
        /// Minutes the link works.
        minutes: i64,
    },
    /// The code that completes a sign-in. No link, so that nobody learns to follow one here.
    SignInCode {
        /// The code.
        code: SecretText,
        /// The client that signs in.
        client: ClientNote,
        /// Last instant the code works.
        until: Timestamp,
    },
    /// Your password was changed.
    PasswordChanged {
        /// When it happened.
        at: Timestamp,
        /// Where to ask for a reset if it was somebody else.
        reset: Url,
    },
    /// A client unknown so far signed in.
    NewClient {
        /// The client that signed in.
        client: ClientNote,
        /// "This was not me": ends that session and starts a reset. With a token.
        not_me: Url,
    },
    /// Another client than the one a session began on refreshes it.
    OtherClient {
        /// The client the session began on.
        began: ClientNote,
        /// The other one.
        client: ClientNote,
        /// "This was not me": ends that session and starts a reset. With a token.
        not_me: Url,
    },
    /// A spent refresh token was shown; its session was ended.
    RefreshReused {
        /// The client whose session it was.
        client: ClientNote,
        /// Where to ask for a reset.
        reset: Url,
    },
    /// An API key was made.
    ApiKeyCreated {
        /// The name its owner gave it.
        name: String,
        /// The client that made it.
        client: ClientNote,
        /// Where keys are revoked.
        manage: Url,
    },
    /// An API key ends soon.
    ApiKeyExpiring {
        /// The name its owner gave it.
        name: String,
        /// When it ends.
        at: Timestamp,
        /// Where keys are made and replaced.
        manage: Url,
    },
    /// Too many wrong passwords: unknown clients cannot sign in for a while.
    SignInsRefused {
        /// Until when it holds.
        until: Timestamp,
        /// Where to ask for a reset.
        reset: Url,
    },
    /// To the new address: confirm that it is yours.
    ConfirmEmail {
        /// Link with the token.
        link: Url,
        /// Hours the link works.
        hours: i64,
    },
    /// To the old address: it is no longer that of the account.
    EmailChanged {
        /// Link that takes the change back, with a token.
        undo: Url,
        /// Days the link works.
        days: i64,
    },
    /// To the old address: an administrator gave the account another one.
    EmailReplaced {
        /// When it happened.
        at: Timestamp,
    },
    /// The account will be deleted.
    DeletionScheduled {
        /// When it is erased.
        due: Timestamp,
        /// Link that keeps the account, with a token.
        cancel: Url,
    },
    /// Somebody made an account for you: choose its password.
    Invitation {
        /// Link with the token.
        link: Url,
        /// Hours the link works.
        hours: i64,
    },
    /// Whoever runs the installation closed the account.
    AccountClosed {
        /// When it is erased.
        due: Timestamp,
    },
    /// The second factor will be reset.
    SecondFactorResetRequested {
        /// When it takes effect.
        due: Timestamp,
        /// Link that keeps it, with a token.
        keep: Url,
    },
    /// The second factor was reset.
    SecondFactorReset {
        /// Where to sign in.
        sign_in: Url,
    },
    /// A connection has to be authorized again before this instant.
    ConnectionExpiring {
        /// The name its owner gave it.
        alias: String,
        /// When the institution's grant ends.
        at: Timestamp,
        /// Where to authorize it again.
        link: Url,
    },
    /// A connection's grant has ended.
    ConnectionExpired {
        /// The name its owner gave it.
        alias: String,
        /// Where to authorize it again.
        link: Url,
    },
    /// An endpoint for events is at another address, or new.
    WebhookAddressed {
        /// The host of the address.
        host: String,
        /// Since when.
        at: Timestamp,
        /// Where to look at it.
        manage: Url,
    },
    /// An endpoint for events was switched off.
    WebhookDisabled {
        /// Its host.
        host: String,
        /// Why.
        because: DisabledBecause,
        /// Where to look at it.
        manage: Url,
    },
    /// Something happened of which the reader wants to hear.
    Notifications {
        /// What.
        notifications: Vec<Notification>,
        /// How many there are besides.
        more: usize,
        /// Where the reader says what to hear of.
        manage: Url,
    },
    /// The code that sets codes by mail up. No link, so that nobody learns to follow one here.
    FactorCode {
        /// The code.
        code: SecretText,
        /// Last instant it works.
        until: Timestamp,
    },
    /// Your second factor is another one.
    SecondFactorChanged {
        /// What became of it.
        change: FactorChange,
        /// When it happened.
        at: Timestamp,
        /// Where to ask for a reset if it was somebody else.
        reset: Url,
    },
    /// A backup code was used.
    BackupCodeUsed {
        /// How many are left.
        left: usize,
        /// Whether that is few.
        few: bool,
        /// When it happened.
        at: Timestamp,
        /// Where to ask for a reset if it was somebody else.
        reset: Url,
    },
    /// Wrong codes were shown by somebody who has your password.
    SecondFactorGuessed {
        /// When it happened.
        at: Timestamp,
        /// Where to ask for a reset.
        reset: Url,
    },
    /// An operator tries out whether mails arrive.
    Test,
}

impl std::fmt::Debug for MailContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::VerifyEmail { .. } => "VerifyEmail",
            Self::AlreadyRegistered { .. } => "AlreadyRegistered",
            Self::Welcome { .. } => "Welcome",
            Self::ResetPassword { .. } => "ResetPassword",
            Self::LoginLink { .. } => "LoginLink",
            Self::SignInCode { .. } => "SignInCode",
            Self::PasswordChanged { .. } => "PasswordChanged",
            Self::NewClient { .. } => "NewClient",
            Self::OtherClient { .. } => "OtherClient",
            Self::RefreshReused { .. } => "RefreshReused",
            Self::ApiKeyCreated { .. } => "ApiKeyCreated",
            Self::ApiKeyExpiring { .. } => "ApiKeyExpiring",
            Self::SignInsRefused { .. } => "SignInsRefused",
            Self::ConfirmEmail { .. } => "ConfirmEmail",
            Self::EmailChanged { .. } => "EmailChanged",
            Self::EmailReplaced { .. } => "EmailReplaced",
            Self::DeletionScheduled { .. } => "DeletionScheduled",
            Self::Invitation { .. } => "Invitation",
            Self::AccountClosed { .. } => "AccountClosed",
            Self::SecondFactorResetRequested { .. } => "SecondFactorResetRequested",
            Self::SecondFactorReset { .. } => "SecondFactorReset",
            Self::ConnectionExpiring { .. } => "ConnectionExpiring",
            Self::ConnectionExpired { .. } => "ConnectionExpired",
            Self::WebhookAddressed { .. } => "WebhookAddressed",
            Self::WebhookDisabled { .. } => "WebhookDisabled",
            Self::Notifications { .. } => "Notifications",
            Self::FactorCode { .. } => "FactorCode",
            Self::SecondFactorChanged { .. } => "SecondFactorChanged",
            Self::BackupCodeUsed { .. } => "BackupCodeUsed",
            Self::SecondFactorGuessed { .. } => "SecondFactorGuessed",
            Self::Test => "Test",
        })
    }
}
