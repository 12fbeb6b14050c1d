//! Sessions.

pub mod entity;
pub mod races;
