#![doc = include_str!("../README.md")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "everything here is a test: a failure is a failed test"
)]

pub mod builders;
pub mod rate_limiter;
pub mod storage;
