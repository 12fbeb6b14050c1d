//! Accounts of users.

pub mod administration;
pub mod erasure;
pub mod erasure_races;
pub mod races;
pub mod user;
