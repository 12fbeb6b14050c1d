//! Business days, paydays and the length of the history the bank keeps.

use chrono::{Datelike, Months, NaiveDate, Weekday};

/// How many whole months of history the bank serves, besides the current one.
const HISTORY_MONTHS: u32 = 24;

/// The day the bank opened. Balances are carried forward from here, whatever today is.
pub(super) fn bank_opening() -> NaiveDate {
    NaiveDate::from_ymd_opt(2020, 1, 1).unwrap_or_default()
}

/// The first day whose transactions the bank still serves.
pub(super) fn history_start(today: NaiveDate) -> NaiveDate {
    today
        .with_day(1)
        .and_then(|first| first.checked_sub_months(Months::new(HISTORY_MONTHS)))
        .unwrap_or(today)
        .max(bank_opening())
}

/// Whether the day is neither on a weekend nor a public holiday.
pub(super) fn is_business_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !is_holiday(day)
}

fn is_holiday(day: NaiveDate) -> bool {
    let week_of_month = (day.day() - 1) / 7 + 1;
    match (day.month(), day.day(), day.weekday()) {
        (1, 1, _) | (6, 19, _) | (7, 4, _) | (11, 11, _) | (12, 25, _) => true,
        (5, dom, Weekday::Mon) => dom > 24,
        (9, _, Weekday::Mon) => week_of_month == 1,
        (11, _, Weekday::Thu) => week_of_month == 4,
        _ => false,
    }
}

/// True on the first business day on or after the given day of this month.
///
/// The day of the month must be at most 24, so that the shift stays within the month.
pub(super) fn is_due(day: NaiveDate, day_of_month: u32) -> bool {
    let Some(nominal) = day.with_day(day_of_month) else { return false };
    nominal.iter_days().take(7).find(|candidate| is_business_day(*candidate)) == Some(day)
}

/// True on the last business day of the month.
pub(super) fn is_last_working_day(day: NaiveDate) -> bool {
    last_of_month(day).is_some_and(|last| is_due_by(day, last))
}

/// True on this day, or on the business day before it if it is a free one.
fn is_due_by(day: NaiveDate, nominal: NaiveDate) -> bool {
    let mut days = std::iter::successors(Some(nominal), NaiveDate::pred_opt).take(7);
    days.find(|candidate| is_business_day(*candidate)) == Some(day)
}

/// True on the 15th and on the last day of the month, or on the business day before a free one.
pub(super) fn is_payday(day: NaiveDate) -> bool {
    day.with_day(15).is_some_and(|fifteenth| is_due_by(day, fifteenth)) || is_last_working_day(day)
}

/// The last day of the month of `day`.
pub(super) fn last_of_month(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.checked_add_months(Months::new(1))?.pred_opt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn money_moves_on_business_days() {
        assert!(!is_business_day(day("2026-07-04")), "Independence Day");
        assert!(!is_business_day(day("2025-11-27")), "Thanksgiving");
        assert!(!is_business_day(day("2026-05-25")), "Memorial Day");
        assert!(!is_business_day(day("2026-09-07")), "Labor Day");
        assert!(is_due(day("2026-03-02"), 1), "the 1st is a Sunday");
        assert!(!is_due(day("2026-03-01"), 1));
        assert!(is_payday(day("2026-02-13")), "the 15th is a Sunday");
        assert!(is_payday(day("2026-02-27")), "the 28th is a Saturday");
        assert!(!is_payday(day("2026-02-28")));
    }

    #[test]
    fn history_has_two_years_and_the_current_month() {
        assert_eq!(history_start(day("2026-07-31")), day("2024-07-01"));
        assert_eq!(history_start(day("2020-06-30")), bank_opening());
    }
}
