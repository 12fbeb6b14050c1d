//! What is asked, how often, and what is made of the answers.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod support;

use dashtam_domain::{
    connections::{Absence, Provider as _, ProviderError},
    ledger::TransactionStatus,
    time::Day,
};
use dashtam_provider_kit::{AllowedAddresses, ClientOptions};
use dashtam_provider_simplefin::SimplefinOptions;
use support::{Bench, days, json};
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{basic_auth, method, path, query_param, query_param_is_missing},
};

/// An account set of one account with these transactions.
fn one(transactions: &str) -> ResponseTemplate {
    json(format!(
        r#"{{"errlist": [], "connections": [], "accounts": [
        {{"id": "other", "conn_id": "CON-2", "currency": "USD", "transactions": [{{"id": "x", "posted": 1}}]}},
        {{"id": "A 1", "conn_id": "CON-1", "currency": "USD", "balance": "1.00", "holdings":
          [{{"id": "h", "symbol": "VTI", "shares": "2"}}], "transactions": [{transactions}]}}]}}"#
    ))
}

fn posted(id: &str, day: &str) -> String {
    let seconds = Day::parse(day).unwrap().start().as_seconds() + 43_200;
    format!(r#"{{"id": "{id}", "posted": {seconds}, "amount": "-1.00", "description": "x"}}"#)
}

#[tokio::test]
async fn accounts_are_asked_for_with_name_and_password_and_no_transactions() {
    let bench = Bench::new().await;
    Mock::given(method("GET"))
        .and(path("/simplefin/accounts"))
        .and(basic_auth(support::USER, support::PASSWORD))
        .and(query_param("balances-only", "1"))
        .and(query_param_is_missing("account"))
        .respond_with(json(r#"{"errors": [], "accounts": []}"#))
        .expect(1)
        .mount(&bench.server)
        .await;
    assert_eq!(bench.accounts().await.unwrap(), []);
    assert_eq!(
        bench.server.received_requests().await.unwrap()[0].url.query(),
        Some("version=2&balances-only=1")
    );
}

#[tokio::test]
async fn one_bad_account_does_not_keep_the_others_out() {
    let bench = Bench::new().await;
    bench
        .answers(json(
            r#"{"errlist": [{"code": "con.auth", "msg": "x", "conn_id": "C"}], "accounts": [
            {"id": "1", "conn_id": "C", "name": "A", "currency": "USD", "balance": "1.00"},
            {"id": "1", "conn_id": "D", "name": "B", "currency": "USD", "balance": "2.00"},
            {"id": "1", "conn_id": "D", "name": "B again", "currency": "USD", "balance": "2.00"},
            {"id": "2", "currency": "https://example.com/miles", "balance": "3"},
            {"id": {}, "currency": "USD"}, "account", null, 7,
            {"id": "3", "conn_id": "C", "currency": "USD", "balance": 12345678901234567890.12}]}"#,
        ))
        .await;
    let accounts = bench.accounts().await.unwrap();
    let read: Vec<_> =
        accounts.iter().map(|a| (a.external_id.as_str(), a.balance.unwrap().to_string())).collect();
    let expected = [("C|1", "1.00"), ("D|1", "2.00"), ("C|3", "12345678901234567890.12")];
    assert_eq!(read, expected.map(|(id, balance)| (id, balance.to_owned())));
}

#[tokio::test]
async fn history_is_read_in_windows_from_the_newest_back() {
    let bench = Bench::new().await;
    let first = posted("t1", "2026-03-01");
    let get =
        || Mock::given(method("GET")).and(query_param("account", "A 1")).and(query_param("pending", "1"));
    let start =
        |day: &str| query_param("start-date", Day::parse(day).unwrap().start().as_seconds().to_string());
    get().and(start("2026-01-20")).respond_with(one(&first)).mount(&bench.server).await;
    get().and(start("2025-12-07")).respond_with(one("")).mount(&bench.server).await;
    get().and(start("2025-10-24")).respond_with(one(&posted("t2", "2025-11-01"))).mount(&bench.server).await;
    get().respond_with(one("")).mount(&bench.server).await;

    let window = days("2024-03-03", "2026-03-04");
    let (mut page, mut ids, mut pages, mut covered) = (None, Vec::new(), 0, None);
    loop {
        let got = bench.transactions("CON-1|A 1", window, page.as_deref()).await.unwrap();
        assert_eq!(got.refused, []);
        ids.extend(got.rows.into_iter().map(|row| row.external_id));
        pages += 1;
        page = got.next;
        // Only the last page tells how far back the listing went.
        assert_eq!(covered, None);
        covered = got.covered_from;
        if page.is_none() {
            break;
        }
    }
    // Two empty windows in a row after the last row end it, long before the two years are through.
    assert_eq!((ids.as_slice(), pages), (["t1".to_owned(), "t2".to_owned()].as_slice(), 5));
    assert_eq!(covered, Day::parse("2025-07-28"));
    let asked = bench.asked().await;
    assert_eq!(asked[0], "start-date=1768867200&end-date=1772668800&pending=1&account=A+1");
    assert_eq!(asked[1], "start-date=1765065600&end-date=1768867200&pending=1&account=A+1");
}

#[tokio::test]
async fn a_later_sync_is_one_request_with_its_positions() {
    let bench = Bench::new().await;
    bench.answers(one(&posted("t1", "2026-03-01"))).await;
    let page = bench.transactions("CON-1|A 1", days("2026-02-21", "2026-03-04"), None).await.unwrap();
    assert_eq!((page.rows.len(), page.next, page.covered_from), (1, None, None));
    assert_eq!(bench.holdings("CON-1|A 1").await.unwrap().len(), 1);
    assert_eq!(bench.asked().await.len(), 1);
    // Without transactions before them, positions are asked for, with as few transactions as possible.
    assert_eq!(bench.holdings("CON-1|A 1").await.unwrap()[0].symbol.as_deref(), Some("VTI"));
    assert_eq!(bench.asked().await[1], "start-date=1772496000&end-date=1772582400&pending=1&account=A+1");
}

#[tokio::test]
async fn pending_rows_are_asked_for_only_when_wanted() {
    let options = SimplefinOptions { pending: false };
    let bench = Bench::with(options, AllowedAddresses::PublicAndThisMachine, ClientOptions::default()).await;
    bench.answers(one("")).await;
    bench.transactions("CON-1|A 1", days("2026-02-21", "2026-03-04"), None).await.unwrap();
    assert!(!bench.asked().await[0].contains("pending"));
}

#[tokio::test]
async fn a_capped_window_is_asked_for_again() {
    let bench = Bench::new().await;
    bench
        .answers(json(
            r#"{"errors": ["Requested date range exceeds limit of 30 days and was capped"], "accounts":
            [{"id": "A 1", "org": {"domain": "a.example"}, "currency": "USD", "transactions": []}]}"#,
        ))
        .await;
    let window = days("2026-01-01", "2026-03-03");
    let page = bench.transactions("a.example|A 1", window, None).await.unwrap();
    bench.transactions("a.example|A 1", window, page.next.as_deref()).await.unwrap();
    let asked = bench.asked().await;
    assert!(asked[0].starts_with("start-date=1768780800&end-date=1772582400&"), "{asked:?}");
    assert!(asked[1].starts_with("start-date=1770681600&end-date=1772582400&"), "{asked:?}");
}

#[tokio::test]
async fn an_account_that_is_not_shown_has_no_rows() {
    let bench = Bench::new().await;
    bench.answers(one(&posted("t1", "2026-03-01"))).await;
    let page = bench.transactions("CON-9|A 1", days("2026-02-21", "2026-03-04"), None).await.unwrap();
    assert_eq!((page.rows, page.next), (Vec::new(), None));
    // Nothing was listed, so nothing counts as gone.
    assert_eq!(page.covered_from, Day::parse("2026-03-05"));
    assert_eq!(bench.holdings("CON-9|A 1").await.unwrap(), []);
}

#[tokio::test]
async fn one_bad_row_is_refused_and_its_neighbours_are_kept() {
    let bench = Bench::new().await;
    let rows = format!(
        r#"{}, {{"id": "bad", "posted": 1772406000, "amount": "NaN"}}, {{"posted": 1772406000, "amount": "1"}},
        {{"id": "huge", "posted": 1772406000, "amount": 1e400}}, [], null, "row",
        {{"id": "day", "amount": "1", "posted": {{}}}}, {}, {{"id": "p", "posted": 0, "amount": "-2.00",
        "description": "<b>C</b>AFÉ\u0000"}}"#,
        posted("t1", "2026-03-01"),
        posted("t2", "2026-03-02")
    );
    bench.answers(one(&rows)).await;
    let page = bench.transactions("CON-1|A 1", days("2026-02-21", "2026-03-04"), None).await.unwrap();
    let ids: Vec<_> = page.rows.iter().map(|row| row.external_id.as_str()).collect();
    assert_eq!(ids, ["t1", "t2", "p"]);
    assert_eq!(page.rows[2].status, TransactionStatus::Pending);
    assert_eq!(page.rows[2].description, "CAFÉ");
    assert_eq!(page.refused.len(), 7);
    assert_eq!(page.refused[0].external_id.as_deref(), Some("bad"));
    assert!(page.refused.iter().all(|row| !row.reason.contains("NaN")));
}

#[tokio::test]
async fn the_budget_of_a_day_is_kept() {
    let bench = Bench::new().await;
    bench.answers(one("")).await;
    for _ in 0..24 {
        bench.accounts().await.unwrap();
    }
    let waits = ProviderError::RateLimited { retry_after: Some(86_400) };
    assert_eq!(bench.accounts().await.unwrap_err(), waits);
    // Each account has a budget of its own.
    for _ in 0..24 {
        bench.holdings("CON-1|A 1").await.unwrap();
    }
    assert_eq!(bench.holdings("CON-1|A 1").await.unwrap_err(), waits);
    bench.holdings("CON-2|other").await.unwrap();
    assert_eq!(bench.asked().await.len(), 49);
    bench.again().await;
    bench.answers(one("")).await;
    bench.accounts().await.unwrap();
}

#[tokio::test]
async fn what_a_status_means() {
    let rejected = |code: &str| ProviderError::Rejected { code: code.to_owned() };
    let bench = Bench::new().await;
    for (answer, error) in [
        (ResponseTemplate::new(403).set_body_string("<html>no</html>"), ProviderError::NeedsReauthorization),
        (ResponseTemplate::new(401), ProviderError::NeedsReauthorization),
        (
            ResponseTemplate::new(402).set_body_string(r#"{"errors": [], "accounts": []}"#),
            rejected("payment_required"),
        ),
        (
            ResponseTemplate::new(429).insert_header("retry-after", "60"),
            ProviderError::RateLimited { retry_after: Some(60) },
        ),
        (ResponseTemplate::new(500), ProviderError::Unavailable),
        (ResponseTemplate::new(302).insert_header("location", "/elsewhere"), rejected("http_302")),
        (ResponseTemplate::new(400), rejected("http_400")),
        (json(r#"{"errlist": [{"code": "gen.auth"}], "accounts": []}"#), ProviderError::NeedsReauthorization),
        (json("<html>"), ProviderError::Malformed { at: "account set" }),
        (json(r#"{"accounts": [{"id": "1", "na"#), ProviderError::Malformed { at: "account set" }),
        (json("{}"), ProviderError::Malformed { at: "accounts" }),
    ] {
        bench.again().await;
        bench.answers(answer).await;
        assert_eq!(bench.accounts().await.unwrap_err(), error);
        assert_eq!(bench.holdings("CON-1|A 1").await.unwrap_err(), error);
        let page = bench.transactions("CON-1|A 1", days("2026-02-21", "2026-03-04"), None).await;
        assert_eq!(page.unwrap_err(), error);
        // Nothing is asked twice: every attempt counts.
        assert_eq!(bench.asked().await.len(), 3);
    }
}

#[tokio::test]
async fn posted_rows_that_are_no_longer_shown_are_kept() {
    let bench = Bench::new().await;
    assert_eq!(bench.provider.feeds().transactions.unwrap().absence(), Absence::PendingOnly);
}

#[tokio::test]
async fn stored_text_that_is_no_access_url_needs_a_new_link() {
    let bench = Bench::new().await;
    let feed = bench.provider.feeds().accounts.unwrap();
    let failed = feed.accounts(&support::credentials("not a URL")).await.unwrap_err();
    assert_eq!(failed, ProviderError::NeedsReauthorization);
}

#[tokio::test]
async fn a_foreign_page_token_is_refused() {
    let bench = Bench::new().await;
    bench.answers(one("")).await;
    let page =
        bench.transactions("CON-1|A 1", days("2026-02-21", "2026-03-04"), Some("2020-01-01_44_0")).await;
    assert_eq!(page.unwrap_err(), ProviderError::Malformed { at: "page token" });
    assert_eq!(bench.asked().await.len(), 0);
}
