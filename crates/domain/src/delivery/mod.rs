//! What leaves the program later or twice: mails, the outbox, and answers kept for repeated requests.

mod due;
pub mod idempotency;
pub mod mail;
mod mail_request;
pub mod notification;
mod outbox;
mod ports;

pub use due::Due;
pub use mail_request::*;
pub use outbox::{Attempt, DeadLetter, OutboxItem};
pub use ports::*;
