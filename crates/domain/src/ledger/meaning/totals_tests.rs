//! What was spent and earned, over a few rows of every sort.

use uuid::Uuid;

use super::*;
use crate::{
    id::{TransactionId, UserId},
    ledger::{SplitPart, TransactionChange, TransactionDetails, TransactionKind, TransactionStatus},
    money::exact_decimal,
    time::Timestamp,
};

fn decimal(text: &str) -> Decimal {
    exact_decimal(text).unwrap()
}

fn row(amount: &str, code: &str, on: &str) -> Transaction {
    let category = Some(code.to_owned()).filter(|code| !code.is_empty());
    Transaction {
        id: TransactionId(Uuid::nil()),
        account: AccountId(Uuid::nil()),
        owner: UserId(Uuid::nil()),
        source_id: "s".to_owned(),
        ordinal: 0,
        day: Day::parse(on).unwrap(),
        occurred_at: None,
        amount: decimal(amount),
        currency: Currency::USD,
        description: "SHOP 12".to_owned(),
        kind: TransactionKind::Other,
        status: TransactionStatus::Posted,
        memo: None,
        check_number: None,
        trade: None,
        details: TransactionDetails { category, ..TransactionDetails::default() },
        import: None,
        seen_in: None,
        raw: None,
        corrections: None,
        created_at: Timestamp::new(Default::default()),
        updated_at: Timestamp::new(Default::default()),
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
    let (all, each) = totals.finish();
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
    (all.iter().map(line).collect(), each.iter().map(line).collect())
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
        assert_eq!(totals.finish().1.len(), count, "{flow:?}");
    }
}
