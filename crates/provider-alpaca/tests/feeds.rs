//! What is asked, and what is made of the answers.

mod support;

use dashtam_domain::connections::ProviderError;
use support::{ACCOUNT, Bench, json};
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{path, query_param, query_param_is_missing},
};

fn deposits(numbers: std::ops::Range<u32>) -> String {
    let row = |number: u32| {
        format!(
            r#"{{"id": "20260105000000{number:03}::x", "activity_type": "CSD", "date": "2026-01-05",
            "net_amount": "0.01", "status": "executed"}}"#
        )
    };
    format!("[{}]", numbers.map(row).collect::<Vec<_>>().join(","))
}

#[tokio::test]
async fn the_account_is_one_account() {
    let bench = Bench::new().await;
    bench.answers("/v2/account", json(ACCOUNT)).await;
    let accounts = bench.accounts().await.unwrap();
    let [account] = accounts.as_slice() else { panic!("{accounts:?}") };
    assert_eq!(account.balance.unwrap().to_string(), "103820.56");
    assert_eq!(account.available.unwrap().to_string(), "-23140.2");
    assert_eq!((account.kind.as_str(), account.currency.as_str()), ("brokerage", "USD"));
}

#[tokio::test]
async fn activities_are_read_page_by_page_until_one_is_short() {
    let bench = Bench::new().await;
    bench.answers("/v2/account", json(ACCOUNT)).await;
    Mock::given(query_param("page_token", "20260105000000099::x"))
        .respond_with(json(deposits(100..200)))
        .mount(&bench.live)
        .await;
    Mock::given(query_param("page_token", "20260105000000199::x"))
        .respond_with(json(deposits(200..207)))
        .mount(&bench.live)
        .await;
    Mock::given(path("/v2/account/activities"))
        .and(query_param_is_missing("page_token"))
        .and(query_param("direction", "asc"))
        .respond_with(json(deposits(0..100)))
        .expect(1)
        .mount(&bench.live)
        .await;

    let (mut token, mut ids) = (None, Vec::new());
    loop {
        let got = bench.transactions(token.as_deref()).await.unwrap();
        assert_eq!((got.refused.len(), got.covered_from), (0, None));
        ids.extend(got.rows.into_iter().map(|row| row.external_id));
        token = got.next;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(ids.len(), 207);
    ids.dedup();
    assert_eq!(ids.len(), 207);
    let asked = bench.asked().await;
    assert_eq!(asked[0], "/v2/account");
    let first = "/v2/account/activities?direction=asc&page_size=100&after=2018-12-31T00%3A00%3A00Z\
        &until=2026-11-25T00%3A00%3A00Z";
    assert_eq!(asked[1], first);
    assert_eq!(asked[2], format!("{first}&page_token=20260105000000099%3A%3Ax"));
    assert_eq!(asked.len(), 4);
}

#[tokio::test]
async fn a_full_page_that_does_not_lead_on_is_not_read_for_ever() {
    let bench = Bench::new().await;
    bench.answers("/v2/account", json(ACCOUNT)).await;
    bench.answers("/v2/account/activities", json(format!("[{}]", vec!["{}"; 100].join(",")))).await;
    assert_eq!(bench.transactions(None).await.unwrap_err(), ProviderError::Malformed { at: "activities" });
    let foreign = bench.transactions(Some("nonsense")).await.unwrap_err();
    assert_eq!(foreign, ProviderError::Malformed { at: "page token" });
}

#[tokio::test]
async fn one_bad_row_is_refused_and_its_neighbours_are_kept() {
    let bench = Bench::new().await;
    bench.answers("/v2/account", json(ACCOUNT)).await;
    let rows = r#"[{"id": "1::a", "activity_type": "CSD", "date": "2026-01-05", "net_amount": "1"},
        {"id": "2::a", "activity_type": "CSD", "date": "2026-01-05", "net_amount": "NaN"},
        {"id": "3::a", "activity_type": "CSD", "date": "2026-01-05", "net_amount": 1e400},
        {"id": "4::a", "activity_type": {}, "date": "2026-01-05", "net_amount": "1"}, [], null, 7, "row",
        {"id": "5::a", "activity_type": "BRANDNEW", "date": "2026-01-05", "net_amount": "2",
         "description": "<script>x</script>\u0000"}]"#;
    bench.answers("/v2/account/activities", json(rows)).await;
    let page = bench.transactions(None).await.unwrap();
    let read: Vec<_> =
        page.rows.iter().map(|row| (row.external_id.as_str(), row.description.as_str())).collect();
    assert_eq!(read, [("1::a", "Deposit"), ("5::a", "x")]);
    assert_eq!((page.refused.len(), page.next), (7, None));
    assert_eq!(page.refused[0].external_id.as_deref(), Some("2::a"));
}

#[tokio::test]
async fn positions_are_told_in_their_currency() {
    let bench = Bench::new().await;
    bench.answers("/v2/account", json(ACCOUNT.replace("USD", "EUR"))).await;
    let rows = r#"[{"asset_id": "a", "symbol": "AAPL", "asset_class": "us_equity", "qty": "5", "side": "short",
        "market_value": "-600.0", "cost_basis": "-500.0", "current_price": "120.0"},
        {"asset_id": "b", "symbol": "MSFT", "qty": "1", "usd": {"market_value": "400"}},
        {"asset_id": "a", "symbol": "TWICE", "qty": "1"}, {"symbol": "BAD", "qty": "1.2.3"}, {}, null]"#;
    bench.answers("/v2/positions", json(rows)).await;
    let holdings = bench.holdings().await.unwrap();
    let read: Vec<_> = holdings
        .iter()
        .map(|held| (held.external_id.as_str(), held.quantity.to_string(), held.currency.as_str()))
        .collect();
    assert_eq!(read, [("a", "-5".to_owned(), "EUR"), ("b", "1".to_owned(), "USD")]);
}

#[tokio::test]
async fn other_failures_keep_their_meaning() {
    let bench = Bench::new().await;
    bench.answers("/v2/positions", ResponseTemplate::new(422)).await;
    let rejected = ProviderError::Rejected { code: "http_422".to_owned() };
    assert_eq!(bench.holdings().await.unwrap_err(), rejected);
    assert_eq!(
        bench.transactions(None).await.unwrap_err(),
        ProviderError::Rejected { code: "http_404".to_owned() }
    );
}
