//! Sessions.

pub mod entity;
pub mod races;
pub mod refresh;
pub mod remembered;
