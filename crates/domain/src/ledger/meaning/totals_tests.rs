//! What was spent and earned, over a few rows of every sort.

use uuid::Uuid;

use super::*;
use crate::ledger::sample::transaction;
use crate::{
    id::UserId,
    ledger::worth::RateSource,
    ledger::{SplitPart, TransactionChange, TransactionDetails, TransactionKind},
    money::exact_decimal,
    time::Timestamp,
};

fn decimal(text: &str) -> Decimal {
    exact_decimal(text).unwrap()
}

fn row(amount: &str, code: &str, on: &str) -> Transaction {
    let category = Some(code.to_owned()).filter(|code| !code.is_empty());
    Transaction {
        day: Day::parse(on).unwrap(),
        amount: decimal(amount),
        description: "SHOP 12".to_owned(),
        kind: TransactionKind::Other,
        details: TransactionDetails { category, ..TransactionDetails::default() },
        created_at: Timestamp::new(Default::default()),
        updated_at: Timestamp::new(Default::default()),
        ..transaction()
    }
}

fn rows() -> Vec<Transaction> {
    let mut rows = vec![
        row("-4.50", "FOOD_AND_DRINK_COFFEE", "2026-01-05"),
        row("-60.00", "FOOD_AND_DRINK_GROCERIES", "2026-02-05"),
        // Money back makes the spending less.
        row("10.00", "FOOD_AND_DRINK_GROCERIES", "2026-02-06"),
        row("-500.00", "TRANSFER_OUT_SAVINGS", "2026-02-07"),
        row("-300.00", "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT", "2026-02-07"),
        row("2000.00", "INCOME_WAGES", "2026-01-31"),
        row("-7.00", "", "2026-01-08"),
        row("25.00", "", "2026-01-09"),
        Transaction { currency: "EUR".parse().unwrap(), ..row("-3.00", "TRAVEL", "2026-01-10") },
    ];
    let mut split = row("-100.00", "GENERAL_MERCHANDISE_SUPERSTORES", "2026-02-09");
    let part = |amount, category: Option<&str>| SplitPart {
        amount: decimal(amount),
        description: None,
        category: category.map(|key| key.parse().unwrap()),
    };
    let parts = vec![part("-70.00", Some("food.groceries")), part("-30.00", None)];
    let change = TransactionChange { split: Some(Some(parts)), ..TransactionChange::default() };
    split.correct(change, Timestamp::new(Default::default()));
    rows.push(split);
    rows
}

fn totals(flow: Flow, by: Grouping) -> (Vec<String>, Vec<String>) {
    let mut totals = Totals::new(flow, by, &[]);
    rows().iter().for_each(|row| totals.add(row));
    lines(&totals.finish())
}

fn lines(sums: &Summed) -> (Vec<String>, Vec<String>) {
    let line = |total: &Total| {
        let of = match &total.of {
            None => String::new(),
            Some(TotalOf::Category(key)) => key.clone(),
            Some(TotalOf::Uncategorized) => "none".to_owned(),
            Some(TotalOf::Merchant(name)) => name.clone(),
            Some(TotalOf::Month(day)) => day.to_string(),
            Some(TotalOf::Account(account)) => account.to_string(),
        };
        format!("{of} {} {} {}", total.currency.as_str(), total.amount, total.count)
    };
    (sums.all.iter().map(line).collect(), sums.each.iter().map(line).collect())
}

/// Each by the rate of its day, or the latest of the week before; what no rate is told of stays apart.
#[test]
fn sums_are_in_one_currency_as_far_as_rates_are_told() {
    let (euros, yen): (Currency, Currency) = ("EUR".parse().unwrap(), "JPY".parse().unwrap());
    let on = |text| Day::parse(text).unwrap();
    let of = |currency, amount: &str, day: &str| Transaction { currency, ..row(amount, "TRAVEL", day) };
    let rows = [
        of(euros, "-1.00", "2026-01-10"),
        of(Currency::USD, "-12.00", "2026-01-10"),
        // The next rate is told two days later, and this one was told two days before.
        of(Currency::USD, "-12.00", "2026-01-12"),
        of(Currency::USD, "-13.00", "2026-01-31"),
        of(yen, "-500", "2026-01-10"),
    ];
    let mut totals = Totals::new(Flow::Expense, Grouping::Category, &[]).converted_into(Some(euros));
    let among = totals.lacking(&rows);
    assert_eq!(among, [euros, yen, Currency::USD]);
    let source = RateSource::UserCsv;
    let rate =
        |day, rate| FxRate { base: euros, quote: Currency::USD, day: on(day), rate: decimal(rate), source };
    totals.learn(&among, vec![rate("2026-01-10", "1.2"), rate("2026-01-14", "9")]);
    assert_eq!(totals.lacking(&rows), [], "each currency is asked for once, whether there are rates or none");
    rows.iter().for_each(|row| totals.add(row));
    let sums = totals.finish();
    let (all, each) = lines(&sums);
    assert_eq!(all, [" EUR 21.00 3", " JPY 500 1", " USD 13.00 1"]);
    assert_eq!(each, ["travel EUR 21.00 3", "travel JPY 500 1", "travel USD 13.00 1"]);
    let used = RatesUsed {
        currency: Currency::USD,
        source,
        first: on("2026-01-10"),
        last: on("2026-01-10"),
        count: 2,
    };
    assert_eq!(sums.rates, [used]);
}

#[test]
fn what_is_spent_is_added_up_by_category_and_transfers_are_left_out() {
    let (all, each) = totals(Flow::Expense, Grouping::Category);
    assert_eq!(all, [" EUR 3.00 1", " USD 161.50 6"]);
    assert_eq!(
        each,
        [
            "travel EUR 3.00 1",
            "food.groceries USD 120.00 3",
            "shopping.superstores USD 30.00 1",
            "none USD 7.00 1",
            "food.coffee USD 4.50 1",
        ]
    );
}

#[test]
fn sums_are_of_groups_months_and_merchants() {
    let (_, each) = totals(Flow::Expense, Grouping::Group);
    assert_eq!(each, ["travel EUR 3.00 1", "food USD 124.50 4", "shopping USD 30.00 1", "none USD 7.00 1"]);
    let (_, each) = totals(Flow::Expense, Grouping::Month);
    assert_eq!(each, ["2026-01-01 EUR 3.00 1", "2026-01-01 USD 11.50 2", "2026-02-01 USD 150.00 4"]);
    let (_, each) = totals(Flow::Expense, Grouping::Merchant);
    assert_eq!(each, ["SHOP 12 EUR 3.00 1", "SHOP 12 USD 161.50 6"]);
}

#[test]
fn what_is_earned_is_positive() {
    let (all, each) = totals(Flow::Income, Grouping::Category);
    assert_eq!(all, [" USD 2025.00 2"]);
    assert_eq!(each, ["income.salary USD 2000.00 1", "none USD 25.00 1"]);
}

#[test]
fn a_users_own_category_goes_its_own_way() {
    let own = OwnCategory {
        id: CategoryId(Uuid::from_u128(7)),
        owner: UserId(Uuid::nil()),
        label: "Lent".parse().unwrap(),
        group: Some("transfer_out".parse().unwrap()),
        flow: Flow::Transfer,
        is_archived: true,
        created_at: Timestamp::new(Default::default()),
        updated_at: Timestamp::new(Default::default()),
    };
    let mut lent = row("-50.00", "FOOD_AND_DRINK", "2026-01-05");
    let change = TransactionChange {
        category: Some(Some(own.id.to_string().parse().unwrap())),
        ..TransactionChange::default()
    };
    lent.correct(change, Timestamp::new(Default::default()));
    let own = [own];
    for (flow, count) in [(Flow::Expense, 0), (Flow::Income, 0), (Flow::Transfer, 1)] {
        let mut totals = Totals::new(flow, Grouping::Group, &own);
        totals.add(&lent);
        assert_eq!(totals.finish().each.len(), count, "{flow:?}");
    }
}
