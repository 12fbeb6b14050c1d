//! Writing side of the delivery area.

mod outbox;
mod requests;
mod retention;
mod webhooks;
