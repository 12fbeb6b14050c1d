//! What several accounts were worth together on the days on which all of them were told.

use std::collections::BTreeMap;

use super::AccountRecord;
use crate::{ledger::balance_history::anchors, money::Decimal, time::Day};

/// What these accounts were worth together on each day until and with `to` on which each of them was told that was not over by
/// then. It begins with the first day on which all of them are known to have been there: what an account held before that
/// nobody knows. `None` where it is too large.
pub fn told_together(records: &[AccountRecord], to: Day) -> Option<BTreeMap<Day, Decimal>> {
    let mut days: BTreeMap<Day, (usize, Decimal)> = BTreeMap::new();
    let mut begins = Day::FIRST;
    for record in records {
        let told = anchors(&record.told);
        // One that is there and that nothing tells of leaves no day.
        let Some((first, _)) = told.first_key_value() else { return Some(BTreeMap::new()) };
        begins = begins.max(*first);
        for (day, balance) in told {
            let of = days.entry(day).or_default();
            *of = (of.0 + 1, of.1.checked_add(balance)?);
        }
    }
    let ends: Vec<Day> = records.iter().filter_map(AccountRecord::ends).collect();
    let counted = |day: Day| records.len() - ends.iter().filter(|ends| **ends < day).count();
    let of_all = days
        .into_iter()
        .filter(|(day, (told, _))| *day >= begins && *day <= to && *told > 0 && *told == counted(*day));
    Some(of_all.map(|(day, (_, value))| (day, value)).collect())
}

/// Whether an account that is over, and out of which this flowed after it was told last, was left with money of which nobody
/// knows where it went.
pub fn left_untold(record: &AccountRecord, flowed: impl Iterator<Item = (Day, Decimal)>) -> bool {
    let Some((last, balance)) = anchors(&record.told).pop_last() else { return true };
    let after = flowed
        .filter(|(day, _)| *day > last)
        .try_fold(Decimal::ZERO, |sum, (_, amount)| sum.checked_add(amount));
    let left = after.and_then(|after| Some((after, balance.checked_add(after)?)));
    // More than was told to be there is what it gained in the end.
    !left.is_some_and(|(after, left)| {
        left.is_zero() || (balance > Decimal::ZERO && after < Decimal::ZERO && left < Decimal::ZERO)
    })
}

#[cfg(test)]
#[path = "together_tests.rs"]
mod tests;
