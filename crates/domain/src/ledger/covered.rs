//! Of which days the transactions of an account are known.

use crate::time::Day;

/// Days of which all transactions are known that an institution told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// The first of them.
    pub from: Day,
    /// The last.
    pub to: Day,
}

impl Covered {
    /// These days and those that were known before. Where days between are not known, only these count.
    #[must_use]
    pub fn joined(self, before: Option<Self>) -> Self {
        match before {
            Some(before) if before.from <= self.to.plus_days(1) && self.from <= before.to.plus_days(1) => {
                Self { from: self.from.min(before.from), to: self.to.max(before.to) }
            }
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: u32, to: u32) -> Covered {
        let day = |of| Day::new(2026, 3, of).unwrap();
        Covered { from: day(from), to: day(to) }
    }

    #[test]
    fn days_that_touch_are_joined() {
        assert_eq!(days(5, 9).joined(None), days(5, 9));
        for (before, expected) in
            [((1, 4), (1, 9)), ((1, 6), (1, 9)), ((1, 20), (1, 20)), ((10, 12), (5, 12)), ((6, 7), (5, 9))]
        {
            assert_eq!(days(5, 9).joined(Some(days(before.0, before.1))), days(expected.0, expected.1));
        }
        for apart in [(1, 3), (11, 12)] {
            assert_eq!(days(5, 9).joined(Some(days(apart.0, apart.1))), days(5, 9));
        }
    }
}
