//! What each month did to an account: what it began with, what moved, what it ended with, and where that does not add up.

use std::fmt;

use crate::{
    ledger::{AccountKind, BalanceGap, DaySum, ToldBalance, balance_history},
    money::Decimal,
    time::Day,
    words::words,
};

/// A month of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(Day);

impl Month {
    /// The month of a day.
    pub fn of(day: Day) -> Self {
        Self(day.first_of_month())
    }

    /// Reads `YYYY-MM`.
    pub fn parse(text: &str) -> Option<Self> {
        Day::parse(&format!("{text}-01")).map(Self)
    }

    /// Its first day.
    pub fn first(self) -> Day {
        self.0
    }

    /// Its last day.
    pub fn last(self) -> Day {
        self.0.first_of_next_month().plus_days(-1)
    }

    /// This month moved by a number of months, held at the ends of the representable range.
    pub fn plus(self, months: i32) -> Self {
        Self(self.0.plus_months(months))
    }
}

/// `YYYY-MM`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.0.to_string();
        f.write_str(day.strip_suffix("-01").unwrap_or(&day))
    }
}

words! {
    /// Whether the figures of a month add up.
    #[derive(Hash)]
    MonthState {
        /// What it began with and what moved make what it ended with.
        Balanced = "balanced",
        /// Days of it lie within a gap.
        Gap = "gap",
        /// It is about securities: what is not a movement is a change of their value.
        Valued = "valued",
        /// What it began or ended with is not known.
        Unknown = "unknown",
    }
}

/// What a month did to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthStatement {
    /// Which month.
    pub month: Month,
    /// The first day that is counted: that of the month, or the day after the first one whose balance is known.
    pub from: Day,
    /// The last day that is counted: that of the month, or today.
    pub to: Day,
    /// The balance at the end of the day before.
    pub opening: Option<Decimal>,
    /// Sum of what moved; `None` where it is too large to tell.
    pub movements: Option<Decimal>,
    /// How many transactions that are.
    pub count: i64,
    /// The balance at the end of the last day.
    pub closing: Option<Decimal>,
    /// Whether the closing balance lies within a gap.
    pub is_estimated: bool,
    /// What the opening balance and the movements leave to the closing one.
    pub difference: Option<Decimal>,
    /// Whether that adds up.
    pub state: MonthState,
    /// The gaps that touch the month. What is missing shows on the last day of each.
    pub gaps: Vec<BalanceGap>,
}

/// Reckons what the months `first` to `last` did to an account, up to today. Both lists are whole, as for
/// [`balance_history`].
pub fn monthly_statements(
    kind: AccountKind,
    told: &[ToldBalance],
    sums: &[DaySum],
    (first, last): (Month, Month),
    today: Day,
) -> Vec<MonthStatement> {
    let begin = first.first().plus_days(-1);
    let end = last.last().min(today);
    let history = balance_history(kind, told, sums, begin, end);
    let of_day = |day: Day| {
        let place = usize::try_from(day.days_since(begin)).ok()?;
        history.days.get(place).filter(|of_day| of_day.balance.is_some())
    };
    let known = history.days.iter().find(|day| day.balance.is_some()).map(|day| day.day);
    let mut sums = sums.iter().skip_while(|sum| sum.day <= begin).peekable();
    let mut months = Vec::new();
    let mut month = first;
    while month <= last && month.first() <= today {
        let (mut from, to) = (month.first(), month.last().min(today));
        let before = from.plus_days(-1);
        // An account that begins within the month is reckoned from there.
        if let Some(begins) = known.filter(|begins| (from..to).contains(begins)) {
            from = begins.plus_days(1);
        }
        let mut movements = Some(Decimal::ZERO);
        let mut count = 0;
        while let Some(sum) = sums.next_if(|sum| sum.day <= to) {
            if sum.day >= from {
                movements = movements.and_then(|moved| moved.checked_add(sum.sum));
                count += sum.count;
            }
        }
        let opening = of_day(from.plus_days(-1).max(before)).and_then(|day| day.balance);
        let closing = of_day(to);
        let is_estimated = closing.is_some_and(|day| day.is_estimated);
        let closing = closing.and_then(|day| day.balance);
        let difference = opening
            .zip(closing)
            .zip(movements)
            .and_then(|((opening, closing), moved)| closing.checked_sub(opening)?.checked_sub(moved));
        let touching = history.gaps.iter().filter(|gap| gap.from <= to && gap.to >= from);
        let gaps: Vec<BalanceGap> = touching.copied().collect();
        let state = match difference {
            None => MonthState::Unknown,
            Some(_) if kind.holds_securities() => MonthState::Valued,
            Some(difference) if gaps.is_empty() && difference.is_zero() => MonthState::Balanced,
            Some(_) => MonthState::Gap,
        };
        months.push(MonthStatement {
            month,
            from,
            to,
            opening,
            movements,
            count,
            closing,
            is_estimated,
            difference,
            state,
            gaps,
        });
        month = month.plus(1);
    }
    months
}

#[cfg(test)]
#[path = "monthly_tests.rs"]
mod tests;
