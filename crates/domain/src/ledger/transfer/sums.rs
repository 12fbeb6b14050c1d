//! Finds transfers of which one side came as several transactions: amounts of one account that add up, to the last digit, to
//! that of one transaction of another account. They are only ever proposed, because sums meet by chance far more often than
//! single amounts do.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    id::{AccountId, TransactionId},
    ledger::{Account, Transaction, matching::Scores},
    money::{Currency, Decimal},
    time::Day,
};

use super::{
    Glance, TRANSFER_DAYS, TransferKind, TransferSide, TransferTerms,
    names::{Names, Said, text_score},
};

/// Where more rows than this of one account could be pieces of a whole, nothing is said of it: chance would speak.
const MOST_ROWS: usize = 100;
/// Where more sums than this make a whole, nothing is said of it.
const MOST_SUMS: usize = 8;
/// So many sums are found at most: far more than honest accounts make.
const MOST_FOUND: usize = 1_000;
/// So many amounts are looked at and added up at most, so that no ledger keeps everybody waiting.
const MOST_LOOKS: usize = 2_000_000;
/// Amounts are added up as whole numbers of units so many places behind the point. What is finer is no piece.
const PLACES: u32 = 18;

/// Rows of one account whose amounts add up to that of a row of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferSum {
    /// The row of the whole amount.
    pub whole: TransactionId,
    /// The two or three rows that add up to it, in the order of their days.
    pub pieces: Vec<TransactionId>,
}

impl TransferSum {
    /// All of its rows.
    pub fn rows(&self) -> impl Iterator<Item = TransactionId> {
        std::iter::once(self.whole).chain(self.pieces.iter().copied())
    }

    /// Its rows, whichever is the whole.
    fn set(&self) -> Vec<TransactionId> {
        let mut rows: Vec<TransactionId> = self.rows().collect();
        rows.sort_unstable();
        rows
    }
}

/// A sum that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedSum {
    /// Which rows.
    pub sum: TransferSum,
    /// How well they fit: the worst of its pieces.
    pub scores: Scores,
    /// What else is known of it.
    pub terms: TransferTerms,
}

/// What keeps sums from being proposed.
#[derive(Debug, Default)]
pub struct KnownSums {
    /// The rows, each set in the order of their ids, of which a person said that they are no transfer.
    pub refused: HashSet<Vec<TransactionId>>,
    /// The rows that somebody is asked about.
    pub taken: HashSet<TransactionId>,
}

/// Those of these rows that changed, and those of which one that changed may be a piece: whatever sums the changed rows are
/// in, one of these is the whole of each. All of them are open. Whether a row may be a whole is told by the least changed
/// amount of each account and day alone, so that it costs little however many rows changed.
pub fn wholes(
    changed: &HashSet<TransactionId>,
    rows: &[Glance],
    whole: impl Fn(AccountId) -> AccountId,
) -> Vec<Glance> {
    let mut least: BTreeMap<(TransferSide, Day), HashMap<(AccountId, Currency), Decimal>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.is_open() && changed.contains(&row.id)) {
        let amount = row.amount.abs();
        let of_day = least.entry((row.side(), row.day)).or_default();
        let known = of_day.entry((whole(row.account), row.currency)).or_insert(amount);
        *known = amount.min(*known);
    }
    let has_piece = |row: &Glance| {
        let (first, last) = around(row.day);
        let near = least.range((other_side(row), first)..=(other_side(row), last));
        near.flat_map(|(_, of_day)| of_day).any(|((account, currency), amount)| {
            *amount < row.amount.abs() && *currency == row.currency && *account != whole(row.account)
        })
    };
    let open = rows.iter().filter(|row| row.is_open());
    open.filter(|row| changed.contains(&row.id) || has_piece(row)).copied().collect()
}

fn other_side(row: &Glance) -> TransferSide {
    match row.side() {
        TransferSide::From => TransferSide::To,
        TransferSide::To => TransferSide::From,
    }
}

/// The first and the last day that the other side of a transfer may have.
fn around(day: Day) -> (Day, Day) {
    (day.plus_days(-TRANSFER_DAYS), day.plus_days(TRANSFER_DAYS))
}

/// A row that may be a piece.
#[derive(Debug, Clone, Copy)]
struct Piece {
    day: Day,
    units: i128,
    id: TransactionId,
}

/// Rows of one account, currency and side, in the order of their days.
type Pieces = BTreeMap<(TransferSide, Currency, AccountId), Vec<Piece>>;

/// Every sum that makes one of these wholes of open rows of one other account that are within the days of a transfer. Of a
/// whole that very many sums or rows could make there is none.
pub fn sums(wholes: &[Glance], rows: &[Glance], whole: impl Fn(AccountId) -> AccountId) -> Vec<TransferSum> {
    let mut pieces = Pieces::new();
    for row in rows.iter().filter(|row| row.is_open()) {
        let Some(units) = units(row.amount) else { continue };
        let of = pieces.entry((row.side(), row.currency, row.account)).or_default();
        of.push(Piece { day: row.day, units, id: row.id });
    }
    for of in pieces.values_mut() {
        of.sort_unstable_by_key(|piece| (piece.day, piece.id));
        of.dedup_by_key(|piece| piece.id);
    }
    let mut wholes: Vec<&Glance> = wholes.iter().filter(|row| row.is_open()).collect();
    // The newest first: of too many those that a person remembers.
    wholes.sort_unstable_by_key(|row| (row.day, row.id));
    wholes.dedup_by_key(|row| row.id);
    let (mut found, mut looks) = (Vec::new(), 0_usize);
    for row in wholes.into_iter().rev() {
        if looks > MOST_LOOKS || found.len() > MOST_FOUND {
            break;
        }
        found.extend(sums_of(row, &pieces, &whole, &mut looks).unwrap_or_default());
    }
    found
}

/// The sums that make one whole; `None` where it may be too many.
fn sums_of(
    row: &Glance,
    pieces: &Pieces,
    whole: impl Fn(AccountId) -> AccountId,
    looks: &mut usize,
) -> Option<Vec<TransferSum>> {
    let units = units(row.amount)?;
    let (first, last) = around(row.day);
    let (side, lowest) = (other_side(row), AccountId(uuid::Uuid::nil()));
    let accounts = pieces.range((side, row.currency, lowest)..);
    let accounts = accounts.take_while(|((of, currency, _), _)| (*of, *currency) == (side, row.currency));
    let mut sums = Vec::new();
    for (_, of) in accounts.filter(|((_, _, account), _)| whole(*account) != whole(row.account)) {
        let from = of.partition_point(|piece| piece.day < first);
        let near = of[from..].iter().take_while(|piece| piece.day <= last).inspect(|_| *looks += 1);
        let near = near.filter(|piece| piece.units < units).take(MOST_ROWS + 1);
        let mut near: Vec<Piece> = near.copied().collect();
        if near.len() > MOST_ROWS {
            return None;
        }
        near.sort_unstable_by_key(|piece| (piece.units, piece.day, piece.id));
        add_up(units, &near, looks, |chosen| {
            let mut chosen = chosen.to_vec();
            chosen.sort_unstable_by_key(|piece| (piece.day, piece.id));
            sums.push(TransferSum { whole: row.id, pieces: chosen.iter().map(|piece| piece.id).collect() });
            sums.len() <= MOST_SUMS
        });
        if sums.len() > MOST_SUMS {
            return None;
        }
    }
    Some(sums)
}

/// Tells of every two and every three of these pieces, which are in the order of their amounts, that add up to the target,
/// until it is told to stop.
fn add_up(target: i128, pieces: &[Piece], looks: &mut usize, mut tell: impl FnMut(&[Piece]) -> bool) {
    for (at, one) in pieces.iter().enumerate() {
        let rest = target - one.units;
        if one.units > rest {
            return;
        }
        for two in with(&pieces[at + 1..], rest) {
            if !tell(&[*one, *two]) {
                return;
            }
        }
        for (next, two) in pieces.iter().enumerate().skip(at + 1) {
            let left = rest - two.units;
            *looks += 1;
            if two.units > left {
                break;
            }
            for three in with(&pieces[next + 1..], left) {
                if !tell(&[*one, *two, *three]) {
                    return;
                }
            }
        }
    }
}

/// Those of the pieces with this amount.
fn with(pieces: &[Piece], units: i128) -> &[Piece] {
    let first = pieces.partition_point(|piece| piece.units < units);
    let last = pieces.partition_point(|piece| piece.units <= units);
    &pieces[first..last]
}

/// An amount without its sign, as a whole number; `None` where it is too fine or too much to be added up exactly.
fn units(amount: Decimal) -> Option<i128> {
    let amount = amount.normalize();
    let raised = 10_i128.checked_pow(PLACES.checked_sub(amount.scale())?)?;
    amount.mantissa().checked_abs()?.checked_mul(raised)
}

/// Those of these sums that a person should look at, given their rows: each of its pieces says by itself that it is a
/// transfer, or names the account of the whole, and none of its rows is in another such sum. One of the rows changed: of the
/// others not all that they may be was looked at.
pub fn proposed(
    sums: &[TransferSum],
    rows: &[Transaction],
    accounts: &HashMap<AccountId, Account>,
    known: &KnownSums,
    changed: &HashSet<TransactionId>,
) -> Vec<ProposedSum> {
    let rows: HashMap<TransactionId, (&Transaction, Said)> =
        rows.iter().map(|row| (row.id, (row, Said::of(row)))).collect();
    let names: HashMap<AccountId, Names> =
        accounts.iter().map(|(id, account)| (*id, Names::of(account))).collect();
    let is_free = |sum: &&TransferSum| {
        !sum.rows().any(|id| known.taken.contains(&id)) && !known.refused.contains(&sum.set())
    };
    let likely = sums.iter().filter(is_free).filter_map(|sum| spoken_of(sum, &rows, accounts, &names));
    let likely: Vec<ProposedSum> = likely.collect();
    let mut within: HashMap<TransactionId, usize> = HashMap::new();
    for id in likely.iter().flat_map(|of| of.sum.rows()) {
        *within.entry(id).or_default() += 1;
    }
    let is_unique = |of: &ProposedSum| of.sum.rows().all(|id| within.get(&id) == Some(&1));
    let is_asked = |of: &ProposedSum| of.sum.rows().any(|id| changed.contains(&id));
    likely.into_iter().filter(|of| is_asked(of) && is_unique(of)).collect()
}

/// A sum with what its texts say; `None` where a piece says nothing of a transfer.
fn spoken_of(
    sum: &TransferSum,
    rows: &HashMap<TransactionId, (&Transaction, Said)>,
    accounts: &HashMap<AccountId, Account>,
    names: &HashMap<AccountId, Names>,
) -> Option<ProposedSum> {
    let (whole, whole_said) = rows.get(&sum.whole)?;
    let whole_names = names.get(&whole.account)?;
    let (mut text, mut apart, mut other) = (1000_i64, 0_i64, None);
    for id in &sum.pieces {
        let (piece, said) = rows.get(id)?;
        if !said.speaks_of(whole_names) {
            return None;
        }
        text = text.min(text_score((whole_said, whole_names), (said, names.get(&piece.account)?)));
        apart = apart.max(piece.shown_day().days_since(whole.shown_day()).abs());
        other = Some(piece.account);
    }
    let to = match TransferSide::of(whole.shown_amount()) {
        TransferSide::From => other?,
        TransferSide::To => whole.account,
    };
    let terms = TransferTerms {
        kind: TransferKind::to(accounts.get(&to)?.shown_kind()),
        from_currency: whole.currency,
        to_currency: whole.currency,
        fee: None,
        rate: None,
    };
    let scores = Scores { text, amount: 1000, day: 1000 - 200 * apart };
    Some(ProposedSum { sum: sum.clone(), scores, terms })
}

#[cfg(test)]
#[path = "sums_tests.rs"]
mod tests;
