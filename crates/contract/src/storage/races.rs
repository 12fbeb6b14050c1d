//! Thirty callers at once: one wins, and the others learn so without an error.

use std::{future::Future, sync::Arc};

use dashtam_domain::store::Storage;
use tokio::sync::Barrier;

/// How many.
pub const CALLERS: usize = 30;

/// Runs `call` in thirty tasks that start together; what each answered.
pub async fn race<T, F>(storage: &Storage, call: impl Fn(Storage, usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(CALLERS));
    let tasks: Vec<_> = (0..CALLERS)
        .map(|number| {
            let (start, call) = (Arc::clone(&start), call(storage.clone(), number));
            tokio::spawn(async move {
                start.wait().await;
                call.await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

/// How many of these callers won.
pub fn winners(answers: &[bool]) -> usize {
    answers.iter().filter(|won| **won).count()
}
