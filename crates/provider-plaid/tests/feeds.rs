//! Accounts, transactions, positions.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{
        Changes, ChangesPage, KeptRow, Provider, ProviderError, PulledHoldings, PulledTransaction,
    },
    ledger::{AccountKind, TransactionKind, TransactionStatus},
    money::Currency,
    sources::Clock,
};
use dashtam_testkit::plaid::{
    Event, FakeBank,
    samples::{bank, booked, pending, row},
};
use support::Bench;

fn ids(page: &ChangesPage) -> Vec<&str> {
    page.rows.iter().map(|changed| changed.row.external_id.as_str()).collect()
}

fn all(pages: &[ChangesPage]) -> Vec<&PulledTransaction> {
    pages.iter().flat_map(|page| page.rows.iter().map(|changed| &changed.row)).collect()
}

fn end(pages: &[ChangesPage]) -> &str {
    &pages.last().unwrap().cursor
}

fn bank_alone() -> FakeBank {
    FakeBank { products: vec!["transactions".to_owned()], ..bank() }
}

#[tokio::test]
async fn accounts_have_the_banks_name_and_what_is_owed_below_zero() {
    let bench = Bench::new().await;
    let credentials = bench.linked(bank()).await;
    let told = bench.accounts(&credentials).await.unwrap();
    assert!(told.gaps.is_empty());
    let [checking, card, broker] = told.accounts.as_slice() else { panic!("{told:?}") };
    assert_eq!(checking.institution.as_ref().unwrap().name, "First Platypus Bank");
    assert_eq!(
        (checking.kind, checking.balance.unwrap().to_string().as_str()),
        (AccountKind::Checking, "1203.42")
    );
    assert_eq!((card.kind, card.balance.unwrap().to_string().as_str()), (AccountKind::CreditCard, "-410"));
    assert_eq!(card.terms.interest_rate.unwrap().to_string(), "12.5", "of purchases");
    assert_eq!(card.terms.credit_limit.unwrap().to_string(), "2000");
    assert_eq!((broker.kind, broker.mask.as_deref()), (AccountKind::Brokerage, Some("****0000")));
    let feed = bench.provider.feeds().accounts.unwrap();
    for account in &told.accounts {
        assert_eq!(feed.read_account(&account.raw.to_string()).as_ref(), Ok(account));
    }
    assert!(!bench.plaid.paths().contains(&"/accounts/balance/get".to_owned()), "which costs money");
}

#[tokio::test]
async fn an_account_that_cannot_be_read_is_a_gap() {
    let bench = Bench::new().await;
    let mut bank = bank();
    bank.accounts[1]["balances"]["iso_currency_code"] = serde_json::Value::Null;
    let credentials = bench.linked(bank).await;
    let told = bench.accounts(&credentials).await.unwrap();
    assert_eq!(told.accounts.len(), 2);
    assert_eq!(
        told.gaps,
        [
            "The account \u{201c}Platypus Card\u{201d} could not be read: balances.iso_currency_code is missing."
        ]
    );
}

#[tokio::test]
async fn an_item_that_needs_its_user_says_so() {
    let bench = Bench::new().await;
    let credentials = bench.linked(bank()).await;
    bench.plaid.break_item(Some("ITEM_LOGIN_REQUIRED"));
    assert_eq!(bench.accounts(&credentials).await.unwrap_err(), ProviderError::NeedsReauthorization);
    assert_eq!(bench.changes(&credentials, None).await.unwrap_err(), ProviderError::NeedsReauthorization);
    bench.plaid.break_item(None);
    bench.plaid.fail("/accounts/get", 429, "RATE_LIMIT_EXCEEDED", "ACCOUNTS_LIMIT");
    bench.plaid.fail("/accounts/get", 429, "RATE_LIMIT_EXCEEDED", "ACCOUNTS_LIMIT");
    let slow = ProviderError::RateLimited { retry_after: None };
    assert_eq!(bench.accounts(&credentials).await.unwrap_err(), slow);
}

#[tokio::test]
async fn changes_are_read_page_by_page_and_then_from_where_they_ended() {
    let bench = Bench::new().await;
    let credentials = bench.linked(bank_alone()).await;
    bench.plaid.pages_of(2);
    let pages = bench.listing(&credentials, None).await;
    assert_eq!(pages.iter().map(ids).collect::<Vec<_>>(), [vec!["t1", "t2"], vec!["p1"]]);
    let rows = all(&pages);
    let amounts: Vec<String> = rows.iter().map(|row| row.amount.to_string()).collect();
    assert_eq!(amounts, ["-72.10", "1500", "-5.40"], "the sign is turned once");
    assert_eq!(rows[2].status, TransactionStatus::Pending);

    bench.plaid.happen([
        Event::Added(booked("t3", "p1", "card1", "2026-10-05", "5.90", "Coffee")),
        Event::Removed("card1".to_owned(), "p1".to_owned()),
        Event::Modified(row("t1", "checking1", "2026-10-01", "72.11", "Groceries")),
    ]);
    bench.plaid.pages_of(500);
    let next = bench.listing(&credentials, Some(end(&pages))).await;
    assert_eq!(next.len(), 1);
    assert_eq!(ids(&next[0]), ["t3", "t1"]);
    assert_eq!(next[0].rows[0].row.replaces.as_deref(), Some("p1"));
    assert_eq!(
        (next[0].removed[0].account.as_str(), next[0].removed[0].external_id.as_str()),
        ("card1", "p1")
    );
    assert!(bench.listing(&credentials, Some(end(&next))).await[0].rows.is_empty());
}

#[tokio::test]
async fn a_mutation_and_a_lost_cursor_are_told_apart() {
    let bench = Bench::new().await;
    let credentials = bench.linked(bank_alone()).await;
    bench.plaid.pages_of(2);
    let Ok(Changes::Page(first)) = bench.changes(&credentials, None).await else { panic!("no page") };
    bench.plaid.mutate(1);
    assert_eq!(bench.changes(&credentials, Some(&first.cursor)).await, Ok(Changes::Moved));
    let pages = bench.listing(&credentials, None).await;
    bench.plaid.lose_cursors();
    assert_eq!(bench.changes(&credentials, Some(end(&pages))).await, Ok(Changes::CursorUnknown));
    assert_eq!(bench.changes(&credentials, Some("of another adapter")).await, Ok(Changes::CursorUnknown));
}

#[tokio::test]
async fn what_is_being_collected_is_asked_for_again() {
    let bench = Bench::new().await;
    let credentials = bench.linked(bank_alone()).await;
    bench.plaid.collected("NOT_READY");
    assert_eq!(bench.changes(&credentials, None).await, Ok(Changes::NotReady));
    bench.plaid.fail("/transactions/sync", 400, "ITEM_ERROR", "PRODUCT_NOT_READY");
    assert_eq!(bench.changes(&credentials, None).await, Ok(Changes::NotReady));
    bench.plaid.collected("INITIAL_UPDATE_COMPLETE");
    let pages = bench.listing(&credentials, None).await;
    assert!(pages[0].soon && pages[0].rows.len() == 3, "the history follows");
    assert!(pages[0].partial, "what is not there yet is not gone");
    bench.plaid.collected("HISTORICAL_UPDATE_COMPLETE");
    let page = &bench.listing(&credentials, Some(end(&pages))).await[0];
    assert!(!page.soon && !page.partial);
    // Whatever else Plaid says of it, it is not the end.
    bench.plaid.collected("TRANSACTIONS_UPDATE_STATUS_UNKNOWN");
    let page = &bench.listing(&credentials, None).await[0];
    assert!(!page.soon && page.partial);
    assert_eq!(bench.provider.feeds().changes.unwrap().history_days(), Some(730));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_refused_alone() {
    let bench = Bench::new().await;
    let credentials = bench.linked(bank_alone()).await;
    let mut bad = pending("p2", "card1", "2026-10-04", "1", "Tea");
    bad["amount"] = "a lot".into();
    bench.plaid.happen([Event::Added(bad), Event::Removed(String::new(), "t9".to_owned())]);
    let pages = bench.listing(&credentials, None).await;
    assert_eq!(pages[0].rows.len(), 3);
    let [one, two] = pages[0].refused.as_slice() else { panic!("{:?}", pages[0].refused) };
    assert_eq!((one.account.as_deref(), one.row.external_id.as_deref()), (Some("card1"), Some("p2")));
    assert!(one.row.reason.starts_with("amount "), "{}", one.row.reason);
    assert_eq!(
        (two.account.as_deref(), two.row.reason.as_str()),
        (None, "what was taken back: account_id is missing")
    );
}

#[tokio::test]
async fn investments_come_behind_the_transactions_and_a_month_is_read_again() {
    let bench = Bench::new().await;
    let mut broker = bank();
    for number in 2..=5 {
        let mut row = broker.invested[0].clone();
        row["investment_transaction_id"] = format!("i{number}").into();
        broker.invested.push(row);
    }
    let credentials = bench.linked(broker).await;
    bench.plaid.pages_of(2);
    let pages = bench.listing(&credentials, None).await;
    let shown: Vec<Vec<&str>> = pages.iter().map(ids).collect();
    assert_eq!(shown, [vec!["t1", "t2"], vec!["p1"], vec!["i1", "i2"], vec!["i3", "i4"], vec!["i5"]]);
    let bought = &all(&pages)[3];
    assert_eq!((bought.kind, bought.amount.to_string().as_str()), (TransactionKind::Trade, "-500.25"));
    let trade = bought.trade.as_ref().unwrap();
    assert_eq!((trade.symbol.as_deref(), trade.quantity.to_string().as_str()), (Some("EXMPX"), "23.567"));

    // What was bought in September is older than a month by now; the cancellation of today is not.
    bench.plaid.change(|bank| {
        let mut cancel = bank.invested[0].clone();
        cancel["investment_transaction_id"] = "i9".into();
        cancel["type"] = "cancel".into();
        cancel["cancel_transaction_id"] = "i1".into();
        cancel["date"] = "2026-11-30".into();
        bank.invested.push(cancel);
    });
    let next = bench.listing(&credentials, Some(end(&pages))).await;
    assert!(all(&next).is_empty());
    let removed: Vec<&str> =
        next.iter().flat_map(|page| &page.removed).map(|gone| gone.external_id.as_str()).collect();
    assert_eq!(removed, ["i1"]);
    let asked =
        bench.plaid.calls().into_iter().rev().find(|call| call.path == "/investments/transactions/get");
    assert_eq!(asked.unwrap().body["start_date"], "2026-10-31");
    // A day later the place goes on.
    bench.clock.set(bench.clock.now().plus(TimeDelta::days(1)));
    bench.listing(&credentials, Some(end(&next))).await;
    let asked = bench.plaid.calls().pop().unwrap();
    assert_eq!(
        (asked.body["start_date"].as_str(), asked.body["end_date"].as_str()),
        (Some("2026-10-31"), Some("2026-12-01"))
    );
}

#[tokio::test]
async fn an_item_of_a_broker_has_no_transactions_of_a_bank() {
    let bench = Bench::new().await;
    let broker = FakeBank { products: vec!["investments".to_owned()], ..bank() };
    let credentials = bench.linked(broker).await;
    bench.plaid.forget_calls();
    let pages = bench.listing(&credentials, None).await;
    assert_eq!(all(&pages).len(), 1);
    assert_eq!(bench.plaid.paths(), ["/investments/transactions/get"]);
}

#[tokio::test]
async fn what_plaid_thought_the_item_has_and_it_has_not_costs_nothing_else() {
    let bench = Bench::new().await;
    let credentials = bench.linked(bank()).await;
    for path in ["/investments/transactions/get", "/investments/holdings/get", "/liabilities/get"] {
        bench.plaid.fail(path, 400, "ITEM_ERROR", "NO_INVESTMENT_ACCOUNTS");
    }
    let pages = bench.listing(&credentials, None).await;
    assert_eq!(all(&pages).len(), 3);
    assert!(pages.last().unwrap().partial);
    assert_eq!(bench.accounts(&credentials).await.unwrap().accounts.len(), 3);
    assert_eq!(bench.holdings(&credentials, "broker1").await, Ok(PulledHoldings::Untold));
    bench.plaid.fail("/investments/transactions/get", 400, "ITEM_ERROR", "PRODUCT_NOT_READY");
    let pages = bench.listing(&credentials, None).await;
    assert!(pages.last().unwrap().soon);
    bench.plaid.fail("/transactions/sync", 400, "ITEM_ERROR", "PRODUCTS_NOT_SUPPORTED");
    let pages = bench.listing(&credentials, None).await;
    assert!(pages[0].partial && pages[0].rows.is_empty());
    assert!(!bench.listing(&credentials, None).await.iter().any(|page| page.partial));
}

#[tokio::test]
async fn positions_are_asked_for_once_for_all_accounts_and_anew_in_the_next_run() {
    let bench = Bench::new().await;
    let credentials = bench.linked(bank()).await;
    bench.accounts(&credentials).await.unwrap();
    bench.plaid.forget_calls();
    assert_eq!(bench.holdings(&credentials, "checking1").await, Ok(PulledHoldings::Untold));
    let held = bench.holdings(&credentials, "broker1").await.unwrap().shown();
    assert_eq!(bench.plaid.paths(), ["/investments/holdings/get"]);
    assert_eq!(held.len(), 1);
    let cost = held[0].cost_basis.unwrap();
    assert_eq!((held[0].symbol.as_deref(), cost.to_string().as_str()), (Some("EXMPX"), "500.25"));
    let feed = bench.provider.feeds().holdings.unwrap();
    assert_eq!(feed.read_holding(Currency::USD, &held[0].raw.to_string()).as_ref(), Ok(&held[0]));

    bench.plaid.change(|bank| bank.holdings["holdings"] = serde_json::json!([]));
    bench.accounts(&credentials).await.unwrap();
    assert_eq!(bench.holdings(&credentials, "broker1").await.unwrap(), Vec::new().into());
}

#[tokio::test]
async fn rows_are_read_again_as_they_were_told() {
    let bench = Bench::new().await;
    let credentials = bench.linked(bank()).await;
    let pages = bench.listing(&credentials, None).await;
    let told = all(&pages);
    let kept: Vec<KeptRow> =
        told.iter().map(|row| KeptRow { raw: row.raw.to_string(), day: row.day }).collect();
    let again = bench.provider.feeds().read_again(Currency::USD, &kept).unwrap();
    for (again, told) in again.iter().zip(told) {
        assert_eq!(again.as_ref(), Ok(told));
    }
}
