//! A list that is too long for one page, cut into pages.

use std::ops::Range;

use crate::words;

/// So many rows are on a page.
pub(crate) const ROWS: usize = 100;

/// Which rows of a list are shown, and the ways to the others.
pub(crate) struct Cut {
    range: Range<usize>,
    /// Which rows are shown, in words; `None` where all are.
    pub(crate) shown: Option<String>,
    /// The address of the rows before them.
    pub(crate) before: Option<String>,
    /// The address of the rows behind them.
    pub(crate) behind: Option<String>,
}

impl Cut {
    /// The page that an address asks for, of which the first is 1, or the nearest there is; `place` makes the address of one.
    pub(crate) fn of(asked: &str, count: usize, place: impl Fn(usize) -> String) -> Self {
        let pages = count.div_ceil(ROWS).max(1);
        let page = asked.parse::<usize>().unwrap_or(1).clamp(1, pages);
        let first = (page - 1) * ROWS;
        let last = count.min(first + ROWS);
        let [from, to, of] = [first + 1, last, count].map(words::count);
        Self {
            range: first..last,
            shown: (pages > 1).then(|| format!("{from} to {to} of {of}")),
            before: (page > 1).then(|| place(page - 1)),
            behind: (page < pages).then(|| place(page + 1)),
        }
    }

    /// Those of these rows that are shown.
    pub(crate) fn rows<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        all.get(self.range.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_on_one_page_and_each_page_leads_to_its_neighbours() {
        let all: Vec<usize> = (0..2 * ROWS + 1).collect();
        let cut = |asked: &str, count| Cut::of(asked, count, |page| format!("?{page}"));
        let mut seen = Vec::new();
        for page in ["1", "2", "3"] {
            seen.extend_from_slice(cut(page, all.len()).rows(&all));
        }
        assert_eq!(seen, all);
        let ways = |of: Cut| (of.shown, of.before, of.behind);
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(ways(cut("1", all.len())), (text("1 to 100 of 201"), None, text("?2")));
        assert_eq!(ways(cut("2", all.len())), (text("101 to 200 of 201"), text("?1"), text("?3")));
        assert_eq!(ways(cut("3", all.len())), (text("201 to 201 of 201"), text("?2"), None));
        for odd in ["", "0", "-1", "x"] {
            assert_eq!(ways(cut(odd, all.len())).2, text("?2"), "{odd}");
        }
        assert_eq!(ways(cut("99999999999999999999999", all.len())).2, text("?2"));
        assert_eq!(ways(cut("9", all.len())).1, text("?2"));
        assert_eq!(ways(cut("1", ROWS)), (None, None, None));
        assert!(cut("1", 0).rows(&all[..0]).is_empty());
    }
}
