//! Accounts that are one, counted once.

use std::collections::HashMap;

use super::AccountRecord;
use crate::{id::AccountId, ledger::join_sums, time::Day};

/// The records with what is linked joined to its primary account. That one says what sort of account it is, and whether
/// it counts.
pub fn join_linked(records: Vec<AccountRecord>) -> Vec<AccountRecord> {
    let ids: Vec<AccountId> = records.iter().map(|record| record.account).collect();
    let (linked, mut joined): (Vec<AccountRecord>, Vec<AccountRecord>) =
        records.into_iter().partition(|record| record.same_as.is_some_and(|primary| ids.contains(&primary)));
    let places: HashMap<AccountId, usize> =
        joined.iter().enumerate().map(|(place, record)| (record.account, place)).collect();
    for record in linked {
        let place = record.same_as.and_then(|primary| places.get(&primary));
        let Some(primary) = place.and_then(|place| joined.get_mut(*place)) else { continue };
        primary.is_active |= record.is_active;
        primary.told.extend(record.told);
        primary.told.sort_by_key(|point| point.as_of);
        primary.sums = join_sums(primary.sums.drain(..).chain(record.sums));
    }
    joined
}

/// The day from which records have to begin instead, so that those that are one have all it takes from `first` on: what
/// moved one account since the other's balance was told, too. `None` where they have it.
pub fn earlier_beginning(records: &[AccountRecord], first: Day) -> Option<Day> {
    let linked = records.iter().filter_map(|record| record.same_as);
    let linked: Vec<AccountId> = linked.collect();
    let of_link = |record: &&AccountRecord| record.same_as.is_some() || linked.contains(&record.account);
    let told = |record: &AccountRecord| Some(record.told.first()?.as_of.day());
    let is_short = |record: &AccountRecord| told(record).is_none_or(|told| told >= first);
    let mut of_links = records.iter().filter(of_link).peekable();
    of_links.peek()?;
    let of_links: Vec<&AccountRecord> = of_links.collect();
    let earliest = of_links.iter().filter_map(|record| told(record)).min()?;
    (earliest < first && of_links.iter().any(|record| is_short(record))).then_some(earliest)
}

#[cfg(test)]
#[path = "linked_tests.rs"]
mod tests;
