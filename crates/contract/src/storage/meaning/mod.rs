//! What the money means.

pub mod categories;
