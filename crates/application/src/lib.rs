#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod areas;
mod builder;
mod dashtam;
pub mod errors;
mod known;
mod once;
mod policy;
mod request;
mod securities;
mod turn;

pub mod administration;
pub mod api_keys;
pub mod audit;
pub mod authorization;
pub mod categories;
pub mod connections;
pub mod corrections;
pub mod delivery;
pub mod denials;
pub mod exports;
pub mod factor;
pub mod imports;
pub mod keystore;
pub mod ledger;
pub mod live;
pub mod merchants;
pub mod notifications;
pub mod portfolio;
pub mod profile;
pub mod reconciliations;
pub mod recovery;
pub mod recurring;
pub mod registration;
pub mod remap;
pub mod rules;
pub mod saved_views;
pub mod sealed;
pub mod sessions;
pub mod sign_in;
pub mod sync;
pub mod token_rotation;
pub mod upkeep;
pub mod webhooks;
pub mod worth;

pub use areas::{
    ConnectionsArea, ConnectionsParts, Has, IdentityArea, IdentityParts, LedgerArea, LedgerParts, Security,
    Without,
};
pub use dashtam::Dashtam;
pub use once::{Present, unkept};
pub use policy::{Policy, RegistrationMode};
pub use request::{Request, authorize};

pub use reconciliations::transfers;
