//! Accounts of people.

mod erasure;
mod second_factor_resets;
mod users;
