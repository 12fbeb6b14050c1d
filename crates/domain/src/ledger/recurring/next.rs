//! When something comes back the next time.

use chrono::{Datelike, NaiveDate, Weekday};

use super::Cadence;
use crate::time::Day;

/// Days of the longest month, and the place of a month's last day on a circle of them.
const LONGEST: i64 = 31;
/// From this day of the month on the second anchor is the end of the month.
const END: i64 = 28;
/// So many days are between a hit and the next one of two a month at least.
const APART: i64 = 7;

/// Where in a month something comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Anchor {
    /// On this day, or the last one of a shorter month; 31 is always the last.
    Day(i64),
    /// On the last day from Monday to Friday.
    LastWorkingDay,
}

fn of_month(day: Day) -> i64 {
    i64::from(day.0.day())
}

/// The last day of this day's month.
fn last_of_month(day: Day) -> Day {
    day.first_of_next_month().plus_days(-1)
}

fn last_working_day(day: Day) -> Day {
    let mut last = last_of_month(day);
    while matches!(last.0.weekday(), Weekday::Sat | Weekday::Sun) {
        last = last.plus_days(-1);
    }
    last
}

impl Anchor {
    /// Its day in this day's month.
    fn within(self, month: Day) -> Day {
        let last = last_of_month(month);
        match self {
            Self::LastWorkingDay => last_working_day(month),
            Self::Day(day) => {
                let day = u32::try_from(day.clamp(1, of_month(last))).unwrap_or(1);
                NaiveDate::from_ymd_opt(month.0.year(), month.0.month(), day).map_or(last, Day)
            }
        }
    }

    /// Its day that is nearest to this one: of this month, the one before or the one after.
    fn nearest(self, day: Day) -> Day {
        let month = day.first_of_month();
        let days = [-1, 0, 1].map(|by| self.within(month.plus_months(by)));
        days.into_iter().min_by_key(|near| day.days_since(*near).abs()).unwrap_or(day)
    }

    /// That of days that come once in some months.
    fn of(days: &[Day]) -> Self {
        if days.iter().all(|day| *day == last_of_month(*day)) {
            Self::Day(LONGEST)
        } else if days.len() > 2 && days.iter().all(|day| *day == last_working_day(*day)) {
            Self::LastWorkingDay
        } else {
            Self::Day(circular_median(days.iter().map(|day| of_month(*day)).collect()))
        }
    }
}

/// The lower median of days of months, which are on a circle: it is cut where there is the most room.
fn circular_median(mut days: Vec<i64>) -> i64 {
    days.sort_unstable();
    let Some((first, last)) = days.first().copied().zip(days.last().copied()) else { return 1 };
    let mut most = (first + LONGEST - last, 0);
    for (at, pair) in days.windows(2).enumerate() {
        most = most.max((pair[1] - pair[0], at + 1));
    }
    days.rotate_left(most.1);
    days[(days.len() - 1) / 2]
}

fn median(mut days: Vec<i64>) -> Option<i64> {
    days.sort_unstable();
    days.get(days.len().checked_sub(1)? / 2).copied()
}

/// The two days of the month that these days are near: one of the first half, one of the rest.
pub(super) fn anchors(days: &[Day]) -> Option<[i64; 2]> {
    let (early, late): (Vec<i64>, Vec<i64>) =
        days.iter().map(|day| of_month(*day)).partition(|day| (4..=19).contains(day));
    // The first days of a month are the end of the one before that was put off.
    let late = late.into_iter().map(|day| if day < 4 { day + LONGEST } else { day }).collect();
    let late = median(late)?;
    Some([median(early)?, if late >= END { LONGEST } else { late }])
}

/// How many days a day is off the nearer of two anchors.
pub(super) fn days_off(day: Day, anchors: [i64; 2]) -> i64 {
    let off = anchors.map(|anchor| day.days_since(Anchor::Day(anchor).nearest(day)).abs());
    off[0].min(off[1])
}

/// The day on which something comes back, given the days on which it came, in their order.
pub(super) fn next(cadence: Cadence, days: &[Day]) -> Option<Day> {
    let last = *days.last()?;
    if let Some(months) = cadence.months() {
        let anchor = Anchor::of(days);
        // A hit may be in the month after, or before, the one that it is meant for.
        let meant = anchor.nearest(last).first_of_month();
        return Some(anchor.within(meant.plus_months(months)));
    }
    match cadence {
        Cadence::Weekly => Some(last.plus_days(7)),
        Cadence::Biweekly => Some(last.plus_days(14)),
        _ => {
            let anchors = anchors(days)?;
            let month = last.first_of_month();
            let days = [0, 1, 2]
                .into_iter()
                .flat_map(|by| anchors.map(|anchor| Anchor::Day(anchor).within(month.plus_months(by))));
            days.filter(|day| day.days_since(last) >= APART).min()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_days_around_the_end_of_a_month() {
        assert_eq!(circular_median(vec![30, 2, 30, 30, 1]), 30);
        assert_eq!(circular_median(vec![2, 2, 2, 1, 1]), 2);
        assert_eq!(circular_median(vec![31, 1]), 31);
        assert_eq!(circular_median(vec![3, 4]), 3);
        assert_eq!(circular_median(Vec::new()), 1);
    }

    #[test]
    fn the_last_working_day_of_each_month() {
        let days =
            ["2026-01-30", "2026-02-27", "2026-03-31", "2026-04-30"].map(|day| Day::parse(day).unwrap());
        assert_eq!(Anchor::of(&days), Anchor::LastWorkingDay);
        assert_eq!(next(Cadence::Monthly, &days), Day::parse("2026-05-29"));
    }
}
