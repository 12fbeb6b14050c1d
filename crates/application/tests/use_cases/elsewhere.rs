//! What a portfolio gained in another currency, and what exchange rates made of it.

use dashtam_application::portfolio::{Elsewhere, FoundElsewhere, NotElsewhere, ShowPerformance};
use dashtam_domain::{
    ledger::{
        TransactionKind,
        worth::{FxRate, RateSource},
    },
    money::{Currency, Decimal},
    time::Day,
};
use dashtam_testkit::builders::decimal;

use crate::{
    portfolio::{account, asked, day, moved, part, with},
    world::World,
};

/// What one dollar was worth in euros.
fn rate(on: Day, rate: &str) -> FxRate {
    FxRate::new((Currency::USD, Currency::EUR), on, decimal(rate), RateSource::UserCsv).unwrap()
}

/// Of 1000 dollars on the first day, 100 that were paid in later, 50 that were taken out behind that, and 1250 at the end.
async fn gained(rates: Vec<FxRate>, currency: Currency) -> Elsewhere {
    let mut world = World::new();
    let account = account(&world, "1");
    let rows = vec![
        moved(&account, TransactionKind::Deposit, day(2, 1), "100"),
        moved(&account, TransactionKind::Withdrawal, day(3, 1), "-50"),
    ];
    let values = [(day(1, 1), "1000"), (day(2, 1), "1100"), (day(3, 1), "1050"), (day(7, 1), "1250")];
    world.queries.worth.expect_rates().times(0..=1).returning(move |_, from, to| {
        Ok(rates.iter().filter(|rate| from <= rate.day && rate.day <= to).copied().collect())
    });
    let mut world = with(world, vec![part(account, &values, rows)]);
    let call = world.call();
    let request = ShowPerformance { elsewhere: Some(currency), ..asked() };
    world.build().portfolio().performance(&call, request).await.unwrap().elsewhere.unwrap()
}

fn parts(found: &FoundElsewhere) -> [Decimal; 3] {
    [found.gain.gain, found.gain.local, found.gain.by_rates]
}

/// By hand: 1250 at 1.00, 50 out at 0.85, without 1000 at 0.80 and 100 in at 0.90, are 402.50 euros; 200 dollars were gained, which are
/// 200 euros on the last day. The rest is 1000 by 0.20 and 100 by 0.10, without 50 by 0.15.
#[tokio::test]
async fn what_rates_made_of_a_gain_stands_apart() {
    let rates = vec![
        rate(day(1, 1).plus_days(-1), "0.80"),
        rate(day(2, 1), "0.90"),
        rate(day(3, 1), "0.85"),
        rate(day(7, 1), "1.00"),
    ];
    let of = gained(rates, Currency::EUR).await;
    let found = of.found.unwrap();
    assert_eq!(parts(&found), ["402.50", "200", "202.50"].map(decimal));
    assert_eq!(found.gain.by_rates, decimal("1000") * decimal("0.2") + decimal("10") - decimal("7.50"));
    assert_eq!((found.stretch.paid_in, found.stretch.taken_out), (decimal("90"), decimal("42.5")));
    assert_eq!(found.own_gain, decimal("200"));
    // Each amount says by which rate.
    assert_eq!((found.start.rate, found.start.rate_day), (decimal("0.8"), Some(day(1, 1).plus_days(-1))));
    let flows: Vec<(Decimal, Option<Day>)> =
        found.flows.iter().map(|flow| (flow.converted, flow.rate_day)).collect();
    assert_eq!(flows, [(decimal("90"), Some(day(2, 1))), (decimal("-42.5"), Some(day(3, 1)))]);
}

/// By a rate of which nothing comes out even: each amount is rounded, and none of that is an effect of rates.
#[tokio::test]
async fn rates_that_do_not_change_make_nothing() {
    let three =
        |on: Day| FxRate::new((Currency::EUR, Currency::USD), on, decimal("3"), RateSource::UserCsv).unwrap();
    let rates = vec![three(day(1, 1)), three(day(2, 1)), three(day(3, 1)), three(day(7, 1))];
    let found = gained(rates, Currency::EUR).await.found.unwrap();
    assert_eq!(parts(&found), ["66.6666666668", "66.6666666668", "0"].map(decimal));
}

#[tokio::test]
async fn in_its_own_currency_no_rate_makes_anything() {
    let found = gained(Vec::new(), Currency::USD).await.found.unwrap();
    assert_eq!(parts(&found), ["200", "200", "0"].map(decimal));
    assert_eq!((found.start.rate, found.start.rate_day), (Decimal::ONE, None));
}

#[tokio::test]
async fn a_day_without_a_rate_is_told() {
    let rates = || vec![rate(day(1, 1), "0.80"), rate(day(2, 1), "0.90"), rate(day(7, 1), "1.00")];
    assert_eq!(gained(rates(), Currency::EUR).await.found, Err(NotElsewhere::NoRate(day(3, 1))));
    let found = gained(rates()[..2].to_vec(), Currency::EUR).await.found;
    assert_eq!(found, Err(NotElsewhere::NoRate(day(7, 1))));
    assert_eq!(gained(Vec::new(), Currency::EUR).await.found, Err(NotElsewhere::NoRate(day(1, 1))));
}

#[tokio::test]
async fn what_is_not_known_at_home_is_not_known_elsewhere() {
    let world = World::new();
    let account = account(&world, "1");
    let mut world = with(world, vec![part(account, &[(day(1, 1), "1000")], Vec::new())]);
    let call = world.call();
    let request = ShowPerformance { elsewhere: Some(Currency::EUR), ..asked() };
    let found = world.build().portfolio().performance(&call, request).await.unwrap().elsewhere.unwrap().found;
    assert_eq!(found, Err(NotElsewhere::NoGain));
}
