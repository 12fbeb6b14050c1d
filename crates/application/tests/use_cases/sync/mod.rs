//! Synchronisation.

mod accounts;
mod bench;
mod cancel;
mod credentials;
mod drained;
mod drained_anew;
mod drained_linked;
mod failures;
mod finish;
mod heartbeat;
mod hints;
mod issued_twice;
mod pages;
mod planned;
mod real_store;
mod request;
mod run_next;
mod sums;
mod transfers;
mod waiting;

pub(crate) use bench::{credentials, sealed};
