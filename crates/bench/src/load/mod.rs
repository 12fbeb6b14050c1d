//! The load: a lean HTTP/1.1 client, many connections at once for throughput, one for latency.
//!
//! It runs on a thread and a runtime of its own, and both sides of a comparison are asked by the same code.

mod contest;
mod turns;
mod wire;

pub(crate) use contest::{Round, Runner, contest};
pub(crate) use turns::{order, take_turns};
pub(crate) use wire::{Request, Wire};

use anyhow::{Context, Result};

/// Does the work on a thread and a runtime of its own.
pub(crate) async fn apart<T, W, F>(work: W) -> Result<T>
where
    T: Send + 'static,
    W: FnOnce() -> F + Send + 'static,
    F: Future<Output = Result<T>>,
{
    let thread = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(work())
    });
    thread.await.context("the load generator broke")?
}
