#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod budget;
mod client;
#[cfg(feature = "conformance")]
pub mod conformance;
mod exact;
mod guarded;
mod lazy;
pub mod lenient;
mod oauth;
mod plain;
mod retry_after;
mod revoke;
mod signed;

pub use budget::{BudgetOptions, RequestBudget, Turn};
pub use client::{Answer, Client, ClientOptions};
pub use exact::exact_product;
pub use guarded::{AllowedAddresses, GuardedClient, PostError};
pub use oauth::{credentials, error_code, token_error};
pub use plain::{clean_code, plain_text};
