//! What a provider hands over, already in Dashtam's language.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use serde_json::Value;
use url::Url;

use crate::{
    ledger::{
        AccountKind, AccountTerms, AssetClass, BalanceParts, OptionTerms, SecurityFacts, SecurityIds, Trade,
        TransactionDetails, TransactionKind, TransactionStatus,
    },
    money::{Currency, Decimal},
    time::{Day, Timestamp},
};

/// The institution behind an account, where an aggregator stands between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledInstitution {
    /// Its name.
    pub name: String,
    /// Its site.
    pub url: Option<Url>,
}

/// The accounts of a grant.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PulledAccounts {
    /// The accounts that are shown.
    pub accounts: Vec<PulledAccount>,
    /// What the institution left out or we could not read, a sentence each, for the user. With any, an account
    /// that is not shown is not gone.
    pub gaps: Vec<String>,
}

impl From<Vec<PulledAccount>> for PulledAccounts {
    /// All accounts of the grant.
    fn from(accounts: Vec<PulledAccount>) -> Self {
        Self { accounts, gaps: Vec::new() }
    }
}

/// The positions of an account, as far as the institution tells.
#[derive(Debug, Clone, PartialEq)]
pub enum PulledHoldings {
    /// Nothing is said about positions: what is known stays.
    Untold,
    /// These.
    Told {
        /// The positions that are shown.
        holdings: Vec<PulledHolding>,
        /// What was left out or could not be read, a sentence each, for the user. With any, a position that is
        /// not shown may still be held.
        gaps: Vec<String>,
    },
}

impl PulledHoldings {
    /// The positions that are shown; none when nothing is said.
    pub fn shown(self) -> Vec<PulledHolding> {
        match self {
            Self::Untold => Vec::new(),
            Self::Told { holdings, .. } => holdings,
        }
    }
}

impl From<Vec<PulledHolding>> for PulledHoldings {
    /// All positions of the account.
    fn from(holdings: Vec<PulledHolding>) -> Self {
        Self::Told { holdings, gaps: Vec::new() }
    }
}

/// What an institution sent, to the letter. It may say anything, such as the secret that it was asked with, and is never
/// shown.
#[derive(Clone, Default, PartialEq)]
pub struct SentJson(Value);

impl fmt::Debug for SentJson {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SentJson(…)")
    }
}

impl From<Value> for SentJson {
    fn from(sent: Value) -> Self {
        Self(sent)
    }
}

impl Deref for SentJson {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl DerefMut for SentJson {
    fn deref_mut(&mut self) -> &mut Value {
        &mut self.0
    }
}

/// An account as the institution shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct PulledAccount {
    /// The institution's id, stable over time.
    pub external_id: String,
    /// Who keeps it, when that is not the provider itself.
    pub institution: Option<PulledInstitution>,
    /// Its name.
    pub name: String,
    /// What sort.
    pub kind: AccountKind,
    /// Its currency.
    pub currency: Currency,
    /// Masked number for people, e.g. `****1234`.
    pub mask: Option<String>,
    /// Present balance; negative is owed.
    pub balance: Option<Decimal>,
    /// What may be spent.
    pub available: Option<Decimal>,
    /// What the balance is made of.
    pub parts: BalanceParts,
    /// What was agreed.
    pub terms: AccountTerms,
    /// When the balances held.
    pub as_of: Option<Timestamp>,
    /// As the institution sent it, to be read again; null where it is not kept.
    pub raw: SentJson,
}

impl PulledAccount {
    /// An account of which nothing else is told.
    pub fn new(
        external_id: impl Into<String>,
        name: impl Into<String>,
        kind: AccountKind,
        currency: Currency,
    ) -> Self {
        Self {
            external_id: external_id.into(),
            institution: None,
            name: name.into(),
            kind,
            currency,
            mask: None,
            balance: None,
            available: None,
            parts: BalanceParts::default(),
            terms: AccountTerms::default(),
            as_of: None,
            raw: SentJson::default(),
        }
    }
}

/// A transaction as the institution shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct PulledTransaction {
    /// The institution's id, unique within the account.
    pub external_id: String,
    /// Id of the pending row that this posted one takes the place of.
    pub replaces: Option<String>,
    /// Day of posting, or of occurrence while pending.
    pub day: Day,
    /// Instant, when known.
    pub occurred_at: Option<Timestamp>,
    /// Signed, positive is money in.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
    /// Text for people.
    pub description: String,
    /// What sort.
    pub kind: TransactionKind,
    /// Pending or posted.
    pub status: TransactionStatus,
    /// Further text.
    pub memo: Option<String>,
    /// The security traded, if any.
    pub trade: Option<Trade>,
    /// What it is made of.
    pub details: TransactionDetails,
    /// The row as the institution sent it.
    pub raw: SentJson,
}

impl PulledTransaction {
    /// A posted transaction of which nothing else is told.
    pub fn new(
        external_id: impl Into<String>,
        day: Day,
        amount: Decimal,
        currency: Currency,
        description: impl Into<String>,
    ) -> Self {
        let kind = if amount.is_sign_negative() { TransactionKind::Debit } else { TransactionKind::Credit };
        Self {
            external_id: external_id.into(),
            replaces: None,
            day,
            occurred_at: None,
            amount,
            currency,
            description: description.into(),
            kind,
            status: TransactionStatus::Posted,
            memo: None,
            trade: None,
            details: TransactionDetails::default(),
            raw: SentJson::default(),
        }
    }
}

/// A row as it was sent and kept, to be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRow {
    /// What was sent.
    pub raw: String,
    /// The day under which it is stored: what stands for the day it came where the row tells none.
    pub day: Day,
}

/// A position as the institution shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct PulledHolding {
    /// What tells positions of one account apart.
    pub external_id: String,
    /// What the institution calls the security.
    pub ids: SecurityIds,
    /// Ticker, when there is one.
    pub symbol: Option<String>,
    /// Name of the security.
    pub name: Option<String>,
    /// What sort of asset.
    pub asset_class: AssetClass,
    /// Whether it is money and no security: what a broker keeps as cash, be it in a bank by night. Its class is
    /// [`AssetClass::CashEquivalent`]; a fund of that class, which is bought and sold, is no money.
    pub is_money: bool,
    /// Signed units.
    pub quantity: Decimal,
    /// Price of one unit.
    pub price: Option<Decimal>,
    /// Value of the position.
    pub market_value: Option<Decimal>,
    /// What the position cost in total.
    pub cost_basis: Option<Decimal>,
    /// What an option gives a right to.
    pub option: Option<OptionTerms>,
    /// Currency of the figures.
    pub currency: Currency,
    /// When the figures held.
    pub as_of: Option<Timestamp>,
    /// As the institution sent it, to be read again; null where it is not kept.
    pub raw: SentJson,
}

impl PulledHolding {
    /// What it says of the security; nothing by which one could be found where it is none.
    pub fn facts(&self) -> SecurityFacts {
        if self.is_money {
            return SecurityFacts::default();
        }
        SecurityFacts {
            ids: self.ids.clone(),
            symbol: self.symbol.clone(),
            name: self.name.clone(),
            asset_class: Some(self.asset_class),
            currency: Some(self.currency),
            multiplier: self.option.as_ref().and_then(|terms| terms.multiplier),
        }
    }
}

/// A row that could not be used. Its neighbours are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// The institution's id, if it could be read.
    pub external_id: Option<String>,
    /// Its day, if it could be read.
    pub day: Option<Day>,
    /// One sentence; holds no value of the row.
    pub reason: String,
}

/// Which transactions to fetch: whole days, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionWindow {
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
}

impl TransactionWindow {
    /// What to ask for, given when an account was read last, how many days are read again for the sake of what was
    /// late or changed, and how far back the institution's history goes. It begins no later than it ends, whatever
    /// the clock said last time: where that lies ahead, it is not known what was read, and everything is read.
    pub fn due(last: Option<Timestamp>, now: Timestamp, overlap_days: i64, history_days: i64) -> Self {
        let today = now.day();
        let from = match last.filter(|last| last.since(now) <= Timestamp::SKEW) {
            Some(last) => last.day().min(today).plus_days(-overlap_days),
            None => today.plus_days(-history_days),
        };
        // Institutions ahead of UTC already book tomorrow's rows.
        Self { from, to: today.plus_days(1) }
    }
}

/// A page of transactions.
#[derive(Debug, Clone, PartialEq)]
pub struct TransactionPage {
    /// The rows.
    pub rows: Vec<PulledTransaction>,
    /// Rows that could not be used.
    pub refused: Vec<RefusedRow>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<String>,
    /// On the last page: the first day that was really listed, when that is later than the window's first.
    pub covered_from: Option<Day>,
    /// What the institution says it left out, a sentence each, for the user. With any on any page, no row of the
    /// account counts as gone.
    pub gaps: Vec<String>,
    /// What else the user should know of the listing, a sentence each. It says nothing of rows that are gone.
    pub notes: Vec<String>,
}

impl From<Vec<PulledTransaction>> for TransactionPage {
    /// All rows of the window, on one page.
    fn from(rows: Vec<PulledTransaction>) -> Self {
        Self {
            rows,
            refused: Vec::new(),
            next: None,
            covered_from: None,
            gaps: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// What it means that a listing no longer shows a transaction of its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// The institution took it back.
    Removed,
    /// Nothing for posted rows, whose history may be cut; pending ones are gone.
    PendingOnly,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_never_ends_before_it_begins() {
        let now = Timestamp::parse("2026-11-22T23:59:00Z").unwrap();
        let of = |last: Option<&str>| {
            let window = TransactionWindow::due(last.map(|at| Timestamp::parse(at).unwrap()), now, 10, 730);
            assert!(window.from <= window.to);
            format!("{} {}", window.from, window.to)
        };
        assert_eq!(of(None), "2024-11-22 2026-11-23");
        assert_eq!(of(Some("2026-11-20T10:00:00Z")), "2026-11-10 2026-11-23");
        // Another process, a little ahead, is past midnight.
        assert_eq!(of(Some("2026-11-23T00:02:00Z")), "2026-11-12 2026-11-23");
        // A clock that was ahead: nobody knows what was read.
        assert_eq!(of(Some("2027-01-21T10:00:00Z")), "2024-11-22 2026-11-23");
        assert_eq!(of(Some("1970-01-01T00:00:00Z")), "1969-12-22 2026-11-23");
    }
}
