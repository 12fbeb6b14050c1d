//! The shape of the workspace, checked: who may depend on whom, and what every source file owes its reader.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "everything here is a test: a failure is a failed test"
)]

mod layers;
mod predecessor;
mod tidy;
mod workspace;
