//! The stand-in refuses what Plaid refuses.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::Arc,
};

use chrono::TimeDelta;
use dashtam_domain::time::Timestamp;
use serde_json::{Value, json};

use super::{CLIENT_ID, FakePlaid, SECRET, samples};
use crate::fakes::ManualClock;

/// A request by hand: testkit has no HTTP client.
async fn send(fake: &FakePlaid, path: &str, secret: &str, body: &Value) -> (u16, Value) {
    let url = fake.base_url();
    let address = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let body = body.to_string();
    let text = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
        plaid-client-id: {CLIENT_ID}\r\nplaid-secret: {secret}\r\nplaid-version: 2020-09-14\r\n\
        content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    let answer = answer.await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap())
}

async fn well(fake: &FakePlaid, path: &str, body: Value) -> Value {
    let (status, answer) = send(fake, path, SECRET, &body).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

async fn code(fake: &FakePlaid, path: &str, body: Value) -> String {
    let (status, answer) = send(fake, path, SECRET, &body).await;
    assert_eq!(status, 400, "{path}: {answer}");
    answer["error_code"].as_str().unwrap().to_owned()
}

fn session() -> Value {
    json!({"client_name": "A", "language": "en", "country_codes": ["US"], "user": {"client_user_id": "u"},
        "hosted_link": {}, "products": ["transactions"]})
}

fn with(field: &str, value: Value) -> Value {
    let mut body = session();
    body[field] = value;
    body
}

#[tokio::test]
async fn sessions_public_tokens_and_items_are_what_they_are_at_plaid() {
    let clock = Arc::new(ManualClock::new(Timestamp::parse("2026-11-30T12:00:00Z").unwrap()));
    let fake = FakePlaid::start(clock.clone()).await;
    let (_, answer) = send(&fake, "/link/token/create", "wrong", &session()).await;
    assert_eq!(answer["error_code"], "INVALID_API_KEYS");
    for (field, value, expected) in [
        ("products", json!([]), "MISSING_FIELDS"),
        ("products", json!(["payment"]), "INVALID_PRODUCT"),
        ("access_token", json!("access-of-nobody"), "INVALID_FIELD"),
        ("user", json!({"client_user_id": "ada@example.com"}), "INVALID_FIELD"),
        ("hosted_link", Value::Null, "MISSING_FIELDS"),
        ("country_codes", json!([]), "INVALID_FIELD"),
        ("transactions", json!({"days_requested": 731}), "INVALID_FIELD"),
        ("colour", json!("green"), "UNKNOWN_FIELDS"),
    ] {
        assert_eq!(code(&fake, "/link/token/create", with(field, value)).await, expected, "{field}");
    }
    let opened = well(&fake, "/link/token/create", session()).await;
    let pages = opened["hosted_link_url"].as_str().unwrap().parse().unwrap();
    let asked = json!({"link_token": opened["link_token"]});
    assert_eq!(well(&fake, "/link/token/get", asked.clone()).await["link_sessions"], json!([]));
    assert_eq!(fake.finish(&pages, samples::bank()), None);
    let told = well(&fake, "/link/token/get", asked.clone()).await;
    let public = &told["link_sessions"][0]["results"]["item_add_results"][0]["public_token"];
    let linked = well(&fake, "/item/public_token/exchange", json!({"public_token": public})).await;
    let again = code(&fake, "/item/public_token/exchange", json!({"public_token": public})).await;
    assert_eq!(again, "INVALID_PUBLIC_TOKEN", "it works once");

    let access = json!({"access_token": linked["access_token"]});
    assert_eq!(well(&fake, "/item/get", access.clone()).await["item"]["products"], json!(["transactions"]));
    assert_eq!(code(&fake, "/investments/holdings/get", access.clone()).await, "PRODUCTS_NOT_SUPPORTED");
    let foreign = json!({"access_token": linked["access_token"], "cursor": "item9g0n1"});
    assert_eq!(code(&fake, "/transactions/sync", foreign).await, "INVALID_FIELD");
    fake.break_item(Some("ITEM_LOGIN_REQUIRED"));
    assert_eq!(code(&fake, "/accounts/get", access.clone()).await, "ITEM_LOGIN_REQUIRED");
    assert_eq!(
        well(&fake, "/item/get", access.clone()).await["item"]["error"]["error_code"],
        "ITEM_LOGIN_REQUIRED"
    );
    well(&fake, "/item/remove", access.clone()).await;
    assert_eq!(code(&fake, "/item/get", access).await, "INVALID_ACCESS_TOKEN");
    clock.set(clock_after(11));
    assert_eq!(code(&fake, "/link/token/get", asked).await, "INVALID_LINK_TOKEN", "it has ended");
}

fn clock_after(hours: i64) -> Timestamp {
    Timestamp::parse("2026-11-30T12:00:00Z").unwrap().plus(TimeDelta::hours(hours))
}
