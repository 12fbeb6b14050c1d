//! Every fault lever over HTTP.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use std::time::Instant;

use dashtam_sandbox_bank::{AccountKind, Lever};
use reqwest::StatusCode;
use rust_decimal::Decimal;
use serde_json::Value;
use support::{Tokens, Town, list, refused, text};

fn checking(town: &Town, customer: &str) -> String {
    town.world(customer).account_of(AccountKind::Checking).unwrap().id.clone()
}

async fn status(town: &Town, tokens: &Tokens, path: &str) -> u16 {
    town.get(tokens, path).await.status().as_u16()
}

#[tokio::test]
async fn expired_grant() {
    let town = Town::open().await;
    let tokens = town.link("expired-grant").await;
    assert_eq!(town.accounts(&tokens).await.len(), 4);
    refused(town.refresh(&tokens.refresh).await, "invalid_grant").await;
}

#[tokio::test]
async fn revoked_grant() {
    let town = Town::open().await;
    let tokens = town.link("revoked-grant").await;
    let response = town.get(&tokens, "/v1/accounts").await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(response.headers().contains_key("www-authenticate"));
    refused(town.refresh(&tokens.refresh).await, "invalid_grant").await;
}

#[tokio::test]
async fn rate_limited() {
    let town = Town::open().await;
    let tokens = town.link("rate-limited").await;
    for call in 1..=9 {
        let response = town.get(&tokens, "/v1/accounts").await;
        if call % 3 == 0 {
            assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(response.headers()["retry-after"], "2");
        } else {
            assert_eq!(response.status(), StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn broken() {
    let town = Town::open().await;
    let tokens = town.link("broken").await;
    let path = format!("/v1/accounts/{}/transactions", checking(&town, "broken"));
    for path in ["/v1/accounts", &path] {
        assert_eq!(status(&town, &tokens, path).await, 500);
    }
}

#[tokio::test]
async fn flaky() {
    let town = Town::open().await;
    let tokens = town.link("flaky").await;
    let path = format!("/v1/accounts/{}/transactions", checking(&town, "flaky"));
    for _ in 0..3 {
        assert_eq!(status(&town, &tokens, "/v1/accounts").await, 500);
        assert_eq!(status(&town, &tokens, "/v1/accounts").await, 200);
        assert_eq!(status(&town, &tokens, &path).await, 200);
    }
}

#[tokio::test]
async fn slow() {
    let town = Town::open().await;
    let (slow, fast) = (town.link("bob+slow").await, town.link("bob").await);
    let accounts = town.accounts(&fast).await;
    let started = Instant::now();
    assert_eq!(town.accounts(&slow).await, accounts);
    assert!(started.elapsed().as_millis() >= 300);
}

#[tokio::test]
async fn cut() {
    let town = Town::open().await;
    let tokens = town.link("cut").await;
    let account = text(&town.accounts(&tokens).await[0], "id").to_owned();
    let response = town.get(&tokens, &format!("/v1/accounts/{account}/transactions")).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.content_length().unwrap() > 1_000);
    assert!(response.bytes().await.is_err());
}

#[tokio::test]
async fn malformed_row() {
    let town = Town::open().await;
    let (tokens, clean) = (town.link("bob+malformed-row").await, town.link("bob").await);
    let account = checking(&town, "bob");
    let (rows, clean) = (town.rows(&tokens, &account, "").await, town.rows(&clean, &account, "").await);
    let touched = town.world("bob").touched_by(Lever::MalformedRow, town.today()).unwrap().id.clone();
    assert_eq!(rows.len(), clean.len());
    for (row, clean) in rows.iter().zip(&clean) {
        if text(row, "id") == touched {
            assert!(text(row, "amount").parse::<Decimal>().is_err());
        } else {
            assert_eq!(row, clean);
        }
    }
}

#[tokio::test]
async fn removed_row() {
    let town = Town::open().await;
    let tokens = town.link("bob+removed-row").await;
    let account = checking(&town, "bob");
    let world = town.world("bob");
    let touched = world.touched_by(Lever::RemovedRow, town.today()).unwrap();
    let current =
        |accounts: Vec<Value>| -> Decimal { text(&accounts[0]["balances"], "current").parse().unwrap() };
    let holds = |rows: &[Value]| rows.iter().any(|row| text(row, "id") == touched.id);

    // Neither another window nor the first page of this one shows it to the end.
    town.rows(&tokens, &account, "&to=2026-06-01").await;
    let window = format!("&from={}", touched.date);
    status(&town, &tokens, &format!("/v1/accounts/{account}/transactions?limit=1{window}")).await;
    let before = current(town.accounts(&tokens).await);
    let first = town.rows(&tokens, &account, &window).await;
    assert!(holds(&first));
    for _ in 0..2 {
        let again = town.rows(&tokens, &account, &window).await;
        assert!(!holds(&again));
        assert_eq!(again.len(), first.len() - 1);
    }
    assert_eq!(current(town.accounts(&tokens).await), before - touched.amount);
    // The row stays away as the days go by, and another customer of that name still has it.
    town.wait(86_400);
    let tokens = Tokens::of(town.refresh(&tokens.refresh).await).await;
    assert!(!holds(&town.rows(&tokens, &account, "").await));
    let clean = town.link("bob").await;
    assert!(holds(&town.rows(&clean, &account, "").await));
}

#[tokio::test]
async fn reissued_id() {
    let town = Town::open().await;
    let tokens = town.link("bob+reissued-id").await;
    let account = checking(&town, "bob");
    let first = town.rows(&tokens, &account, "").await;
    let second = town.rows(&tokens, &account, "").await;
    let third = town.rows(&tokens, &account, "").await;
    assert_eq!(second, third);
    let changed: Vec<_> = first.iter().zip(&second).filter(|(one, two)| one != two).collect();
    assert_eq!(changed.len(), 1);
    let (one, two) = changed[0];
    assert_ne!(one["id"], two["id"]);
    for field in ["date", "amount", "description", "occurred_at", "status"] {
        assert_eq!(one[field], two[field]);
    }
}

#[tokio::test]
async fn short_tokens() {
    let town = Town::open().await;
    let tokens = town.link("short-tokens").await;
    assert_eq!(tokens.body["expires_in"], 2);
    assert_eq!(status(&town, &tokens, "/v1/accounts").await, 200);
    town.wait(2);
    assert_eq!(status(&town, &tokens, "/v1/accounts").await, 401);
    let tokens = Tokens::of(town.refresh(&tokens.refresh).await).await;
    assert_eq!(status(&town, &tokens, "/v1/accounts").await, 200);
}

#[tokio::test]
async fn levers_combine() {
    let town = Town::open().await;
    let tokens = town.link("bob+malformed-row+removed-row+reissued-id+short-tokens").await;
    assert_eq!(tokens.body["expires_in"], 2);
    let account = checking(&town, "bob");
    let (first, second) = (town.rows(&tokens, &account, "").await, town.rows(&tokens, &account, "").await);
    assert_eq!(first.len(), second.len() + 1);
    let bad =
        |rows: &[Value]| rows.iter().filter(|row| text(row, "amount").parse::<Decimal>().is_err()).count();
    assert_eq!((bad(&first), bad(&second)), (1, 1));
    let reissued = |rows: &[Value]| rows.iter().filter(|row| text(row, "id").starts_with("t-re")).count();
    assert_eq!((reissued(&first), reissued(&second)), (0, 1));
    let page: Value = town.get(&tokens, "/v1/accounts").await.json().await.unwrap();
    assert_eq!(list(&page, "accounts").len(), 4);
}
