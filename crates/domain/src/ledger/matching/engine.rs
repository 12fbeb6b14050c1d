//! Pairs rows, each with at most one other.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{id::TransactionId, ledger::Transaction, money::Decimal, time::Day};

use super::{
    Scores, Tier,
    choice::Choice,
    pair::{Outcome, Pair, Side, Standing},
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
pub(super) const LIKE: i64 = 500;
/// So many times a row is held against another at most: far more than an honest institution's pending rows take, and less
/// than a second. The rows that are left over are paired with none.
const MOST_COMPARISONS: usize = 400_000;
/// A posted row that was known for longer than this before a pending one came is another transaction.
const SAME_LISTING_MINUTES: i64 = 60;

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
        let mut compared = 0;
        for (row, standing) in pending {
            let from = Side::of(row, *standing);
            let others = near(&from).flat_map(|(_, rows)| rows).take(MOST_COMPARISONS - compared);
            pairs.extend(others.inspect(|_| compared += 1).filter_map(|(to, _)| became(&from, to)));
            first.insert(from.id, from);
        }
        for row in vanished {
            let from = Side::of(row, Standing::Gone);
            let came = near(&from).flat_map(|(_, rows)| rows).filter(|(_, is_new)| *is_new);
            let came = came.take(MOST_COMPARISONS - compared).inspect(|_| compared += 1);
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
        let mut choice = Choice::new(&first, &second, contested);
        for tier in Tier::ALL {
            // What surer pairs have taken is no longer in question.
            pairs.retain(|pair| choice.is_free(pair));
            choice.tier(tier, &pairs);
        }
        let mut outcome = choice.finish();
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

/// How well two rows fit, whatever they are.
pub fn compare(from: &Transaction, to: &Transaction) -> Scores {
    let (from, to) = (Side::of(from, Standing::Unknown), Side::of(to, Standing::Unknown));
    let amount = whole(from.amount, to.amount).map_or(0, |(from, to)| amount_score(from, to));
    Scores { text: from.words.likeness(&to.words), amount, day: day_score(from.days_to(&to)) }
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

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
