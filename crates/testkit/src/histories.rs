//! Histories of transactions of which it is known what comes back and what is chance, and how well that was found.

use dashtam_domain::{
    id::{AccountId, TransactionId},
    ledger::recurring::{Cadence, Stream, StreamRow, StreamStatus},
    money::{Currency, Decimal},
    time::Day,
};
use uuid::Uuid;

/// Numbers that look like chance and are the same for the same seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// One of these numbers, both included.
    fn within(&mut self, least: i64, most: i64) -> i64 {
        let width = u64::try_from(most - least + 1).unwrap_or(1);
        least + i64::try_from(self.next() % width).unwrap_or(0)
    }

    /// True so many times of a hundred.
    fn is(&mut self, hundredths: i64) -> bool {
        self.within(1, 100) <= hundredths
    }
}

/// A stream that is in a history.
struct Truth {
    cadence: Cadence,
    rows: Vec<TransactionId>,
}

/// A household's transactions of two years, and which of them come back.
pub struct History {
    /// All of them, in no particular order.
    pub rows: Vec<StreamRow>,
    truths: Vec<Truth>,
}

/// How well what comes back was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Streams that are said to be certain.
    pub said: u64,
    /// Those of them that are what they are said to be.
    pub right: u64,
    /// Streams that are there often enough to be certain.
    pub there: u64,
    /// Those of them that were found.
    pub found: u64,
}

impl Judgement {
    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            said: self.said + other.said,
            right: self.right + other.right,
            there: self.there + other.there,
            found: self.found + other.found,
        }
    }

    /// Of a thousand that are said so many are right.
    pub fn precision(self) -> u64 {
        self.right * 1_000 / self.said.max(1)
    }

    /// Of a thousand that are there so many are found.
    pub fn recall(self) -> u64 {
        self.found * 1_000 / self.there.max(1)
    }
}

/// A month's day, or its last where it is shorter.
fn in_month(month: Day, day: i64) -> Day {
    let last = month.first_of_next_month().plus_days(-1);
    month.first_of_month().plus_days(day - 1).min(last)
}

/// The day of a bank: what falls on a weekend is booked on the Monday after.
fn booked(day: Day) -> Day {
    match day.is_sunday() {
        true => day.plus_days(1),
        false if day.plus_days(1).is_sunday() => day.plus_days(2),
        false => day,
    }
}

/// The last day of the month that is no weekend.
fn last_working(month: Day) -> Day {
    let mut day = in_month(month, 31);
    while booked(day) != day {
        day = day.plus_days(-1);
    }
    day
}

impl History {
    /// The history of this seed, whose last day is given.
    pub fn new(seed: u64, today: Day) -> Self {
        let mut made = Self { rows: Vec::new(), truths: Vec::new() };
        let mut chance = Chance(seed);
        let begin = today.plus_days(-740);
        made.streams(&mut chance, begin, today);
        made.chance(&mut chance, begin, today);
        made
    }

    fn add(&mut self, day: Day, cents: i64, name: &str) -> TransactionId {
        let number = self.rows.len() as u128;
        let id = TransactionId(Uuid::from_u128(number));
        self.rows.push(StreamRow {
            id,
            account: AccountId(Uuid::from_u128(1)),
            day,
            amount: Decimal::new(cents, 2),
            currency: Currency::USD,
            description: format!("{name} {number}"),
            merchant: None,
            category: None,
        });
        id
    }

    /// A salary or two, and bills and subscriptions of every cadence.
    fn streams(&mut self, chance: &mut Chance, begin: Day, today: Day) {
        const NAMES: [&str; 16] = [
            "Alpha Payroll",
            "Bravo Gym",
            "Charlie Mobile",
            "Delta Power",
            "Echo Stream",
            "Foxtrot Music",
            "Golf Insurance",
            "Hotel Rent",
            "India Cleaning",
            "Juliet Water",
            "Kilo Club",
            "Lima News",
            "Mike Storage",
            "November Tax",
            "Oscar Domain",
            "Papa Pension",
        ];
        for (at, name) in NAMES.into_iter().enumerate() {
            let cadence = match at {
                0 => {
                    [Cadence::Monthly, Cadence::SemiMonthly, Cadence::Biweekly][chance.within(0, 2) as usize]
                }
                1..=8 => Cadence::Monthly,
                9 | 10 => Cadence::Quarterly,
                11 => Cadence::SemiAnnually,
                12 | 13 => Cadence::Annually,
                14 => Cadence::Weekly,
                _ => Cadence::Biweekly,
            };
            let mut days = days(chance, cadence, begin, today);
            // Some ended a while ago, and some left one out.
            if chance.is(20) {
                let keep = days.len() * 2 / 3;
                days.truncate(keep);
            }
            if days.len() > 6 && chance.is(20) {
                let middle = days.len() / 2;
                days.remove(middle);
            }
            let sign = if at == 0 || at == 15 { 1 } else { -1 };
            let mut cents = chance.within(500, 200_000);
            let varies = chance.is(30);
            let rises = chance.is(30).then(|| days.len() * 2 / 3);
            let mut rows = Vec::with_capacity(days.len());
            for (number, day) in days.into_iter().enumerate() {
                if rises == Some(number) {
                    cents += cents / 8;
                }
                let amount = if varies { cents + cents * chance.within(-20, 20) / 100 } else { cents };
                rows.push(self.add(day, sign * amount, name));
            }
            self.truths.push(Truth { cadence, rows });
        }
    }

    /// Shops, restaurants, cash and what happens once.
    fn chance(&mut self, chance: &mut Chance, begin: Day, today: Day) {
        type Range = (i64, i64);
        // Name, days to the next time, and what is paid.
        const PLACES: [(&str, Range, Range); 10] = [
            ("Grocer Corner", (1, 9), (600, 12_000)),
            ("Grocer Market", (2, 14), (900, 20_000)),
            ("Coffee House", (1, 6), (350, 650)),
            ("Bakery", (1, 12), (200, 900)),
            ("Fuel Stop", (5, 30), (3_000, 9_000)),
            ("Cash Machine", (4, 45), (2_000, 20_000)),
            ("Online Shop", (2, 60), (700, 30_000)),
            ("Book Shop", (10, 120), (900, 5_000)),
            ("Pharmacy", (8, 90), (500, 6_000)),
            ("Garden Centre", (5, 150), (1_500, 15_000)),
        ];
        for (name, (least, most), (cheap, dear)) in PLACES {
            let mut day = begin.plus_days(chance.within(0, most));
            while day <= today {
                let cents = chance.within(cheap, dear);
                self.add(day, -cents, name);
                day = day.plus_days(chance.within(least, most));
            }
        }
        for number in 0..120_u8 {
            let day = begin.plus_days(chance.within(0, today.days_since(begin)));
            let letters: String =
                [number / 11, number % 11, number / 5 % 7].map(|of| char::from(b'A' + of)).iter().collect();
            self.add(day, -chance.within(300, 40_000), &format!("Once {letters}Q"));
        }
    }

    /// Holds what was found against the truth. What is not certain yet is not judged.
    pub fn judge(&self, streams: &[Stream]) -> Judgement {
        let certain: Vec<&Stream> =
            streams.iter().filter(|stream| stream.status == StreamStatus::Mature).collect();
        let is = |stream: &Stream, truth: &Truth| {
            let common = stream.transactions.iter().filter(|id| truth.rows.contains(id)).count();
            stream.cadence == truth.cadence
                && 10 * common >= 8 * stream.transactions.len()
                && 10 * common >= 8 * truth.rows.len()
        };
        let there: Vec<&Truth> =
            self.truths.iter().filter(|truth| truth.rows.len() >= truth.cadence.hits()).collect();
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let right = certain.iter().filter(|stream| self.truths.iter().any(|truth| is(stream, truth)));
        let found = there.iter().filter(|truth| certain.iter().any(|stream| is(stream, truth)));
        Judgement {
            said: count(certain.len()),
            right: count(right.count()),
            there: count(there.len()),
            found: count(found.count()),
        }
    }
}

/// The days of a stream.
fn days(chance: &mut Chance, cadence: Cadence, begin: Day, today: Day) -> Vec<Day> {
    let mut days = Vec::new();
    let (anchor, is_last) = (chance.within(1, 31), chance.is(25));
    let start = begin.plus_days(chance.within(0, 60));
    let months = |step: i32| {
        let months = (0..).map(move |number| start.first_of_month().plus_months(number * step));
        months.take_while(move |month| *month <= today)
    };
    match cadence {
        Cadence::Weekly | Cadence::Biweekly => {
            let step = if cadence == Cadence::Weekly { 7 } else { 14 };
            let mut day = start;
            while day <= today {
                days.push(if chance.is(15) { day.plus_days(1) } else { day });
                day = day.plus_days(step);
            }
        }
        Cadence::SemiMonthly => {
            days.extend(months(1).flat_map(|month| [booked(in_month(month, 15)), last_working(month)]));
        }
        Cadence::Monthly if is_last => days.extend(months(1).map(last_working)),
        _ => {
            let step = match cadence {
                Cadence::Quarterly => 3,
                Cadence::SemiAnnually => 6,
                Cadence::Annually => 12,
                _ => 1,
            };
            days.extend(months(step).map(|month| booked(in_month(month, anchor))));
        }
    }
    days.retain(|day| *day <= today);
    days
}

#[cfg(test)]
mod tests {
    use dashtam_domain::ledger::recurring::streams;

    use super::*;

    #[test]
    fn what_comes_back_is_found_and_little_else() {
        let today = Day::parse("2026-11-29").unwrap();
        let judge = |seed| {
            let history = History::new(seed, today);
            history.judge(&streams(&history.rows, today))
        };
        let all = (1..=20).map(judge).fold(Judgement::default(), Judgement::and);
        assert!(all.there > 200 && all.precision() >= 950 && all.recall() >= 950, "{all:?}");
    }
}
