//! The stand-in refuses what Schwab refuses.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::Arc,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use dashtam_domain::time::Timestamp;
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::{APP_KEY, APP_SECRET, Endpoint, FakeSchwab, Lever, REDIRECT_URI, samples};
use crate::fakes::ManualClock;

/// A request by hand: testkit has no HTTP client.
async fn send(fake: &FakeSchwab, head: &str, body: &str) -> (u16, String) {
    let url = fake.base_url();
    let address = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let text =
        format!("{head}\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    let answer = answer.await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

async fn token(fake: &FakeSchwab, secret: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let basic = BASE64_STANDARD.encode(format!("{APP_KEY}:{secret}"));
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let head = format!(
        "POST /v1/oauth/token HTTP/1.1\r\nauthorization: Basic {basic}\r\n\
        content-type: application/x-www-form-urlencoded"
    );
    send(fake, &head, &body).await
}

async fn get(fake: &FakeSchwab, path: &str, token: &str) -> (u16, String) {
    send(fake, &format!("GET /trader/v1{path} HTTP/1.1\r\nauthorization: Bearer {token}"), "").await
}

fn code(fake: &FakeSchwab) -> String {
    let mut url: Url = fake.base_url().join("/v1/oauth/authorize").unwrap();
    url.query_pairs_mut()
        .append_pair("client_id", APP_KEY)
        .append_pair("redirect_uri", REDIRECT_URI)
        .append_pair("response_type", "code");
    let back = fake.sign_in(&url).unwrap();
    assert!(back.as_str().contains("%40&session="), "{back}");
    back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
}

async fn exchange(fake: &FakeSchwab, code: &str) -> (u16, String) {
    let fields = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT_URI)];
    token(fake, APP_SECRET, &fields).await
}

async fn linked(fake: &FakeSchwab) -> (String, String) {
    let (status, body) = exchange(fake, &code(fake)).await;
    assert_eq!(status, 200, "{body}");
    let body: Value = serde_json::from_str(&body).unwrap();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

async fn start() -> (Arc<ManualClock>, FakeSchwab) {
    let clock = Arc::new(ManualClock::new(Timestamp::parse("2026-11-22T12:00:00Z").unwrap()));
    let fake = FakeSchwab::with_samples(clock.clone()).await;
    (clock, fake)
}

#[tokio::test]
async fn codes_work_once_and_for_thirty_seconds() {
    let (clock, fake) = start().await;
    let good = code(&fake);
    assert_eq!(token(&fake, "wrong", &[("grant_type", "authorization_code")]).await.0, 401);
    assert_eq!(exchange(&fake, good.trim_end_matches('@')).await.0, 400);
    assert_eq!(exchange(&fake, &good.replace('@', "%40")).await.0, 400);
    assert_eq!(exchange(&fake, &good).await.0, 200);
    assert_eq!(exchange(&fake, &good).await.0, 400, "used up");
    let late = code(&fake);
    clock.advance(TimeDelta::seconds(31));
    let (status, body) = exchange(&fake, &late).await;
    assert_eq!(status, 400);
    assert!(body.contains("AuthorizationCode has expired"));
    let other = code(&fake);
    let fields =
        [("grant_type", "authorization_code"), ("code", &other), ("redirect_uri", "https://127.0.0.1:8182/")];
    assert_eq!(token(&fake, APP_SECRET, &fields).await.0, 400);
}

#[tokio::test]
async fn sign_in_pages_are_strict() {
    let (_, fake) = start().await;
    for (client, redirect, response) in [
        ("other", REDIRECT_URI, "code"),
        (APP_KEY, "https://127.0.0.1:8182/", "code"),
        (APP_KEY, REDIRECT_URI, "token"),
    ] {
        let mut url: Url = fake.base_url().join("/v1/oauth/authorize").unwrap();
        url.query_pairs_mut()
            .append_pair("client_id", client)
            .append_pair("redirect_uri", redirect)
            .append_pair("response_type", response);
        assert!(fake.sign_in(&url).is_err(), "{url}");
    }
}

#[tokio::test]
async fn tokens_end_and_a_new_sign_in_takes_the_place_of_the_old() {
    let (clock, fake) = start().await;
    let (access, refresh) = linked(&fake).await;
    assert_eq!(get(&fake, "/accounts", &access).await.0, 200);
    clock.advance(TimeDelta::seconds(1_800));
    assert_eq!(get(&fake, "/accounts", &access).await.0, 401);
    let again = |refresh: String| {
        let fake = &fake;
        async move {
            token(fake, APP_SECRET, &[("grant_type", "refresh_token"), ("refresh_token", &refresh)]).await.0
        }
    };
    assert_eq!(again(refresh.clone()).await, 200);
    let (_, newer) = linked(&fake).await;
    assert_eq!(again(refresh).await, 400);
    assert_eq!(again(newer.clone()).await, 200);
    clock.advance(TimeDelta::days(7));
    assert_eq!(again(newer).await, 400);
    assert_eq!(fake.count(Endpoint::Refresh), 4);
    assert_eq!(fake.count(Endpoint::Exchange), 2);
}

#[tokio::test]
async fn the_api_is_strict() {
    let (_, fake) = start().await;
    let (access, _) = linked(&fake).await;
    let account = samples::accounts().remove(0);
    let hash = account.hash.as_str();
    let good = "startDate=2026-01-01T00:00:00.000Z&endDate=2026-11-22T00:00:00.000Z&types=TRADE";
    let path = |hash: &str, query: &str| format!("/accounts/{hash}/transactions?{query}");
    let (status, body) = get(&fake, &path(hash, good), &access).await;
    assert_eq!((status, serde_json::from_str::<Value>(&body).unwrap().as_array().unwrap().len()), (200, 1));
    assert_eq!(get(&fake, &path(&account.number, good), &access).await.0, 400);
    assert_eq!(get(&fake, &path("FFFF", good), &access).await.0, 404);
    for (from, to) in [
        ("T00:00:00.000Z", ""),
        (".000Z", "Z"),
        ("2026-01-01", "2025-01-01"),
        ("2026-11-22", "2025-11-22"),
        ("types=TRADE", ""),
        ("TRADE", "TRADES"),
        ("TRADE", "TRADE,"),
    ] {
        assert_eq!(get(&fake, &path(hash, &good.replace(from, to)), &access).await.0, 400, "{from}");
    }
    let list = good.replace("TRADE", "TRADE,JOURNAL");
    assert_eq!(get(&fake, &path(hash, &list), &access).await.0, 200);
    fake.pull(Lever::RefuseTypeLists, true);
    assert_eq!(get(&fake, &path(hash, &list), &access).await.0, 400);
    let (_, body) = get(&fake, &format!("/accounts/{hash}"), &access).await;
    assert!(!body.contains("positions"));
}
