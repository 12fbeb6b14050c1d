//! The shape of the workspace, checked: who may depend on whom, what every source file owes its reader, and
//! whether the documents point at what is there.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "everything here is a test: a failure is a failed test"
)]

mod circles;
mod example;
mod layers;
mod links;
mod predecessor;
mod tidy;
mod workspace;
