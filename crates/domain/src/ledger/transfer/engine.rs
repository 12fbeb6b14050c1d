//! Finds transfers among rows, each row in at most one.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    id::{AccountId, TransactionId},
    ledger::{
        Account, Exchange, Transaction,
        matching::{Scores, Tier, Words},
        worth::RateBook,
    },
    money::Decimal,
    time::Day,
};

use super::{
    TransferKind, TransferTerms,
    glance::{Fit, Found, Glance, fitting},
    names::{Names, Said, text_score},
};

/// From this score on, of 1000, a pair that nothing else could be is a transfer.
const SURE: i64 = 700;

/// Two rows that are, or may be, a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferPair {
    /// The row that the money went by.
    pub from: TransactionId,
    /// The row that it came by.
    pub to: TransactionId,
    /// How sure it is.
    pub tier: Tier,
    /// How well they fit.
    pub scores: Scores,
    /// What else is known of it.
    pub terms: TransferTerms,
    /// The days of both.
    days: (Day, Day),
}

impl TransferPair {
    fn apart(&self) -> i64 {
        self.days.1.days_since(self.days.0).abs()
    }
}

/// What is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransferOutcome {
    /// Pairs that are transfers.
    pub applied: Vec<TransferPair>,
    /// Pairs that a person should look at.
    pub suggested: Vec<TransferPair>,
}

/// Finds the transfers among these rows, but for the pairs, from and to, that a person said are none. Accounts that are one
/// transfer nothing to each other.
pub fn transfers(
    rows: &[Transaction],
    accounts: &HashMap<AccountId, Account>,
    rates: &RateBook,
    refused: &HashSet<(TransactionId, TransactionId)>,
) -> TransferOutcome {
    let mut rows: Vec<&Transaction> = rows.iter().filter(|row| accounts.contains_key(&row.account)).collect();
    rows.sort_unstable_by_key(|row| row.id);
    rows.dedup_by_key(|row| row.id);
    let glances: Vec<Glance> = rows.iter().map(|row| Glance::from(*row)).collect();
    let whole = |account| accounts.get(&account).and_then(Account::same_as).unwrap_or(account);
    let names: HashMap<AccountId, Names> =
        accounts.iter().map(|(id, account)| (*id, Names::of(account))).collect();
    let mut said: HashMap<TransactionId, Said> = HashMap::new();
    let mut pairs = Vec::new();
    for found in fitting(&glances, rates, whole) {
        let (from, to) = (rows[found.from], rows[found.to]);
        if refused.contains(&(from.id, to.id)) {
            continue;
        }
        for row in [from, to] {
            said.entry(row.id).or_insert_with(|| Said::of(row));
        }
        let (Some(from_names), Some(to_names)) = (names.get(&from.account), names.get(&to.account)) else {
            continue;
        };
        let (Some(from_said), Some(to_said)) = (said.get(&from.id), said.get(&to.id)) else { continue };
        let text = text_score((from_said, from_names), (to_said, to_names));
        let kind =
            accounts.get(&to.account).map_or(TransferKind::Internal, |to| TransferKind::to(to.shown_kind()));
        pairs.extend(pair(&glances, (from, to), &found, text, kind));
    }
    pairs.sort_by_key(|pair: &TransferPair| {
        (-pair.scores.total(), pair.apart(), pair.days.0, pair.from, pair.to)
    });
    choose(&rows, pairs)
}

/// A pair with its scores; `None` where it says too little.
fn pair(
    glances: &[Glance],
    (from, to): (&Transaction, &Transaction),
    found: &Found,
    text: i64,
    kind: TransferKind,
) -> Option<TransferPair> {
    let (out, into) = (&glances[found.from], &glances[found.to]);
    let apart = into.day.days_since(out.day).abs();
    let (tier, amount, fee, rate) = match found.fit {
        Fit::Whole if text > 0 => (Tier::Exact, 1000, None, None),
        Fit::Whole => (Tier::Amount, 1000, None, None),
        // Many amounts are near each other by chance.
        Fit::LessFee(fee, is_small) => {
            (is_small || text == 1000).then_some((Tier::Adjusted, 0, Some(fee), None))?
        }
        Fit::ByRate(rate) if tells(from, into) || tells(to, out) => (Tier::Link, 1000, None, Some(rate)),
        Fit::ByRate(rate) => (Tier::Converted, 0, None, Some(rate)),
    };
    Some(TransferPair {
        from: out.id,
        to: into.id,
        tier,
        scores: Scores { text, amount, day: 1000 - 200 * apart },
        terms: TransferTerms { kind, from_currency: out.currency, to_currency: into.currency, fee, rate },
        days: (out.day, into.day),
    })
}

/// Whether the institution of a row tells the amount of the other one, in its currency.
fn tells(row: &Transaction, other: &Glance) -> bool {
    let Some(Exchange { currency, rate: Some(rate), .. }) = &row.details.exchange else { return false };
    if *currency != other.currency || row.currency == other.currency {
        return false;
    }
    let told = row.amount.abs().checked_div(*rate);
    let off = told.and_then(|told| told.checked_sub(other.amount.abs()));
    off.is_some_and(|off| off.abs() <= Decimal::new(1, 2))
}

/// Whether nothing but the days speaks against a pair of this tier.
fn is_certain(tier: Tier) -> bool {
    matches!(tier, Tier::Link | Tier::Exact | Tier::Amount)
}

/// Chooses among pairs, the best first.
fn choose(rows: &[&Transaction], pairs: Vec<TransferPair>) -> TransferOutcome {
    let mut outcome = TransferOutcome::default();
    let mut used: HashSet<TransactionId> = HashSet::new();
    let (certain, other): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|pair| is_certain(pair.tier));
    let by_id: HashMap<TransactionId, &Transaction> = rows.iter().map(|row| (row.id, *row)).collect();
    for group in groups(certain) {
        let is_plain = says_the_same(&by_id, group.iter().map(|pair| pair.from))
            && says_the_same(&by_id, group.iter().map(|pair| pair.to));
        for pair in one_to_one(group, is_plain) {
            used.extend([pair.from, pair.to]);
            match is_plain && pair.scores.total() >= SURE {
                true => outcome.applied.push(pair),
                false => outcome.suggested.push(pair),
            }
        }
    }
    for pair in other {
        if !used.contains(&pair.from) && !used.contains(&pair.to) {
            used.extend([pair.from, pair.to]);
            outcome.suggested.push(pair);
        }
    }
    outcome
}

/// Parts pairs into groups that share no row; the order of the pairs stays.
fn groups(pairs: Vec<TransferPair>) -> Vec<Vec<TransferPair>> {
    let mut of_row: HashMap<TransactionId, usize> = HashMap::new();
    let mut joined: Vec<usize> = Vec::with_capacity(pairs.len());
    fn root(joined: &mut [usize], mut at: usize) -> usize {
        while joined[at] != at {
            joined[at] = joined[joined[at]];
            at = joined[at];
        }
        at
    }
    for (at, pair) in pairs.iter().enumerate() {
        joined.push(at);
        for row in [pair.from, pair.to] {
            match of_row.get(&row) {
                Some(other) => {
                    let (one, two) = (root(&mut joined, *other), root(&mut joined, at));
                    joined[one.max(two)] = one.min(two);
                }
                None => {
                    of_row.insert(row, at);
                }
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<TransferPair>> = BTreeMap::new();
    for (at, pair) in pairs.into_iter().enumerate() {
        groups.entry(root(&mut joined, at)).or_default().push(pair);
    }
    groups.into_values().collect()
}

/// Whether these rows say the same but for their days, so that it makes no difference which is which.
fn says_the_same(
    rows: &HashMap<TransactionId, &Transaction>,
    ids: impl Iterator<Item = TransactionId>,
) -> bool {
    let mut said = ids.filter_map(|id| rows.get(&id)).map(|row| {
        (row.account, row.shown_amount().normalize(), row.currency, row.kind, Words::of(&row.description))
    });
    let first = said.next();
    said.all(|other| Some(&other) == first.as_ref())
}

/// Of the pairs of a group those that leave each row in one. Rows of which it makes no difference which is which are paired
/// in their order, where that goes; all others by how well they fit.
fn one_to_one(group: Vec<TransferPair>, is_plain: bool) -> Vec<TransferPair> {
    if is_plain && let Some(in_order) = in_order(&group) {
        return in_order;
    }
    let mut used = HashSet::new();
    let mut chosen = group;
    chosen.retain(|pair| {
        let is_free = !used.contains(&pair.from) && !used.contains(&pair.to);
        if is_free {
            used.extend([pair.from, pair.to]);
        }
        is_free
    });
    chosen
}

/// The first row with the first, and so on; `None` where some are left over, or are too far apart.
fn in_order(group: &[TransferPair]) -> Option<Vec<TransferPair>> {
    let by_rows: HashMap<(TransactionId, TransactionId), &TransferPair> =
        group.iter().map(|pair| ((pair.from, pair.to), pair)).collect();
    let mut from: Vec<(Day, TransactionId)> = group.iter().map(|pair| (pair.days.0, pair.from)).collect();
    let mut to: Vec<(Day, TransactionId)> = group.iter().map(|pair| (pair.days.1, pair.to)).collect();
    for ends in [&mut from, &mut to] {
        ends.sort_unstable();
        ends.dedup();
    }
    if from.len() != to.len() {
        return None;
    }
    let ends = from.into_iter().zip(to);
    ends.map(|((_, from), (_, to))| by_rows.get(&(from, to)).map(|pair| **pair)).collect()
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
