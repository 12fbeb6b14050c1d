//! Latency: one request at a time, each runner in its turn.

use std::time::Instant;

use anyhow::Result;

use super::{Runner, Wire, apart};

/// Asks every runner this often, one after the other; the outcome holds each runner's times in milliseconds.
pub(crate) async fn take_turns(runners: Vec<Runner>, turns: usize) -> Result<Vec<Vec<f64>>> {
    apart(move || async move {
        let mut wires = Vec::with_capacity(runners.len());
        for runner in &runners {
            wires.push(Wire::connect(runner.address).await?);
        }
        let mut times = vec![Vec::with_capacity(turns); runners.len()];
        let warm_up = turns / 10 + 1;
        for turn in 0..turns + warm_up {
            for index in order(runners.len(), turn) {
                let sent = Instant::now();
                wires[index].ask(&runners[index].request).await?.good()?;
                if turn >= warm_up {
                    times[index].push(sent.elapsed().as_secs_f64() * 1_000.0);
                }
            }
        }
        Ok(times)
    })
    .await
}

/// Now the first begins, now the last: whoever comes second profits from warm caches.
pub(crate) fn order(runners: usize, turn: usize) -> impl Iterator<Item = usize> {
    (0..runners).map(move |index| if turn % 2 == 1 { runners - 1 - index } else { index })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_order_alternates() {
        assert_eq!(super::order(3, 0).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(super::order(3, 1).collect::<Vec<_>>(), [2, 1, 0]);
    }
}
