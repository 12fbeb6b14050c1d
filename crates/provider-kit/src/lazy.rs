//! A client that is made when it is first needed: loading the certificate authorities takes tens of milliseconds,
//! which a program that has no institution to ask should not spend at its start.

use std::{fmt, sync::Arc};

use dashtam_domain::connections::ProviderError;
use tokio::sync::OnceCell;

type Make = dyn Fn() -> Result<reqwest::Client, reqwest::Error> + Send + Sync;

/// The client, or how to make it. Clones share it.
#[derive(Clone)]
pub(crate) struct LazyClient {
    cell: Arc<OnceCell<reqwest::Client>>,
    make: Arc<Make>,
}

impl fmt::Debug for LazyClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyClient").field("made", &self.cell.initialized()).finish()
    }
}

impl LazyClient {
    /// Remembers how to make the client, which is made when it is first used.
    pub(crate) fn new(
        make: impl Fn() -> Result<reqwest::Client, reqwest::Error> + Send + Sync + 'static,
    ) -> Self {
        Self { cell: Arc::default(), make: Arc::new(make) }
    }

    /// The client. Whoever comes first has it made on a thread where that holds nobody up; the others wait for
    /// it. What went wrong is tried again by the next one.
    pub(crate) async fn get(&self) -> Result<&reqwest::Client, ProviderError> {
        self.cell
            .get_or_try_init(|| async {
                let make = Arc::clone(&self.make);
                let made = tokio::task::spawn_blocking(move || make()).await;
                made.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
            })
            .await
            .map_err(|error: String| {
                tracing::error!(error, "the HTTP client could not be started");
                ProviderError::Unavailable
            })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn many_callers_have_one_client_made_and_nobody_before_it_is_needed() {
        let made = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&made);
        let lazy = LazyClient::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            reqwest::Client::builder().no_proxy().build()
        });
        assert_eq!(
            (made.load(Ordering::SeqCst), format!("{lazy:?}").as_str()),
            (0, "LazyClient { made: false }")
        );
        let callers: Vec<_> = (0..30)
            .map(|_| {
                let lazy = lazy.clone();
                tokio::spawn(async move { lazy.get().await.is_ok() })
            })
            .collect();
        for caller in callers {
            assert!(caller.await.unwrap());
        }
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_failure_is_tried_again() {
        let tries = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&tries);
        let lazy = LazyClient::new(move || match counted.fetch_add(1, Ordering::SeqCst) {
            // A header that cannot be sent keeps the client from being made.
            0 => reqwest::Client::builder().user_agent("\n").build(),
            _ => reqwest::Client::builder().no_proxy().build(),
        });
        assert_eq!(lazy.get().await.err(), Some(ProviderError::Unavailable));
        assert!(lazy.get().await.is_ok());
    }
}
