//! Writing side of the delivery area.

mod notifications;
mod outbox;
mod requests;
mod retention;
mod webhooks;
