//! Which days are asked for next. Banks keep 60 to 90 days behind a server, servers cap what one request may
//! span, and some cap it lower than they say: history is read in short windows, the newest first.

use std::fmt;

use dashtam_domain::{connections::TransactionWindow, time::Day};

/// Days of a window unless the server says that it was capped.
const DAYS: i64 = 44;
/// Windows are never made shorter than this number of days.
const SHORTEST: i64 = 5;
/// So many empty windows in a row are the end of the history.
const EMPTY: u8 = 2;

/// What an answer says about the window that was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// Whether it has no rows.
    pub(crate) empty: bool,
    /// Whether the server shortened the window.
    pub(crate) capped: bool,
}

/// A window of days, which is the page token of this adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The day after the last one of the window.
    end: Day,
    /// The number of days in the window.
    span: i64,
    /// The number of empty windows right before this one.
    empty: u8,
}

impl Cursor {
    /// The newest window.
    pub(crate) fn first(asked: TransactionWindow) -> Self {
        Self { end: asked.to.plus_days(1), span: DAYS, empty: 0 }
    }

    /// Reads a page token; `None` when it is none for these days.
    pub(crate) fn parse(token: &str, asked: TransactionWindow) -> Option<Self> {
        let mut parts = token.split('_');
        let end = Day::parse(parts.next()?)?;
        let span = parts.next()?.parse().ok().filter(|span| (SHORTEST..=DAYS).contains(span))?;
        let empty = parts.next()?.parse().ok().filter(|empty| *empty < EMPTY)?;
        let fits = end > asked.from && end <= asked.to.plus_days(1) && parts.next().is_none();
        fits.then_some(Self { end, span, empty })
    }

    /// First day, and the day after the last. The newest window has its full span even when fewer days are
    /// asked for: it costs the same, and brings what a bank was late with or failed to show last time.
    pub(crate) fn days(self, asked: TransactionWindow) -> (Day, Day) {
        let start = self.end.plus_days(-self.span);
        let newest = self.end == asked.to.plus_days(1);
        (if newest { start } else { start.max(asked.from) }, self.end)
    }

    /// Why there is no window after this one, in words.
    pub(crate) fn end_of_history(self, seen: Seen) -> String {
        if seen.empty && self.empty + 1 >= EMPTY {
            format!("the server showed none in the {} days after that", self.span * i64::from(EMPTY))
        } else {
            "banks do not show more than two years".to_owned()
        }
    }

    /// The window after this one; `None` when there is no need for one.
    pub(crate) fn next(self, asked: TransactionWindow, seen: Seen) -> Option<Self> {
        if seen.capped && self.span > SHORTEST {
            // It is not known which days are missing: the same end again, with fewer days.
            return Some(Self { span: (self.span / 2).max(SHORTEST), ..self });
        }
        let empty = if seen.empty { self.empty + 1 } else { 0 };
        let (start, _) = self.days(asked);
        (start > asked.from && empty < EMPTY).then_some(Self { end: start, span: self.span, empty })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_{}", self.end, self.span, self.empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn walk(asked: TransactionWindow, seen: impl Fn(usize) -> Seen) -> Vec<(String, String)> {
        let mut windows = Vec::new();
        let mut next = Some(Cursor::first(asked));
        while let Some(cursor) = next {
            let (start, end) = cursor.days(asked);
            next = cursor.next(asked, seen(windows.len()));
            windows.push((start.to_string(), end.to_string()));
            // What is written is read back.
            assert_eq!(next, next.and_then(|next| Cursor::parse(&next.to_string(), asked)));
        }
        windows
    }

    const FULL: Seen = Seen { empty: false, capped: false };

    #[test]
    fn windows_tile_what_is_asked_for_without_a_gap() {
        let asked = TransactionWindow { from: day("2024-11-22"), to: day("2026-11-22") };
        let windows = walk(asked, |_| FULL);
        assert_eq!(windows.len(), 17);
        assert_eq!(windows[0], ("2026-10-10".to_owned(), "2026-11-23".to_owned()));
        assert!(windows.windows(2).all(|pair| pair[0].0 == pair[1].1));
        assert_eq!(windows[16].0, "2024-11-22");
    }

    #[test]
    fn a_short_request_is_one_full_window() {
        let asked = TransactionWindow { from: day("2026-11-12"), to: day("2026-11-22") };
        assert_eq!(walk(asked, |_| FULL), [("2026-10-10".to_owned(), "2026-11-23".to_owned())]);
    }

    #[test]
    fn two_empty_windows_in_a_row_end_the_history() {
        let asked = TransactionWindow { from: day("2024-11-22"), to: day("2026-11-22") };
        let empty = |at: &'static [usize]| move |n| Seen { empty: at.contains(&n), capped: false };
        assert_eq!(walk(asked, empty(&[0, 1])).len(), 2);
        assert_eq!(walk(asked, empty(&[1, 3, 4])).len(), 5);
    }

    #[test]
    fn a_capped_window_is_asked_for_again_with_fewer_days() {
        let asked = TransactionWindow { from: day("2026-08-01"), to: day("2026-11-22") };
        let windows = walk(asked, |n| Seen { empty: false, capped: n == 0 });
        assert_eq!(windows[0], ("2026-10-10".to_owned(), "2026-11-23".to_owned()));
        assert_eq!(windows[1], ("2026-11-01".to_owned(), "2026-11-23".to_owned()));
        assert_eq!(windows[2], ("2026-10-10".to_owned(), "2026-11-01".to_owned()));
        assert!(walk(asked, |_| Seen { empty: false, capped: true }).len() < 40);
    }

    #[test]
    fn foreign_tokens_are_refused() {
        let asked = TransactionWindow { from: day("2026-08-01"), to: day("2026-11-22") };
        for token in [
            "",
            "x",
            "2026-10-10",
            "2026-10-10_44",
            "2026-10-10_44_0_0",
            "2026-10-10_45_0",
            "2026-10-10_0_0",
            "2026-10-10_44_2",
            "2026-08-01_44_0",
            "2026-11-24_44_0",
            "2026-10-10_-44_0",
        ] {
            assert_eq!(Cursor::parse(token, asked), None, "{token}");
        }
    }
}
