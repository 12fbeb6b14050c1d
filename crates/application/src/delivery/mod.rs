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
    call::Call,
    delivery::{MailedSecrets, Mailer, WorkSignal},
    id::OutboxId,
    identity::{AuditAction, AuditLine, EmailCodes},
    sources::Sources,
    store::{Queries, Store, StoreError, UnitOfWork},
};
use serde_json::json;

use crate::{
    Policy,
    errors::{CommonError, faults},
};

pub(crate) use answer_requests::ask;
pub use answer_requests::{AnswerMailRequests, AskedFor};
pub use dead_letters::{GetDeadLetter, ListDeadLetters};
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
    #[error("No mail with this id was given up.")]
    NotDead,
    /// What every use case can fail with.
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    DeadLetterError {
        Self::NotDead => NotFound: "not-found",
    }
}

impl Delivery {
    /// A line about what became of a mail that was given up, and by whom.
    async fn note(
        &self,
        work: &mut dyn UnitOfWork,
        call: &Call,
        action: AuditAction,
        mail: OutboxId,
    ) -> Result<(), StoreError> {
        let line = match call.principal() {
            Ok(by) => AuditLine::new(action, by.user),
            Err(_) => AuditLine::of_nobody(action),
        };
        work.note(&self.sources, call, line.with(json!({"mail": mail.to_string()}))).await
    }
}
