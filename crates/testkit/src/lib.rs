#![doc = include_str!("../README.md")]
#![allow(clippy::expect_used, reason = "test support: a failure here is a failed test")]

pub mod fakes;
pub mod histories;
pub mod hostile;
pub mod mocks;
pub mod plaid;
pub mod reference;
pub mod schwab;
pub mod servers;

pub use dashtam_contract::builders;
