//! People: accounts, passwords, sessions, sign-in, second factors, API keys, budgets, signing keys and the audit trail.
//!
//! Each room holds its entities, their rules and their ports.

mod account;
mod api_key;
mod audit;
mod budget;
mod factor;
mod keystore;
mod password;
mod queries;
mod session;
mod sign_in;

pub use account::*;
pub use api_key::*;
pub use audit::*;
pub use budget::*;
pub use factor::*;
pub use ipnet::IpNet;
pub use keystore::*;
pub use password::*;
pub use queries::*;
pub use session::*;
pub use sign_in::*;
