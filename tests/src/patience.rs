//! Waiting for something to happen: looks again and again until a deadline, and never longer than needed.

use std::time::{Duration, Instant};

/// Longest wait for anything that should happen at once.
pub const SOON: Duration = Duration::from_secs(60);

const BETWEEN_LOOKS: Duration = Duration::from_millis(40);

/// What `look` finds, as soon as it finds something. Nothing within the time is a failed test.
pub async fn eventually<T>(what: &str, within: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < within, "{what} did not happen within {} s", within.as_secs());
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}
