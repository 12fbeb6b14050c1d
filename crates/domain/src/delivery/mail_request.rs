//! Mails that anybody may ask for by naming an address. The request stores the wish and nothing else; whether somebody
//! has the address is looked at later, by a worker, so that no answer and no clock tells.

use async_trait::async_trait;

use crate::{
    call::ClientInfo,
    id::MailRequestId,
    identity::{EmailAddress, MailKind},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
    words::words,
};

words! {
/// What is asked for.
AskedMail {
    /// A link that proves the address.
    Verification = "verification",
    /// A link for a new password.
    PasswordReset = "password_reset",
    /// A link that signs in.
    LoginLink = "login_link",
}
}

impl AskedMail {
    /// What asking for it is counted as, whoever has the address: the time until somebody may ask again tells nothing.
    pub fn asking(self) -> MailKind {
        match self {
            Self::Verification => MailKind::VerificationAsked,
            Self::PasswordReset => MailKind::PasswordResetAsked,
            Self::LoginLink => MailKind::LoginLinkAsked,
        }
    }

    /// The budget the mails are counted in.
    pub fn budget(self) -> MailKind {
        match self {
            Self::Verification => MailKind::Verification,
            Self::PasswordReset => MailKind::PasswordReset,
            Self::LoginLink => MailKind::LoginLink,
        }
    }
}

/// Somebody asked for a mail to this address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRequest {
    /// Its id.
    pub id: MailRequestId,
    /// What is asked for.
    pub what: AskedMail,
    /// The address as typed; nobody need have it.
    pub email: EmailAddress,
    /// What the client that asked keeps, hashed: a link that signs in works for that client only.
    pub binding: Option<SecretHash>,
    /// When it happened.
    pub at: Timestamp,
    /// The client that asked.
    pub client: ClientInfo,
}

/// Wished-for mails, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait MailRequestRepository: Send {
    /// Adds one.
    async fn insert(&mut self, request: &MailRequest) -> Result<(), StoreError>;
    /// Removes one and hands it over, in one guarded statement: to exactly one caller, `None` for the rest. It is back
    /// if the unit of work is not committed.
    async fn take(&mut self, id: MailRequestId) -> Result<Option<MailRequest>, StoreError>;
}
