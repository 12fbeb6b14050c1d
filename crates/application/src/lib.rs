//! The workflows of Dashtam.
//!
//! A service is a folder, a use case a file: `service.verb(&Call, Request) -> Result<Outcome, ServiceError>`.
//! Each goes through the same beats, every one optional: may the caller do this · gather what is slow · open a
//! unit of work · decide by domain rules · write and commit · answer. No unit of work is open while something
//! slow (hashing, mail, an institution) is waited for.
//!
//! The crate spawns nothing, never sleeps and reads no clock; it runs on any executor.

mod builder;
mod dashtam;
pub mod errors;
mod once;
mod policy;
mod request;

pub mod administration;
pub mod api_keys;
pub mod audit;
pub mod authorization;
pub mod connections;
pub mod delivery;
pub mod imports;
pub mod keys;
pub mod ledger;
pub mod limits;
pub mod profile;
pub mod recovery;
pub mod registration;
pub mod second_factor;
pub mod sessions;
pub mod sign_in;
pub mod signing;
pub mod sync;
pub mod token_rotation;
pub mod upkeep;

pub use builder::{DashtamBuilder, Security};
pub use dashtam::Dashtam;
pub use policy::Policy;
pub use request::{Request, authorize};
