//! What a security returned beside a portfolio, by the prices that accounts were told.

use dashtam_application::portfolio::{
    Benchmark, BenchmarkPrice, Performance, PortfolioError, ShowPerformance,
};
use dashtam_domain::{
    id::{AccountId, SecurityId},
    ledger::{
        Account, AssetClass, HeldPosition, Leg, LegKind, Security, Transaction, TransactionDetails,
        TransactionKind,
        portfolio::NoBenchmark,
        worth::{FxRate, RateSource},
    },
    money::Currency,
    time::Day,
};
use dashtam_testkit::builders::{self, decimal};
use uuid::Uuid;

use crate::{
    portfolio::{account, asked, day, moved, part, with},
    world::World,
};

const SECURITY: SecurityId = SecurityId(Uuid::from_u128(1));

/// What an account was told of a position: for which day, units, and the price and its currency.
type Priced = (AccountId, Day, &'static str, &'static str, Currency);

/// The last of the days before the year.
fn eve(days_before: i64) -> Day {
    day(1, 1).plus_days(-days_before)
}

fn row(account: &Account, kind: TransactionKind, on: Day, units: &str, amount: &str) -> Transaction {
    let leg = Leg {
        security: Some(SECURITY),
        quantity: Some(decimal(units)),
        amount: Some(decimal(amount)),
        asset_class: Some(AssetClass::Etf),
        ..Leg::new(LegKind::Security, Currency::USD)
    };
    let details = TransactionDetails { legs: vec![leg], ..TransactionDetails::default() };
    Transaction { details, trade: None, ..moved(account, kind, on, amount) }
}

/// The world, with what accounts were told of the price of a security, and with these rates.
fn telling(mut world: World, told: Vec<Priced>, rates: Vec<FxRate>) -> World {
    let owner = world.owner;
    let security = Security {
        id: SECURITY,
        owner,
        symbol: Some("ALL".to_owned()),
        exchange: None,
        isin: None,
        cusip: None,
        figi: None,
        name: Some("Whole World".to_owned()),
        asset_class: AssetClass::Etf,
        currency: Some(Currency::USD),
        multiplier: None,
        created_at: builders::at(0),
        updated_at: builders::at(0),
    };
    world
        .queries
        .securities
        .expect_security()
        .returning(move |_, id| Ok((id == SECURITY).then(|| security.clone())));
    world.queries.portfolio.expect_security_prices().times(0..=2).returning(|_, _, _| Ok(Vec::new()));
    let positions = told.into_iter().map(|(account, day, units, price, currency)| {
        let file = Account { id: account, ..builders::file_account(owner, "1") };
        let held = HeldPosition {
            security: Some(SECURITY),
            quantity: decimal(units),
            price: Some(decimal(price)),
            currency,
            ..HeldPosition::from(&builders::holding(&file, "a"))
        };
        (account, day, held)
    });
    let positions: Vec<(AccountId, Day, HeldPosition)> = positions.collect();
    world.queries.holding_days.expect_security_days().times(0..=2).returning(move |_, _, (from, to)| {
        Ok(positions.iter().filter(|of| from <= of.1 && of.1 <= to).cloned().collect())
    });
    world.queries.worth.expect_rates().times(0..=2).returning(move |_, from, to| {
        Ok(rates.iter().filter(|rate| from <= rate.day && rate.day <= to).copied().collect())
    });
    world
}

async fn shown(mut world: World, security: SecurityId) -> Result<Performance, PortfolioError> {
    let call = world.call();
    let request = ShowPerformance { benchmark: Some(security), ..asked() };
    world.build().portfolio().performance(&call, request).await
}

/// The benchmark of a portfolio that was worth 1000 at the end of the first day of the year and 1100 on the first of July.
async fn beside(
    told: impl Fn(AccountId) -> Vec<Priced>,
    rates: Vec<FxRate>,
    rows: impl Fn(&Account) -> Vec<Transaction>,
) -> Benchmark {
    let world = World::new();
    let account = account(&world, "1");
    let (told, rows) = (told(account.id), rows(&account));
    let values = [(day(1, 1), "1000"), (day(7, 1), "1100")];
    let world = with(world, vec![part(account, &values, rows)]);
    shown(telling(world, told, rates), SECURITY).await.unwrap().benchmark.unwrap()
}

fn nothing(_: &Account) -> Vec<Transaction> {
    Vec::new()
}

#[tokio::test]
async fn the_price_return_stands_beside_the_time_weighted_one() {
    let usd = Currency::USD;
    let told = |account: AccountId| {
        vec![
            (account, eve(9), "10", "1", usd),
            (account, eve(2), "10", "100", usd),
            (account, day(6, 29), "12", "104", usd),
            (account, day(6, 30), "12", "105", usd),
            (account, day(7, 2), "12", "900", usd),
        ]
    };
    let bought = |of: &Account| vec![row(of, TransactionKind::Trade, day(3, 1), "2", "-200")];
    let found = beside(told, Vec::new(), bought).await;
    assert_eq!((found.rate, found.difference), (Ok(decimal("0.05")), Some(decimal("0.05"))));
    // Of half a year, as the portfolio's own.
    assert_eq!((found.annual, found.split_factor), (None, Some(decimal("1"))));
    let price = |on, price: &str| BenchmarkPrice {
        day: on,
        price: decimal(price),
        currency: usd,
        converted: Some(decimal(price)),
        rate_day: None,
    };
    assert_eq!(found.start, Some(price(eve(2), "100")));
    assert_eq!(found.end, Some(price(day(6, 30), "105")));
    assert!(found.account.is_some() && found.security.id == SECURITY);
}

#[tokio::test]
async fn a_year_or_more_is_told_for_a_year() {
    let world = World::new();
    let account = account(&world, "1");
    let id = account.id;
    let values = [(eve(365), "1000"), (day(12, 31), "1210")];
    let world = with(world, vec![part(account, &values, Vec::new())]);
    let told = [(eve(365), "100"), (day(12, 31), "121")];
    let told = told.map(|(on, price)| (id, on, "1", price, Currency::USD)).to_vec();
    let mut world = telling(world, told, Vec::new());
    let call = world.call();
    let request = ShowPerformance { from: Some(eve(365)), benchmark: Some(SECURITY), ..asked() };
    let found = world.build().portfolio().performance(&call, request).await.unwrap();
    let benchmark = found.benchmark.unwrap();
    assert_eq!((benchmark.rate, benchmark.difference), (Ok(decimal("0.21")), Some(decimal("0"))));
    assert_eq!(
        benchmark.annual.map(|of| of.round_dp(9)),
        found.time_weighted_annual.map(|of| of.round_dp(9))
    );
    assert!(benchmark.annual.is_some_and(|of| of > decimal("0.09") && of < decimal("0.11")));
}

#[tokio::test]
async fn a_split_in_between_is_no_loss() {
    let told = |account: AccountId| {
        [(day(1, 1), "10", "100"), (day(7, 1), "40", "27.5")]
            .map(|(on, units, price)| (account, on, units, price, Currency::USD))
            .to_vec()
    };
    let split = |of: &Account| vec![row(of, TransactionKind::Other, day(3, 1), "30", "0")];
    let found = beside(told, Vec::new(), split).await;
    assert_eq!((found.rate, found.split_factor), (Ok(decimal("0.1")), Some(decimal("4"))));
    // Nobody told of it: four times the units may be a split or not.
    let found = beside(told, Vec::new(), nothing).await;
    assert_eq!((found.rate, found.split_factor), (Err(NoBenchmark::UnitsUnexplained), None));
    assert_eq!((found.difference, found.annual), (None, None));
    assert!(found.start.is_some() && found.end.is_some(), "the prices are known all the same");
}

#[tokio::test]
async fn prices_in_another_currency_are_converted_by_the_rates_of_the_days() {
    let told = |account: AccountId| {
        [(eve(1), "100"), (day(6, 28), "100")]
            .map(|(on, price)| (account, on, "1", price, Currency::EUR))
            .to_vec()
    };
    let rate = |on, rate: &str| {
        FxRate::new((Currency::EUR, Currency::USD), on, decimal(rate), RateSource::EcbCsv).unwrap()
    };
    let rates =
        vec![rate(eve(8), "5"), rate(day(1, 1), "1.1"), rate(day(6, 30), "1.21"), rate(day(7, 2), "9")];
    let found = beside(told, rates.clone(), nothing).await;
    assert_eq!((found.rate, found.difference), (Ok(decimal("0.1")), Some(decimal("0"))));
    let start = found.start.unwrap();
    assert_eq!((start.price, start.converted), (decimal("100"), Some(decimal("110"))));
    assert_eq!((start.day, start.rate_day), (eve(1), Some(day(1, 1))));
    assert_eq!(found.end.unwrap().rate_day, Some(day(6, 30)));

    let found = beside(told, rates[..2].to_vec(), nothing).await;
    assert_eq!(found.rate, Err(NoBenchmark::NoRate));
    assert_eq!(found.end.unwrap().converted, None);
}

#[tokio::test]
async fn what_no_price_says_has_its_reason() {
    let usd = Currency::USD;
    let of = |days: Vec<(Day, &'static str)>| {
        move |account: AccountId| {
            days.iter().map(|(on, price)| (account, *on, "1", *price, usd)).collect::<Vec<_>>()
        }
    };
    for (days, why) in [
        (vec![], NoBenchmark::NoPriceAtStart),
        (vec![(eve(8), "1"), (day(7, 1), "1")], NoBenchmark::NoPriceAtStart),
        (vec![(eve(7), "1"), (day(6, 23), "1")], NoBenchmark::NoPriceAtEnd),
        (vec![(eve(7), "1"), (day(7, 2), "1")], NoBenchmark::NoPriceAtEnd),
        (vec![(eve(7), "0"), (day(6, 24), "1")], NoBenchmark::PriceNotPositive),
    ] {
        let found = beside(of(days.clone()), Vec::new(), nothing).await;
        assert_eq!((found.rate, found.difference), (Err(why), None), "{days:?}");
    }
    let found = beside(of(vec![(eve(7), "1"), (day(6, 24), "2")]), Vec::new(), nothing).await;
    assert_eq!(found.rate, Ok(decimal("1")), "a week before is near enough");
    let elsewhere = |account: AccountId| {
        let other = AccountId(Uuid::from_u128(7));
        vec![(account, day(1, 1), "1", "1", usd), (other, day(7, 1), "1", "1", usd)]
    };
    let found = beside(elsewhere, Vec::new(), nothing).await;
    assert_eq!(found.rate, Err(NoBenchmark::NoPriceAtEnd), "an account that is not there tells nothing");
}

#[tokio::test]
async fn one_account_tells_both_prices() {
    let world = World::new();
    let (one, other) = (account(&world, "1"), account(&world, "2"));
    let [first, second] = [one.id, other.id];
    let usd = Currency::USD;
    let world_of = |world: World, told: Vec<Priced>| {
        let values = [(day(1, 1), "1000"), (day(7, 1), "1100")];
        let parts = [&one, &other].map(|of| part(of.clone(), &values, Vec::new()));
        telling(with(world, parts.to_vec()), told, Vec::new())
    };
    let apart = vec![(first, day(1, 1), "1", "1", usd), (second, day(7, 1), "1", "2", usd)];
    let found = shown(world_of(world, apart.clone()), SECURITY).await.unwrap().benchmark.unwrap();
    assert_eq!((found.rate, found.account), (Err(NoBenchmark::NoCommonAccount), None));
    // The other one tells an older one as well.
    let mut both = apart;
    both.push((second, eve(3), "1", "1.6", usd));
    let found = shown(world_of(World::new(), both), SECURITY).await.unwrap().benchmark.unwrap();
    assert_eq!((found.rate, found.account), (Ok(decimal("0.25")), Some(second)));
}

#[tokio::test]
async fn without_a_return_there_is_nothing_to_stand_beside() {
    let one_day = || {
        let world = World::new();
        let account = account(&world, "1");
        with(world, vec![part(account, &[(day(1, 1), "1000")], Vec::new())])
    };
    let found = shown(telling(one_day(), Vec::new(), Vec::new()), SECURITY).await.unwrap();
    assert_eq!(found.benchmark.unwrap().rate, Err(NoBenchmark::NoPeriod));
    let other = SecurityId(Uuid::from_u128(2));
    let refused = shown(telling(one_day(), Vec::new(), Vec::new()), other).await;
    assert!(matches!(refused, Err(PortfolioError::NotFound("security"))), "{refused:?}");
    let mut world = one_day();
    let call = world.call();
    let found = world.build().portfolio().performance(&call, asked()).await.unwrap();
    assert_eq!(found.benchmark, None, "nobody asked");
}
