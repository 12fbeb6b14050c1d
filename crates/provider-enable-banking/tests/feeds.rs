//! Accounts and transactions, as the stand-in tells them.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{Absence, KeptRow, PageRequest, Provider, ProviderError, PulledTransaction},
    ledger::{AccountKind, TransactionStatus},
    money::{Currency, Decimal},
};
use serde_json::{Value, json};
use support::{Bench, CURRENT, IBAN, SAVINGS, booked, everything, ids, window};

fn amount(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn rejected(code: &str) -> ProviderError {
    ProviderError::Rejected { code: code.to_owned() }
}

#[tokio::test]
async fn accounts_have_balances_and_stable_ids_and_one_request_each() {
    let bench = Bench::new().await;
    let credentials = bench.linked().await;
    let told = bench.accounts(&credentials).await.unwrap();
    assert!(told.gaps.is_empty(), "{:?}", told.gaps);
    let shown: Vec<_> =
        told.accounts.iter().map(|one| (one.external_id.as_str(), one.kind, one.balance.unwrap())).collect();
    let expected = [
        (CURRENT, AccountKind::Checking, amount("1234.56")),
        (SAVINGS, AccountKind::Savings, amount("9000")),
    ];
    assert_eq!(shown, expected);
    assert_eq!(told.accounts[0].mask.as_deref(), Some("****0785"));
    assert_eq!(told.accounts[0].institution.as_ref().unwrap().name, "Nordea");
    assert_eq!(
        bench.fake.take_calls(),
        ["GET /accounts/uid-4/balances", "GET /accounts/uid-5/balances"],
        "the bank is asked for nothing else"
    );
    let feed = bench.provider.feeds().accounts.unwrap();
    for account in &told.accounts {
        let raw = account.raw.to_string();
        assert!(!raw.contains(IBAN));
        assert_eq!(feed.read_account(&raw).unwrap(), *account);
    }
}

#[tokio::test]
async fn one_bad_account_costs_no_other() {
    let bench = Bench::new().await;
    bench.fake.change(|bank| {
        let twin = bank.accounts[0].clone();
        let mut odd = bank.accounts[0].clone();
        (odd.details["identification_hash"], odd.details["currency"]) = ("another".into(), Value::Null);
        let mut nameless = bank.accounts[0].clone();
        nameless.details = json!({"currency": "EUR"});
        bank.accounts.extend([twin, odd, nameless]);
    });
    let credentials = bench.linked().await;
    bench.fake.fail("/balances", 404, "ACCOUNT_NOT_ACCESSIBLE");
    let told = bench.accounts(&credentials).await.unwrap();
    let shown: Vec<_> =
        told.accounts.iter().map(|one| (one.external_id.as_str(), one.balance.is_some())).collect();
    assert_eq!(shown, [(CURRENT, false), (SAVINGS, true)]);
    assert_eq!(
        told.gaps,
        [
            "Accounts that cannot be told from others: 1.",
            "The account \u{201c}CACC\u{201d} could not be read: identification_hash stands for two accounts.",
            "The account \u{201c}CACC\u{201d} could not be read: currency is missing.",
        ]
    );
}

#[tokio::test]
async fn history_is_read_page_by_page_and_equal_rows_are_two() {
    let bench = Bench::new().await;
    let credentials = bench.linked().await;
    let pages = bench.listing(&credentials, everything()).await;
    assert_eq!(pages.iter().map(|page| page.rows.len()).collect::<Vec<_>>(), [3, 3, 1]);
    let told = ids(&pages);
    let coffee = told[2].clone();
    assert!(coffee.starts_with("booked-"), "{coffee}");
    let second = format!("{coffee}#1");
    let expected = ["pending:r7", "booked:r6", &coffee, &second, "booked:r3", "booked:r2", "booked:r1"]
        .map(str::to_owned);
    assert_eq!(told, expected);
    let last = &pages[2];
    assert_eq!(last.covered_from.map(|day| day.to_string()).as_deref(), Some("2025-03-01"));
    assert_eq!(last.notes, ["The bank tells no transactions of before 2025-03-01."]);
    assert!(pages.iter().all(|page| page.gaps.is_empty() && page.refused.is_empty()));
    let calls = bench.fake.take_calls();
    assert_eq!(calls[0], "GET /accounts/uid-4/transactions?date_from=2024-11-30&strategy=longest");
    assert_eq!(calls[1], format!("{}&continuation_key=key-6", calls[0]));
    assert_eq!(calls.len(), 3);

    // Whoever asks again hears the same.
    assert_eq!(ids(&bench.listing(&credentials, everything()).await), told);
    // And what was kept is read as it was told.
    let rows: Vec<&PulledTransaction> = pages.iter().flat_map(|page| &page.rows).collect();
    let kept: Vec<KeptRow> =
        rows.iter().map(|row| KeptRow { raw: row.raw.to_string(), day: row.day }).collect();
    assert!(kept.iter().all(|row| !row.raw.contains(IBAN)));
    let currency: Currency = "EUR".parse().unwrap();
    let again = bench.provider.feeds().read_again(currency, &kept).unwrap();
    for (told, again) in rows.into_iter().zip(again) {
        assert_eq!(*told, again.unwrap());
    }
}

/// A payment and its fee may have one reference, wherever a page ends.
#[tokio::test]
async fn two_rows_of_one_reference_are_two_over_pages_too() {
    let bench = Bench::new().await;
    let (payment, fee) = (booked(Some("g"), "2026-11-27", "10.00"), booked(Some("g"), "2026-11-27", "0.50"));
    let (newer, older) = (booked(Some("n"), "2026-11-28", "3.00"), booked(Some("o"), "2026-11-26", "4.00"));
    bench.fake.change(|bank| {
        bank.accounts[0].transactions = vec![newer, payment.clone(), fee, payment, older];
    });
    let credentials = bench.linked().await;
    let expected = ["booked:n", "booked:g", "booked:g#1", "booked:o"];
    for page in 1..=5 {
        bench.fake.change(|bank| bank.page = page);
        let pages = bench.listing(&credentials, everything()).await;
        assert_eq!(ids(&pages), expected, "{page} rows on a page");
        bench.clock.advance(TimeDelta::days(1));
    }
}

#[tokio::test]
async fn of_an_account_without_rows_nothing_is_said() {
    let bench = Bench::new().await;
    bench.fake.change(|bank| bank.accounts[0].transactions.clear());
    let credentials = bench.linked().await;
    let pages = bench.listing(&credentials, everything()).await;
    let [page] = pages.as_slice() else { panic!("one page: {pages:?}") };
    assert!(page.rows.is_empty() && page.notes.is_empty(), "{page:?}");
    assert_eq!(page.covered_from, Some(everything().to), "an empty list says nothing of any day");
}

#[tokio::test]
async fn a_later_run_asks_for_its_days_and_a_booked_row_knows_its_pending_one() {
    let bench = Bench::new().await;
    let credentials = bench.linked().await;
    bench.fake.change(|bank| bank.accounts[0].transactions[0] = booked(Some("r7"), "2026-11-30", "7.20"));
    let days = window("2026-11-21", "2026-12-01");
    let pages = bench.listing(&credentials, days).await;
    assert_eq!(
        bench.fake.take_calls(),
        ["GET /accounts/uid-4/transactions?date_from=2026-11-21&strategy=default"]
    );
    let [page] = pages.as_slice() else { panic!("one page: {pages:?}") };
    assert_eq!((page.covered_from, page.notes.len()), (None, 0));
    let row = &page.rows[0];
    assert_eq!((row.external_id.as_str(), row.replaces.as_deref()), ("booked:r7", Some("pending:r7")));
    assert_eq!((row.status, row.amount.to_string().as_str()), (TransactionStatus::Posted, "-7.20"));
    let feed = bench.provider.feeds().transactions.unwrap();
    assert_eq!((feed.absence(), feed.history_days()), (Absence::PendingOnly, 730));

    // Days that are over are asked for as they are.
    bench.page(&credentials, window("2026-10-01", "2026-10-31"), None).await.unwrap();
    assert_eq!(
        bench.fake.take_calls(),
        ["GET /accounts/uid-4/transactions?date_from=2026-10-01&date_to=2026-10-31&strategy=default"]
    );
}

#[tokio::test]
async fn a_bank_that_gives_fewer_days_is_asked_for_fewer() {
    let bench = Bench::new().await;
    bench.fake.change(|bank| bank.history_days = 45);
    let credentials = bench.linked().await;
    bench.fake.fail("/transactions", 422, "WRONG_TRANSACTIONS_PERIOD");
    let pages = bench.listing(&credentials, everything()).await;
    assert_eq!(ids(&pages).len(), 4);
    assert_eq!(pages[1].covered_from.map(|day| day.to_string()).as_deref(), Some("2026-11-01"));
    let asked: Vec<String> = bench.fake.take_calls();
    let first_days: Vec<&str> =
        asked.iter().map(|call| &call[call.find("from=").unwrap() + 5..][..10]).collect();
    assert_eq!(first_days, ["2024-11-30", "2026-09-03", "2026-10-02", "2026-11-01", "2026-11-01"]);

    bench.fake.change(|bank| bank.history_days = 5);
    let refused = bench.page(&credentials, everything(), None).await;
    // Where the bank finds out by itself, it tells what there is.
    assert_eq!(refused.unwrap().rows.len(), 2);
    let refused = bench.page(&credentials, window("2026-11-05", "2026-12-01"), None).await.unwrap_err();
    assert_eq!(refused, rejected("wrong_transactions_period"));
}

/// Some banks fail where they are asked for too much, and do so for ever.
#[tokio::test]
async fn a_bank_that_fails_at_many_days_is_asked_in_another_way() {
    let bench = Bench::new().await;
    let credentials = bench.linked().await;
    bench.fake.fail("/transactions", 502, "ASPSP_ERROR");
    let pages = bench.listing(&credentials, everything()).await;
    assert_eq!((ids(&pages).len(), pages[2].covered_from), (7, None), "nothing is lost by one failure");
    bench.fake.take_calls();
    bench.fake.fail("/transactions", 502, "ASPSP_ERROR");
    bench.fake.fail("/transactions", 502, "ASPSP_TIMEOUT");
    let pages = bench.listing(&credentials, everything()).await;
    assert_eq!(ids(&pages).len(), 5);
    let asked = bench.fake.take_calls();
    let expected = [
        "date_from=2024-11-30&strategy=longest",
        "date_from=2024-11-30&strategy=default",
        "date_from=2026-09-03&strategy=default",
    ];
    for (call, query) in asked.iter().zip(expected) {
        assert!(call.ends_with(query), "{call}");
    }
    for _ in 0..3 {
        bench.fake.fail("/transactions", 502, "ASPSP_ERROR");
    }
    let down = bench.page(&credentials, everything(), None).await.unwrap_err();
    assert_eq!(down, ProviderError::Unavailable, "a bank that is down is down");
    bench.fake.take_calls();
    // Nobody waited for all of it to its end, and nobody would the next time.
    bench.fake.fail("/transactions", 504, "");
    let pages = bench.listing(&credentials, everything()).await;
    assert_eq!((ids(&pages).len(), bench.fake.take_calls().len()), (7, 4));
}

#[tokio::test]
async fn one_bad_row_costs_no_other() {
    let bench = Bench::new().await;
    bench.fake.change(|bank| {
        let mut unsigned = booked(Some("u"), "2026-11-29", "1.00");
        unsigned["credit_debit_indicator"] = Value::Null;
        let mut nameless = booked(None, "2026-11-29", "1.00");
        nameless["transaction_amount"] = json!({"amount": "1,00", "currency": "EUR"});
        let mut cancelled = booked(Some("c"), "2026-11-29", "1.00");
        cancelled["status"] = "CNCL".into();
        let good = booked(Some("g"), "2026-11-29", "1.00");
        let other = booked(Some("g"), "2026-11-29", "2.00");
        bank.page = 100;
        bank.accounts[0].transactions =
            vec![json!(7), unsigned, nameless, cancelled, good.clone(), good, other];
    });
    let credentials = bench.linked().await;
    let page = bench.page(&credentials, window("2026-11-20", "2026-12-01"), None).await.unwrap();
    assert_eq!(
        ids(std::slice::from_ref(&page)),
        ["booked:g", "booked:g#1"],
        "the same row once, another one of its name too"
    );
    let refused: Vec<_> =
        page.refused.iter().map(|row| (row.external_id.as_deref(), row.reason.as_str())).collect();
    assert_eq!(
        refused,
        [
            (None, "amount is missing"),
            (Some("booked:u"), "credit_debit_indicator is missing"),
            (None, page.refused[2].reason.as_str()),
        ]
    );
    assert!(page.refused[2].reason.starts_with("amount "), "{:?}", page.refused[2]);
    assert!(page.refused.iter().all(|row| !row.reason.contains("1,00")));
    assert_eq!(page.gaps, ["Transactions without a readable id: 2."]);
}

#[tokio::test]
async fn the_days_questions_are_used_up_and_come_back() {
    let bench = Bench::new().await;
    let credentials = bench.linked().await;
    let days = window("2026-11-20", "2026-12-01");
    for _ in 0..4 {
        assert_eq!(ids(&bench.listing(&credentials, days).await).len(), 4, "further pages do not count");
    }
    bench.fake.take_calls();
    let refused = bench.page(&credentials, days, None).await.unwrap_err();
    assert_eq!(refused, ProviderError::RateLimited { retry_after: Some(3_600) });
    assert_eq!(bench.fake.take_calls().len(), 1, "it is not asked again for nothing");
    bench.clock.advance(TimeDelta::days(1));
    bench.page(&credentials, days, None).await.unwrap();
}

#[tokio::test]
async fn errors_of_the_bank_say_what_to_do() {
    let bench = Bench::new().await;
    let credentials = bench.linked().await;
    let days = window("2026-11-20", "2026-12-01");
    for (status, code, expected) in [
        (502, "ASPSP_ERROR", ProviderError::Unavailable),
        (408, "ASPSP_TIMEOUT", ProviderError::Unavailable),
        (401, "EXPIRED_SESSION", ProviderError::NeedsReauthorization),
        (403, "ASPSP_PSU_ACTION_REQUIRED", ProviderError::NeedsReauthorization),
        (429, "ASPSP_RATE_LIMIT_EXCEEDED", ProviderError::RateLimited { retry_after: Some(3_600) }),
        (422, "PSU_HEADER_NOT_PROVIDED", rejected("psu_header_not_provided")),
    ] {
        bench.fake.fail("/transactions", status, code);
        assert_eq!(bench.page(&credentials, days, None).await.unwrap_err(), expected, "{code}");
        bench.fake.fail("/balances", status, code);
        let accounts = bench.accounts(&credentials).await;
        match &expected {
            ProviderError::Rejected { .. } => assert_eq!(accounts.unwrap().accounts.len(), 2),
            error => assert_eq!(accounts.unwrap_err(), *error, "{code}"),
        }
    }
    let feed = bench.provider.feeds().transactions.unwrap();
    let unknown = PageRequest::new("nobody:EUR", days, None);
    let refused = feed.transactions(&credentials, &unknown).await.unwrap_err();
    assert_eq!(refused, rejected("account_not_granted"));
    let lost = bench.page(&credentials, days, Some("what nobody said")).await.unwrap_err();
    assert_eq!(lost, ProviderError::Malformed { at: "page" });
}

/// A key that is not known any more is no reason to give up for good.
#[tokio::test]
async fn a_listing_that_is_lost_under_way_is_begun_anew_later() {
    let bench = Bench::new().await;
    let credentials = bench.linked().await;
    let first = bench.page(&credentials, everything(), None).await.unwrap();
    let next = first.next.unwrap();
    bench.page(&credentials, everything(), Some(&next)).await.unwrap();
    let lost = bench.page(&credentials, everything(), Some(&next)).await.unwrap_err();
    assert_eq!(lost, ProviderError::Unavailable);
}
