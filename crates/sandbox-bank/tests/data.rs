//! Accounts, transactions and holdings over HTTP, against the bank's own ledger.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use std::{collections::HashSet, str::FromStr};

use dashtam_sandbox_bank::AccountKind;
use reqwest::StatusCode;
use rust_decimal::Decimal;
use serde_json::Value;
use support::{Town, list, text};

fn decimal(value: &Value, name: &str) -> Decimal {
    Decimal::from_str(text(value, name)).unwrap()
}

#[tokio::test]
async fn what_is_served_is_the_ledger() {
    let town = Town::open().await;
    for customer in ["alice", "Zoë Ω"] {
        let tokens = town.link(customer).await;
        let (world, accounts) = (town.world(customer), town.accounts(&tokens).await);
        assert_eq!(accounts.len(), world.accounts.len());
        for (served, own) in accounts.iter().zip(&world.accounts) {
            assert_eq!(text(served, "id"), own.id);
            assert_eq!(text(served, "type"), own.kind.as_str());
            let balances = &served["balances"];
            assert_eq!(decimal(balances, "current"), own.current_balance());
            assert_eq!(text(balances, "as_of"), "2026-07-15T00:00:00Z");

            let rows = town.rows(&tokens, &own.id, "").await;
            assert_eq!(rows.len(), own.transactions.len());
            let sum = |status: &str| -> Decimal {
                let of = rows.iter().filter(|row| text(row, "status") == status);
                of.map(|row| decimal(row, "amount")).sum()
            };
            assert_eq!(own.opening_balance + sum("posted"), decimal(balances, "current"));
            match own.kind {
                AccountKind::Brokerage => assert_eq!(balances["available"], Value::Null),
                _ => {
                    let base = decimal(balances, "current") + own.credit_limit.unwrap_or_default();
                    assert_eq!(decimal(balances, "available"), base + sum("pending"));
                }
            }
            let ids: HashSet<_> = rows.iter().map(|row| text(row, "id")).collect();
            assert_eq!(ids.len(), rows.len());
            assert!(rows.is_sorted_by(|one, next| text(one, "date") <= text(next, "date")));
        }
    }
}

#[tokio::test]
async fn rows_have_the_documented_shape() {
    let town = Town::open().await;
    let (tokens, world) = (town.link("alice").await, town.world("alice"));
    let fields = [
        "amount",
        "counterparty",
        "currency",
        "date",
        "description",
        "id",
        "occurred_at",
        "pending_id",
        "security",
        "status",
        "type",
    ];
    for account in &world.accounts {
        for (row, own) in town.rows(&tokens, &account.id, "").await.iter().zip(&account.transactions) {
            let mut names: Vec<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
            names.sort_unstable();
            assert_eq!(names, fields);
            assert_eq!(decimal(row, "amount"), own.amount);
            assert_eq!(text(row, "amount").rsplit_once('.').map(|(_, cents)| cents.len()), Some(2));
            assert_eq!(text(row, "type"), own.kind.as_str());
            assert_eq!(row["pending_id"].as_str(), own.pending_id.as_deref());
            assert_eq!(row["security"].is_object(), own.security.is_some());
            if let Some(quantity) = row["security"]["quantity"].as_str() {
                let quantity = Decimal::from_str(quantity).unwrap();
                assert_eq!(quantity.is_sign_negative(), text(row, "type") == "sell");
                let gross = (quantity * decimal(&row["security"], "price")).abs();
                let net = decimal(row, "amount") + decimal(&row["security"], "fees");
                assert!((net.abs() - gross).abs() <= Decimal::new(5, 3));
            }
        }
    }
}

#[tokio::test]
async fn pages_and_windows_fit_together() {
    let town = Town::open().await;
    let (tokens, world) = (town.link("alice").await, town.world("alice"));
    let id = &world.account_of(AccountKind::Checking).unwrap().id;
    let all = town.rows(&tokens, id, "").await;
    let window: Vec<_> = all
        .iter()
        .filter(|row| ("2026-03-01"..="2026-05-31").contains(&text(row, "date")))
        .cloned()
        .collect();
    assert!(window.len() > 150);
    assert_eq!(town.rows(&tokens, id, "&from=2026-03-01&to=2026-05-31").await, window);

    // A cursor carries its window, and ends within a day as well as between days.
    let path = format!("/v1/accounts/{id}/transactions");
    let mut page: Value = town
        .get(&tokens, &format!("{path}?from=2026-03-01&to=2026-05-31&limit=1"))
        .await
        .json()
        .await
        .unwrap();
    let mut rows = list(&page, "transactions");
    while let Some(cursor) = page["next_cursor"].as_str() {
        let next = format!("{path}?limit=7&cursor={cursor}");
        page = town.get(&tokens, &next).await.json().await.unwrap();
        rows.extend(list(&page, "transactions"));
    }
    assert_eq!(rows, window);
    let first: Value = town.get(&tokens, &path).await.json().await.unwrap();
    assert_eq!(list(&first, "transactions").len(), 100);
}

#[tokio::test]
async fn holdings_are_those_of_the_ledger() {
    let town = Town::open().await;
    let (tokens, world) = (town.link("alice").await, town.world("alice"));
    let brokerage = world.account_of(AccountKind::Brokerage).unwrap();
    let body: Value =
        town.get(&tokens, &format!("/v1/accounts/{}/holdings", brokerage.id)).await.json().await.unwrap();
    let holdings = list(&body, "holdings");
    assert!(holdings.len() >= 5 && holdings.len() == brokerage.holdings.len());
    for (served, own) in holdings.iter().zip(&brokerage.holdings) {
        assert_eq!(text(served, "symbol"), own.symbol);
        assert_eq!(text(served, "currency"), "USD");
        assert_eq!(text(served, "as_of"), "2026-07-15T00:00:00Z");
        for (name, value) in [
            ("quantity", own.quantity),
            ("price", own.price),
            ("market_value", own.market_value),
            ("cost_basis", own.cost_basis),
        ] {
            assert_eq!(decimal(served, name), value);
            assert!(value > Decimal::ZERO);
        }
    }
    let savings = &world.account_of(AccountKind::Savings).unwrap().id;
    let none: Value =
        town.get(&tokens, &format!("/v1/accounts/{savings}/holdings")).await.json().await.unwrap();
    assert!(list(&none, "holdings").is_empty());
}

#[tokio::test]
async fn calls_out_of_order_are_refused() {
    let town = Town::open().await;
    let (tokens, foreign) = (town.link("alice").await, town.world("bob"));
    let (foreign, own) = (&foreign.accounts[0].id, &town.world("alice").accounts[0].id);
    for path in ["transactions", "holdings"] {
        let response = town.get(&tokens, &format!("/v1/accounts/{foreign}/{path}")).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"]["code"], "not_found");
    }
    for (query, parameter) in [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=many", "limit"),
        ("from=2026-2-1", "from"),
        ("from=01/02/2026", "from"),
        ("to=2026-02-30", "to"),
        ("from=2026-02-02&to=2026-02-01", "from"),
        ("cursor=x", "cursor"),
        ("limit=1&limit=2", "query"),
    ] {
        let response = town.get(&tokens, &format!("/v1/accounts/{own}/transactions?{query}")).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"]["code"], "invalid_parameter");
        assert_eq!(body["error"]["parameter"], parameter);
    }
    let page: Value =
        town.get(&tokens, &format!("/v1/accounts/{own}/transactions")).await.json().await.unwrap();
    let cursor = text(&page, "next_cursor");
    for (account, query) in
        [(&town.world("alice").accounts[1].id, String::new()), (own, "&from=2026-01-01".to_owned())]
    {
        let path = format!("/v1/accounts/{account}/transactions?cursor={cursor}{query}");
        assert_eq!(town.get(&tokens, &path).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }

    let bare = town.http.get(town.url("/v1/accounts")).send().await.unwrap();
    assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(bare.headers()["www-authenticate"], r#"Bearer realm="sandbox-bank""#);
    let refresh_token =
        town.http.get(town.url("/v1/accounts")).bearer_auth(&tokens.refresh).send().await.unwrap();
    assert_eq!(refresh_token.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(town.get(&tokens, "/v1/nothing").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_day_later_pending_rows_have_posted() {
    let town = Town::open().await;
    let tokens = town.link("alice").await;
    let card = town.world("alice").account_of(AccountKind::CreditCard).unwrap().id.clone();
    let before = town.rows(&tokens, &card, "&from=2026-07-01").await;
    town.wait(3 * 86_400);
    let tokens = support::Tokens::of(town.refresh(&tokens.refresh).await).await;
    let after = town.rows(&tokens, &card, "&from=2026-07-01").await;

    let is = |row: &&Value, status: &str| text(row, "status") == status;
    let posted: Vec<_> = before.iter().filter(|row| is(row, "posted")).collect();
    assert!(posted.iter().all(|row| after.contains(row)), "what has posted stays as it is");
    let pending: Vec<_> = before.iter().filter(|row| is(row, "pending")).collect();
    assert!(!pending.is_empty());
    for row in pending {
        assert!(text(row, "id").starts_with("p-"));
        assert!(after.iter().all(|later| later["id"] != row["id"]));
        let same = |later: &&Value| {
            is(later, "posted")
                && later["occurred_at"] == row["occurred_at"]
                && later["counterparty"] == row["counterparty"]
        };
        let later = after.iter().find(same).expect("it posted");
        assert!(later["pending_id"].is_null() || later["pending_id"] == row["id"]);
        assert!(decimal(later, "amount") <= decimal(row, "amount"));
    }
}
