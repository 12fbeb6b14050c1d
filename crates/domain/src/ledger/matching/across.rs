//! Pairs rows of two sources of one account.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    id::{ImportId, TransactionId},
    ledger::Transaction,
    money::{Currency, Decimal},
    time::Day,
};

use super::{
    Decided, Outcome, Scores, Standing, Tier,
    choice::Choice,
    engine::LIKE,
    pair::{Pair, Side},
};

/// Two sources tell one transaction on days that are this far apart at most.
pub const ACROSS_DAYS: i64 = 4;
/// The amount alone says enough only if the days are this far apart at most.
const NEAR: i64 = 1;
/// So many pairs are looked at at most: far more than honest sources make.
const MOST_PAIRS: usize = 400_000;

/// Pairs posted rows of one source, `told`, with those of another, `counting`, which says what counts: of one amount and
/// at most four days apart. Those with like words are one transaction, and so are two of one day or of days next to each
/// other that nothing else could be; what is left is suggested.
pub fn across(told: &[Transaction], counting: &[Transaction], before: &Decided) -> Outcome {
    let mut by_amount: BTreeMap<(Decimal, Currency), Vec<Side>> = BTreeMap::new();
    for row in counting.iter().filter(|row| !before.matched.contains(&row.id)) {
        let side = Side::of(row, Standing::Listed);
        by_amount.entry((side.amount, side.currency)).or_default().push(side);
    }
    by_amount.values_mut().for_each(|sides| sides.sort_unstable_by_key(|side| (side.day, side.id)));
    let (mut pairs, mut first) = (Vec::new(), HashMap::new());
    for row in told {
        let from = Side::of(row, Standing::Gone);
        let others = by_amount.get(&(from.amount, from.currency)).map_or(&[][..], Vec::as_slice);
        let begin = others.partition_point(|to| to.day < from.day.plus_days(-ACROSS_DAYS));
        let near = others[begin..].iter().take_while(|to| to.day <= from.day.plus_days(ACROSS_DAYS));
        let room = MOST_PAIRS.saturating_sub(pairs.len());
        let open = near.take(room).filter(|to| !before.rejected.contains(&(from.id, to.id)));
        pairs.extend(open.map(|to| pair(&from, to)));
        first.insert(from.id, from);
    }
    let second: HashMap<TransactionId, Side> =
        by_amount.into_values().flatten().map(|side| (side.id, side)).collect();
    let from_day = |id: TransactionId| first.get(&id).map(|side| side.day);
    pairs.sort_by_key(|pair| {
        let place = (pair.apart.abs(), from_day(pair.from), pair.from, pair.to);
        (pair.tier, -pair.scores.total(), place)
    });
    let mut choice = Choice::new(&first, &second, Default::default());
    for tier in [Tier::Exact, Tier::Amount] {
        pairs.retain(|pair| choice.is_free(pair));
        choice.tier(tier, &pairs);
    }
    choice.finish()
}

/// Pairs rows that files told, `left`, with rows of the other source that are one with a row of an earlier file: those that
/// say the same on the same day under another id. `merged` are the rows of earlier files, each with the row that it is one
/// with. Two purchases that are alike look the same, so that a person is asked.
pub fn told_again<'a>(
    left: impl IntoIterator<Item = &'a Transaction>,
    merged: &[(&Transaction, TransactionId)],
    before: &Decided,
) -> Vec<Pair> {
    let mut by_amount: HashMap<(Decimal, Currency, Day), Vec<_>> = HashMap::new();
    // A file tells each row of the other source once: what else it tells that is alike is something else.
    let told: HashSet<(TransactionId, Option<ImportId>)> =
        merged.iter().map(|(row, counting)| (*counting, row.import)).collect();
    let mut room = MOST_PAIRS;
    for (row, counting) in merged {
        let side = Side::of(row, Standing::Unknown);
        let key = (side.amount, side.currency, side.day);
        by_amount.entry(key).or_default().push((side, row.import, *counting));
    }
    let mut again = |row: &Transaction| {
        let from = Side::of(row, Standing::Unknown);
        let alike = by_amount.get_mut(&(from.amount, from.currency, from.day))?;
        let place = alike.iter().position(|(side, import, counting)| {
            let is_of_another_file = row.import.is_some() && import.is_some() && row.import != *import;
            if !is_of_another_file || told.contains(&(*counting, row.import)) || room == 0 {
                return false;
            }
            room -= 1;
            !before.rejected.contains(&(row.id, *counting)) && pair(&from, side).tier == Tier::Exact
        })?;
        let (side, _, to) = alike.swap_remove(place);
        Some(Pair { to, ..pair(&from, &side) })
    };
    left.into_iter().filter_map(&mut again).collect()
}

/// The days on which a row of another source could be the row of this day.
pub fn days_across(day: Day) -> impl Iterator<Item = Day> {
    (-ACROSS_DAYS..=ACROSS_DAYS).map(move |apart| day.plus_days(apart))
}

/// How well two rows of one amount fit. A day apart weighs so much that the nearest are paired first.
fn pair(from: &Side, to: &Side) -> Pair {
    let apart = to.day.days_since(from.day);
    let text = from.words.likeness(&to.words);
    let scores = Scores { text, amount: 1000, day: (1000 - 300 * apart.abs()).max(0) };
    let tier = if text >= LIKE { Tier::Exact } else { Tier::Amount };
    // The amount alone decides only where the other row is gone, and so it counts as gone where it is near enough.
    let standing = if apart.abs() <= NEAR { Standing::Gone } else { Standing::Unknown };
    Pair { from: from.id, to: to.id, tier, scores, apart, standing }
}

#[cfg(test)]
#[path = "across_tests.rs"]
mod tests;
