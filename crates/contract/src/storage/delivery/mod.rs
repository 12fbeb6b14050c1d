//! What has to leave the program, or its store.

pub mod mail_requests;
pub mod outbox;
pub mod retention;
