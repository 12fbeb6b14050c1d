//! Writing side of the delivery area.

mod idempotency;
mod outbox;
mod retention;
