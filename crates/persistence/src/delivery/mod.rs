//! Writing side of the delivery area.

mod idempotency;
mod mail_requests;
mod outbox;
mod retention;
mod webhooks;
