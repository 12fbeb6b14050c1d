//! A small, deterministic bank served over HTTP, with sign-in, tokens, accounts and faults on demand.
//!
//! It knows nothing of Dashtam, and is no example of a secure bank: every customer has the same password.
//! All it keeps are grants, in a file if told so. Customers and fault levers are described by [`LEVERS`].

mod data;
mod faults;
mod oauth;
mod options;
mod params;
mod server;
mod world;

pub use faults::{Customer, DEFAULT_CUSTOMER, LEVERS, Lever, LeverInfo, Levers, PASSWORD, lever_table};
pub use options::{Client, Clock, Options, Today};
pub use server::{RunningBank, SandboxBank};
pub use world::{
    Account, AccountKind, AssetType, Holding, SecurityDetail, Status, Transaction, TransactionKind, World,
};
