//! Turns what happened into the mails it causes.

mod about_keys;
mod about_sessions;
mod account;
mod answer_requests;
mod dead_letters;
mod dispatch;
mod drop_dead_letter;
mod expiry;
mod links;
mod retry_dead_letter;
mod second_factor;
mod webhook;

use std::sync::Arc;

use dashtam_domain::{
    access::AccessDenied,
    delivery::{MailedSecrets, Mailer, WorkSignal},
    identity::EmailCodes,
    sources::Sources,
    store::{Queries, Store, StoreError},
};

use crate::{Policy, errors::CommonError};

pub(crate) use answer_requests::ask;
pub use answer_requests::{AnswerMailRequests, AskedFor};
pub use dead_letters::ListDeadLetters;
pub use dispatch::Dispatch;
pub use drop_dead_letter::DropDeadLetter;
pub use retry_dead_letter::RetryDeadLetter;

/// The outbox.
pub struct Delivery {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn Queries>,
    pub(crate) sources: Sources,
    pub(crate) mailer: Option<Arc<dyn Mailer>>,
    pub(crate) mailed_secrets: Arc<dyn MailedSecrets>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) email_codes: Arc<dyn EmailCodes>,
    pub(crate) policy: Policy,
}

/// Nothing was done about a mail.
#[derive(Debug, thiserror::Error)]
pub enum DeadLetterError {
    /// No mail of this id was given up.
    #[error("no mail with this id was given up")]
    NotDead,
    /// What every use case can fail with.
    #[error(transparent)]
    Common(#[from] CommonError),
}

impl From<AccessDenied> for DeadLetterError {
    fn from(denied: AccessDenied) -> Self {
        Self::Common(denied.into())
    }
}

impl From<StoreError> for DeadLetterError {
    fn from(error: StoreError) -> Self {
        Self::Common(error.into())
    }
}
