//! What accounts and what they hold are worth, and what they are called.

use dashtam_domain::{
    connections::{AccountsFeed, HoldingsFeed, PulledAccount, PulledHolding},
    ledger::{AccountKind, AssetClass},
    money::Decimal,
};
use dashtam_testkit::schwab::Endpoint;

use super::{HASH, Samples, decimal, put, sum};
use crate::support::empty;

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
