//! The bank's own ledger: what it knows about a customer on a day.

mod book;
mod brokerage;
mod calendar;
mod card;
mod checking;
mod family;
mod household;
mod market;
mod merchants;
mod profile;
mod purchases;
pub(crate) mod rng;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;

use crate::faults::{Customer, HOUSEHOLD_CUSTOMER, Lever};
use rng::Key;

/// The kind of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKind {
    /// An account for daily payments.
    Checking,
    /// An account that bears interest.
    Savings,
    /// A credit card. Its balance is negative when something is owed.
    CreditCard,
    /// An account with cash and securities. Its balance is the cash.
    Brokerage,
    /// A loan that is paid back. Its balance is negative as long as something is owed.
    Loan,
}

impl AccountKind {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Savings => "savings",
            Self::CreditCard => "credit_card",
            Self::Brokerage => "brokerage",
            Self::Loan => "loan",
        }
    }
}

/// The kind of movement that a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionKind {
    /// Money that somebody else sent.
    Deposit,
    /// Something bought with a card.
    Purchase,
    /// A purchase that was given back.
    Refund,
    /// A bill, the rent, or a card's statement being paid.
    Payment,
    /// Money moved between two accounts of the customer; both have a row.
    Transfer,
    /// Cash taken from a machine.
    Withdrawal,
    /// Money that the bank takes.
    Fee,
    /// Money that the bank pays.
    Interest,
    /// Securities that were bought.
    Buy,
    /// Securities that were sold.
    Sell,
    /// Money that a security pays.
    Dividend,
}

impl TransactionKind {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deposit => "deposit",
            Self::Purchase => "purchase",
            Self::Refund => "refund",
            Self::Payment => "payment",
            Self::Transfer => "transfer",
            Self::Withdrawal => "withdrawal",
            Self::Fee => "fee",
            Self::Interest => "interest",
            Self::Buy => "buy",
            Self::Sell => "sell",
            Self::Dividend => "dividend",
        }
    }
}

/// Whether a row is final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Final, and part of the current balance.
    Posted,
    /// Authorised only: it will post under another id, perhaps with another amount.
    Pending,
}

impl Status {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Posted => "posted",
            Self::Pending => "pending",
        }
    }
}

/// The kind of a security.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssetType {
    /// An exchange-traded fund.
    Etf,
    /// A mutual fund.
    MutualFund,
    /// A share of a company.
    Stock,
}

impl AssetType {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Etf => "etf",
            Self::MutualFund => "mutual_fund",
            Self::Stock => "stock",
        }
    }
}

/// The security that a row of a brokerage account is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityDetail {
    /// Its ticker.
    pub symbol: &'static str,
    /// Its number.
    pub isin: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How many were traded; `None` if it was not a trade.
    pub quantity: Option<Decimal>,
    /// The price of one; `None` if it was not a trade.
    pub price: Option<Decimal>,
    /// The commission, which is already part of the row's amount.
    pub fees: Option<Decimal>,
}

/// What was paid in another currency than the account's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// The other currency, as an ISO 4217 code.
    pub currency: &'static str,
    /// The amount in it, with the sign of the row's own.
    pub amount: Decimal,
    /// What one unit of it cost in the account's currency.
    pub rate: Decimal,
}

/// One row of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Its id: `t-…` when it is posted, `p-…` when it is pending.
    pub id: String,
    /// The day it posted, or the day it was authorised when pending.
    pub date: NaiveDate,
    /// When the card was used; `None` if no card was.
    pub occurred_at: Option<DateTime<Utc>>,
    /// What it adds to the balance: money out is negative.
    pub amount: Decimal,
    /// The text on the statement.
    pub description: String,
    /// The kind of movement.
    pub kind: TransactionKind,
    /// Whether it is final.
    pub status: Status,
    /// The pending row this row replaces; the bank does not always tell.
    pub pending_id: Option<String>,
    /// The other party, if there is one.
    pub counterparty: Option<String>,
    /// The code of what it was for, in Plaid's words; told of the household's rows only.
    pub category: Option<&'static str>,
    /// What was paid, if it was in another currency.
    pub original: Option<Original>,
    /// The security, on a brokerage account.
    pub security: Option<SecurityDetail>,
    pub(crate) position: u32,
}

impl Transaction {
    /// Where the row stands in its account: by date, then by the order of the day.
    pub(crate) const fn order(&self) -> (NaiveDate, u32) {
        (self.date, self.position)
    }

    /// Whether it is part of the current balance.
    pub const fn is_posted(&self) -> bool {
        matches!(self.status, Status::Posted)
    }
}

/// A security held in a brokerage account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Its ticker.
    pub symbol: &'static str,
    /// Its number.
    pub isin: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The kind of security.
    pub asset_type: AssetType,
    /// How many are held.
    pub quantity: Decimal,
    /// The price of one.
    pub price: Decimal,
    /// Quantity times price, to the cent.
    pub market_value: Decimal,
    /// What was paid for it, fees included, at average cost.
    pub cost_basis: Decimal,
}

/// One account with everything the bank still serves of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id, which begins with `acc-`.
    pub id: String,
    /// What the bank calls it.
    pub name: &'static str,
    /// The kind of account.
    pub kind: AccountKind,
    /// The last four digits of its number.
    pub number_masked: String,
    /// Its currency, as an ISO 4217 code.
    pub currency: &'static str,
    /// The limit, if it is a credit card.
    pub credit_limit: Option<Decimal>,
    /// Interest for a year on what is owed, in percent.
    pub interest_rate: Option<&'static str>,
    /// The balance before the first row.
    pub opening_balance: Decimal,
    /// Posted and pending rows, the oldest first.
    pub transactions: Vec<Transaction>,
    /// The securities held, on a brokerage account.
    pub holdings: Vec<Holding>,
}

impl Account {
    /// The customer's account of this number, with nothing in it yet.
    fn new(customer: Key, number: u64, kind: AccountKind, name: &'static str) -> Self {
        let key = customer.part(number).part(9);
        Self {
            id: format!("acc-{}", key.hex()),
            name,
            kind,
            number_masked: format!("****{:04}", key.rng().below(10_000)),
            currency: "USD",
            credit_limit: None,
            interest_rate: None,
            opening_balance: Decimal::ZERO,
            transactions: Vec::new(),
            holdings: Vec::new(),
        }
    }

    /// The opening balance and all posted rows together.
    pub fn current_balance(&self) -> Decimal {
        self.opening_balance + self.sum(Transaction::is_posted)
    }

    /// What can be spent, with pending rows taken off; unknown for a brokerage account and a loan.
    pub fn available_balance(&self) -> Option<Decimal> {
        match self.kind {
            AccountKind::Brokerage | AccountKind::Loan => None,
            _ => Some(self.opening_balance + self.credit_limit.unwrap_or_default() + self.sum(|_| true)),
        }
    }

    fn sum(&self, wanted: impl Fn(&Transaction) -> bool) -> Decimal {
        self.transactions.iter().filter(|row| wanted(row)).map(|row| row.amount).sum()
    }
}

/// Everything the bank knows about one customer on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// The customer's name, without levers.
    pub person: String,
    /// The day. The books are those of midnight: card purchases are known from the next day on.
    pub today: NaiveDate,
    /// The accounts: checking, savings, credit card and brokerage; of the household a loan, too.
    pub accounts: Vec<Account>,
}

impl World {
    /// Works out the ledger of a customer.
    ///
    /// The same seed, customer and day give the same ledger everywhere. Posted rows never change as the day
    /// moves on: tomorrow's ledger is today's and one day more, less what fell out of the two years served.
    /// Fault levers in the customer's name make no difference: `bob+slow` has the accounts of `bob`.
    pub fn generate(seed: u64, customer: &str, today: NaiveDate) -> Self {
        let person = Customer::parse(customer).map_or_else(String::new, |customer| customer.person);
        let accounts = match person.as_str() {
            HOUSEHOLD_CUSTOMER => family::accounts(seed, today),
            _ => household::accounts(seed, &person, today),
        };
        Self { person, today, accounts }
    }

    /// What the household's brokerage account was worth, cash and securities together, at the end of each Friday of the two
    /// years before `today`: what a person may have written down, because no bank tells it afterwards.
    pub fn portfolio_on_fridays(seed: u64, today: NaiveDate) -> Vec<(NaiveDate, Decimal)> {
        family::portfolio_on_fridays(seed, today)
    }

    /// The instant for which balances and holdings are stated.
    pub fn as_of(&self) -> DateTime<Utc> {
        self.today.and_time(NaiveTime::MIN).and_utc()
    }

    /// The account with this id.
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    /// The account of this kind.
    pub fn account_of(&self, kind: AccountKind) -> Option<&Account> {
        self.accounts.iter().find(|account| account.kind == kind)
    }

    /// The row that a lever touches for a customer who gave consent on `linked_on`.
    ///
    /// A pending row, for the levers that let one post. Otherwise a posted debit card purchase, at least four days old at that time, so that it lies within the days a
    /// client reads again at its next visit. Each lever has a row of its own.
    pub fn touched_by(&self, lever: Lever, linked_on: NaiveDate) -> Option<&Transaction> {
        let nth = match lever {
            Lever::MalformedRow => 0,
            Lever::RemovedRow => 1,
            Lever::ReissuedId => 2,
            Lever::DuplicateRow => 3,
            Lever::LateRow => 4,
            Lever::RewrittenHistory => 5,
            Lever::PostsUnlinked | Lever::PostsWhilePending => return self.pending(linked_on, 0),
            Lever::PostsWithTip | Lever::PendingAgain => return self.pending(linked_on, 1),
            _ => return None,
        };
        let latest = linked_on.checked_sub_days(Days::new(4))?;
        let rows = &self.account_of(AccountKind::Checking)?.transactions;
        let settled = |row: &&Transaction| {
            row.is_posted() && row.kind == TransactionKind::Purchase && row.date <= latest
        };
        rows.iter().rev().filter(settled).nth(nth)
    }

    /// One of the pending rows of the checking account that were there on that day.
    fn pending(&self, linked_on: NaiveDate, nth: usize) -> Option<&Transaction> {
        let rows = &self.account_of(AccountKind::Checking)?.transactions;
        rows.iter().filter(|row| !row.is_posted() && row.date < linked_on).nth(nth)
    }
}
