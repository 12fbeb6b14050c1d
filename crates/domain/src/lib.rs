#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod access;
pub mod archive;
pub mod call;
pub mod event;
pub mod fault;
pub mod id;
pub mod inspection;
pub mod money;
pub mod page;
pub mod rate_limit;
pub mod record;
pub mod retention;
pub mod sealed;
pub mod secret;
pub mod sources;
pub mod store;
pub mod text;
pub mod time;
mod words;

pub mod connections;
pub mod delivery;
pub mod identity;
pub mod ledger;
pub mod live;
pub mod webhook;
