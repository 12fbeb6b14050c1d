//! Everything of one owner as it is stored: told row by row for an archive, and taken back on another server or engine.
//!
//! `parts` says which columns of which tables that are, and what is left out and why. A test holds that list against the
//! schema, so that a new table or column is either there or left out by purpose.

mod cell;
mod parts;
mod read;
mod restore;
#[cfg(test)]
mod tests;

pub(crate) use read::{names, page};
pub use restore::{Restoration, RestoreError};
