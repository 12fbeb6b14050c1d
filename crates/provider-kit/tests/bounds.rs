//! Bounds of one request: size, time, redirects and cut bodies.

mod support;

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use dashtam_domain::connections::ProviderError;
use dashtam_provider_kit::ClientOptions;
use support::{client, client_with, endless, options, rude, token, url};
use tokio::net::TcpListener;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, bearer_token, header, method, path},
};

#[tokio::test]
async fn a_good_answer_is_handed_on() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/data"))
        .and(bearer_token(support::TOKEN))
        .and(header("user-agent", concat!("Dashtam/", env!("CARGO_PKG_VERSION"))))
        .respond_with(ResponseTemplate::new(200).set_body_string("{}"))
        .expect(1)
        .mount(&server)
        .await;
    let answer = client().get(&url(&server, "/data"), &token()).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice(), answer.retry_after), (200, b"{}".as_slice(), None));
    assert_eq!(format!("{answer:?}"), "Answer { status: 200, size: 2 }");
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_is_not_repeated() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(403)).expect(1).mount(&server).await;
    assert_eq!(client().get(&url(&server, "/data"), &token()).await.unwrap().status, 403);
}

#[tokio::test]
async fn a_body_may_be_as_large_as_allowed_and_no_larger() {
    let server = MockServer::start().await;
    let body = |size: usize| ResponseTemplate::new(200).set_body_bytes(vec![b'x'; size]);
    Mock::given(path("/fits")).respond_with(body(1_000)).mount(&server).await;
    Mock::given(path("/larger")).respond_with(body(1_001)).expect(1).mount(&server).await;
    assert_eq!(client().get(&url(&server, "/fits"), &token()).await.unwrap().body.len(), 1_000);
    let error = client().get(&url(&server, "/larger"), &token()).await.unwrap_err();
    assert_eq!(error, ProviderError::Malformed { at: "body too large" });
}

#[tokio::test]
async fn a_body_of_unknown_length_is_bounded_too() {
    let (head, part) = ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "8\r\nand more\r\n");
    let url = endless(head, part, Duration::from_millis(1)).await;
    let error = client().get(&url, &token()).await.unwrap_err();
    assert_eq!(error, ProviderError::Malformed { at: "body too large" });
}

#[tokio::test]
async fn slowness_has_an_end() {
    let server = MockServer::start().await;
    let late = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    Mock::given(any()).respond_with(late).expect(2).mount(&server).await;
    let hasty = ClientOptions { total_timeout: Duration::from_millis(150), attempts: 2, ..options() };
    let started = Instant::now();
    let error = client_with(hasty).get(&url(&server, "/data"), &token()).await.unwrap_err();
    assert_eq!(error, ProviderError::Unavailable);
    assert!(started.elapsed() >= Duration::from_millis(300));
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn the_time_bound_holds_for_the_body_too() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n";
    let url = endless(head, "x", Duration::from_millis(20)).await;
    let hasty = ClientOptions { total_timeout: Duration::from_millis(200), attempts: 1, ..options() };
    let error = client_with(hasty).get(&url, &token()).await.unwrap_err();
    assert_eq!(error, ProviderError::Unavailable);
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    assert_eq!(client().get(&url, &token()).await.unwrap_err(), ProviderError::Unavailable);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (server, elsewhere) = (MockServer::start().await, MockServer::start().await);
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).expect(0).mount(&elsewhere).await;
    for status in [301, 302, 303, 307, 308] {
        let away = ResponseTemplate::new(status).insert_header("location", elsewhere.uri());
        let here = path(format!("/{status}"));
        Mock::given(here).respond_with(away).expect(1).mount(&server).await;
        let answer = client().get(&url(&server, &format!("/{status}")), &token()).await.unwrap();
        assert_eq!(answer.status, status);
    }
    let back = ResponseTemplate::new(302).insert_header("location", "/data");
    Mock::given(path("/back")).respond_with(back).mount(&server).await;
    Mock::given(path("/data")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&server).await;
    assert_eq!(client().get(&url(&server, "/back"), &token()).await.unwrap().status, 302);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_cut_answer_is_none() {
    for cut in [
        &["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"half\":"],
        &["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n{\"half\":\r\n"],
        &["HTTP/1.1 200 OK\r\ncontent-le"],
        &[""],
    ] {
        let (url, count) = rude(cut).await;
        assert_eq!(client().get(&url, &token()).await.unwrap_err(), ProviderError::Unavailable);
        assert_eq!(count.load(Ordering::SeqCst), 3);
    }
}

#[tokio::test]
async fn a_cut_answer_may_come_whole_the_next_time() {
    let (url, count) = rude(&[
        "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nha",
        "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfull",
    ])
    .await;
    assert_eq!(client().get(&url, &token()).await.unwrap().body, b"full");
    assert_eq!(count.load(Ordering::SeqCst), 2);
}
