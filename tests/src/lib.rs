//! The server under test: the real program as a child process, and the verbs tests use on it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "test support: a failure here is a failed test"
)]

pub mod api;
pub mod bank;
pub mod database;
pub mod engine;
pub mod figures;
pub mod manual;
pub mod outbox;
pub mod patience;
pub mod place;
pub mod plaid;
pub mod process;
pub mod program;
pub mod python;
pub mod samples;
pub mod schwab;
pub mod secrets;
pub mod server;
pub mod statement;
pub mod user;

pub use api::{Api, Reply};
pub use engine::Engine;
pub use place::Place;
pub use server::Server;
pub use user::User;
