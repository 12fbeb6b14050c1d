//! The real application without a socket, on a SQLite file of its own per test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test support: a failure here is a failed test"
)]

mod authorization;
mod errors;
mod idempotency;
mod imports;
mod lists;
mod log;
mod pages;
mod providers;
mod rate_limits;
mod security;
mod sign_in;
mod table;
mod world;
