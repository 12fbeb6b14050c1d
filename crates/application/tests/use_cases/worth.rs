//! The net worth and exchange rates.

use dashtam_application::{
    ledger::{HistoryInterval, LONGEST_HISTORY, LedgerError, Over, ShowFlows, ShowSpending},
    worth::{GetRate, ImportRates, RateLayout, ShowNetWorth, WorthError},
};
use dashtam_domain::{
    access::AccessDenied,
    id::AccountId,
    ledger::meaning::{Grouping, TotalOf},
    ledger::worth::{AccountRecord, FxRate, RateSource},
    ledger::{Account, AccountChange, AccountKind, BalanceSource, ToldBalance, Transaction, TransactionKey},
    money::Currency,
    page::Page,
    time::Day,
};
use dashtam_testkit::builders::{self, decimal};

use crate::world::{World, assert_refused};

fn day(month: u32, day: u32) -> Day {
    Day::new(2026, month, day).unwrap()
}

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn account(of: &str, balance: &str) -> AccountRecord {
    let told =
        ToldBalance { as_of: day(1, 1).start(), source: BalanceSource::Statement, balance: decimal(balance) };
    AccountRecord {
        account: AccountId(builders::id()),
        kind: AccountKind::Savings,
        is_counted: true,
        same_as: None,
        currency: currency(of),
        is_active: true,
        told: vec![told],
        sums: Vec::new(),
    }
}

fn rate(quote: &str, of: Day, rate: &str) -> FxRate {
    FxRate::new((Currency::EUR, currency(quote)), of, decimal(rate), RateSource::EcbCsv).unwrap()
}

fn request(from: Day, to: Day, in_currency: Option<&str>) -> ShowNetWorth {
    ShowNetWorth {
        from: Some(from),
        to: Some(to),
        currency: in_currency.map(currency),
        interval: HistoryInterval::Month,
        strict: false,
    }
}

#[tokio::test]
async fn the_store_is_asked_for_the_accounts_once_and_for_the_rates_it_takes() {
    let mut world = World::new();
    let owner = world.owner;
    // What its owner leaves out is in no total, and no rate is asked for it.
    let left_out = AccountRecord { is_counted: false, ..account("GBP", "1000") };
    let records = vec![account("USD", "10.00"), account("CHF", "1"), account("USD", "5.00"), left_out];
    let expect = &mut world.queries.worth;
    expect
        .expect_account_records()
        .withf(move |of, from| *of == owner && *from == day(1, 31))
        .times(1)
        .returning(move |_, _| Ok(records.clone()));
    expect
        .expect_rates()
        .withf(|among, from, to| {
            among == ["CHF", "EUR", "USD"].map(currency) && (*from, *to) == (day(1, 24), day(2, 15))
        })
        .times(1)
        .returning(|_, _, _| Ok(vec![rate("USD", day(1, 30), "1.25"), rate("CHF", day(1, 30), "0.5")]));
    let dashtam = world.build();
    let over = dashtam.worth().net_worth(&world.call(), request(day(1, 15), day(2, 15), None)).await.unwrap();
    assert_eq!((over.from, over.to, over.worth.currency), (day(1, 15), day(2, 15), Currency::USD));
    let points: Vec<_> = over.worth.points.iter().map(|point| (point.day, point.total)).collect();
    // Sixteen days later there is no rate any more.
    let expected = [(day(1, 31), Some(decimal("17.50"))), (day(2, 15), Some(decimal("15.00")))];
    assert_eq!(points, expected);
}

/// Two pages of what was spent, the second with a currency that the first has not.
#[tokio::test]
async fn rates_of_what_was_spent_are_asked_for_once_for_each_currency() {
    let mut world = World::new();
    let account = builders::file_account(world.owner, "1");
    let spent = |id: &str, of: &str| Transaction {
        currency: currency(of),
        amount: decimal("-10"),
        ..builders::transaction(&account, id, day(2, 1))
    };
    let rest = spent("4", "CHF");
    let next = TransactionKey { day: rest.day, amount: None, id: rest.id };
    let mut pages = vec![
        Page { items: vec![rest], next: None },
        Page { items: vec![spent("1", "USD"), spent("2", "EUR"), spent("3", "USD")], next: Some(next) },
    ];
    let listed = world.queries.ledger.expect_transactions().times(2);
    listed.returning(move |_, _, _, _| Ok(pages.pop().unwrap()));
    world.queries.categories.expect_categories().times(1).returning(|_| Ok(Vec::new()));
    for (of, told) in [("USD", "1.25"), ("CHF", "0.5")] {
        let rates = world.queries.worth.expect_rates().times(1).withf(move |among, from, to| {
            *among == [currency(of).min(Currency::EUR), currency(of).max(Currency::EUR)]
                && (*from, *to) == (day(1, 18), day(2, 15))
        });
        rates.returning(move |_, _, _| Ok(vec![rate(of, day(1, 30), told)]));
    }
    let over = Over {
        from: Some(day(1, 25)),
        to: Some(day(2, 15)),
        by: Grouping::Account,
        currency: Some(Currency::EUR),
    };
    let call = world.call();
    let totals = world.build().ledger().spending(&call, ShowSpending(over)).await.unwrap();
    let all: Vec<_> =
        totals.sums.all.iter().map(|total| (total.currency, total.amount, total.count)).collect();
    assert_eq!(all, [(Currency::EUR, decimal("46"), 4)], "8 + 10 + 8 + 20");
    let used: Vec<_> = totals.sums.rates.iter().map(|used| (used.currency.as_str(), used.count)).collect();
    assert_eq!(used, [("CHF", 1), ("USD", 2)]);
}

/// In the currency of the net worth: what is left out of it and what is one with another account says nothing.
#[tokio::test]
async fn months_are_added_up_from_one_reading() {
    let mut world = World::new();
    let of = |code: &str, change: AccountChange| {
        let mut account = Account {
            currency: currency(code),
            ..builders::file_account(world.owner, &builders::id().to_string())
        };
        account.correct(change, world.now);
        account
    };
    let plain = AccountChange::default;
    let counted = of("EUR", plain());
    let linked = AccountChange { same_as: Some(Some(counted.id)), ..plain() };
    let left_out = || AccountChange { in_net_worth: Some(false), ..plain() };
    let accounts =
        vec![of("USD", left_out()), of("USD", left_out()), counted, of("USD", linked), of("EUR", plain())];
    world
        .queries
        .ledger
        .expect_accounts()
        .times(1)
        .return_once(|_, _, _, _| Ok(Page { items: accounts, next: None }));
    let account = builders::file_account(world.owner, "1");
    let row = |of: &str, amount: &str, day: Day| Transaction {
        currency: currency(of),
        amount: decimal(amount),
        ..builders::transaction(&account, &builders::id().to_string(), day)
    };
    let items = vec![
        row("EUR", "-8", day(2, 28)),
        row("USD", "-5", day(2, 1)),
        row("EUR", "30", day(1, 31)),
        row("EUR", "-1", day(1, 1)),
    ];
    let listed = world.queries.ledger.expect_transactions().times(1);
    listed
        .withf(|_, filter, _, _| (filter.from, filter.to) == (Some(day(1, 1)), Some(day(2, 28))))
        .return_once(|_, _, _, _| Ok(Page { items, next: None }));
    world.queries.categories.expect_categories().times(1).returning(|_| Ok(Vec::new()));
    world
        .queries
        .worth
        .expect_rates()
        .times(1)
        .returning(|_, _, _| Ok(vec![rate("USD", day(1, 30), "1.25")]));
    let call = world.call();
    let dashtam = world.build();
    let asked = |months| ShowFlows { from: day(1, 15), months, currency: None };
    let flows = dashtam.ledger().flows(&call, asked(2)).await.unwrap();
    let spent = flows.spent.iter().map(|month| (month.from, month.to, month.sums.all[0].amount));
    let expected = [(day(1, 1), day(1, 31), decimal("1")), (day(2, 1), day(2, 28), decimal("12"))];
    assert_eq!((flows.currency, spent.collect::<Vec<_>>()), (Currency::EUR, expected.to_vec()));
    let earned: Vec<_> = flows.earned.each.iter().map(|total| (total.of.clone(), total.amount)).collect();
    assert_eq!(earned, [(Some(TotalOf::Month(day(1, 1))), decimal("30"))]);
    for months in [0, -1, 121] {
        assert_refused!(dashtam.ledger().flows(&call, asked(months)).await, LedgerError::UnsuitableTime);
    }
}

#[tokio::test]
async fn one_currency_needs_no_rates() {
    let mut world = World::new();
    world.queries.worth.expect_account_records().times(1).returning(|_, _| {
        let silent = AccountRecord { told: Vec::new(), ..account("CHF", "1") };
        Ok(vec![account("EUR", "10.00"), silent])
    });
    let dashtam = world.build();
    let over = dashtam.worth().net_worth(&world.call(), request(day(1, 15), day(2, 15), Some("EUR"))).await;
    let point = over.unwrap().worth.points.remove(1);
    assert_eq!((point.total, point.missing.len()), (Some(decimal("10.00")), 1));
}

#[tokio::test]
async fn unsuitable_times_are_refused() {
    let mut world = World::new();
    let dashtam = world.build();
    let long = day(1, 1).plus_days(LONGEST_HISTORY + 1);
    for (from, to) in [(day(2, 2), day(2, 1)), (day(1, 1), long)] {
        let refused = dashtam.worth().net_worth(&world.call(), request(from, to, None)).await;
        assert_refused!(refused, WorthError::UnsuitableTime);
    }
}

#[tokio::test]
async fn a_rate_is_looked_up_in_the_week_before() {
    let mut world = World::new();
    world
        .queries
        .worth
        .expect_rates()
        .withf(|_, from, to| (*from, *to) == (day(1, 25), day(2, 1)))
        .times(2)
        .returning(|_, _, _| Ok(vec![rate("USD", day(1, 30), "1.25")]));
    let dashtam = world.build();
    let ask = async |base: &str| {
        let request = GetRate { base: currency(base), quote: Currency::EUR, day: Some(day(2, 1)) };
        dashtam.worth().rate(&world.call(), request).await
    };
    let used = ask("USD").await.unwrap();
    assert_eq!((used.rate, used.conversion.rate_day), (decimal("0.8"), Some(day(1, 30))));
    assert_refused!(ask("CHF").await, WorthError::NoRate);
}

const LIST: &str = "day,base,quote,rate\n2026-01-30,EUR,USD,1.25\noops\n2026-01-31,EUR,USD,1.26\n";

#[tokio::test]
async fn a_list_is_stored_without_what_is_refused() {
    let mut world = World::new();
    let unit = world.unit(|unit| {
        unit.rates.expect_store().withf(|rates| rates.len() == 2).times(1).returning(|_| Ok(1));
    });
    let dashtam = world.build();
    let import = ImportRates { file: LIST.into() };
    let report = dashtam.worth().import_rates(&world.system(), import).await.unwrap();
    assert!(unit.is_committed());
    assert_eq!((report.stored, report.file.refused_count), (1, 1));
    assert_eq!((report.file.layout, report.file.days()), (RateLayout::Plain, Some((day(1, 30), day(1, 31)))));
}

#[tokio::test]
async fn rates_are_the_administrators_to_store() {
    let mut world = World::new();
    world.unit(|unit| {
        unit.rates.expect_store().times(1).returning(|rates| Ok(rates.len() as u64));
    });
    let dashtam = world.build();
    let import = || ImportRates { file: LIST.into() };
    let refused = dashtam.worth().import_rates(&world.call(), import()).await;
    assert!(
        matches!(
            &refused,
            Err(WorthError::Common(dashtam_application::errors::CommonError::Denied(
                AccessDenied::Forbidden
            )))
        ),
        "{refused:?}"
    );
    assert_eq!(dashtam.worth().import_rates(&world.administrator(), import()).await.unwrap().stored, 2);
    let nothing = dashtam.worth().import_rates(&world.system(), ImportRates { file: Vec::new() }).await;
    assert_refused!(nothing, WorthError::File(_));
}
