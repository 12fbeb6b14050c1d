//! The bank's own ledger: what it knows about a customer on a day.

mod book;
mod brokerage;
mod calendar;
mod card;
mod checking;
mod household;
mod market;
mod merchants;
mod profile;
mod purchases;
pub(crate) mod rng;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;

use crate::faults::{Customer, Lever};

/// What kind of account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKind {
    /// For daily payments.
    Checking,
    /// Bears interest.
    Savings,
    /// Borrowed money: the balance is negative when something is owed.
    CreditCard,
    /// Cash and securities: the balance is the cash.
    Brokerage,
}

impl AccountKind {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Savings => "savings",
            Self::CreditCard => "credit_card",
            Self::Brokerage => "brokerage",
        }
    }
}

/// What kind of movement a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionKind {
    /// Money from somebody else.
    Deposit,
    /// Something bought with a card.
    Purchase,
    /// A purchase given back.
    Refund,
    /// A bill, the rent, or a card's statement being paid.
    Payment,
    /// Between two accounts of the customer; both have a row.
    Transfer,
    /// Cash.
    Withdrawal,
    /// Kept by the bank.
    Fee,
    /// Paid by the bank.
    Interest,
    /// Securities bought.
    Buy,
    /// Securities sold.
    Sell,
    /// Paid by a security.
    Dividend,
}

impl TransactionKind {
    /// The name on the wire.
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
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Posted => "posted",
            Self::Pending => "pending",
        }
    }
}

/// What kind of security it is.
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
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Etf => "etf",
            Self::MutualFund => "mutual_fund",
            Self::Stock => "stock",
        }
    }
}

/// The security a brokerage row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityDetail {
    /// The ticker.
    pub symbol: &'static str,
    /// The name.
    pub name: &'static str,
    /// How many, when it was traded.
    pub quantity: Option<Decimal>,
    /// The price of one, when it was traded.
    pub price: Option<Decimal>,
    /// The commission, already part of the row's amount.
    pub fees: Option<Decimal>,
}

/// One row of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// `t-…` when posted, `p-…` when pending.
    pub id: String,
    /// The day it posted, or the day it was authorised when pending.
    pub date: NaiveDate,
    /// When the card was used.
    pub occurred_at: Option<DateTime<Utc>>,
    /// What it adds to the balance: money out is negative.
    pub amount: Decimal,
    /// The text on the statement.
    pub description: String,
    /// What kind of movement it is.
    pub kind: TransactionKind,
    /// Whether it is final.
    pub status: Status,
    /// The pending row this row replaces; the bank does not always tell.
    pub pending_id: Option<String>,
    /// The other party.
    pub counterparty: Option<String>,
    /// On a brokerage account.
    pub security: Option<SecurityDetail>,
    pub(crate) position: u32,
}

impl Transaction {
    /// Where the row stands in its account: by date, then by the order of the day.
    pub(crate) const fn order(&self) -> (NaiveDate, u32) {
        (self.date, self.position)
    }

    /// Part of the current balance.
    pub const fn is_posted(&self) -> bool {
        matches!(self.status, Status::Posted)
    }
}

/// A security held in a brokerage account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The ticker.
    pub symbol: &'static str,
    /// The name.
    pub name: &'static str,
    /// What kind of security it is.
    pub asset_type: AssetType,
    /// How many.
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
    /// `acc-…`
    pub id: String,
    /// What the bank calls it.
    pub name: &'static str,
    /// What kind of account it is.
    pub kind: AccountKind,
    /// The last four digits.
    pub number_masked: String,
    /// ISO 4217.
    pub currency: &'static str,
    /// The limit of a credit card.
    pub credit_limit: Option<Decimal>,
    /// The balance before the first row.
    pub opening_balance: Decimal,
    /// Posted and pending rows, oldest first.
    pub transactions: Vec<Transaction>,
    /// On a brokerage account.
    pub holdings: Vec<Holding>,
}

impl Account {
    /// The opening balance and all posted rows.
    pub fn current_balance(&self) -> Decimal {
        self.opening_balance + self.sum(Transaction::is_posted)
    }

    /// What can be spent, with pending rows taken off; unknown for a brokerage account.
    pub fn available_balance(&self) -> Option<Decimal> {
        match self.kind {
            AccountKind::Brokerage => None,
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
    /// The customer, without fault levers.
    pub person: String,
    /// The day. The books are those of midnight: card purchases are known from the next day on.
    pub today: NaiveDate,
    /// Checking, savings, credit card, brokerage.
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
        let accounts = household::accounts(seed, &person, today);
        Self { person, today, accounts }
    }

    /// The instant balances and holdings are stated for.
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
    /// A posted debit card purchase, at least four days old at that time, so that it lies within the days a
    /// client reads again at its next visit. Each lever has a row of its own.
    pub fn touched_by(&self, lever: Lever, linked_on: NaiveDate) -> Option<&Transaction> {
        let nth = match lever {
            Lever::MalformedRow => 0,
            Lever::RemovedRow => 1,
            Lever::ReissuedId => 2,
            _ => return None,
        };
        let latest = linked_on.checked_sub_days(Days::new(4))?;
        let rows = &self.account_of(AccountKind::Checking)?.transactions;
        let settled = |row: &&Transaction| {
            row.is_posted() && row.kind == TransactionKind::Purchase && row.date <= latest
        };
        rows.iter().rev().filter(settled).nth(nth)
    }
}
