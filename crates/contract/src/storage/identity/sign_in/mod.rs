//! What a sign-in waits for.

pub mod challenge;
