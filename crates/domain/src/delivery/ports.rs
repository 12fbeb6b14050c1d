//! Ports of the delivery area.

use async_trait::async_trait;

use std::time::Duration;

use crate::{
    event::DomainEvent,
    id::{MailRequestId, OutboxId},
    page::{Limit, Page},
    secret::{OpaqueSecret, SecretKind},
    store::StoreError,
    time::Timestamp,
};

use super::{
    Attempt, DeadLetter, Due, OutboxItem,
    idempotency::{Begun, Fingerprint, IdempotencyKey, StoredAnswer},
    mail::Mail,
};

/// The outbox, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Outbox: Send {
    /// Adds an event that is due now.
    async fn push(&mut self, id: OutboxId, event: DomainEvent, now: Timestamp) -> Result<(), StoreError>;
    /// Takes up to `limit` due items and holds them until `until`; two workers never get the same item.
    async fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<OutboxItem>, StoreError>;
    /// Notes, before anything leaves the program, that an attempt begins, and holds the item until `until`. Whether
    /// this caller still had it: `held_until` is the end of its hold.
    async fn begin_attempt(
        &mut self,
        id: OutboxId,
        held_until: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Removes a delivered item, whoever holds it.
    async fn done(&mut self, id: OutboxId) -> Result<(), StoreError>;
    /// Counts a failed attempt; tried again at `at`, or kept as dead when `None`. Whether this caller still had it;
    /// if not, nothing is changed.
    async fn failed(
        &mut self,
        id: OutboxId,
        held_until: Timestamp,
        attempt: Attempt,
        at: Option<Timestamp>,
        reason: &str,
    ) -> Result<bool, StoreError>;
    /// Makes a dead item due again, with all its attempts before it; whether it was dead.
    async fn revive(&mut self, id: OutboxId, now: Timestamp) -> Result<bool, StoreError>;
    /// Removes a dead item; whether it was dead.
    async fn bury(&mut self, id: OutboxId) -> Result<bool, StoreError>;
}

/// Reading side of the delivery area.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait DeliveryQueries: Send + Sync {
    /// The items that were given up, oldest first.
    async fn dead_letters(
        &self,
        after: Option<OutboxId>,
        limit: Limit,
    ) -> Result<Page<DeadLetter, OutboxId>, StoreError>;
    /// The item with this id, if it was given up.
    async fn dead_letter(&self, id: OutboxId) -> Result<Option<DeadLetter>, StoreError>;
    /// The mails that were asked for and that nobody took, oldest first. Kinds that only another version knows are left
    /// out.
    async fn mail_requests(&self, limit: Limit) -> Result<Vec<MailRequestId>, StoreError>;
    /// The items that are due at this instant and held by nobody, and how many were given up.
    async fn mails_due(&self, now: Timestamp) -> Result<(Due, u64), StoreError>;
}

/// Kept answers, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait IdempotencyRepository: Send {
    /// Takes the key for this scope. Of racing callers one gets [`Begun::Fresh`]; the others wait for its
    /// unit of work and then see its answer.
    async fn begin(
        &mut self,
        scope: &str,
        key: &IdempotencyKey,
        fingerprint: Fingerprint,
        now: Timestamp,
    ) -> Result<Begun, StoreError>;
    /// Keeps the answer.
    async fn finish(
        &mut self,
        scope: &str,
        key: &IdempotencyKey,
        answer: &StoredAnswer,
    ) -> Result<(), StoreError>;
}

/// A mail could not be handed over. The reasons name neither the recipient nor what the mail says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Not handed over; may work later.
    #[error("the mail could not be handed over: {0}")]
    Transient(String),
    /// Not handed over; will never work, e.g. the recipient was refused.
    #[error("the mail was refused: {0}")]
    Permanent(String),
    /// It left, and no answer came: it may have arrived or not.
    #[error("it is not known whether the mail was taken: {0}")]
    Uncertain(String),
}

/// What whoever took a mail said, e.g. a mail server's reply with its queue id. Never holds what the mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt(pub String);

/// The longest a [`Mailer`] may take for one mail. Shorter than [`OutboxItem::LEASE`], so that a delivery is over
/// before another worker may begin one of the same item.
pub const MAIL_LIMIT: Duration = Duration::from_secs(45);

/// Sends mails.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands one mail over, within [`MAIL_LIMIT`]. The same mail again keeps its message id.
    async fn send(&self, mail: &Mail) -> Result<Receipt, MailError>;
}

/// Makes the token in a mail. The same item gives the same token, so that every attempt sends the same link although
/// only hashes are stored.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait MailedSecrets: Send + Sync {
    /// The token of this kind for this item.
    fn derive(&self, kind: SecretKind, item: OutboxId) -> OpaqueSecret;
}

/// Wakes this process's worker, so that what was just committed need not wait for its next round. Only a
/// hint: work is found in the store whether or not anybody rang.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait WorkSignal: Send + Sync {
    /// Rings.
    fn ring(&self);
}
