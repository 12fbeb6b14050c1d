#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod cipher;
mod committed;
mod connections;
mod delivery;
mod followed;
mod identity;
mod ledger;
mod live;
mod live_rows;
mod mark;
mod meaning_rows;
mod notification_rows;
mod queries;
mod rows;
mod sealed;
mod store;
mod table;
mod tables;
mod trail;
mod unit;

pub use cipher::PlainCipher;
pub use dashtam_domain::identity::PlainSeal;
pub use store::MemoryStore;
