//! Which failures are tried again, and how long the client waits.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use std::time::{Duration, Instant};

use dashtam_domain::connections::ProviderError;
use dashtam_provider_kit::ClientOptions;
use support::{client, client_with, options, token, url};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

/// Answers with `status` and `Retry-After` for `times`, then well.
async fn recovering(status: u16, retry_after: Option<&str>, times: u64) -> MockServer {
    let server = MockServer::start().await;
    let mut failure = ResponseTemplate::new(status);
    if let Some(value) = retry_after {
        failure = failure.insert_header("retry-after", value);
    }
    Mock::given(any()).respond_with(failure).up_to_n_times(times).expect(times).mount(&server).await;
    let well = ResponseTemplate::new(200).set_body_string("well");
    Mock::given(any()).respond_with(well).expect(0..=1).mount(&server).await;
    server
}

async fn failing(status: u16, retry_after: Option<&str>, requests: u64) -> (ProviderError, Duration) {
    let server = recovering(status, retry_after, requests).await;
    let started = Instant::now();
    let error = client().get(&url(&server, "/"), &token()).await.unwrap_err();
    assert_eq!(server.received_requests().await.unwrap().len() as u64, requests);
    (error, started.elapsed())
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    for (status, times) in [(500, 1), (502, 2), (503, 2), (429, 2)] {
        let server = recovering(status, None, times).await;
        let answer = client().get(&url(&server, "/"), &token()).await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"well".as_slice()));
    }
}

#[tokio::test]
async fn attempts_are_counted() {
    let (error, took) = failing(503, None, 3).await;
    assert_eq!(error, ProviderError::Unavailable);
    // Half of 20 ms and half of 40 ms, the rest being chance.
    assert!(took >= Duration::from_millis(30));
    let (error, _) = failing(429, None, 3).await;
    assert_eq!(error, ProviderError::RateLimited { retry_after: None });
    let (error, _) = failing(429, Some("0"), 3).await;
    assert_eq!(error, ProviderError::RateLimited { retry_after: Some(0) });

    let server = recovering(500, None, 1).await;
    let once = client_with(ClientOptions { attempts: 1, ..options() });
    let error = once.get(&url(&server, "/"), &token()).await.unwrap_err();
    assert_eq!(error, ProviderError::Unavailable);
}

#[tokio::test]
async fn the_wait_asked_for_is_kept() {
    // The client's clock stands at half past midnight.
    for (status, value) in [(429, "1"), (503, "1"), (429, "Wed, 15 Jul 2026 00:30:01 GMT")] {
        let server = recovering(status, Some(value), 1).await;
        let started = Instant::now();
        assert_eq!(client().get(&url(&server, "/"), &token()).await.unwrap().status, 200);
        assert!(started.elapsed() >= Duration::from_secs(1), "{value}");
    }
}

#[tokio::test]
async fn a_wait_that_is_too_long_ends_it() {
    for (value, seconds) in [
        ("3", 3),
        ("86400", 86_400),
        ("Wed, 15 Jul 2026 00:31:00 GMT", 60),
        ("Wednesday, 15-Jul-26 00:31:00 GMT", 60),
        ("Wed Jul 15 01:30:00 2026", 3_600),
    ] {
        let (error, took) = failing(429, Some(value), 1).await;
        assert_eq!(error, ProviderError::RateLimited { retry_after: Some(seconds) });
        assert!(took < Duration::from_secs(2), "{value}");
    }
    assert_eq!(failing(503, Some("3600"), 1).await.0, ProviderError::Unavailable);
}

#[tokio::test]
async fn a_wait_that_cannot_be_read_or_is_over_is_no_reason_to_give_up() {
    for value in ["soon", "Tue, 14 Jul 2026 00:30:00 GMT"] {
        let server = recovering(429, Some(value), 1).await;
        assert_eq!(client().get(&url(&server, "/"), &token()).await.unwrap().status, 200);
    }
}
