//! OAuth requests: sent once, read leniently, and revocation by RFC 7009.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use std::{pin::Pin, sync::atomic::Ordering};

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{Credentials, ProviderError, Revocation},
    secret::SecretText,
    time::Timestamp,
};
use dashtam_provider_kit::{Client, credentials, token_error};
use oauth2::{ClientId, ClientSecret, HttpRequest, HttpResponse, RefreshToken, TokenUrl, basic::BasicClient};
use serde_json::json;
use support::{client, rude, url};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, basic_auth, body_string, header, method, path},
};

fn now() -> Timestamp {
    Timestamp::parse("2026-07-15T12:00:00Z").unwrap()
}

/// Refreshes at the given address as an adapter does.
async fn refresh(http: &Client, token_url: url::Url) -> Result<Credentials, ProviderError> {
    let http = http.clone();
    let send = move |request: HttpRequest| {
        let http = http.clone();
        Box::pin(async move { http.oauth(request).await })
            as Pin<Box<dyn Future<Output = Result<HttpResponse, ProviderError>> + Send>>
    };
    BasicClient::new(ClientId::new("dashtam".to_owned()))
        .set_client_secret(ClientSecret::new("secret".to_owned()))
        .set_token_uri(TokenUrl::from_url(token_url))
        .exchange_refresh_token(&RefreshToken::new("old".to_owned()))
        .request_async(&send)
        .await
        .map(|answer| credentials(&answer, now()))
        .map_err(token_error)
}

async fn answering(answer: ResponseTemplate) -> (MockServer, Result<Credentials, ProviderError>) {
    let server = MockServer::start().await;
    // A grant that is sent twice is taken for stolen, so every answer must be the only one.
    Mock::given(any()).respond_with(answer).expect(1).mount(&server).await;
    let outcome = refresh(&client(), url(&server, "/token")).await;
    (server, outcome)
}

#[tokio::test]
async fn tokens_are_read_whatever_the_type_of_the_answer() {
    let body = json!({
        "access_token": "new", "token_type": "bearer", "expires_in": 1800, "refresh_token": "newer",
        "scope": "accounts holdings", "more": [1],
    });
    let answer = ResponseTemplate::new(200).set_body_raw(body.to_string(), "text/plain");
    let (_server, outcome) = answering(answer).await;
    let read = outcome.unwrap();
    assert_eq!(read.access_token.expose(), "new");
    assert_eq!(read.refresh_token.unwrap().expose(), "newer");
    assert_eq!(read.scope.as_deref(), Some("accounts holdings"));
    assert_eq!(read.expires_at, Some(now().plus(TimeDelta::minutes(30))));

    let body = json!({"access_token": "new", "token_type": "Bearer"});
    let (_server, outcome) = answering(ResponseTemplate::new(200).set_body_json(body)).await;
    let read = outcome.unwrap();
    assert!(read.refresh_token.is_none() && read.expires_at.is_none() && read.scope.is_none());
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let error = |code: &str| json!({"error": code, "error_description": "your token s3cret"});
    let rejected = |code: &str| ProviderError::Rejected { code: code.to_owned() };
    for (status, body, expected) in [
        (400, error("invalid_grant"), ProviderError::NeedsReauthorization),
        (401, error("invalid_client"), ProviderError::Misconfigured),
        (400, error("unauthorized_client"), rejected("unauthorized_client")),
        (400, error("odd <code>\n"), rejected("unknown_code")),
        (400, error("sk-4f1c9d2e"), rejected("unknown_code")),
        (400, error("temporarily_unavailable"), ProviderError::Unavailable),
        (400, json!("no object"), ProviderError::Malformed { at: "token answer" }),
        (200, json!({"token_type": "Bearer"}), ProviderError::Malformed { at: "token answer" }),
        (500, error("server_error"), ProviderError::Unavailable),
        (503, json!("<html>"), ProviderError::Unavailable),
        (302, json!({}), rejected("http_302")),
    ] {
        let (_server, outcome) = answering(ResponseTemplate::new(status).set_body_json(body)).await;
        assert_eq!(outcome.unwrap_err(), expected);
    }
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "7");
    let (_server, outcome) = answering(busy).await;
    assert_eq!(outcome.unwrap_err(), ProviderError::RateLimited { retry_after: Some(7) });
}

#[tokio::test]
async fn a_cut_token_answer_is_not_asked_for_again() {
    let (url, count) = rude(&["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"]).await;
    assert_eq!(refresh(&client(), url).await.unwrap_err(), ProviderError::Unavailable);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_grant_does_not_follow_a_redirect() {
    let (server, elsewhere) = (MockServer::start().await, MockServer::start().await);
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).expect(0).mount(&elsewhere).await;
    let away = ResponseTemplate::new(307).insert_header("location", elsewhere.uri());
    Mock::given(any()).respond_with(away).expect(2).mount(&server).await;
    let expected = ProviderError::Rejected { code: "http_307".to_owned() };
    assert_eq!(refresh(&client(), url(&server, "/token")).await.unwrap_err(), expected);
    let (secret, token) = (SecretText::new("s"), SecretText::new("t"));
    let revoked = client().revoke(&url(&server, "/revoke"), "id", &secret, &token).await;
    assert_eq!(revoked.unwrap_err(), expected);
}

#[tokio::test]
async fn a_revocation_is_a_form_with_basic_auth() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/revoke"))
        .and(basic_auth("our+id", "a%3Asecret+%26+more"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string("token=the+%26+token"))
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    let (secret, token) = (SecretText::new("a:secret & more"), SecretText::new("the & token"));
    let done = client().revoke(&url(&server, "/revoke"), "our id", &secret, &token).await;
    assert_eq!(done, Ok(Revocation::Done));
}

#[tokio::test]
async fn a_revocation_may_fail() {
    let rejected = |code: &str| Err(ProviderError::Rejected { code: code.to_owned() });
    for (answer, expected) in [
        (
            ResponseTemplate::new(400).set_body_json(json!({"error": "unsupported_token_type"})),
            Ok(Revocation::Unsupported),
        ),
        (
            ResponseTemplate::new(401).set_body_json(json!({"error": "invalid_client"})),
            Err(ProviderError::Misconfigured),
        ),
        (ResponseTemplate::new(404).set_body_string("<html>"), rejected("http_404")),
        (ResponseTemplate::new(503), Err(ProviderError::Unavailable)),
        (
            ResponseTemplate::new(429).insert_header("retry-after", "5"),
            Err(ProviderError::RateLimited { retry_after: Some(5) }),
        ),
    ] {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).expect(1).mount(&server).await;
        let (secret, token) = (SecretText::new("s"), SecretText::new("t"));
        assert_eq!(client().revoke(&url(&server, "/"), "id", &secret, &token).await, expected);
    }
}

#[tokio::test]
async fn a_token_is_not_revoked_in_the_clear_across_a_network() {
    let (secret, token) = (SecretText::new("s"), SecretText::new("t"));
    for address in ["http://192.0.2.1/revoke", "http://bank.example/revoke", "http://localhost.example/"] {
        let refused = client().revoke(&address.parse().unwrap(), "id", &secret, &token).await;
        assert_eq!(refused.unwrap_err(), ProviderError::Rejected { code: "insecure_endpoint".to_owned() });
    }
}
