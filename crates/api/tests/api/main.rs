//! The real application without a socket, on a SQLite file of its own per test.

mod authorization;
mod errors;
mod idempotency;
mod imports;
mod lists;
mod pages;
mod providers;
mod security;
mod sign_in;
mod table;
mod world;
