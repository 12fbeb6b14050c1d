//! What a sign-in waits for.

pub mod challenge;
pub mod one_time_token;
pub mod races;
