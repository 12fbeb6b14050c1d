//! Chooses among pairs, so that each row is in one of them.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::id::TransactionId;

use super::{
    Tier,
    pair::{Outcome, Pair, Side, Standing},
};

/// Two pairs whose scores are less far apart than this are as good as each other.
const AS_GOOD: i64 = 50;

/// Pairs that are being chosen.
pub(super) struct Choice<'m> {
    first: &'m HashMap<TransactionId, Side>,
    second: &'m HashMap<TransactionId, Side>,
    /// Posted rows of which a person is asked whether they are something that is there no longer.
    contested: HashSet<TransactionId>,
    used: HashSet<TransactionId>,
    outcome: Outcome,
}

impl<'m> Choice<'m> {
    pub(super) fn new(
        first: &'m HashMap<TransactionId, Side>,
        second: &'m HashMap<TransactionId, Side>,
        contested: HashSet<TransactionId>,
    ) -> Self {
        Self { first, second, contested, used: HashSet::new(), outcome: Outcome::default() }
    }

    /// What was chosen.
    pub(super) fn finish(self) -> Outcome {
        self.outcome
    }

    /// Whether both rows are still in question.
    pub(super) fn is_free(&self, pair: &Pair) -> bool {
        !self.used.contains(&pair.from) && !self.used.contains(&pair.to)
    }

    /// Chooses among the pairs of this tier; `pairs` are those of all tiers that are left, the best first.
    pub(super) fn tier(&mut self, tier: Tier, pairs: &[Pair]) {
        let mut rivals: HashMap<TransactionId, usize> = HashMap::new();
        // What is never sure makes nothing unsure.
        let counted = pairs.iter().filter(|pair| pair.tier < Tier::Far);
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
                Tier::Far | Tier::Converted | Tier::Sum => false,
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
        let pairs: HashMap<(TransactionId, TransactionId), &Pair> =
            group.iter().map(|pair| ((pair.from, pair.to), *pair)).collect();
        for (from, to) in from.into_iter().zip(to) {
            if let Some(pair) = pairs.get(&(from.id, to.id)) {
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
