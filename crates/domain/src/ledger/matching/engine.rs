//! Pairs rows, each with at most one other.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use crate::{
    id::TransactionId,
    ledger::Transaction,
    money::{Currency, Decimal},
    time::{Day, Timestamp},
};

use super::{
    Scores, Tier, Words,
    score::{amount_score, day_score, is_within, whole},
};

/// A posted row comes this many days after its pending one at most.
const LATEST: i64 = 8;
/// And this many days before it at most, because banks count days differently.
const EARLIEST: i64 = -1;
/// With another amount it comes after so many days at most.
const LATEST_ADJUSTED: i64 = 4;
/// A pending row that is listed for longer than this is stale.
pub const STALE_AFTER_DAYS: i64 = 8;
/// From here on words are like each other.
const LIKE: i64 = 500;
/// Two pairs whose scores are no further apart than this are as good as each other.
const AS_GOOD: i64 = 50;
/// A posted row that was known for longer than this before a pending one came is another transaction.
const SAME_LISTING_MINUTES: i64 = 60;

/// What a listing says of a pending row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It is gone: the whole listing covers its day and does not show it.
    Gone,
    /// Nothing: the listing has gaps, or does not cover its day.
    Unknown,
    /// It shows it.
    Listed,
}

/// Two rows that may be one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The pending row, or the one that went.
    pub from: TransactionId,
    /// The posted row, or the one that came.
    pub to: TransactionId,
    /// How sure it is.
    pub tier: Tier,
    /// How well they fit.
    pub scores: Scores,
    /// Days from the first to the second.
    pub apart: i64,
    /// What the listing says of the first.
    pub standing: Standing,
}

/// What is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Pairs that are one transaction.
    pub applied: Vec<Pair>,
    /// Pairs that a person should look at.
    pub suggested: Vec<Pair>,
    /// Rows that are gone and became nothing.
    pub expired: Vec<TransactionId>,
    /// Pending rows that are listed for suspiciously long.
    pub stale: Vec<TransactionId>,
}

/// What was decided of these rows before.
#[derive(Debug, Clone, Default)]
pub struct Decided {
    /// Posted rows that a pending one has become already.
    pub matched: HashSet<TransactionId>,
    /// Pairs that are not one transaction.
    pub rejected: HashSet<(TransactionId, TransactionId)>,
    /// Pairs that a person is being asked about.
    pub suggested: HashSet<(TransactionId, TransactionId)>,
}

/// What is compared of a row.
struct Side {
    id: TransactionId,
    day: Day,
    occurred: Option<Day>,
    created_at: Timestamp,
    amount: Decimal,
    currency: Currency,
    words: Words,
    standing: Standing,
}

impl Side {
    fn of(row: &Transaction, standing: Standing) -> Self {
        Self {
            id: row.id,
            day: row.day,
            occurred: row.occurred_at.map(Timestamp::day),
            created_at: row.created_at,
            amount: row.amount.normalize(),
            currency: row.currency,
            words: Words::of(&row.description),
            standing,
        }
    }

    /// Days from this row to the other, by when they occurred if both tell it.
    fn days_to(&self, other: &Self) -> i64 {
        match (self.occurred, other.occurred) {
            (Some(own), Some(other)) => other.days_since(own),
            _ => other.day.days_since(self.day),
        }
    }

    /// Whether the other one moves money of the same currency the same way.
    fn goes_with(&self, other: &Self) -> bool {
        self.currency == other.currency
            && self.amount.is_sign_negative() == other.amount.is_sign_negative()
            && self.amount.is_zero() == other.amount.is_zero()
    }
}

/// The rows of an account and the pairs they could make.
pub struct Matching {
    first: HashMap<TransactionId, Side>,
    second: HashMap<TransactionId, Side>,
    pairs: Vec<Pair>,
}

impl std::fmt::Debug for Matching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Matching").field("pairs", &self.pairs).finish_non_exhaustive()
    }
}

impl Matching {
    /// Looks for pairs among the account's pending rows, the posted rows that a whole listing no longer shows, and the
    /// posted rows of their days; `is_new` says of these which the listing has brought.
    pub fn new(
        pending: &[(Transaction, Standing)],
        vanished: &[Transaction],
        posted: &[Transaction],
        is_new: impl Fn(&Transaction) -> bool,
    ) -> Self {
        let went: HashSet<TransactionId> = vanished.iter().map(|row| row.id).collect();
        let mut by_day: BTreeMap<Day, Vec<(Side, bool)>> = BTreeMap::new();
        for row in posted.iter().filter(|row| !went.contains(&row.id)) {
            let side = Side::of(row, Standing::Listed);
            by_day.entry(side.day).or_default().push((side, is_new(row)));
        }
        let mut pairs = Vec::new();
        let mut first = HashMap::new();
        // When rows occurred may be days from when they are booked: look a little further than pairs may be apart.
        let near = |side: &Side| {
            by_day.range(side.day.plus_days(EARLIEST - LATEST)..=side.day.plus_days(2 * LATEST))
        };
        for (row, standing) in pending {
            let from = Side::of(row, *standing);
            pairs.extend(near(&from).flat_map(|(_, rows)| rows).filter_map(|(to, _)| became(&from, to)));
            first.insert(from.id, from);
        }
        for row in vanished {
            let from = Side::of(row, Standing::Gone);
            let came = near(&from).flat_map(|(_, rows)| rows).filter(|(_, is_new)| *is_new);
            pairs.extend(came.filter_map(|(to, _)| reissued(&from, to)));
            first.insert(from.id, from);
        }
        let second = by_day.into_values().flatten().map(|(side, _)| (side.id, side)).collect();
        Self { first, second, pairs }
    }

    /// The days on which the other half of such a row could be.
    pub fn days_of(row: &Transaction) -> impl Iterator<Item = Day> {
        let day = row.day;
        (EARLIEST..=LATEST).map(move |apart| day.plus_days(apart))
    }

    /// The rows that are in any pair.
    pub fn rows(&self) -> Vec<TransactionId> {
        let mut rows: Vec<TransactionId> = self.pairs.iter().flat_map(|pair| [pair.from, pair.to]).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// Decides which pairs are one transaction, but for those that are not to be thought of.
    pub fn decide(self, before: &Decided, today: Day) -> Outcome {
        let Self { first, second, mut pairs } = self;
        pairs.retain(|pair| {
            let is_open = pair.tier == Tier::Reissued || !before.matched.contains(&pair.to);
            is_open && !before.rejected.contains(&(pair.from, pair.to))
        });
        let asked = before.suggested.iter().filter(|(from, _)| !first.contains_key(from));
        let contested = asked.map(|(_, to)| *to).collect();
        let from_day = |id: TransactionId| first.get(&id).map(|side| side.day);
        pairs.sort_by_key(|pair| {
            let place = (pair.apart.abs(), from_day(pair.from), pair.from, pair.to);
            (pair.tier, -pair.scores.total(), place)
        });
        let (used, outcome) = (HashSet::new(), Outcome::default());
        let mut choice = Choice { first: &first, second: &second, contested, used, outcome };
        for tier in Tier::ALL {
            // What surer pairs have taken is no longer in question.
            pairs.retain(|pair| choice.is_free(pair));
            choice.tier(tier, &pairs);
        }
        let mut outcome = choice.outcome;
        let done: HashSet<TransactionId> = outcome.applied.iter().map(|pair| pair.from).collect();
        let mut left: Vec<&Side> = first.values().filter(|side| !done.contains(&side.id)).collect();
        left.sort_unstable_by_key(|side| (side.day, side.id));
        for side in left {
            match side.standing {
                Standing::Gone => outcome.expired.push(side.id),
                _ if today.days_since(side.day) > STALE_AFTER_DAYS => outcome.stale.push(side.id),
                _ => {}
            }
        }
        outcome
    }
}

/// The pair of a pending row and a posted one, if they may be one transaction.
fn became(from: &Side, to: &Side) -> Option<Pair> {
    let apart = from.days_to(to);
    let was_there = from.created_at.since(to.created_at).num_minutes() > SAME_LISTING_MINUTES;
    if !(EARLIEST..=LATEST).contains(&apart) || !from.goes_with(to) || was_there {
        return None;
    }
    let scores = |amount| Scores { text: from.words.likeness(&to.words), amount, day: day_score(apart) };
    let pair = |tier, scores| Pair { from: from.id, to: to.id, tier, scores, apart, standing: from.standing };
    if from.amount == to.amount {
        let scores = scores(1000);
        return Some(pair(if scores.text >= LIKE { Tier::Exact } else { Tier::Amount }, scores));
    }
    let (held, booked) = whole(from.amount, to.amount)?;
    let scores = scores(amount_score(held, booked));
    if !(0..=LATEST_ADJUSTED).contains(&apart) || scores.text < LIKE {
        return None;
    }
    if is_within(held, booked, 80, 130) {
        return Some(pair(Tier::Adjusted, scores));
    }
    let is_hold = from.amount.abs() <= Decimal::ONE;
    let is_far = scores.text == 1000 && is_within(held, booked, 80, 200);
    (is_hold || is_far).then(|| pair(Tier::Far, scores))
}

/// The pair of a posted row that went and one that came, if they may be one transaction.
fn reissued(from: &Side, to: &Side) -> Option<Pair> {
    let apart = from.days_to(to);
    let scores = Scores { text: from.words.likeness(&to.words), amount: 1000, day: day_score(apart.abs()) };
    let fits = from.amount == to.amount && from.goes_with(to) && apart.abs() <= 1 && scores.text >= LIKE;
    let (tier, standing) = (Tier::Reissued, Standing::Gone);
    fits.then_some(Pair { from: from.id, to: to.id, tier, scores, apart, standing })
}

/// Pairs that are being chosen.
struct Choice<'m> {
    first: &'m HashMap<TransactionId, Side>,
    second: &'m HashMap<TransactionId, Side>,
    /// Posted rows of which a person is asked whether they are something that is there no longer.
    contested: HashSet<TransactionId>,
    used: HashSet<TransactionId>,
    outcome: Outcome,
}

impl Choice<'_> {
    fn is_free(&self, pair: &Pair) -> bool {
        !self.used.contains(&pair.from) && !self.used.contains(&pair.to)
    }

    /// Chooses among the pairs of this tier; `pairs` are those of all tiers that are left, the best first.
    fn tier(&mut self, tier: Tier, pairs: &[Pair]) {
        let mut rivals: HashMap<TransactionId, usize> = HashMap::new();
        let counted = pairs.iter().filter(|pair| pair.tier != Tier::Reissued);
        for id in counted.flat_map(|pair| [pair.from, pair.to]) {
            *rivals.entry(id).or_default() += 1;
        }
        let is_only = |pair: &Pair| rivals.get(&pair.from) == Some(&1) && rivals.get(&pair.to) == Some(&1);
        let own: Vec<&Pair> = pairs.iter().filter(|pair| pair.tier == tier).collect();
        let mut groups: VecDeque<Vec<&Pair>> = as_good_as_each_other(&own).into();
        while let Some(group) = groups.pop_front() {
            let free: Vec<&Pair> = group.iter().copied().filter(|pair| self.is_free(pair)).collect();
            if free.len() < group.len() {
                // What held it together may be gone.
                as_good_as_each_other(&free).into_iter().rev().for_each(|part| groups.push_front(part));
                continue;
            }
            match &free[..] {
                [] => {}
                [pair] => self.settle(pair, is_only(pair)),
                _ if self.are_interchangeable(&free) => self.pair_in_order(&free),
                _ => free.iter().for_each(|pair| self.suggest(pair)),
            }
        }
    }

    /// Applies a pair, or suggests it.
    fn settle(&mut self, pair: &Pair, is_only: bool) {
        let is_sure = !self.contested.contains(&pair.to)
            && match pair.tier {
                Tier::Link | Tier::Reissued => true,
                Tier::Exact => pair.standing != Standing::Listed,
                Tier::Amount | Tier::Adjusted => is_only && pair.standing == Standing::Gone,
                Tier::Far => false,
            };
        if is_sure {
            self.used.extend([pair.from, pair.to]);
            self.outcome.applied.push(*pair);
        } else {
            self.suggest(pair);
        }
    }

    fn suggest(&mut self, pair: &Pair) {
        self.used.extend([pair.from, pair.to]);
        self.outcome.suggested.push(*pair);
    }

    /// Whether all rows of these pairs say the same, so that it makes no difference which is which.
    fn are_interchangeable(&self, group: &[&Pair]) -> bool {
        let from = group.iter().filter_map(|pair| self.first.get(&pair.from));
        let to = group.iter().filter_map(|pair| self.second.get(&pair.to));
        let mut said = from.chain(to).map(|side| (side.amount, &side.words));
        let first = said.next();
        said.all(|other| Some(other) == first)
    }

    /// Pairs the first with the first and so on, those that are gone before those that are listed.
    fn pair_in_order(&mut self, group: &[&Pair]) {
        let mut from: Vec<&Side> = group.iter().filter_map(|pair| self.first.get(&pair.from)).collect();
        from.sort_unstable_by_key(|side| (side.standing, side.day, side.id));
        from.dedup_by_key(|side| side.id);
        let mut to: Vec<&Side> = group.iter().filter_map(|pair| self.second.get(&pair.to)).collect();
        to.sort_unstable_by_key(|side| (side.day, side.id));
        to.dedup_by_key(|side| side.id);
        for (from, to) in from.into_iter().zip(to) {
            if let Some(pair) = group.iter().find(|pair| pair.from == from.id && pair.to == to.id) {
                self.settle(pair, true);
            }
        }
    }
}

/// Groups pairs of one tier that share rows and score nearly the same; the group of the best pair first.
fn as_good_as_each_other<'p>(pairs: &[&'p Pair]) -> Vec<Vec<&'p Pair>> {
    let mut by_row: HashMap<TransactionId, Vec<usize>> = HashMap::new();
    for (at, pair) in pairs.iter().enumerate() {
        by_row.entry(pair.from).or_default().push(at);
        by_row.entry(pair.to).or_default().push(at);
    }
    let mut groups = Vec::new();
    let mut seen = vec![false; pairs.len()];
    // Of many rows that say the same, each is looked at once for each score.
    let mut followed: HashSet<(TransactionId, i64)> = HashSet::new();
    for start in 0..pairs.len() {
        let (mut group, mut open) = (Vec::new(), vec![start]);
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            group.push(at);
            let (pair, score) = (pairs[at], pairs[at].scores.total());
            for row in [pair.from, pair.to].into_iter().filter(|row| followed.insert((*row, score))) {
                let near = by_row.get(&row).into_iter().flatten().copied();
                open.extend(near.filter(|other| (pairs[*other].scores.total() - score).abs() < AS_GOOD));
            }
        }
        group.sort_unstable();
        if !group.is_empty() {
            groups.push(group.into_iter().map(|at| pairs[at]).collect());
        }
    }
    groups
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
