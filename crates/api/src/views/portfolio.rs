//! Lots, positions, gains and allocation.

use dashtam_application::portfolio::{
    Allocated, NotKnown, Position, ShownClosing, ToldNow, ValuedLot, YearGains,
};
use dashtam_domain::{
    id::{AccountId, SecurityId},
    ledger::{Security, portfolio::WashSale},
    money::Decimal,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date, Id};

/// A security in an account.
#[derive(Serialize, ToSchema)]
#[schema(as = SecurityOfAccount)]
pub(crate) struct SecurityOfAccountView<'a> {
    account_id: Id,
    security_id: Id,
    symbol: Option<&'a str>,
    name: Option<&'a str>,
}

impl<'a> SecurityOfAccountView<'a> {
    pub(super) fn new(account: AccountId, id: SecurityId, security: Option<&'a Security>) -> Self {
        Self {
            account_id: Id(account.0),
            security_id: Id(id.0),
            symbol: security.and_then(|security| security.symbol.as_deref()),
            name: security.and_then(|security| security.name.as_deref()),
        }
    }
}

/// A part of a position that came at one time.
#[derive(Serialize, ToSchema)]
#[schema(as = Lot)]
pub(crate) struct LotView<'a> {
    #[serde(flatten)]
    of: SecurityOfAccountView<'a>,
    /// Tells the lots of one answer apart, in the order in which they came.
    lot: u32,
    /// Below zero for what was sold short.
    units: Amount,
    /// What the units cost with all fees, or what a short sale brought. Null where nobody knows it.
    basis: Option<Amount>,
    /// ISO 4217.
    currency: &'a str,
    /// Since when they are held. Null where nobody knows it.
    acquired: Option<Date>,
    /// The transaction they came with. Null for an opening lot.
    transaction_id: Option<Id>,
    /// Whether it stands for what the institution says is held and no transaction tells of.
    is_opening: bool,
    /// What they are worth, by what the institution last told of the position. Null where it told nothing, or told of another
    /// quantity than the lots come to.
    market_value: Option<Amount>,
    /// What they would gain at that.
    gain: Option<Amount>,
    /// Why nobody knows the gain: `opening_cost` (an opening lot stands for units that no transaction tells of, and their cost does
    /// not follow from what the institution tells), `opening_proceeds` (the same of what was sold short), `cost` or `proceeds` (what
    /// the units cost, or brought when they were sold short, was not told, or told in another currency), `average` (the average
    /// of all is taken, and what some of them cost is not known), `position_untold`,
    /// `value_untold`, `other_units` or `other_currency` (the institution does not tell of the position, of its value, or tells
    /// of another quantity or currency) or `too_large`. Null where it is known.
    gain_unknown_because: Option<&'static str>,
    /// Which lots a sale takes first: `fifo`, `lifo`, `hifo`, `lofo`, `average` or `specific`.
    method: &'static str,
}

fn why<T>(found: Result<T, NotKnown>) -> Option<&'static str> {
    found.err().map(NotKnown::as_str)
}

impl LotView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 520;
}

impl<'a> From<&'a ValuedLot> for LotView<'a> {
    fn from(of: &'a ValuedLot) -> Self {
        let ValuedLot { lot, security, method, value, gain } = of;
        Self {
            of: SecurityOfAccountView::new(lot.account, lot.security, security.as_ref()),
            lot: lot.number,
            units: Amount(lot.units),
            basis: lot.basis.map(Amount),
            currency: lot.currency.as_str(),
            acquired: lot.acquired.map(Date),
            transaction_id: lot.opened_by.map(|id| Id(id.0)),
            is_opening: lot.is_opening,
            market_value: value.ok().map(Amount),
            gain: gain.ok().map(Amount),
            gain_unknown_because: why(*gain),
            method: method.as_str(),
        }
    }
}

/// What an institution last told of a position.
#[derive(Serialize, ToSchema)]
#[schema(as = ToldPosition)]
pub(crate) struct ToldPositionView<'a> {
    units: Amount,
    basis: Option<Amount>,
    market_value: Option<Amount>,
    /// ISO 4217.
    currency: &'a str,
    /// For which day it was told.
    date: Date,
}

impl<'a> From<&'a ToldNow> for ToldPositionView<'a> {
    fn from(told: &'a ToldNow) -> Self {
        Self {
            units: Amount(told.units),
            basis: told.basis.map(Amount),
            market_value: told.value.map(Amount),
            currency: told.currency.as_str(),
            date: Date(told.day),
        }
    }
}

/// A position as the transactions make it, beside what its institution tells.
#[derive(Serialize, ToSchema)]
#[schema(as = PortfolioPosition)]
pub(crate) struct PositionView<'a> {
    #[serde(flatten)]
    of: SecurityOfAccountView<'a>,
    /// How many lots it is made of; `GET /portfolio/lots` lists them.
    lots: usize,
    /// Of all lots together.
    units: Amount,
    /// What all lots cost. Null where the cost of one is not known.
    basis: Option<Amount>,
    /// ISO 4217, of the basis.
    currency: &'a str,
    /// Null where the institution tells of no such position.
    told: Option<ToldPositionView<'a>>,
    /// What the lots have beyond what is told.
    units_difference: Option<Amount>,
    /// The same of what they cost, in one currency.
    basis_difference: Option<Amount>,
    /// `complete` (the transactions come to what is told), `opened` (they do, with an opening lot for what no transaction tells
    /// of), `differs` (they do not) or `untold` (the institution tells of no such position).
    agreement: &'static str,
    /// What it would gain at what the institution told that it is worth.
    gain: Option<Amount>,
    /// Why nobody knows the gain, in the words of a lot. Null where it is known.
    gain_unknown_because: Option<&'static str>,
    /// Which lots a sale takes first: `fifo`, `lifo`, `hifo`, `lofo`, `average` or `specific`.
    method: &'static str,
}

impl PositionView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 620;
}

impl<'a> From<&'a Position> for PositionView<'a> {
    fn from(of: &'a Position) -> Self {
        let less = |one: Decimal, other: Decimal| one.checked_sub(other).map(Amount);
        let told = of.told.as_ref().filter(|told| told.currency == of.currency);
        Self {
            of: SecurityOfAccountView::new(of.account, of.id, of.security.as_ref()),
            lots: of.lots,
            units: Amount(of.units),
            basis: of.basis.ok().map(Amount),
            currency: of.currency.as_str(),
            told: of.told.as_ref().map(ToldPositionView::from),
            units_difference: of.told.and_then(|told| less(of.units, told.units)),
            basis_difference: told.and_then(|told| less(of.basis.ok()?, told.basis?)),
            agreement: of.agreement.as_str(),
            gain: of.gain().ok().map(Amount),
            gain_unknown_because: why(of.gain()),
            method: of.method.as_str(),
        }
    }
}

/// What the sales of a year gained, in one currency.
#[derive(Serialize, ToSchema)]
#[schema(as = YearGains)]
pub(crate) struct YearGainsView<'a> {
    year: i32,
    /// ISO 4217.
    currency: &'a str,
    /// Of what was held for a year at most, and of short positions.
    short_term: Amount,
    /// Of what was held longer.
    long_term: Amount,
    /// Of what nobody knows since when it was held.
    undated: Amount,
    /// All three. Null where it is too large.
    total: Option<Amount>,
    /// How many parts of lots are gone; `GET /portfolio/closings` lists them.
    closings: usize,
    /// Of how many of them the gain is not known, because nobody knows what they cost or brought. They are in no sum.
    unknown: usize,
    /// Which lots sales took first in the accounts it is of: several where accounts differ.
    methods: Vec<&'static str>,
}

impl YearGainsView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 200;
}

impl<'a> From<&'a YearGains> for YearGainsView<'a> {
    fn from(of: &'a YearGains) -> Self {
        Self {
            year: of.year,
            currency: of.currency.as_str(),
            short_term: Amount(of.short),
            long_term: Amount(of.long),
            undated: Amount(of.undated),
            total: of.total().map(Amount),
            closings: of.closings,
            unknown: of.unknown,
            methods: of.methods.iter().map(|method| method.as_str()).collect(),
        }
    }
}

/// Units that were bought again near a loss.
#[derive(Serialize, ToSchema)]
#[schema(as = WashSale)]
pub(crate) struct WashSaleView {
    /// The lot that was bought again.
    lot: u32,
    units: Amount,
    /// The part of the loss that may not count yet, positive.
    disallowed: Amount,
    /// What those units would then have cost.
    basis: Option<Amount>,
    /// Since when they would then be held.
    held_since: Option<Date>,
}

impl From<&WashSale> for WashSaleView {
    fn from(wash: &WashSale) -> Self {
        Self {
            lot: wash.lot,
            units: Amount(wash.units),
            disallowed: Amount(wash.disallowed),
            basis: wash.basis.map(Amount),
            held_since: wash.held_since.map(Date),
        }
    }
}

/// A part of a lot that is gone.
#[derive(Serialize, ToSchema)]
#[schema(as = Closing)]
pub(crate) struct ClosingView<'a> {
    #[serde(flatten)]
    of: SecurityOfAccountView<'a>,
    lot: u32,
    /// `long`, or `short` for what was sold without having been held.
    side: &'static str,
    /// Positive; zero where capital came back beyond what the units had cost.
    units: Amount,
    /// What they cost with all fees. Null where nobody knows it.
    basis: Option<Amount>,
    /// What they brought after all fees.
    proceeds: Option<Amount>,
    /// What they brought beyond their cost.
    gain: Option<Amount>,
    /// Why nobody knows the gain: `opening_cost`, `opening_proceeds`, `average`, `cost`, `proceeds` (what the units brought was not
    /// told, or told in another currency) or `too_large`. Null where it is known.
    gain_unknown_because: Option<&'static str>,
    /// Which lots sales take first in the account: `fifo`, `lifo`, `hifo`, `lofo`, `average` or `specific`.
    method: &'static str,
    /// ISO 4217.
    currency: &'a str,
    acquired: Option<Date>,
    closed: Date,
    days: Option<i64>,
    /// `long` for more than a year, else `short`. Null where nobody knows since when they were held.
    term: Option<&'static str>,
    /// The transaction they came with.
    opened_by: Option<Id>,
    /// The transaction they went with.
    closed_by: Option<Id>,
    is_opening: bool,
    /// What was bought again within thirty days of a loss, in any account: a hint at the wash sales of the tax law of the United
    /// States, and no advice.
    wash_sales: Vec<WashSaleView>,
}

impl ClosingView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 680;
}

impl<'a> From<&'a ShownClosing> for ClosingView<'a> {
    fn from(of: &'a ShownClosing) -> Self {
        let ShownClosing { closing, security, method, gain, washed, .. } = of;
        Self {
            of: SecurityOfAccountView::new(closing.account, closing.security, security.as_ref()),
            lot: closing.lot,
            side: closing.side.as_str(),
            units: Amount(closing.units),
            basis: closing.basis.map(Amount),
            proceeds: closing.proceeds.map(Amount),
            gain: closing.gain.map(Amount),
            gain_unknown_because: why(*gain),
            method: method.as_str(),
            currency: closing.currency.as_str(),
            acquired: closing.acquired.map(Date),
            closed: Date(closing.day),
            days: closing.days(),
            term: closing.term().map(|term| term.as_str()),
            opened_by: closing.opened_by.map(|id| Id(id.0)),
            closed_by: closing.closed_by.map(|id| Id(id.0)),
            is_opening: closing.is_opening,
            wash_sales: washed.iter().map(WashSaleView::from).collect(),
        }
    }
}

/// A part of a portfolio.
#[derive(Serialize, ToSchema)]
#[schema(as = AllocatedPart)]
pub(crate) struct AllocatedView<'a> {
    /// The sort of asset, the currency, or the id of the security or account.
    key: &'a str,
    /// What people call it; null for sorts and currencies.
    name: Option<&'a str>,
    /// ISO 4217.
    currency: &'a str,
    /// What it is worth, by what institutions last told.
    market_value: Amount,
    /// Its part of everything in this currency, in percent to four places. Null where all of it is worth nothing.
    percent: Option<Amount>,
    /// What part it shall be, in percent. Null without a target.
    target_percent: Option<Amount>,
    /// How far it is from that, in points of a percent: below zero where it is less. Null without a target or a part.
    drift: Option<Amount>,
    /// What it is worth beyond its target, below zero where that is less.
    beyond_target: Option<Amount>,
    positions: usize,
    /// Positions of which nobody told what they are worth: they are not in the value.
    unvalued: usize,
}

impl AllocatedView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 300;
}

impl<'a> From<&'a Allocated> for AllocatedView<'a> {
    fn from(of: &'a Allocated) -> Self {
        Self {
            key: &of.key,
            name: of.name.as_deref(),
            currency: of.currency.as_str(),
            market_value: Amount(of.value),
            percent: of.share.map(Amount),
            target_percent: of.target.map(Amount),
            drift: of.drift().map(Amount),
            beyond_target: of.beyond.map(Amount),
            positions: of.positions,
            unvalued: of.unvalued,
        }
    }
}
