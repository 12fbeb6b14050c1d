//! Where a listing of transactions is: what one page has to know of those before it.

use std::collections::BTreeMap;

use dashtam_domain::{connections::TransactionWindow, secret::SecretHash, time::Day};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::map::transaction;

/// A window of more days than this is asked for by the strategy `longest`, by which Enable Banking finds out how far back
/// the bank goes. Fewer days are given by every bank.
const SURE_DAYS: i64 = 89;
/// Days that are asked for in turn of a bank that refuses more.
const STEPS: [i64; 3] = [89, 60, 30];
/// A listing of more pages has no end.
const MOST_PAGES: u32 = 1_000;
/// Longer keys are none.
const LONGEST_KEY: usize = 8_000;

/// Whether days are asked for as they are, or as many as there are of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Strategy {
    /// As they are.
    Default,
    /// As many as there are.
    Longest,
}

impl Strategy {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Longest => "longest",
        }
    }
}

/// Rows that have one reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Named {
    /// The day of the first of them; empty when it has none.
    day: String,
    /// A hash of each, in their order.
    rows: Vec<String>,
}

/// A place in the listing of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// What names the page; `None` of the first.
    pub(crate) key: Option<String>,
    /// The first day that is asked for.
    from: String,
    pub(crate) strategy: Strategy,
    /// Pages before this one.
    page: u32,
    /// The earliest day of a row so far.
    oldest: Option<String>,
    /// How many rows there were so far of those that have no id of the bank's and say the same.
    pub(crate) alike: BTreeMap<String, u32>,
    /// Rows so far with a reference of the bank's, by the reference: those of the day with which the page before ended. Banks
    /// give one reference to a payment and its fee, which are of one day, and of which one may be on the next page.
    #[serde(default)]
    named: BTreeMap<String, Named>,
}

impl Place {
    /// The beginning of a listing of these days.
    pub(crate) fn first(days: TransactionWindow) -> Self {
        Self {
            key: None,
            from: days.from.to_string(),
            strategy: if is_long(days.from, days.to) { Strategy::Longest } else { Strategy::Default },
            page: 0,
            oldest: None,
            alike: BTreeMap::new(),
            named: BTreeMap::new(),
        }
    }

    /// Reads what a page said of the next one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let place: Self = serde_json::from_str(text).ok()?;
        let is_day = |day: &String| Day::parse(day).is_some();
        let is_good = is_day(&place.from) && place.oldest.as_ref().is_none_or(is_day);
        is_good.then_some(place)
    }

    /// As a page says it of the next one.
    pub(crate) fn stored(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// The first day that is asked for.
    pub(crate) fn first_day(&self) -> Option<Day> {
        Day::parse(&self.from)
    }

    /// What to ask for of a bank that failed at more days than every bank gives, as some do for ever: the same days as they
    /// are, then fewer. `None` where it is not the days.
    pub(crate) fn easier(&self, to: Day) -> Option<Self> {
        match self.strategy {
            Strategy::Longest => Some(Self { strategy: Strategy::Default, ..self.clone() }),
            Strategy::Default if is_long(self.first_day()?, to) => self.fewer(to),
            Strategy::Default => None,
        }
    }

    /// Days that end with `to` and of which the bank gives more likely than of these; `None` when there are no fewer.
    pub(crate) fn fewer(&self, to: Day) -> Option<Self> {
        let asked = to.days_since(self.first_day()?);
        let days = STEPS.into_iter().find(|days| *days < asked)?;
        let from = to.plus_days(-days).to_string();
        Some(Self { from, strategy: Strategy::Default, ..self.clone() })
    }

    /// How many rows of this reference were listed before this one; `None` when this one was.
    pub(crate) fn nth_named(&mut self, reference: String, row: &Value) -> Option<u32> {
        let day = || transaction::day(row).map(|day| day.to_string()).unwrap_or_default();
        let known = self.named.entry(reference).or_insert_with(|| Named { day: day(), rows: Vec::new() });
        let print = SecretHash::of(&row.to_string()).to_hex();
        if known.rows.contains(&print) {
            return None;
        }
        let nth = u32::try_from(known.rows.len()).unwrap_or(u32::MAX);
        known.rows.push(print);
        Some(nth)
    }

    /// The page ends with a row of this day: references of other days need not be known on the next one.
    pub(crate) fn ends_with(&mut self, day: Day) {
        let day = day.to_string();
        self.named.retain(|_, known| known.day == day);
    }

    /// A row of this day was on the page.
    pub(crate) fn shows(&mut self, day: Day) {
        let earlier = self.oldest.as_deref().and_then(Day::parse).is_none_or(|oldest| day < oldest);
        if earlier {
            self.oldest = Some(day.to_string());
        }
    }

    /// Moves on to the page of this name; `None` where that leads nowhere.
    pub(crate) fn advance(mut self, key: String) -> Option<Self> {
        let leads = self.page < MOST_PAGES && key.len() <= LONGEST_KEY && self.key.as_ref() != Some(&key);
        self.page += 1;
        self.key = Some(key);
        leads.then_some(self)
    }

    /// The first day that was listed, at the end of the listing, if it is a later one than was to be listed. Where the bank
    /// decides how far back it goes, nobody says so: then it is the day of the earliest row.
    pub(crate) fn covered_from(&self, days: TransactionWindow) -> Option<Day> {
        let oldest = || self.oldest.as_deref().and_then(Day::parse).unwrap_or(days.to);
        let first = match self.strategy {
            Strategy::Default => self.first_day()?,
            Strategy::Longest => oldest(),
        };
        (first > days.from).then_some(first)
    }
}

fn is_long(from: Day, to: Day) -> bool {
    to.days_since(from) > SURE_DAYS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn days(from: &str, to: &str) -> TransactionWindow {
        TransactionWindow { from: day(from), to: day(to) }
    }

    #[test]
    fn long_windows_are_left_to_the_bank_and_get_shorter() {
        let all = days("2024-12-01", "2026-12-01");
        let mut place = Place::first(all);
        assert_eq!(place.strategy, Strategy::Longest);
        let mut asked = Vec::new();
        while let Some(fewer) = place.fewer(all.to) {
            assert_eq!(fewer.strategy, Strategy::Default);
            asked.push(all.to.days_since(fewer.first_day().unwrap()));
            place = fewer;
        }
        assert_eq!(asked, STEPS);
        assert_eq!(place.covered_from(all), Some(day("2026-11-01")));
        let short = days("2026-11-10", "2026-12-01");
        assert_eq!(Place::first(short).strategy, Strategy::Default);
        assert_eq!(Place::first(short).fewer(short.to), None);
        assert_eq!(Place::first(short).covered_from(short), None);
    }

    #[test]
    fn a_bank_that_fails_at_many_days_is_asked_for_them_in_another_way_and_for_fewer() {
        let all = days("2024-12-01", "2026-12-01");
        let plain = Place::first(all).easier(all.to).unwrap();
        assert_eq!((plain.strategy, plain.first_day()), (Strategy::Default, Some(all.from)));
        let fewer = plain.easier(all.to).unwrap();
        assert_eq!(fewer.first_day(), Some(day("2026-09-03")));
        assert_eq!(fewer.easier(all.to), None);
    }

    #[test]
    fn where_the_bank_decides_the_earliest_row_counts() {
        let all = days("2024-12-01", "2026-12-01");
        let mut place = Place::first(all);
        assert_eq!(place.covered_from(all), Some(all.to));
        place.shows(day("2026-03-04"));
        place.shows(day("2026-02-04"));
        place.shows(day("2026-05-04"));
        assert_eq!(place.covered_from(all), Some(day("2026-02-04")));
        place.shows(day("2024-11-30"));
        assert_eq!(place.covered_from(all), None);
    }

    #[test]
    fn places_are_read_back_and_end() {
        let place = Place::first(days("2026-11-10", "2026-12-01")).advance("a".to_owned()).unwrap();
        assert_eq!(Place::parse(&place.stored().unwrap()), Some(place.clone()));
        for wrong in ["", "{}", "a"] {
            assert_eq!(Place::parse(wrong), None, "{wrong}");
        }
        assert_eq!(place.clone().advance("a".to_owned()), None, "a page is not behind itself");
        assert_eq!(place.clone().advance("x".repeat(LONGEST_KEY + 1)), None);
        let mut place = place;
        let mut pages = 1;
        while let Some(next) = place.clone().advance(format!("key{pages}")) {
            (place, pages) = (next, pages + 1);
        }
        assert_eq!(pages, MOST_PAGES);
    }
}
