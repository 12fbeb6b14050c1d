//! Ports of the delivery area.

use async_trait::async_trait;

use crate::{event::DomainEvent, id::OutboxId, store::StoreError, time::Timestamp};

use super::{
    OutboxItem,
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
    /// Removes a delivered item.
    async fn done(&mut self, id: OutboxId) -> Result<(), StoreError>;
    /// Counts a failed attempt; tried again at `at`, or kept as dead when `None`.
    async fn failed(&mut self, id: OutboxId, at: Option<Timestamp>, reason: &str) -> Result<(), StoreError>;
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

/// A mail could not be handed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// May work later.
    #[error("the mail could not be handed over: {0}")]
    Transient(String),
    /// Will never work, e.g. the recipient was refused.
    #[error("the mail was refused: {0}")]
    Permanent(String),
}

/// Sends mails.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands one mail over. The same mail again keeps its message id.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

/// Wakes this process's worker, so that what was just committed need not wait for its next round. Only a
/// hint: work is found in the store whether or not anybody rang.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait WorkSignal: Send + Sync {
    /// Rings.
    fn ring(&self);
}
