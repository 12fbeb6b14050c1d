//! Accounts, positions and transactions, read from a strict stand-in.

mod support;

use std::time::Duration;

use dashtam_domain::{
    connections::{AccountsFeed, HoldingsFeed, PageRequest, ProviderError, TransactionsFeed},
    ledger::{AccountKind, AssetClass, TransactionKind},
    money::Decimal,
};
use dashtam_provider_kit::ClientOptions;
use dashtam_testkit::schwab::{Endpoint, Fault, Lever, samples};
use support::{client_options, everything, hours, options, provider, setup, walk, window};

const CASH: &str = "AAAA0000000000000000000000000000000000000000000000000000000000A1";
const MARGIN: &str = "BBBB0000000000000000000000000000000000000000000000000000000000B2";

fn text(value: Option<Decimal>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[tokio::test]
async fn accounts_come_by_hash_and_without_their_numbers() {
    let setup = setup().await;
    let credentials = setup.link().await;
    for as_list in [false, true] {
        setup.fake.pull(Lever::PreferencesAsList, as_list);
        let accounts = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap().accounts;
        let [cash, margin] = accounts.as_slice() else { panic!("two accounts") };
        assert_eq!((cash.external_id.as_str(), cash.name.as_str()), (CASH, "Rollover IRA"));
        assert_eq!((cash.kind, cash.mask.as_deref()), (AccountKind::Retirement, Some("****1234")));
        assert_eq!((text(cash.balance), text(cash.available)), ("2000.00".to_owned(), "0.00".to_owned()));
        assert_eq!((margin.external_id.as_str(), margin.name.as_str()), (MARGIN, "Schwab …5678"));
        assert_eq!((margin.kind, text(margin.balance)), (AccountKind::Brokerage, "-810.00".to_owned()));
        let shown = format!("{accounts:?}");
        assert!(!shown.contains("55501234") && !shown.contains("55505678"), "{shown}");
    }
}

#[tokio::test]
async fn positions_have_sign_price_and_cost() {
    let setup = setup().await;
    let credentials = setup.link().await;
    let held = setup.provider.holdings(&credentials, CASH).await.unwrap().shown();
    let shown: Vec<_> = held
        .iter()
        .map(|one| (one.asset_class, one.quantity.to_string(), text(one.price), text(one.cost_basis)))
        .collect();
    let row = |class, quantity: &str, price: &str, cost: &str| {
        (class, quantity.to_owned(), price.to_owned(), cost.to_owned())
    };
    assert_eq!(
        shown,
        [
            row(AssetClass::Equity, "12.5", "88", "1001.5432"),
            row(AssetClass::Etf, "10", "50.51", "500.00"),
            row(AssetClass::CashEquivalent, "250", "1", "250.00"),
        ]
    );
    let short = setup.provider.holdings(&credentials, MARGIN).await.unwrap().shown().remove(0);
    assert_eq!((short.quantity, text(short.price)), (Decimal::from(-2), "1.55".to_owned()));
    assert_eq!(text(short.cost_basis), "-300.00");
}

#[tokio::test]
async fn transactions_of_a_window() {
    let setup = setup().await;
    let walked = setup.walk(CASH, everything(&setup)).await.unwrap();
    let mut rows: Vec<_> = walked.rows.iter().map(|row| (row.day.to_string(), row.kind)).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        rows,
        [
            ("2026-09-01".to_owned(), TransactionKind::Deposit),
            ("2026-10-01".to_owned(), TransactionKind::Trade),
            ("2026-10-15".to_owned(), TransactionKind::Dividend),
        ]
    );
    assert!(walked.refused.is_empty());
    let total: Decimal = walked.rows.iter().map(|row| row.amount).sum();
    assert_eq!(total.to_string(), "503.25");
    let shown = format!("{:?}", walked.rows);
    assert!(!shown.contains("55501234"), "no account number in what is kept");
}

#[tokio::test]
async fn an_account_number_or_a_foreign_hash_is_no_account() {
    let setup = setup().await;
    let unknown = ProviderError::Rejected { code: "unknown_account".to_owned() };
    for account in ["55501234", "FFFF", "../accountNumbers"] {
        let error = setup.walk(account, window("2026-11-01", "2026-11-22")).await.unwrap_err();
        assert_eq!(error, unknown, "{account}");
    }
    let credentials = setup.link().await;
    let error = setup.provider.holdings(&credentials, "FFFF").await.unwrap_err();
    assert_eq!(error, ProviderError::Rejected { code: "http_404".to_owned() });
}

#[tokio::test]
async fn passing_failures_are_tried_again_and_lasting_ones_told() {
    let setup = setup().await;
    let credentials = setup.link().await;
    setup.fake.fail(Endpoint::Accounts, 1, &Fault::new(503, "upstream request timeout"));
    assert_eq!(AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap().accounts.len(), 2);
    for (fault, expected) in [
        (Fault::new(500, "x"), ProviderError::Unavailable),
        (
            Fault::new(429, "").with_header("retry-after", "90"),
            ProviderError::RateLimited { retry_after: Some(90) },
        ),
        (
            Fault::new(429, "").with_header("retry-after", "Sun, 22 Nov 2026 17:01:30 GMT"),
            ProviderError::RateLimited { retry_after: Some(90) },
        ),
        (Fault::new(403, "<HTML>Access Denied</HTML>"), ProviderError::Unavailable),
        (Fault::new(401, r#"{"errors":[{"status":500}]}"#), ProviderError::Unavailable),
        (
            Fault::new(302, "").with_header("location", "https://elsewhere.example/"),
            ProviderError::Rejected { code: "http_302".to_owned() },
        ),
        (Fault::new(200, "[{\"securities"), ProviderError::Malformed { at: "accounts" }),
        (Fault::new(200, "[7]"), ProviderError::Malformed { at: "accounts" }),
        (Fault::new(200, "{}"), ProviderError::Malformed { at: "accounts" }),
        (Fault::new(200, "<html></html>"), ProviderError::Unavailable),
    ] {
        setup.fake.fail(Endpoint::Accounts, 2, &fault);
        let error = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap_err();
        assert_eq!(error, expected, "{fault:?}");
        let _ = drain(&setup).await;
    }
    setup.fake.end_access_tokens();
    let error = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap_err();
    assert_eq!(error, ProviderError::AccessTokenRejected);
}

/// Uses up a fault that was not asked for.
async fn drain(setup: &support::Setup) -> Result<Vec<String>, ProviderError> {
    let _ = setup.accounts().await;
    setup.accounts().await
}

#[tokio::test]
async fn names_are_not_worth_failing_for_unless_the_failure_passes() {
    let setup = setup().await;
    let credentials = setup.link().await;
    setup.fake.fail(Endpoint::UserPreference, 1, &Fault::new(404, r#"{"message":"no"}"#));
    let accounts = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap().accounts;
    assert_eq!(accounts[0].name, "Schwab …1234");
    setup.fake.fail(Endpoint::UserPreference, 2, &Fault::new(503, ""));
    let error = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap_err();
    assert_eq!(error, ProviderError::Unavailable);
}

#[tokio::test]
async fn maintenance_empties_nothing() {
    let setup = setup().await;
    setup.fake.pull(Lever::Maintenance, true);
    assert_eq!(setup.accounts().await, Ok(Vec::new()));
    let walked = setup.walk(CASH, window("2026-11-12", "2026-11-23")).await.unwrap();
    assert!(walked.rows.is_empty());
    assert_eq!(walked.covered_from.unwrap().to_string(), "2026-11-24", "no day is said to be covered");
    setup.fake.pull(Lever::Maintenance, false);

    // Positions are gone, and the balance is zero, while the rest says otherwise.
    let mut account = samples::accounts().remove(0);
    account.entry["securitiesAccount"]["currentBalances"]["liquidationValue"] = samples::exact("0.0");
    setup.fake.put_account(account.clone());
    assert_eq!(setup.accounts().await, Err(ProviderError::Unavailable));
    setup.clock.advance(hours(5));
    assert_eq!(setup.accounts().await, Err(ProviderError::Unavailable));
    setup.clock.advance(hours(1));
    assert_eq!(setup.accounts().await.unwrap().len(), 2);

    account.entry["securitiesAccount"]["positions"] = samples::exact("[]");
    setup.fake.put_account(account);
    let credentials = setup.link().await;
    let error = setup.provider.holdings(&credentials, CASH).await.unwrap_err();
    assert_eq!(error, ProviderError::Unavailable);
    setup.clock.advance(hours(6));
    let credentials = setup.link().await;
    assert_eq!(setup.provider.holdings(&credentials, CASH).await, Ok(Vec::new().into()));
}

#[tokio::test]
async fn accounts_without_a_hash_are_left_out() {
    let setup = setup().await;
    let numbers = r#"[{"accountNumber": 55501234, "hashValue": "ONE"}, {"accountNumber": "1"}, 7]"#;
    setup.fake.fail(Endpoint::AccountNumbers, 1, &Fault::new(200, numbers));
    assert_eq!(setup.accounts().await, Ok(vec!["ONE".to_owned()]));
    setup.fake.fail(Endpoint::AccountNumbers, 1, &Fault::new(200, "[]"));
    assert_eq!(setup.accounts().await, Err(ProviderError::Malformed { at: "account numbers" }));
}

#[tokio::test]
async fn the_budget_holds_for_every_attempt() {
    let setup = setup().await;
    let credentials = setup.link().await;
    let mut slow = options(setup.fake.base_url());
    slow.budget.per_minute = 12;
    slow.budget.longest_wait = Duration::from_secs(2);
    let slow = provider(slow, ClientOptions { attempts: 4, ..client_options() }, setup.clock.clone());
    setup.fake.fail(Endpoint::Accounts, 4, &Fault::new(500, ""));
    let error = AccountsFeed::accounts(&slow, &credentials).await.unwrap_err();
    assert!(matches!(error, ProviderError::RateLimited { retry_after: Some(5..=6) }), "{error:?}");
    assert_eq!(setup.fake.count(Endpoint::Accounts), 2, "the burst of a budget of twelve");
}

#[tokio::test]
async fn one_grant_asks_for_two_things_at_once_at_most() {
    let setup = setup().await;
    let credentials = setup.link().await;
    let mut fault = Fault::new(200, "[]");
    fault.delay = Duration::from_millis(300);
    setup.fake.fail(Endpoint::Transactions, 3, &fault);
    let started = std::time::Instant::now();
    let days = window("2026-11-12", "2026-11-23");
    let one = || walk(&setup.provider, &credentials, CASH, days);
    let (a, b, c) = tokio::join!(one(), one(), one());
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert!(started.elapsed() >= Duration::from_millis(600), "the third waits for one of the two");
    assert!(setup.provider.history_days() > 5_000);
}

#[tokio::test]
async fn wrong_types_and_huge_figures_end_in_errors_or_in_nothing() {
    let setup = setup().await;
    let credentials = setup.link().await;
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = format!("[{}]", vec!["{\"securitiesAccount\":[]}"; 1_000].join(","));
    for body in [
        "[NaN]",
        "{\"securitiesAccount\": 7}",
        "[{\"securitiesAccount\": null}]",
        "\u{feff}[]",
        "null",
        "\"text\"",
        "[1e400]",
        deep.as_str(),
        wide.as_str(),
    ] {
        setup.fake.fail(Endpoint::Accounts, 1, &Fault::new(200, body));
        let error = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap_err();
        assert_eq!(error, ProviderError::Malformed { at: "accounts" }, "{}", &body[..body.len().min(60)]);
    }
    let figures = r#"[{"securitiesAccount": {"accountNumber": 55501234, "type": ["MARGIN"], "positions": {},
        "currentBalances": {"liquidationValue": 1e400, "cashAvailableForWithdrawal": "NaN"},
        "initialBalances": 7}}]"#;
    setup.fake.fail(Endpoint::Accounts, 1, &Fault::new(200, figures));
    let account = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap().accounts.remove(0);
    assert_eq!((account.balance, account.available), (None, None));

    let positions = r#"{"securitiesAccount": {"positions": [
        {"longQuantity": 1e29, "instrument": {"cusip": "1"}},
        {"longQuantity": 1, "marketValue": {"a": 1}, "averagePrice": "1e999",
         "instrument": {"cusip": "2", "symbol": "A\u0000B", "description": "a\u0000b\u202e<script>x</script>"}}]}}"#;
    setup.fake.fail(Endpoint::Account, 1, &Fault::new(200, positions));
    let held = setup.provider.holdings(&credentials, CASH).await.unwrap().shown();
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].symbol.as_deref(), held[0].name.as_deref()), (None, Some("a bx")));

    let rows = r#"[{"activityId": 1, "tradeDate": "2026-11-20", "netAmount": 99999999999999999999999999999999},
        {"activityId": 2, "tradeDate": "2026-11-20", "netAmount": "-Infinity"},
        {"activityId": 3, "tradeDate": "+275760-09-13", "netAmount": 1},
        {"activityId": "4'; --", "tradeDate": "2026-11-20", "netAmount": 1},
        {"activityId": 5, "tradeDate": "2026-11-20", "netAmount": 1e-400, "type": "JOURNAL",
         "description": "ok", "transferItems": [null, {}, {"instrument": [], "amount": 1}]}]"#;
    setup.fake.fail(Endpoint::Transactions, 1, &Fault::new(200, rows));
    let days = window("2026-11-12", "2026-11-23");
    let page = setup.provider.transactions(&credentials, &PageRequest::new(CASH, days, None)).await.unwrap();
    assert_eq!((page.rows.len(), page.refused.len()), (1, 4));
    assert_eq!((page.rows[0].external_id.as_str(), page.rows[0].amount.to_string().as_str()), ("5", "0.00"));
}
