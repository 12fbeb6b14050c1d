//! The life of the household: the customer that a demonstration shows.
//!
//! Like every customer's it runs from the day the bank opened, and no row depends on what day it is today. What has to be in
//! the two years that are served, such as a price that rose and a subscription that ended, comes once a year.

mod card;
mod checking;
mod holiday;
mod shops;

use chrono::{Datelike, NaiveDate, Weekday};
use rust_decimal::Decimal;

use super::{
    Account, AccountKind, TransactionKind as Kind,
    book::{Book, Entry, cents},
    brokerage::Brokerage,
    calendar::{bank_opening, history_start, is_due, last_of_month},
    card::Card,
    market::Market,
    profile::Profile,
    rng::Key,
};
use checking::Checking;

/// Percent a year of what is owed on the card, and of the loan.
const CARD_RATE: &str = "19.90";
const LOAN_RATE: &str = "3.75";
/// What is paid back every month.
const INSTALMENT: i64 = 31_000;

struct Family {
    profile: Profile,
    market: Market,
    checking: Checking,
    savings: Book,
    card: Card,
    brokerage: Brokerage,
    loan: Book,
}

/// Writes all accounts of the household up to the end of `today`.
pub(super) fn accounts(seed: u64, today: NaiveDate) -> Vec<Account> {
    let key = Key::root(seed, "the household");
    let mut family = Family::begin(seed, key, today);
    for day in bank_opening().iter_days().take_while(|day| *day <= today) {
        family.live(day);
    }
    family.close(key, today)
}

/// What the brokerage account was worth at the end of each Friday that is served, but for today.
pub(super) fn portfolio_on_fridays(seed: u64, today: NaiveDate) -> Vec<(NaiveDate, Decimal)> {
    let mut family = Family::begin(seed, Key::root(seed, "the household"), today);
    let mut values = Vec::new();
    for day in bank_opening().iter_days().take_while(|day| *day < today) {
        family.live(day);
        if day >= history_start(today) && day.weekday() == Weekday::Fri {
            let held = family.brokerage.holdings(&family.market);
            let held: Decimal = held.iter().map(|holding| holding.market_value).sum();
            values.push((day, family.brokerage.book.balance() + held));
        }
    }
    values
}

impl Family {
    fn begin(seed: u64, key: Key, today: NaiveDate) -> Self {
        let start = history_start(today);
        let market = Market::new(seed);
        Self {
            checking: Checking::new(key.part(1), start),
            savings: Book::new(key.part(2).part(1), start, cents(620_000)),
            card: card::new(key.part(3), start),
            brokerage: Brokerage::new(key.part(4), start, &market),
            loan: Book::new(key.part(5).part(1), start, cents(-3_800_000)),
            profile: Profile::of_the_household(),
            market,
        }
    }

    fn live(&mut self, day: NaiveDate) {
        self.market.trade(day);
        self.checking.earn(day, &self.profile);
        let rent = self.profile.rent(day);
        if is_due(day, 1) {
            self.cover(day, rent);
            self.checking.pay_rent(day, rent);
        }
        if let Some(amount) = card::live(&mut self.card, day, &self.profile) {
            self.cover(day, amount);
            let entry = Entry::new(Kind::Payment, -amount, "AUTOPAY EVERYDAY CARD");
            self.checking.book.post(day, entry.coded("LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"));
        }
        self.pay_back(day);
        if is_due(day, 6) {
            let amount = cents(self.profile.scaled(day, 42_000) / 100 * 100);
            self.cover(day, amount);
            let out = Entry::new(Kind::Transfer, -amount, "TRANSFER TO BROKERAGE");
            self.checking.book.post(day, out.coded("TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS"));
            let contribution = Entry::new(Kind::Transfer, amount, "CONTRIBUTION FROM CHECKING");
            self.brokerage.book.post(day, contribution.coded("TRANSFER_IN_ACCOUNT_TRANSFER"));
        }
        self.brokerage.live(day, &self.market, &self.profile);
        self.checking.spend(day, &self.profile);
        self.save(day);
    }

    /// The loan's interest, and the instalment while something is owed.
    fn pay_back(&mut self, day: NaiveDate) {
        let owed = -self.loan.balance();
        if owed <= Decimal::ZERO {
            return;
        }
        if is_due(day, 5) {
            let amount = cents(INSTALMENT).min(owed);
            self.cover(day, amount);
            let out = Entry::new(Kind::Payment, -amount, "STUDY LOAN PAYMENT").with("Sandbox Bank");
            self.checking.book.post(day, out.coded("LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT"));
            self.loan.post(day, Entry::new(Kind::Payment, amount, "PAYMENT RECEIVED FROM CHECKING"));
        }
        if last_of_month(day) == Some(day) {
            let interest = (-self.loan.balance() * Decimal::new(375, 4) / Decimal::from(12)).round_dp(2);
            if interest > Decimal::ZERO {
                let entry = Entry::new(Kind::Interest, -interest, "INTEREST CHARGED");
                self.loan.post(day, entry.with("Sandbox Bank").coded("BANK_FEES_INTEREST_CHARGE"));
            }
        }
    }

    /// A standing order, twice a year what is left over, and the interest.
    fn save(&mut self, day: NaiveDate) {
        if is_due(day, 3) {
            let amount = cents(self.profile.scaled(day, 60_000) / 5_000 * 5_000);
            self.cover(day, amount);
            self.move_to_savings(day, amount);
        }
        if matches!(day.month(), 1 | 7) && is_due(day, 18) {
            let left = self.checking.book.balance() - cents(350_000);
            let hundreds = (left / Decimal::ONE_HUNDRED).trunc() * Decimal::ONE_HUNDRED;
            self.move_to_savings(day, hundreds.max(Decimal::ZERO));
        }
        self.cover(day, Decimal::ZERO);
        if last_of_month(day) == Some(day) {
            let interest = (self.savings.balance() * Decimal::new(31, 3) / Decimal::from(12)).round_dp(2);
            if interest > Decimal::ZERO {
                let entry = Entry::new(Kind::Interest, interest, "INTEREST PAYMENT");
                self.savings.post(day, entry.with("Sandbox Bank").coded("INCOME_INTEREST_EARNED"));
            }
        }
    }

    /// Fetches from savings what checking would lack after a payment.
    fn cover(&mut self, day: NaiveDate, payment: Decimal) {
        let least = cents(80_000);
        let left = self.checking.book.balance() - payment;
        if left < least {
            let lacking = ((least - left) / Decimal::ONE_HUNDRED).ceil() * Decimal::ONE_HUNDRED;
            self.move_to_savings(day, -lacking.min(self.savings.balance()));
        }
    }

    /// Moves money to savings, or back when the amount is negative.
    fn move_to_savings(&mut self, day: NaiveDate, amount: Decimal) {
        if amount.is_zero() {
            return;
        }
        let (out, back, sent, came) = if amount > Decimal::ZERO {
            ("TO", "FROM", "TRANSFER_OUT_SAVINGS", "TRANSFER_IN_ACCOUNT_TRANSFER")
        } else {
            ("FROM", "TO", "TRANSFER_IN_SAVINGS", "TRANSFER_OUT_ACCOUNT_TRANSFER")
        };
        let entry = Entry::new(Kind::Transfer, -amount, format!("TRANSFER {out} SAVINGS"));
        self.checking.book.post(day, entry.coded(sent));
        let entry = Entry::new(Kind::Transfer, amount, format!("TRANSFER {back} CHECKING"));
        self.savings.post(day, entry.coded(came));
    }

    fn close(self, key: Key, today: NaiveDate) -> Vec<Account> {
        let account = |number, kind, name| Account::new(key, number, kind, name);
        let mut checking = account(1, AccountKind::Checking, "Family Checking");
        let mut savings = account(2, AccountKind::Savings, "Nest Egg Savings");
        let mut card = account(3, AccountKind::CreditCard, "Everyday Card");
        let mut brokerage = account(4, AccountKind::Brokerage, "Long Haul Portfolio");
        let mut loan = account(5, AccountKind::Loan, "Study Loan");
        brokerage.holdings = self.brokerage.holdings(&self.market);
        (checking.opening_balance, checking.transactions) =
            self.checking.book.close(self.checking.debit_card.pending(today));
        (savings.opening_balance, savings.transactions) = self.savings.close(Vec::new());
        (card.opening_balance, card.transactions) = self.card.book.close(self.card.purchases.pending(today));
        (brokerage.opening_balance, brokerage.transactions) = self.brokerage.book.close(Vec::new());
        (loan.opening_balance, loan.transactions) = self.loan.close(Vec::new());
        card.credit_limit = Some(cents(1_000_000));
        card.interest_rate = Some(CARD_RATE);
        loan.interest_rate = Some(LOAN_RATE);
        vec![checking, savings, card, brokerage, loan]
    }
}
