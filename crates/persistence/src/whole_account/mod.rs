//! Everything of one owner as it is stored: which columns of which tables an archive has, and how their values are written
//! in JSON. Reading them is a query, taking them back a [restoration](crate::Restoration).
//!
//! A test holds the list against the schema, so that a new table or column is either there or left out by purpose.

mod cell;
mod parts;
#[cfg(test)]
mod tests;

pub(crate) use cell::{Kind, day, time};
pub(crate) use parts::{Part, all};
