//! What has to leave the program, or its store.

pub mod idempotency;
pub mod mail_requests;
pub mod notifications;
pub mod outbox;
pub mod races;
pub mod retention;
pub mod webhook_workers;
pub mod webhooks;
