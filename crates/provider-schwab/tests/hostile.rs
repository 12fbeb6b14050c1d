//! Answers of a server that means harm or is broken: none is followed, none fills the memory, none takes for
//! ever, and none brings the process down.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use dashtam_domain::{
    connections::{
        AccountsFeed, Credentials, HoldingsFeed, OAuthLink, PageRequest, ProviderError, TransactionsFeed,
    },
    secret::SecretText,
    time::Timestamp,
};
use dashtam_provider_kit::ClientOptions;
use dashtam_provider_schwab::SchwabProvider;
use dashtam_testkit::{
    fakes::ManualClock,
    schwab::{Endpoint, FakeSchwab, Fault},
};
use support::{client_options, grant, options, provider, setup, window};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use url::Url;

const CASH: &str = "AAAA0000000000000000000000000000000000000000000000000000000000A1";

/// Answers every request with `head` and then `part`, `times` times over, with a pause after each.
async fn raw(head: &'static str, part: Vec<u8>, times: usize, pause: Duration) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let part = part.clone();
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                    let mut bytes = [0; 1024];
                    match stream.read(&mut bytes).await {
                        Ok(read) if read > 0 => request.extend_from_slice(&bytes[..read]),
                        _ => return,
                    }
                }
                if stream.write_all(head.as_bytes()).await.is_err() {
                    return;
                }
                for _ in 0..times {
                    if stream.write_all(&part).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(pause).await;
                }
            });
        }
    });
    url
}

fn at(url: Url, client: ClientOptions) -> SchwabProvider {
    let now = Timestamp::parse("2026-11-22T17:00:00Z").unwrap();
    provider(options(url), client, Arc::new(ManualClock::new(now)))
}

fn credentials() -> Credentials {
    Credentials {
        access_token: SecretText::new("access"),
        refresh_token: Some(SecretText::new("refresh")),
        id_token: None,
        token_type: "Bearer".to_owned(),
        scope: None,
        expires_at: None,
        grant_expires_at: None,
    }
}

async fn accounts(provider: &SchwabProvider) -> ProviderError {
    AccountsFeed::accounts(provider, &credentials()).await.unwrap_err()
}

#[tokio::test]
async fn a_body_of_two_hundred_megabytes_is_not_read() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 209715200\r\n\r\n";
    let url = raw(head, vec![b' '; 65_536], 3_200, Duration::ZERO).await;
    let bounded = at(url.clone(), client_options());
    assert_eq!(accounts(&bounded).await, ProviderError::Malformed { at: "body too large" });
    let bounded = at(url, ClientOptions { max_body: 100_000, ..client_options() });
    let now = Timestamp::parse("2026-11-22T17:00:00Z").unwrap();
    let refused = bounded.refresh(&credentials(), now).await.unwrap_err();
    assert_eq!(refused, ProviderError::Malformed { at: "body too large" });
    // Transactions are asked for in ever smaller parts, and no longer.
    let days = window("2026-01-01", "2026-11-23");
    let refused =
        bounded.transactions(&credentials(), &PageRequest::new(CASH, days, None)).await.unwrap_err();
    assert_eq!(refused, ProviderError::Malformed { at: "body too large" });
}

#[tokio::test]
async fn a_drip_ends_with_the_time_bound() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n[";
    let url = raw(head, vec![b' '], 1_000_000, Duration::from_millis(20)).await;
    let hasty = ClientOptions { total_timeout: Duration::from_millis(200), ..client_options() };
    let started = Instant::now();
    assert_eq!(accounts(&at(url, hasty)).await, ProviderError::Unavailable);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn cut_answers_are_none() {
    for head in [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[{\"securitiesAccount\"",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n[]",
        "HTTP/1.1 200 OK\r\ncont",
        "",
    ] {
        let url = raw(head, Vec::new(), 0, Duration::ZERO).await;
        assert_eq!(accounts(&at(url, client_options())).await, ProviderError::Unavailable, "{head}");
    }
}

#[tokio::test]
async fn nothing_is_sent_elsewhere() {
    let setup = setup().await;
    let elsewhere = FakeSchwab::start(setup.clock.clone()).await;
    let away = elsewhere.base_url().join("/trader/v1/accounts").unwrap();
    let credentials = setup.link().await;
    for status in [301, 302, 303, 307, 308] {
        let fault = Fault::new(status, "").with_header("location", away.as_str());
        for endpoint in [Endpoint::Accounts, Endpoint::Account, Endpoint::Transactions, Endpoint::Refresh] {
            setup.fake.fail(endpoint, 1, &fault);
        }
        let expected = ProviderError::Rejected { code: format!("http_{status}") };
        let feed = AccountsFeed::accounts(&setup.provider, &credentials).await;
        assert_eq!(feed.unwrap_err(), expected);
        assert_eq!(setup.provider.holdings(&credentials, CASH).await.unwrap_err(), expected);
        let days = window("2026-11-12", "2026-11-23");
        let page = setup.provider.transactions(&credentials, &PageRequest::new(CASH, days, None)).await;
        assert_eq!(page.unwrap_err(), expected);
        let now = Timestamp::parse("2026-11-22T17:00:00Z").unwrap();
        assert_eq!(setup.provider.refresh(&credentials, now).await.unwrap_err(), expected);
    }
    assert!(elsewhere.calls().is_empty());
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

#[tokio::test]
async fn errors_hold_no_words_of_the_institution() {
    let setup = setup().await;
    let credentials = setup.link().await;
    let words = "hunter2-and-<script>";
    let body = format!(
        r#"{{"error":"invalid_request","error_description":"{words}","message":"{words}","errors":["{words}"]}}"#
    );
    for status in [200, 400, 401, 403, 404, 409, 500] {
        for endpoint in [Endpoint::Accounts, Endpoint::Refresh, Endpoint::Exchange] {
            setup.fake.fail(endpoint, 2, &Fault::new(status, body.clone()));
        }
        let now = Timestamp::parse("2026-11-22T17:00:00Z").unwrap();
        let url = setup.provider.authorization_url(&support::request(), now).await.unwrap();
        let code = grant(&setup.fake.sign_in(&url).unwrap());
        for error in [
            AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap_err(),
            setup.provider.refresh(&credentials, now).await.unwrap_err(),
            setup.provider.exchange(&code, now).await.unwrap_err(),
        ] {
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("hunter2") && !shown.contains("script"), "{shown}");
        }
        // Uses up what is left of the faults.
        while AccountsFeed::accounts(&setup.provider, &credentials).await.is_err() {}
        while setup.provider.refresh(&credentials, now).await.is_err() {}
        let _ = setup.provider.exchange(&code, now).await;
    }
}
