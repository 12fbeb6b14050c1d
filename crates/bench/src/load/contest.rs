//! Throughput: runners take rounds in turn, so that what slows the machine down slows all of them.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use futures_util::future::try_join_all;

use super::{Request, Wire, apart, order};
use crate::{
    cli::Scale,
    statistics::{quantile, sorted},
};

/// The number of connections that ask at the same time.
const CONNECTIONS: usize = 16;

/// A server, and the request that is sent to it.
#[derive(Debug, Clone)]
pub(crate) struct Runner {
    pub(crate) address: SocketAddr,
    pub(crate) request: Request,
}

/// The result of one round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    /// The number of answers in a second.
    pub(crate) rate: f64,
    /// The median latency in milliseconds.
    pub(crate) middle: f64,
    /// All but one in a hundred took less, in milliseconds.
    pub(crate) slow: f64,
}

/// Runs all rounds; the outcome holds one list of rounds for each runner.
pub(crate) async fn contest(runners: Vec<Runner>, scale: Scale) -> Result<Vec<Vec<Round>>> {
    apart(move || async move {
        for runner in &runners {
            round(runner, scale.round / 3).await?;
        }
        let mut outcome = vec![Vec::with_capacity(scale.rounds); runners.len()];
        for turn in 0..scale.rounds {
            for index in order(runners.len(), turn) {
                let done = round(&runners[index], scale.round).await?;
                outcome[index].push(done);
            }
        }
        Ok(outcome)
    })
    .await
}

/// One round: every connection asks again as soon as it is answered.
async fn round(runner: &Runner, length: Duration) -> Result<Round> {
    let mut wires = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        wires.push(Wire::connect(runner.address).await?);
    }
    let begun = Instant::now();
    let end = begun + length;
    let tasks = wires.into_iter().map(|mut wire| {
        let request = runner.request.clone();
        tokio::spawn(async move {
            let mut times = Vec::with_capacity(8_192);
            let mut sent = Instant::now();
            while sent < end {
                wire.ask(&request).await?.good()?;
                let answered = Instant::now();
                times.push((answered - sent).as_secs_f64() * 1_000.0);
                sent = answered;
            }
            anyhow::Ok(times)
        })
    });
    let answered = try_join_all(tasks).await.context("a connection's task broke")?;
    let took = begun.elapsed().as_secs_f64();
    let mut times = Vec::new();
    for connection in answered {
        times.extend(connection?);
    }
    let times = sorted(times);
    Ok(Round { rate: times.len() as f64 / took, middle: quantile(&times, 0.5), slow: quantile(&times, 0.99) })
}
