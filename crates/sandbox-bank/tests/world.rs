//! The ledger itself: the same everywhere, stable as days go by, and believable.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use dashtam_sandbox_bank::{Account, AccountKind, HOUSEHOLD_CUSTOMER, Transaction, TransactionKind, World};
use rust_decimal::Decimal;

const SEED: u64 = 2026;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn posted(account: &Account) -> impl Iterator<Item = &Transaction> {
    account.transactions.iter().filter(|row| row.is_posted())
}

#[test]
fn the_same_inputs_give_the_same_ledger() {
    let today = day("2026-07-15");
    let alice = World::generate(SEED, "alice", today);
    assert_eq!(alice, World::generate(SEED, " Alice+slow+cut ", today));
    assert_ne!(alice.accounts, World::generate(SEED, "bob", today).accounts);
    assert_ne!(alice.accounts, World::generate(SEED + 1, "alice", today).accounts);

    // Fixed for good: a demonstration names these figures.
    let figures: Vec<_> = alice
        .accounts
        .iter()
        .map(|account| (account.current_balance().to_string(), account.transactions.len()))
        .collect();
    let expected = FIGURES.map(|(balance, rows)| (balance.to_owned(), rows));
    assert_eq!(figures, expected);
}

const FIGURES: [(&str, usize); 4] =
    [("6434.53", 1723), ("104692.49", 66), ("-2951.74", 1417), ("10697.97", 216)];

#[test]
fn tomorrow_adds_a_day_and_changes_nothing() {
    goes_on("alice", day("2026-05-20"), 45);
    goes_on(HOUSEHOLD_CUSTOMER, day("2026-07-24"), 20);
}

/// Looks at a customer's accounts on each of these days: what was there stays, and balances follow from what came.
fn goes_on(customer: &str, mut today: NaiveDate, days: usize) {
    let mut world = World::generate(SEED, customer, today);
    for _ in 0..days {
        let next_day = today + Days::new(1);
        let next = World::generate(SEED, customer, next_day);
        for (before, after) in world.accounts.iter().zip(&next.accounts) {
            assert_eq!((&before.id, &before.number_masked), (&after.id, &after.number_masked));
            let first = after.transactions.first().map_or(next_day, |row| row.date.min(next_day));
            let kept: Vec<_> = posted(before).filter(|row| row.date >= first).collect();
            let known: Vec<_> = posted(after).filter(|row| row.date <= today).collect();
            assert_eq!(kept, known);
            let new: Decimal = posted(after).filter(|row| row.date == next_day).map(|row| row.amount).sum();
            assert_eq!(before.current_balance() + new, after.current_balance());
        }
        (today, world) = (next_day, next);
    }
}

#[test]
fn pending_purchases_post_under_a_new_id() {
    let today = day("2026-07-15");
    let (mut linked, mut unlinked, mut tipped) = (0, 0, 0);
    for back in 0..30 {
        let now = World::generate(SEED, "alice", today - Days::new(back + 3));
        let later = World::generate(SEED, "alice", today - Days::new(back));
        for (before, after) in now.accounts.iter().zip(&later.accounts) {
            for row in before.transactions.iter().filter(|row| !row.is_posted()) {
                assert!(row.id.starts_with("p-"));
                assert!(row.date < now.today && row.date >= now.today - Days::new(2));
                assert!(row.occurred_at.unwrap() < now.as_of());
                let same = |later: &&Transaction| {
                    later.occurred_at == row.occurred_at && later.counterparty == row.counterparty
                };
                let settled = posted(after).find(same).unwrap();
                assert_eq!(settled.date, row.date + Days::new(3));
                match &settled.pending_id {
                    Some(id) => {
                        assert_eq!(id, &row.id);
                        linked += 1;
                    }
                    None => unlinked += 1,
                }
                tipped += usize::from(settled.amount != row.amount);
            }
        }
    }
    assert!(linked > 50 && unlinked > 10 && tipped > 10, "{linked} {unlinked} {tipped}");
}

#[test]
fn two_years_of_a_believable_life() {
    let today = day("2026-07-15");
    for name in ["alice", "bob", "carol", "dave", "slow", "Zoë Ω"] {
        let world = World::generate(SEED, name, today);
        let of = |kind| world.account_of(kind).unwrap();
        let (checking, savings) = (of(AccountKind::Checking), of(AccountKind::Savings));
        let (card, brokerage) = (of(AccountKind::CreditCard), of(AccountKind::Brokerage));
        let total: usize = world.accounts.iter().map(|account| account.transactions.len()).sum();
        assert!(checking.transactions.len() >= 1_500, "{name}: {}", checking.transactions.len());
        assert!((2_700..4_000).contains(&total), "{name}: {total}");
        assert_eq!(
            checking.transactions[0].date.min(savings.transactions[0].date).to_string()[..7],
            *"2024-07"
        );

        let count =
            |account: &Account, kind| account.transactions.iter().filter(|row| row.kind == kind).count();
        assert!(count(card, TransactionKind::Payment) >= 23);
        assert!(count(savings, TransactionKind::Interest) == 24);
        for kind in
            [TransactionKind::Buy, TransactionKind::Sell, TransactionKind::Dividend, TransactionKind::Fee]
        {
            assert!(count(brokerage, kind) > 0, "{name}: no {kind:?}");
        }
        let salaries = posted(checking).filter(|row| row.description.ends_with("PAYROLL")).count();
        assert_eq!(salaries, 49, "two a month and one on the 15th");

        // No account goes where it should not.
        for (account, least) in
            [(checking, Decimal::ZERO), (savings, Decimal::ZERO), (brokerage, Decimal::ZERO)]
        {
            let mut by_day: Vec<(NaiveDate, Decimal)> = Vec::new();
            let mut balance = account.opening_balance;
            for row in posted(account) {
                balance += row.amount;
                by_day.push((row.date, balance));
            }
            let closing: HashMap<_, _> = by_day.into_iter().collect();
            let worst = closing.iter().min_by_key(|(_, balance)| **balance).unwrap();
            assert!(*worst.1 >= least, "{name}: {} at {worst:?}", account.name);
        }
        assert!(card.current_balance() < Decimal::ZERO && card.available_balance().unwrap() > Decimal::ZERO);

        // Money moved between the customer's accounts is neither made nor lost.
        let transfers: Decimal = world
            .accounts
            .iter()
            .flat_map(posted)
            .filter(|row| row.kind == TransactionKind::Transfer)
            .map(|row| row.amount)
            .sum();
        assert_eq!(transfers, Decimal::ZERO);
    }
}

#[test]
fn the_household_has_everything_a_demonstration_shows() {
    for today in ["2026-07-15", "2026-11-30", "2027-02-03"].map(day) {
        let world = World::generate(SEED, HOUSEHOLD_CUSTOMER, today);
        let of = |kind| world.account_of(kind).unwrap();
        let (checking, card) = (of(AccountKind::Checking), of(AccountKind::CreditCard));
        let all: Vec<&Transaction> =
            world.accounts.iter().flat_map(|account| &account.transactions).collect();
        let of_code = |code: &str| all.iter().filter(|row| row.category == Some(code)).count();
        // Two years and the month under way, so that what comes monthly was there 24 times at least.
        for (code, least) in [
            ("INCOME_SALARY", 24),
            ("RENT_AND_UTILITIES_RENT", 24),
            ("RENT_AND_UTILITIES_GAS_AND_ELECTRICITY", 24),
            ("FOOD_AND_DRINK_GROCERIES", 300),
            ("FOOD_AND_DRINK_COFFEE", 100),
            ("TRANSPORTATION_GAS", 30),
            ("GENERAL_SERVICES_INSURANCE", 2),
            ("TRAVEL_FLIGHTS", 2),
            ("TRAVEL_LODGING", 2),
            ("LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT", 24),
            ("LOAN_PAYMENTS_CREDIT_CARD_PAYMENT", 24),
            ("TRANSFER_OUT_SAVINGS", 24),
        ] {
            assert!(of_code(code) >= least, "{today}: {code} {}", of_code(code));
        }
        for kind in [TransactionKind::Buy, TransactionKind::Dividend, TransactionKind::Refund] {
            assert!(all.iter().any(|row| row.kind == kind), "{today}: no {kind:?}");
        }
        assert!(all.iter().filter(|row| !row.is_posted()).count() >= 2, "{today}: nothing is pending");
        assert!(all.iter().any(|row| row.original.is_some()), "{today}: nothing from abroad");
        // A subscription became dearer, and a course ended.
        let from =
            |name: &'static str| posted(card).filter(move |row| row.counterparty.as_deref() == Some(name));
        let prices: Vec<Decimal> = from("Lanternlight TV").map(|row| -row.amount).collect();
        assert!(prices.last() > prices.first() && prices.is_sorted(), "{prices:?}");
        let ended = all.iter().filter(|row| row.description.ends_with("COURSE SUBSCRIPTION"));
        assert!(ended.clone().any(|row| row.date < today - Days::new(60)));
        assert!(!of(AccountKind::Brokerage).holdings.is_empty());
        assert!(of(AccountKind::Loan).current_balance() < Decimal::ZERO);

        let fridays = World::portfolio_on_fridays(SEED, today);
        assert!(fridays.len() > 103 && fridays.is_sorted() && fridays.last().unwrap().0 < today);
        let (friday, value) = fridays[fridays.len() - 3];
        let then = World::generate(SEED, HOUSEHOLD_CUSTOMER, friday);
        let then = then.account_of(AccountKind::Brokerage).unwrap();
        let held: Decimal = then.holdings.iter().map(|holding| holding.market_value).sum();
        assert_eq!(value, then.current_balance() + held);

        // What one account sends another one gets, on the same day.
        for (sent, got) in [
            ("STUDY LOAN PAYMENT", "PAYMENT RECEIVED FROM CHECKING"),
            ("AUTOPAY EVERYDAY CARD", "AUTOPAY PAYMENT FROM CHECKING"),
            ("TRANSFER TO BROKERAGE", "CONTRIBUTION FROM CHECKING"),
            ("TRANSFER TO SAVINGS", "TRANSFER FROM CHECKING"),
            ("TRANSFER FROM SAVINGS", "TRANSFER TO CHECKING"),
        ] {
            let rows = |text: &str| -> Vec<(NaiveDate, Decimal)> {
                let rows = all.iter().filter(|row| row.description == text);
                rows.map(|row| (row.date, row.amount)).collect()
            };
            let sent: Vec<_> = rows(sent).into_iter().map(|(day, amount)| (day, -amount)).collect();
            assert_eq!(sent, rows(got));
        }
        // No account goes where it should not, on any day.
        for account in [checking, of(AccountKind::Savings), of(AccountKind::Brokerage)] {
            let mut closing: HashMap<NaiveDate, Decimal> = HashMap::new();
            let mut balance = account.opening_balance;
            for row in posted(account) {
                balance += row.amount;
                closing.insert(row.date, balance);
            }
            assert_eq!(balance, account.current_balance());
            let worst = closing.iter().min_by_key(|(_, balance)| **balance).unwrap();
            assert!(*worst.1 >= Decimal::ZERO, "{}: {worst:?}", account.name);
        }
    }
}

#[test]
fn the_first_years_and_early_days_do_not_fail() {
    for today in ["1999-12-31", "2020-01-01", "2020-02-29", "2021-12-31", "2035-06-30"] {
        let world = World::generate(SEED, "alice", day(today));
        assert_eq!(world.accounts.len(), 4);
        let household = World::generate(SEED, HOUSEHOLD_CUSTOMER, day(today));
        for account in world.accounts.iter().chain(&household.accounts) {
            let sum: Decimal = posted(account).map(|row| row.amount).sum();
            assert_eq!(account.opening_balance + sum, account.current_balance());
        }
    }
}
