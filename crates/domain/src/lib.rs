//! Entities, value objects, rules and port traits of Dashtam.
//!
//! This crate is pure: it opens no file or socket, reads no clock and no environment, and needs no async
//! runtime. Everything from outside comes in through a port trait; the adapters live in their own crates.
//!
//! Reading order: the small vocabulary (`id`, `time`, `money`, `page`, `secret`, `fault`), then `call` and
//! `access` (who may do what), then one module per area, then `store` (how the areas are written together).

pub mod access;
pub mod archive;
pub mod call;
pub mod event;
pub mod fault;
pub mod id;
pub mod money;
pub mod page;
pub mod rate_limit;
pub mod retention;
pub mod sealed;
pub mod secret;
pub mod sources;
pub mod store;
mod text;
pub mod time;
mod words;

pub mod connections;
pub mod delivery;
pub mod identity;
pub mod ledger;
