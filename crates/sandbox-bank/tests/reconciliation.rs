//! Levers that change rows from one complete listing to the next.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "test support: what fails here is a failed test"
)]

mod support;

use std::collections::BTreeSet;

use dashtam_sandbox_bank::{AccountKind, Lever, Transaction};
use rust_decimal::Decimal;
use serde_json::Value;
use support::{Tokens, Town, text};

struct Customer {
    town: Town,
    tokens: Tokens,
    account: String,
    touched: Transaction,
}

impl Customer {
    async fn of(name: &str, lever: Lever) -> Self {
        let town = Town::open().await;
        let tokens = town.link(name).await;
        let world = town.world("bob");
        let account = world.account_of(AccountKind::Checking).unwrap().id.clone();
        let touched = world.touched_by(lever, town.today()).unwrap().clone();
        Self { town, tokens, account, touched }
    }

    async fn list(&self) -> Vec<Value> {
        self.town.rows(&self.tokens, &self.account, "").await
    }

    /// Ids of the rows that are the touched one or came of it, with their states, and the balance.
    async fn listing(&self) -> (Vec<(String, String)>, Decimal) {
        let posted = self.touched.id.replacen("p-", "t-now", 1);
        let again = self.touched.id.replacen("t-", "t-re", 1);
        let accounts = self.town.accounts(&self.tokens).await;
        let balance = text(&accounts[0]["balances"], "current").parse().unwrap();
        let mut rows = self.list().await;
        rows.retain(|row| [&self.touched.id, &posted, &again].into_iter().any(|id| row["id"] == **id));
        let mut shown: Vec<_> =
            rows.iter().map(|row| (text(row, "id").to_owned(), text(row, "status").to_owned())).collect();
        shown.sort();
        (shown, balance)
    }
}

fn states(shown: &[(String, String)]) -> Vec<&str> {
    shown.iter().map(|(_, status)| status.as_str()).collect()
}

#[tokio::test]
async fn a_pending_row_posts_under_another_id() {
    for (name, lever, listings) in [
        ("bob+posts-unlinked", Lever::PostsUnlinked, [&["pending"][..], &["posted"], &["posted"]]),
        ("bob+posts-with-tip", Lever::PostsWithTip, [&["pending"], &["posted"], &["posted"]]),
        (
            "bob+posts-while-pending",
            Lever::PostsWhilePending,
            [&["pending"], &["pending", "posted"], &["posted"]],
        ),
        ("bob+pending-again", Lever::PendingAgain, [&["pending"], &["posted"], &["pending", "posted"]]),
    ] {
        let customer = Customer::of(name, lever).await;
        let mut before = None;
        for expected in listings {
            let (shown, balance) = customer.listing().await;
            assert_eq!(states(&shown), expected, "{name}");
            let first = *before.get_or_insert(balance);
            let posted = first != balance;
            assert_eq!(posted, expected.contains(&"posted"), "{name}: what posts counts");
        }
        let linked = customer.list().await.into_iter().any(|row| row["pending_id"] == *customer.touched.id);
        assert_eq!(linked, lever == Lever::PendingAgain, "{name}");
    }
}

#[tokio::test]
async fn a_row_is_there_twice_or_late_or_says_something_else() {
    let customer = Customer::of("bob+duplicate-row", Lever::DuplicateRow).await;
    for _ in 0..2 {
        let (shown, balance) = customer.listing().await;
        assert_eq!(shown.len(), 2);
        let world = customer.town.world("bob");
        assert_eq!(
            balance,
            world.account_of(AccountKind::Checking).unwrap().current_balance(),
            "it counts once"
        );
    }
    let customer = Customer::of("bob+late-row", Lever::LateRow).await;
    let (shown, before) = customer.listing().await;
    assert!(shown.is_empty());
    let (shown, after) = customer.listing().await;
    assert_eq!((shown.len(), after), (1, before + customer.touched.amount));

    let customer = Customer::of("bob+rewritten-history", Lever::RewrittenHistory).await;
    let (first, before) = customer.listing().await;
    let (second, after) = customer.listing().await;
    assert_eq!((first, after), (second, before - Decimal::ONE));
    let rows = customer.list().await;
    let row = rows.iter().find(|row| row["id"] == *customer.touched.id).unwrap();
    assert_eq!(text(row, "description"), format!("{} CORRECTED", customer.touched.description));
}

#[tokio::test]
async fn every_posted_row_gets_another_id() {
    let customer = Customer::of("bob+reissued-ids", Lever::ReissuedId).await;
    let ids = |rows: &[Value], status: &str| -> BTreeSet<String> {
        let of = rows.iter().filter(|row| row["status"] == *status);
        of.map(|row| text(row, "id").to_owned()).collect()
    };
    let (first, second, third) = (customer.list().await, customer.list().await, customer.list().await);
    assert_eq!(second, third);
    assert!(ids(&first, "posted").is_disjoint(&ids(&second, "posted")));
    assert_eq!(ids(&first, "pending"), ids(&second, "pending"));
    assert_eq!(first.len(), second.len());
}
