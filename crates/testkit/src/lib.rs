//! What the tests of every crate share: throw-away servers, and later fakes, builders and contract suites.

#![allow(clippy::expect_used, reason = "test support: a failure here is a failed test")]

pub mod servers;
