//! Pairs of rows whose amounts may be the two sides of a transfer.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::{
    id::{AccountId, DecisionId, TransactionId},
    ledger::{Sign, Transaction, TransactionKind, TransactionStatus, worth::RateBook},
    money::{Currency, Decimal},
    time::Day,
};

/// The two sides of a transfer are this many days apart at most.
pub const TRANSFER_DAYS: i64 = 4;
/// A fee is this much at most, or a hundredth of what came.
const FEE: Decimal = Decimal::from_parts(5, 0, 0, false, 0);
/// What came is off the rate of the day by so many thousandths at most.
const OFF_RATE: i64 = 25;
/// So many pairs are looked at at most: far more than honest accounts make.
const MOST_PAIRS: usize = 200_000;
/// So many amounts are held against each other at most, so that no ledger keeps everybody waiting.
const MOST_LOOKS: usize = 2_000_000;

/// What of a transaction tells whether it may be one side of a transfer, by the values that people are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glance {
    /// Which transaction.
    pub id: TransactionId,
    /// In which account.
    pub account: AccountId,
    /// Its day.
    pub day: Day,
    /// Signed, positive is money in.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
    /// What sort.
    pub kind: TransactionKind,
    /// Where it stands.
    pub status: TransactionStatus,
    /// The transfer that it is one side of.
    pub transfer: Option<DecisionId>,
}

impl From<&Transaction> for Glance {
    fn from(row: &Transaction) -> Self {
        Self {
            id: row.id,
            account: row.account,
            day: row.shown_day(),
            amount: row.shown_amount(),
            currency: row.currency,
            kind: row.kind,
            status: row.status,
            transfer: row.transfer.map(|link| link.id),
        }
    }
}

impl Glance {
    /// Whether it may be one side of a transfer that is not known yet. What buys, earns or costs something is none.
    pub fn is_open(&self) -> bool {
        let moves = !matches!(
            self.kind,
            TransactionKind::Trade
                | TransactionKind::Dividend
                | TransactionKind::Interest
                | TransactionKind::Fee
                | TransactionKind::PointOfSale
                | TransactionKind::Hold
        );
        let is_there = self.status != TransactionStatus::Removed && self.transfer.is_none();
        moves && is_there && !self.amount.is_zero()
    }

    /// Which side of a transfer it would be.
    pub fn side(&self) -> TransferSide {
        TransferSide::of(self.amount)
    }

    fn goes(&self) -> bool {
        self.side() == TransferSide::From
    }
}

/// One side of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransferSide {
    /// What the money goes by.
    From,
    /// What it comes by.
    To,
}

impl TransferSide {
    /// Which side moves an amount, which is not zero.
    pub fn of(amount: Decimal) -> Self {
        match Sign::of(amount) {
            Sign::Negative => Self::From,
            Sign::Positive => Self::To,
        }
    }
}

/// How the two amounts of a pair fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// What went came.
    Whole,
    /// It came less this fee; whether that is a hundredth at most.
    LessFee(Decimal, bool),
    /// By this rate.
    ByRate(Decimal),
}

/// A row that money went by, and one that it may have come by.
pub(super) struct Found {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) fit: Fit,
}

/// The pairs among these rows whose amounts fit, of accounts that are two by `whole`.
pub(super) fn fitting(
    rows: &[Glance],
    rates: &RateBook,
    whole: impl Fn(AccountId) -> AccountId,
) -> Vec<Found> {
    let mut came: BTreeMap<(Currency, Decimal), Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.is_open() && !row.goes()) {
        came.entry((row.currency, row.amount)).or_default().push(at);
    }
    came.values_mut().for_each(|places| places.sort_unstable_by_key(|at| (rows[*at].day, rows[*at].id)));
    let currencies: BTreeSet<Currency> = came.keys().map(|(currency, _)| *currency).collect();
    let (mut found, mut looks) = (Vec::new(), 0_usize);
    for (from, row) in rows.iter().enumerate().filter(|(_, row)| row.is_open() && row.goes()) {
        let sent = -row.amount;
        for currency in &currencies {
            let Some((least, most, rate)) = bounds(row, sent, *currency, rates) else { continue };
            for ((_, amount), places) in came.range((*currency, least)..=(*currency, most)) {
                looks += 1;
                if looks > MOST_LOOKS || found.len() >= MOST_PAIRS {
                    return found;
                }
                let Some(fit) = fit(sent, *amount, rate) else { continue };
                let first = places.partition_point(|at| rows[*at].day < row.day.plus_days(-TRANSFER_DAYS));
                let near = places[first..]
                    .iter()
                    .take_while(|at| rows[**at].day <= row.day.plus_days(TRANSFER_DAYS));
                let near = near.inspect(|_| looks += 1);
                let other = near.filter(|at| whole(rows[**at].account) != whole(row.account));
                let room = MOST_PAIRS.saturating_sub(found.len());
                found.extend(other.take(room).map(|to| Found { from, to: *to, fit }));
            }
        }
    }
    found
}

/// The least and the most that may have come of what was sent, and by which rate.
fn bounds(
    row: &Glance,
    sent: Decimal,
    currency: Currency,
    rates: &RateBook,
) -> Option<(Decimal, Decimal, Option<Decimal>)> {
    if currency == row.currency {
        let hundredth = sent.checked_div(Decimal::from(101))?;
        return Some((sent.checked_sub(FEE.max(hundredth))?, sent, None));
    }
    let conversion = rates.conversion(row.currency, currency, row.day)?;
    let worth = conversion.convert(sent)?;
    let off = worth.checked_mul(Decimal::new(OFF_RATE, 3))?;
    Some((worth.checked_sub(off)?, worth.checked_add(off)?, Some(conversion.rate()?)))
}

fn fit(sent: Decimal, came: Decimal, rate: Option<Decimal>) -> Option<Fit> {
    if let Some(rate) = rate {
        return Some(Fit::ByRate(rate));
    }
    let fee = sent.checked_sub(came)?;
    if fee.is_zero() {
        return Some(Fit::Whole);
    }
    let is_small = fee.checked_mul(Decimal::ONE_HUNDRED)? <= came;
    (is_small || fee <= FEE).then(|| Fit::LessFee(fee.normalize(), is_small))
}

/// The rows of all pairs, among these rows, of which one is one of those that are asked for.
pub fn partners(
    of: &HashSet<TransactionId>,
    rows: &[Glance],
    rates: &RateBook,
    whole: impl Fn(AccountId) -> AccountId,
) -> HashSet<TransactionId> {
    let pairs = fitting(rows, rates, whole).into_iter().map(|pair| [rows[pair.from].id, rows[pair.to].id]);
    pairs.filter(|ends| ends.iter().any(|id| of.contains(id))).flatten().collect()
}
