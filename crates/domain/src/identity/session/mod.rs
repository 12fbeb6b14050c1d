//! Sessions: what holds one, how it is refreshed, what it did, and what ends all of them.

mod access_tokens;
mod activity;
mod cache;
mod client;
mod entity;
mod refresh;
mod repository;
mod token_floor;

pub use access_tokens::*;
pub use activity::*;
pub use cache::*;
pub use client::*;
pub use entity::{
    ApiKeyTerms, EndReason, Reauthentication, Session, SessionKey, SessionLabel, SessionNote,
    SessionSnapshot, Transport,
};
pub use refresh::*;
pub use repository::*;
pub use token_floor::*;
