//! The mails Dashtam sends, as contents; how they look is the adapter's business.

use url::Url;

use crate::{
    id::OutboxId,
    identity::{EmailAddress, PersonName},
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

/// What a mail says.
#[derive(Clone)]
pub enum MailContent {
    /// Prove your address by this link.
    VerifyEmail {
        /// Link with the token. A secret.
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
}

impl std::fmt::Debug for MailContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::VerifyEmail { .. } => "VerifyEmail",
            Self::AlreadyRegistered { .. } => "AlreadyRegistered",
            Self::Welcome { .. } => "Welcome",
        })
    }
}
