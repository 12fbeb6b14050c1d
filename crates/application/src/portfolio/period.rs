//! Periods that people look at.

use dashtam_domain::time::Day;

use crate::ledger::LONGEST_HISTORY;

/// A time that ends with a given day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Since the month began.
    MonthToDate,
    /// Since the quarter began.
    QuarterToDate,
    /// Since the year began.
    YearToDate,
    /// So many months.
    Months(i32),
    /// As long as there are figures, ten years at most.
    All,
}

impl Period {
    /// Those that have a name, from the shortest.
    pub const NAMED: [(&'static str, Self); 10] = [
        ("mtd", Self::MonthToDate),
        ("1m", Self::Months(1)),
        ("qtd", Self::QuarterToDate),
        ("3m", Self::Months(3)),
        ("6m", Self::Months(6)),
        ("ytd", Self::YearToDate),
        ("1y", Self::Months(12)),
        ("3y", Self::Months(36)),
        ("5y", Self::Months(60)),
        ("all", Self::All),
    ];

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|(name, _)| *name == text).map(|(_, period)| period)
    }

    /// The day at whose end it begins, if it ends with this one. What begins with a month begins at the end of the day before.
    pub fn begins(self, to: Day) -> Day {
        let month = to.first_of_month();
        match self {
            Self::MonthToDate => month.plus_days(-1),
            Self::QuarterToDate => month.plus_months(-(to.months_before() % 3)).plus_days(-1),
            Self::YearToDate => month.plus_months(-to.months_before()).plus_days(-1),
            Self::Months(months) => to.plus_months(-months),
            Self::All => to.plus_days(-LONGEST_HISTORY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_begin_at_the_end_of_a_day() {
        let to = Day::new(2026, 5, 31).unwrap();
        for (name, begins) in [
            ("mtd", "2026-04-30"),
            ("1m", "2026-04-30"),
            ("qtd", "2026-03-31"),
            ("3m", "2026-02-28"),
            ("6m", "2025-11-30"),
            ("ytd", "2025-12-31"),
            ("1y", "2025-05-31"),
            ("3y", "2023-05-31"),
            ("5y", "2021-05-31"),
            ("all", "2016-05-23"),
        ] {
            assert_eq!(Period::parse(name).unwrap().begins(to).to_string(), begins, "{name}");
        }
        assert_eq!(Period::parse("decade"), None);
        let leap = Day::new(2024, 2, 29).unwrap();
        assert_eq!(Period::Months(12).begins(leap).to_string(), "2023-02-28");
    }
}
