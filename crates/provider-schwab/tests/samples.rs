//! Reads sample answers of Schwab, which are not part of this repository, through the whole adapter.
//!
//! `DASHTAM_SAMPLES` names their folder; without it, `../shared/fixtures` beside the workspace is tried.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests say what they skip, and fail by panicking"
)]

mod support;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{AccountsFeed, HoldingsFeed, OAuthLink, ProviderError, PulledAccount, PulledHolding},
    ledger::{AccountKind, AssetClass, TransactionKind, TransactionStatus},
    money::{Decimal, exact_decimal},
    sources::Clock,
};
use dashtam_testkit::schwab::{Endpoint, FakeAccount, Fault};
use serde_json::Value;
use support::{Setup, Walked, empty, setup, window};

const HASH: &str = "CCCC0000000000000000000000000000000000000000000000000000000000C3";

struct Samples(PathBuf);

impl Samples {
    fn open() -> Option<Self> {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
        let folder = std::env::var_os("DASHTAM_SAMPLES").map_or_else(beside, PathBuf::from).join("schwab");
        if folder.is_dir() {
            return Some(Self(folder));
        }
        println!("skipped: no sample files in {}", folder.display());
        None
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).unwrap()
    }

    fn fault(&self, status: u16, name: &str) -> Fault {
        Fault::new(status, self.text(name))
    }
}

fn decimal(text: &str) -> Decimal {
    exact_decimal(text).unwrap()
}

fn sum(values: impl Iterator<Item = Decimal>) -> Decimal {
    values.fold(Decimal::ZERO, |sum, value| sum + value)
}

/// The sample's account as the stand-in's only one.
fn put(setup: &Setup, sample: &Value, transactions: Vec<Value>) {
    let entry = sample.as_array().map_or(sample, |list| &list[0]).clone();
    let number = entry["securitiesAccount"]["accountNumber"].as_str().unwrap_or("12345678").to_owned();
    setup.fake.remove_accounts();
    setup.fake.put_account(FakeAccount {
        number,
        hash: HASH.to_owned(),
        nickname: None,
        entry,
        transactions,
    });
}

async fn account(samples: &Samples, name: &str) -> (PulledAccount, Vec<PulledHolding>) {
    let setup = empty().await;
    put(&setup, &samples.json(name), Vec::new());
    let credentials = setup.link().await;
    let account = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap().accounts.remove(0);
    let held = setup.provider.holdings(&credentials, HASH).await.unwrap().shown();
    let shown = format!("{account:?} {held:?}");
    let number = samples.json(name).to_string();
    let number = number.split("\"accountNumber\":\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(!shown.contains(number), "{name} shows its number");
    (account, held)
}

async fn transactions(samples: &Samples, name: &str) -> Walked {
    let setup = empty().await;
    let rows = samples.json(name).as_array().unwrap().clone();
    put(&setup, &samples.json("account_cash_minimal.json"), rows);
    setup.walk(HASH, window("2024-01-01", "2026-11-23")).await.unwrap()
}

fn figures(account: &PulledAccount) -> (Option<String>, Option<String>) {
    (account.balance.map(|value| value.to_string()), account.available.map(|value| value.to_string()))
}

fn known(balance: Option<&str>, available: Option<&str>) -> (Option<String>, Option<String>) {
    (balance.map(str::to_owned), available.map(str::to_owned))
}

#[tokio::test]
async fn every_account() {
    let Some(samples) = Samples::open() else { return };
    for (name, expected, positions) in [
        ("account_cash_minimal.json", known(None, None), 0),
        ("account_margin_isincall_bool.json", known(Some("25000.00"), None), 0),
        ("account_margin_options.json", known(Some("50946.39"), Some("44420.89")), 10),
        ("accounts_list_minimal.json", known(None, Some("10000.00")), 0),
        ("accounts_margin_full_keyset_zeroed.json", known(Some("0.00"), Some("0.00")), 0),
        ("composed/accounts_cash_ira_float_noise.json", known(Some("26441.43"), Some("1273.41")), 5),
    ] {
        let (account, held) = account(&samples, name).await;
        assert_eq!((figures(&account), held.len()), (expected, positions), "{name}");
        assert_eq!((account.external_id.as_str(), account.currency.as_str()), (HASH, "USD"), "{name}");
    }
    // A figure of the morning says so.
    let (account, _) = account(&samples, "account_margin_isincall_bool.json").await;
    assert_eq!(account.as_of.unwrap().to_string(), "2026-11-22T05:00:00.000000Z");
}

#[tokio::test]
async fn cash_and_positions_of_the_composed_account_are_its_value() {
    let Some(samples) = Samples::open() else { return };
    let name = "composed/accounts_cash_ira_float_noise.json";
    let (account, held) = account(&samples, name).await;
    let cash = samples.json(name)[0]["securitiesAccount"]["currentBalances"]["cashBalance"].to_string();
    let worth = decimal(&cash) + sum(held.iter().map(|one| one.market_value.unwrap()));
    assert_eq!((worth, account.balance), (decimal("26441.43"), Some(decimal("26441.43"))));
    let shown: Vec<_> = held
        .iter()
        .map(|one| {
            let text = |value: Option<Decimal>| value.unwrap().to_string();
            (one.asset_class, one.quantity.to_string(), text(one.price), text(one.cost_basis))
        })
        .collect();
    let row = |class, quantity: &str, price: &str, cost: &str| {
        (class, quantity.to_owned(), price.to_owned(), cost.to_owned())
    };
    assert_eq!(
        shown,
        [
            row(AssetClass::Equity, "38", "226.86", "8656.94"),
            row(AssetClass::Etf, "14.0846", "27.334819590191", "367.7489"),
            row(AssetClass::MutualFund, "66.1376", "15.119992258564", "1000.0005"),
            row(AssetClass::CashEquivalent, "5000", "1", "5000.00"),
            row(AssetClass::FixedIncome, "10000", "99.1234", "9912.34"),
        ]
    );
    assert_eq!(held[0].external_id, "037833100");
    assert_eq!((held[1].symbol.as_deref(), held[0].name.as_deref()), (Some("SCHF"), None));
}

#[tokio::test]
async fn options_are_worth_a_hundred_times_their_price() {
    let Some(samples) = Samples::open() else { return };
    let (_, held) = account(&samples, "account_margin_options.json").await;
    let total = sum(held.iter().map(|one| one.market_value.unwrap()));
    assert_eq!(total, decimal("-474.50"));
    for one in &held {
        assert_eq!(one.asset_class, AssetClass::Option);
        assert_eq!(one.price.unwrap() * one.quantity * Decimal::ONE_HUNDRED, one.market_value.unwrap());
        assert_eq!(one.quantity.is_sign_negative(), one.cost_basis.unwrap().is_sign_negative());
    }
    assert_eq!(held[1].symbol.as_deref(), Some("META  250131P00525000"));
    assert_eq!(held[1].cost_basis, Some(decimal("-277.33")));
}

#[tokio::test]
async fn every_list_of_numbers_and_preferences() {
    let Some(samples) = Samples::open() else { return };
    let setup = empty().await;
    let one = samples.fault(200, "account_numbers_one.json");
    let two = samples.fault(200, "account_numbers_two.json");
    let (main, named) = ("user_preferences_one.json", "user_preferences_two_accounts.json");
    for (account, numbers, preferences, expected, kind) in [
        ("accounts_list_minimal.json", &one, main, ("ABC123HASH", "main"), AccountKind::Brokerage),
        (
            "accounts_list_minimal.json",
            &two,
            named,
            ("1996EA061B4878E8D0B9063DF74925E5688F475BE00AF6A0A41E1FC4A2510XA0", "Contributory"),
            AccountKind::Retirement,
        ),
        (
            "composed/accounts_cash_ira_float_noise.json",
            &two,
            named,
            ("DAC7D21C00C8A5086918EA91173D60302A704FFE4CF3731E7709F18F8CE948F2", "Schwab …1234"),
            AccountKind::Brokerage,
        ),
    ] {
        let credentials = setup.link().await;
        setup.fake.fail(Endpoint::Accounts, 1, &samples.fault(200, account));
        setup.fake.fail(Endpoint::AccountNumbers, 1, numbers);
        setup.fake.fail(Endpoint::UserPreference, 1, &samples.fault(200, preferences));
        let pulled = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap().accounts;
        assert_eq!(pulled.len(), 1);
        assert_eq!((pulled[0].external_id.as_str(), pulled[0].name.as_str()), expected);
        assert_eq!(pulled[0].kind, kind);
    }
}

/// Day, amount, kind, and of a trade its symbol, quantity, price and fees.
fn shown(walked: &Walked) -> Vec<String> {
    let mut rows: Vec<_> = walked.rows.iter().collect();
    rows.sort_by(|a, b| a.external_id.cmp(&b.external_id));
    rows.iter()
        .map(|row| {
            let mut shown = format!("{} {} {}", row.day, row.amount, row.kind.as_str());
            if let Some(trade) = &row.trade {
                let text = |value: Option<Decimal>| value.map_or("-".to_owned(), |value| value.to_string());
                let symbol = trade.symbol.as_deref().unwrap_or("-");
                shown += &format!(
                    " {symbol} {} @{} fees {} {}",
                    trade.quantity,
                    text(trade.price),
                    text(trade.fees),
                    trade.asset_class.as_str()
                );
            }
            if row.status != TransactionStatus::Posted {
                shown += " ";
                shown += row.status.as_str();
            }
            shown
        })
        .collect()
}

#[tokio::test]
async fn trades() {
    let Some(samples) = Samples::open() else { return };
    let walked = transactions(&samples, "composed/transactions_trades_equity_fund_bond.json").await;
    assert_eq!(
        shown(&walked),
        [
            "2026-03-16 228.86 trade LIMN -950 @0.2411 fees 0.19 equity",
            "2026-04-30 -2.72 trade JPM 0.0087 @312.65 fees - equity",
            "2026-03-06 1530.15 trade GDX -15 @102.01 fees 0.00 etf",
            "2026-05-20 -1000.00 trade SWPPX 66.1376 @15.12 fees - mutual_fund pending",
            "2026-05-22 -9912.34 trade 912797AB1 10000 @99.1234 fees - fixed_income",
        ]
    );
    // What every leg cost is what the account paid or got.
    for row in samples.json("composed/transactions_trades_equity_fund_bond.json").as_array().unwrap() {
        let legs = row["transferItems"].as_array().unwrap().iter();
        let cost = sum(legs.map(|leg| decimal(&leg["cost"].to_string())));
        let id = row["activityId"].to_string();
        let read = walked.rows.iter().find(|one| one.external_id == id).unwrap();
        assert_eq!(read.amount, cost, "{id}");
    }
    let texts: BTreeSet<_> = walked.rows.iter().map(|row| row.description.as_str()).collect();
    assert!(texts.contains("JPMORGAN CHASE & CO") && texts.contains("Sold 950 LIMN"), "{texts:?}");
}

#[tokio::test]
async fn cash_events() {
    let Some(samples) = Samples::open() else { return };
    let walked = transactions(&samples, "composed/transactions_cash_events.json").await;
    assert_eq!(
        shown(&walked),
        [
            "2026-04-01 22.31 dividend",
            "2026-04-01 -2.23 fee",
            "2026-04-16 0.07 interest",
            "2026-04-29 -18.95 interest",
            "2026-05-04 1000.00 deposit",
            "2026-05-06 -250.00 withdrawal",
            "2026-05-07 -5000.00 withdrawal",
            "2026-05-08 0.00 other",
        ]
    );
    assert_eq!(sum(walked.rows.iter().map(|row| row.amount)), decimal("-4248.80"));
    assert!(walked.rows.iter().all(|row| row.trade.is_none()), "a dividend has no symbol");
}

#[tokio::test]
async fn expiration_and_transfer_in_kind() {
    let Some(samples) = Samples::open() else { return };
    let walked = transactions(&samples, "composed/transactions_option_lifecycle.json").await;
    assert_eq!(
        shown(&walked),
        [
            "2026-09-19 0.00 other SPY   260918P00580000 2 @0 fees - option",
            "2025-01-27 0.00 transfer AAPL 25 @- fees - equity",
        ]
    );
}

#[tokio::test]
async fn legs_that_do_not_add_up_leave_the_amount() {
    let Some(samples) = Samples::open() else { return };
    let walked = transactions(&samples, "transactions_option_vertical.json").await;
    assert_eq!(
        shown(&walked),
        [
            "2025-01-17 -1215.95 trade MRVL  250321C00155000 -1 @2.06 fees 0.95 option",
            "2025-01-17 854.95 trade MRVL  250321C00170000 1 @0.86 fees 0.95 option",
        ]
    );
}

#[tokio::test]
async fn other_rows() {
    let Some(samples) = Samples::open() else { return };
    let walked = transactions(&samples, "transactions_list_minimal.json").await;
    assert_eq!(shown(&walked), ["2024-01-15 -1453.20 trade"]);
    let walked = transactions(&samples, "transaction_equity_sale_four_fee_legs.json").await;
    // Midnight UTC is the evening before in New York.
    assert_eq!(shown(&walked), ["2025-01-01 0.00 trade NET 0 @0 fees 0.00 equity"]);
    // A row without a date and an amount is no transaction, and is refused as such.
    let walked = transactions(&samples, "transaction_get_as_array.json").await;
    assert!(walked.rows.is_empty());
    assert_eq!(walked.refused[0].external_id.as_deref(), Some("1111111111"));
}

#[tokio::test]
async fn token_answers() {
    let Some(samples) = Samples::open() else { return };
    let setup = setup().await;
    let credentials = setup.link().await;
    let now = setup.clock.now();
    setup.fake.fail(Endpoint::Refresh, 1, &samples.fault(200, "token_response.json"));
    let fresh = setup.provider.refresh(&credentials, now).await.unwrap();
    assert_eq!(fresh.access_token.expose(), "NEW");
    assert_eq!(fresh.refresh_token.unwrap().expose(), "REFRESH2");
    assert_eq!(fresh.expires_at, Some(now.plus(TimeDelta::seconds(1_800))));
    setup.fake.fail(Endpoint::Refresh, 1, &samples.fault(200, "token_response_no_refresh.json"));
    assert!(setup.provider.refresh(&credentials, now).await.unwrap().refresh_token.is_none());
    setup.fake.fail(Endpoint::Exchange, 1, &samples.fault(200, "token_response_no_refresh.json"));
    let refused = setup.provider.exchange(&setup.sign_in(), now).await.unwrap_err();
    assert_eq!(refused, ProviderError::Rejected { code: "no_refresh_token".to_owned() });
    let wrapped = samples.json("token_wrapped.json")["token"].to_string();
    setup.fake.fail(Endpoint::Exchange, 1, &Fault::new(200, wrapped));
    let linked = setup.provider.exchange(&setup.sign_in(), now).await.unwrap();
    assert_eq!(linked.id_token.unwrap().expose(), "id_token");
    assert_eq!(linked.scope.as_deref(), Some("openid"));
}

#[tokio::test]
async fn refusals_of_the_token_endpoint() {
    let Some(samples) = Samples::open() else { return };
    let setup = setup().await;
    let credentials = setup.link().await;
    let now = setup.clock.now();
    for (status, name, expected) in [
        (400, "oauth_400_refresh_invalid.json", ProviderError::NeedsReauthorization),
        (400, "oauth_400_refresh_invalid_client.json", ProviderError::NeedsReauthorization),
        (400, "oauth_400_code_expired.json", ProviderError::NeedsReauthorization),
        (400, "oauth_400_code_invalid.json", ProviderError::NeedsReauthorization),
        (403, "oauth_403_access_denied.html", ProviderError::Unavailable),
    ] {
        let fault = samples.fault(status, &format!("composed/errors/{name}"));
        setup.fake.fail(Endpoint::Refresh, 1, &fault);
        setup.fake.fail(Endpoint::Exchange, 1, &fault);
        assert_eq!(setup.provider.refresh(&credentials, now).await.unwrap_err(), expected, "{name}");
        let grant = setup.sign_in();
        assert_eq!(setup.provider.exchange(&grant, now).await.unwrap_err(), expected, "{name}");
    }
}

#[tokio::test]
async fn refusals_of_the_api() {
    let Some(samples) = Samples::open() else { return };
    let setup = setup().await;
    let credentials = setup.link().await;
    let too_large = ProviderError::Malformed { at: "body too large" };
    let not_found = ProviderError::Rejected { code: "http_404".to_owned() };
    for (status, name, expected) in [
        (401, "composed/errors/api_401_client_not_authorized.json", ProviderError::AccessTokenRejected),
        (404, "composed/errors/api_404_route_missing.txt", ProviderError::Unavailable),
        (400, "composed/errors/api_fault_body_too_big.json", too_large),
        (404, "error_market_data.json", not_found),
        (401, "error_trader.json", ProviderError::AccessTokenRejected),
        (403, "error_trader.json", ProviderError::AccessTokenRejected),
        (400, "error_upstream_timeout.txt", ProviderError::Unavailable),
    ] {
        setup.fake.fail(Endpoint::Accounts, 1, &samples.fault(status, name));
        let error = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap_err();
        assert_eq!(error, expected, "{status} {name}");
    }
    for status in [500, 502, 504] {
        setup.fake.fail(Endpoint::Accounts, 2, &samples.fault(status, "error_upstream_timeout.txt"));
        let error = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap_err();
        assert_eq!(error, ProviderError::Unavailable);
    }
}

#[tokio::test]
async fn the_types_asked_for_are_those_of_the_specification() {
    let Some(samples) = Samples::open() else { return };
    let specification = samples.json("trader_api.openapi.json");
    let types = &specification["components"]["schemas"]["TransactionType"]["enum"];
    let known: BTreeSet<String> =
        types.as_array().unwrap().iter().map(|kind| kind.as_str().unwrap().to_owned()).collect();
    let setup = setup().await;
    setup.walk(HASH, window("2026-11-20", "2026-11-22")).await.unwrap_err();
    let call = setup.fake.calls().into_iter().find(|call| call.endpoint == Endpoint::Transactions).unwrap();
    let asked: BTreeSet<String> = call.parameter("types").unwrap().split(',').map(str::to_owned).collect();
    assert_eq!(asked, known);
    assert_eq!(TransactionKind::Trade.as_str(), "trade");
}

/// Every file of the folder is named in a test above.
#[test]
fn no_sample_is_forgotten() {
    let Some(samples) = Samples::open() else { return };
    let tests = include_str!("samples.rs");
    let mut folders = vec![samples.0];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name != "README.md" {
                assert!(tests.contains(&name), "{name} is in no test");
            }
        }
    }
}
