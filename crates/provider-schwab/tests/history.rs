//! The way back through an account's history.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use dashtam_domain::connections::{PageRequest, ProviderError, TransactionsFeed};
use dashtam_testkit::schwab::{Call, Endpoint, FakeAccount, Fault, Lever, samples};
use serde_json::Value;
use support::{Setup, everything, setup, walk, window};

const CASH: &str = "AAAA0000000000000000000000000000000000000000000000000000000000A1";

fn put(setup: &Setup, transactions: Vec<Value>) {
    let account = samples::accounts().remove(0);
    setup.fake.put_account(FakeAccount { transactions, ..account });
}

fn row(id: u64, time: &str) -> Value {
    samples::cash_row(id, time, "ACH_RECEIPT", "x", "1")
}

fn asked(setup: &Setup) -> Vec<Call> {
    setup.fake.calls().into_iter().filter(|call| call.endpoint == Endpoint::Transactions).collect()
}

fn ranges(setup: &Setup) -> Vec<(String, String)> {
    let range = |call: Call| (call.parameter("startDate").unwrap(), call.parameter("endDate").unwrap());
    asked(setup).into_iter().map(range).collect()
}

#[tokio::test]
async fn a_window_is_asked_for_in_days_of_new_york_with_full_timestamps() {
    let setup = setup().await;
    setup.walk(CASH, window("2026-11-02", "2026-11-23")).await.unwrap();
    // Five days earlier, when it was still summer time.
    let expected = ("2026-10-28T04:00:00.000Z".to_owned(), "2026-11-24T04:59:59.999Z".to_owned());
    assert_eq!(ranges(&setup), [expected]);
    let types = asked(&setup)[0].parameter("types").unwrap();
    assert_eq!(types.split(',').count(), 15);
}

#[tokio::test]
async fn windows_touch_and_go_from_new_to_old() {
    let setup = setup().await;
    put(&setup, (0..15).map(|year| row(year, &format!("{}-06-01T12:00:00+0000", 2012 + year))).collect());
    let walked = setup.walk(CASH, everything(&setup)).await.unwrap();
    assert_eq!(walked.rows.len(), 15);
    let ranges = ranges(&setup);
    assert_eq!(ranges.len(), 15);
    for pair in ranges.windows(2) {
        let (newer, older) = (&pair[0], &pair[1]);
        assert!(newer.0 > older.0);
        assert_eq!(&newer.0[..10], &next_day(&older.1), "{newer:?} {older:?}");
    }
    assert_eq!(walked.covered_from, None);
}

/// The day after the one in New York that ends at this instant.
fn next_day(end: &str) -> String {
    end[..10].to_owned()
}

#[tokio::test]
async fn quiet_years_do_not_hide_what_is_before_them() {
    let setup = setup().await;
    put(&setup, vec![row(1, "2026-06-01T12:00:00+0000"), row(2, "2016-06-01T12:00:00+0000")]);
    let walked = setup.walk(CASH, everything(&setup)).await.unwrap();
    assert_eq!((walked.rows.len(), walked.pages), (2, 15));
    assert_eq!(walked.notes, ["Transactions before 2011-12-13 were not asked for."]);
    // Where the far end is empty, rows that are stored stay as they are.
    put(&setup, vec![row(1, "2026-06-01T12:00:00+0000")]);
    let walked = setup.walk(CASH, everything(&setup)).await.unwrap();
    assert_eq!((walked.rows.len(), walked.pages), (1, 15));
    assert_eq!(walked.covered_from.unwrap().to_string(), "2025-11-25");
    put(&setup, Vec::new());
    assert_eq!(setup.walk(CASH, everything(&setup)).await.unwrap().pages, 15);
    // A later synchronisation has nothing to say of the history.
    assert!(setup.walk(CASH, window("2026-11-12", "2026-11-23")).await.unwrap().notes.is_empty());
}

#[tokio::test]
async fn where_lists_of_types_are_refused_each_type_is_asked_for() {
    let setup = setup().await;
    setup.fake.pull(Lever::RefuseTypeLists, true);
    let days = window("2025-01-01", "2026-11-23");
    let walked = setup.walk(CASH, days).await.unwrap();
    assert_eq!((walked.rows.len(), walked.pages), (3, 2));
    assert_eq!(setup.fake.count(Endpoint::Transactions), 1 + 15 + 15, "the list is tried once");
    let mut types: Vec<_> =
        asked(&setup)[1..16].iter().map(|call| call.parameter("types").unwrap()).collect();
    types.sort();
    types.dedup();
    assert_eq!(types.len(), 15);
}

#[tokio::test]
async fn a_full_answer_is_asked_for_in_halves_until_nothing_is_hidden() {
    let setup = setup().await;
    let days = ["2026-11-20", "2026-11-10", "2026-08-01", "2026-03-01"];
    let rows =
        (0..3_400_u64).map(|id| row(id, &format!("{}T12:00:00+0000", days[id as usize % 4]))).collect();
    put(&setup, rows);
    let walked = setup.walk(CASH, window("2026-01-01", "2026-11-23")).await.unwrap();
    let mut ids: Vec<_> = walked.rows.iter().map(|row| row.external_id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3_400);
    assert!(walked.refused.is_empty());
    assert!(setup.fake.count(Endpoint::Transactions) < 20);
}

#[tokio::test]
async fn a_full_day_is_asked_for_by_type_and_what_may_be_hidden_is_told() {
    let setup = setup().await;
    let at = "2026-11-20T12:00:00+0000";
    let some = |count: u64, kinds: &[&str]| {
        let kind = |id: u64| kinds[id as usize % kinds.len()];
        (0..count).map(|id| samples::cash_row(id, at, kind(id), "x", "1")).collect()
    };
    put(&setup, some(3_100, &["ACH_RECEIPT", "JOURNAL", "TRADE"]));
    let days = window("2026-11-19", "2026-11-21");
    let walked = setup.walk(CASH, days).await.unwrap();
    assert_eq!((walked.rows.len(), walked.refused.len()), (3_100, 0));

    put(&setup, some(3_100, &["JOURNAL"]));
    let walked = setup.walk(CASH, days).await.unwrap();
    assert_eq!((walked.rows.len(), walked.refused.len()), (3_000, 0));
    assert_eq!(walked.notes, ["There may be more transactions on 2026-11-20 than the institution shows."]);
    assert_eq!(walked.covered_from.map(|day| day.to_string()).as_deref(), Some("2026-11-22"));
}

#[tokio::test]
async fn a_gateway_that_chokes_on_the_size_is_asked_for_less() {
    let setup = setup().await;
    let choked = r#"{"fault":{"faultstring":"Body buffer overflow","detail":{"errorcode":"protocol.http.TooBigBody"}}}"#;
    setup.fake.fail(Endpoint::Transactions, 2, &Fault::new(400, choked));
    let walked = setup.walk(CASH, window("2026-01-01", "2026-11-23")).await.unwrap();
    assert_eq!(walked.rows.len(), 3);
}

#[tokio::test]
async fn a_refusal_far_back_is_told_and_ends_the_history() {
    let setup = setup().await;
    let credentials = setup.link().await;
    let whole = everything(&setup);
    let first =
        setup.provider.transactions(&credentials, &PageRequest::new(CASH, whole, None)).await.unwrap();
    let too_old = Fault::new(400, r#"{"message":"Start date is too far back","errors":[]}"#);
    setup.fake.fail(Endpoint::Transactions, 2, &too_old);
    let second = setup
        .provider
        .transactions(&credentials, &PageRequest::new(CASH, whole, first.next.as_deref()))
        .await
        .unwrap();
    assert_eq!((second.rows.len(), second.next), (0, None));
    assert_eq!(
        second.notes,
        ["The institution refused to list transactions up to 2025-11-24; they were not read."]
    );
    assert_eq!(second.covered_from.unwrap().to_string(), "2025-11-25");

    setup.fake.fail(Endpoint::Transactions, 2, &too_old);
    let error = walk(&setup.provider, &credentials, CASH, whole).await.unwrap_err();
    assert_eq!(
        error,
        ProviderError::Rejected { code: "http_400".to_owned() },
        "recent rows are not given up"
    );
    setup.fake.fail(Endpoint::Transactions, 2, &Fault::new(500, ""));
    let page = setup
        .provider
        .transactions(&credentials, &PageRequest::new(CASH, whole, first.next.as_deref()))
        .await;
    assert_eq!(page.unwrap_err(), ProviderError::Unavailable, "an outage is not an end");
}

#[tokio::test]
async fn foreign_page_tokens_and_odd_answers() {
    let setup = setup().await;
    let credentials = setup.link().await;
    let days = window("2026-11-12", "2026-11-23");
    let ask = async |page: Option<&'static str>| {
        setup.provider.transactions(&credentials, &PageRequest::new(CASH, days, page)).await
    };
    assert_eq!(ask(Some("7")).await.unwrap_err(), ProviderError::Malformed { at: "page token" });
    for body in ["{}", "7", "null", "[", "\"x\""] {
        setup.fake.fail(Endpoint::Transactions, 1, &Fault::new(200, body));
        let error = ask(None).await.unwrap_err();
        assert_eq!(error, ProviderError::Malformed { at: "transactions" }, "{body}");
    }
    let single = r#"{"activityId": 5, "netAmount": 1, "type": "JOURNAL", "tradeDate": "2026-11-20"}"#;
    setup.fake.fail(Endpoint::Transactions, 1, &Fault::new(200, single));
    assert_eq!(ask(None).await.unwrap().rows.len(), 1);
    setup.fake.fail(Endpoint::Transactions, 1, &Fault::new(200, "[1, null, {\"activityId\": 5}]"));
    let page = ask(None).await.unwrap();
    assert_eq!((page.rows.len(), page.refused.len()), (0, 3));
    assert_eq!(page.refused[2].external_id.as_deref(), Some("5"));
}

#[tokio::test]
async fn a_row_that_is_booked_later_than_entered_is_shown_in_its_window() {
    let setup = setup().await;
    let mut late = row(1, "2026-11-09T12:00:00+0000");
    late["tradeDate"] = "2026-11-13T05:00:00+0000".into();
    put(&setup, vec![late]);
    let walked = setup.walk(CASH, window("2026-11-13", "2026-11-23")).await.unwrap();
    assert_eq!(walked.rows[0].day.to_string(), "2026-11-13");
}
