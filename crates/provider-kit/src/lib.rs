//! What provider crates share: a bounded HTTP client with retries, OAuth plumbing, lenient parsing.

mod client;
pub mod lenient;
mod oauth;

pub use client::{Answer, Client, ClientOptions, StartError};
pub use oauth::{credentials, token_error};
