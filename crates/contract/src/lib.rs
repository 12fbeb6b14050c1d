#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "everything here is a test: a failure is a failed test"
)]

pub mod builders;
mod cases;
pub mod rate_limiter;
pub mod storage;

pub use cases::{LIMIT, run, within_limit};
