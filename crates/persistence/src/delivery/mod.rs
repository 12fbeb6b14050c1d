//! Writing side of the delivery area.

mod idempotency;
mod mail_requests;
mod notifications;
mod outbox;
mod retention;
mod webhooks;
