//! Questions by POST may be repeated, acts may not, and secrets stay where they belong.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use dashtam_domain::{connections::ProviderError, secret::SecretText};
use serde_json::json;
use support::{client, url};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, body_json, header, method},
};

/// A server that is busy for `times` requests.
async fn busy(times: u64) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(503)).up_to_n_times(times).mount(&server).await;
    Mock::given(method("POST"))
        .and(header("content-type", "application/json"))
        .and(header("x-secret", "word"))
        .and(body_json(json!({"figure": 1})))
        .respond_with(ResponseTemplate::new(200).set_body_string("well"))
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn a_question_is_repeated_and_an_act_is_not() {
    let (secret, body) = (SecretText::new("word"), json!({"figure": 1}));
    let headers = [("x-secret", &secret)];
    let server = busy(1).await;
    let answer = client().ask_json(&url(&server, "/"), &headers, &body).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"well".as_slice()));
    assert_eq!(server.received_requests().await.unwrap().len(), 2);

    let server = busy(1).await;
    let error = client().send_json(&url(&server, "/"), &headers, &body).await.unwrap_err();
    assert_eq!(error, ProviderError::Unavailable);
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
    assert_eq!(client().send_json(&url(&server, "/"), &headers, &body).await.unwrap().status, 200);
}

#[tokio::test]
async fn secrets_do_not_leave_in_clear_or_as_several_headers() {
    let (good, bad, body) = (SecretText::new("word"), SecretText::new("a\r\nb: c"), json!({}));
    let clear = "http://bank.example/".parse().unwrap();
    let insecure = ProviderError::Rejected { code: "insecure_endpoint".to_owned() };
    assert_eq!(client().ask_json(&clear, &[("x", &good)], &body).await.unwrap_err(), insecure);
    assert_eq!(client().send_json(&clear, &[("x", &good)], &body).await.unwrap_err(), insecure);
    let server = MockServer::start().await;
    let error = client().send_json(&url(&server, "/"), &[("x", &bad)], &body).await.unwrap_err();
    assert_eq!(error, ProviderError::NeedsReauthorization);
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_counts_is_asked_once_and_its_answer_is_handed_on() {
    let secret = SecretText::new("word");
    let headers = [("x-secret", &secret)];
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(429).insert_header("retry-after", "7").set_body_string("too often");
    Mock::given(method("GET")).and(header("x-secret", "word")).respond_with(answer).mount(&server).await;
    Mock::given(method("DELETE"))
        .and(header("x-secret", "word"))
        .respond_with(ResponseTemplate::new(503))
        .mount(&server)
        .await;
    let told = client().get_signed_once(&url(&server, "/"), &headers).await.unwrap();
    assert_eq!(
        (told.status, told.body.as_slice(), told.retry_after),
        (429, b"too often".as_slice(), Some(7))
    );
    let error = client().delete_signed(&url(&server, "/"), &headers).await.unwrap_err();
    assert_eq!(error, ProviderError::Unavailable);
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}
