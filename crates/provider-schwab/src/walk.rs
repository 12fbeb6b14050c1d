//! The way through an account's history: from the newest day back, a stretch at a time. Schwab answers at most a
//! year and at most 3000 rows at once, tells no order and has no cursor, so the place reached is kept in the
//! page token.

use dashtam_domain::{connections::TransactionWindow, time::Day};

/// Days of a stretch; a year is the most that may be asked for.
pub(crate) const STRETCH: i64 = 364;
/// How far back a walk goes at most: fifteen stretches.
const FARTHEST: i64 = 15 * STRETCH;
/// Rows may be entered some days before the day they are booked on. Asking from earlier on shows them.
const ENTERED_BEFORE: i64 = 5;
/// How many days before today fit in there, with today and the day that has begun elsewhere.
pub(crate) const HISTORY_DAYS: i64 = FARTHEST - ENTERED_BEFORE - 2;
const VERSION: &str = "2";

/// The days that one request asks for, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: Day,
    pub(crate) to: Day,
}

impl Stretch {
    pub(crate) fn days(&self) -> i64 {
        self.to.days_since(self.from) + 1
    }
}

/// How far a walk through the history of an account has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Walk {
    /// The last day that was not asked for yet.
    to: Day,
    /// The number of days that the next request asks for.
    span: i64,
    /// Whether each type of transaction is asked for by itself.
    singly: bool,
    /// First day down to which the rows shown are known to be all. Stretches without a row at the far end do not
    /// count: it may be that Schwab no longer keeps them. Nothing counts while there was no row at all: Schwab
    /// answers with empty lists during its maintenance.
    covered_from: Day,
    /// Whether that day moves no further: rows were left out behind it.
    open: bool,
}

impl Walk {
    /// Begins a walk at the newest day of the window.
    pub(crate) fn new(window: TransactionWindow) -> Self {
        let to = window.to;
        let covered_from = to.plus_days(1);
        Self { to, span: STRETCH, singly: false, covered_from, open: false }
    }

    /// The place in a page token; `None` when it is not one of this window.
    pub(crate) fn parse(token: &str, window: TransactionWindow) -> Option<Self> {
        let fields: Vec<&str> = token.split('.').collect();
        let [VERSION, to, span, singly, covered_from, open] = fields.as_slice() else { return None };
        let flag = |text: &str| ["0", "1"].contains(&text).then_some(text == "1");
        let walk = Self {
            to: Day::parse(to)?,
            span: span.parse().ok()?,
            singly: flag(singly)?,
            covered_from: Day::parse(covered_from)?,
            open: flag(open)?,
        };
        let sound = walk.to <= window.to
            && walk.to >= first_day(window)
            && walk.covered_from > walk.to
            && (1..=STRETCH).contains(&walk.span);
        sound.then_some(walk)
    }

    /// Writes the place as a page token.
    pub(crate) fn token(&self) -> String {
        let Self { to, span, covered_from, .. } = self;
        let [singly, open] = [self.singly, self.open].map(u8::from);
        format!("{VERSION}.{to}.{span}.{singly}.{covered_from}.{open}")
    }

    /// The days that the next request asks for.
    pub(crate) fn stretch(&self, window: TransactionWindow) -> Stretch {
        let from = self.to.plus_days(1 - self.span).max(first_day(window));
        Stretch { from, to: self.to }
    }

    /// Asks for half as many days from here on; false when there is only one.
    pub(crate) fn halve(&mut self, stretch: Stretch) -> bool {
        self.span = (stretch.days() / 2).max(1);
        stretch.days() > 1
    }

    /// Whether each type of transaction is asked for in a request of its own.
    pub(crate) fn is_singly(&self) -> bool {
        self.singly
    }

    /// Asks for each type of transaction by itself from here on.
    pub(crate) fn go_singly(&mut self) {
        self.singly = true;
    }

    /// First day down to which the rows shown are all there are, when that is not the window's.
    pub(crate) fn covered_from(&self, window: TransactionWindow) -> Option<Day> {
        Some(self.covered_from).filter(|day| *day > window.from)
    }

    /// Whether what is asked for next is more than a stretch back.
    pub(crate) fn is_far_back(&self, window: TransactionWindow) -> bool {
        window.to.days_since(self.to) >= STRETCH
    }

    /// Rows of what is asked for now were left out: nothing further back counts as covered.
    pub(crate) fn stop_covering(&mut self) {
        self.open = true;
    }

    /// Goes on after a stretch with or without rows; false when the end is reached. However long nothing happened,
    /// there may be rows before.
    pub(crate) fn go_on(&mut self, window: TransactionWindow, stretch: Stretch, rows: bool) -> bool {
        if rows && !self.open {
            self.covered_from = stretch.from;
        }
        self.to = stretch.from.plus_days(-1);
        // After a busy stretch it may be quieter again.
        self.span = (self.span * 2).min(STRETCH);
        self.to >= first_day(window)
    }
}

/// The first day that is asked for, where that is as far back as is asked at all: what is before it is not known.
pub(crate) fn limit(window: TransactionWindow) -> Option<Day> {
    let whole = window.to.days_since(window.from) > HISTORY_DAYS;
    whole.then(|| first_day(window))
}

/// The first day that is asked for at all.
fn first_day(window: TransactionWindow) -> Day {
    window.from.plus_days(-ENTERED_BEFORE).max(window.to.plus_days(1 - FARTHEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: &str, to: &str) -> TransactionWindow {
        TransactionWindow { from: Day::parse(from).unwrap(), to: Day::parse(to).unwrap() }
    }

    /// All stretches of a walk in which a stretch has rows when `rows` says so, and what it covers at its end.
    fn walk(window: TransactionWindow, rows: impl Fn(Stretch) -> bool) -> (Vec<Stretch>, Option<Day>) {
        let mut stretches = Vec::new();
        let mut token = None::<String>;
        loop {
            let mut place = token.map_or(Walk::new(window), |token| Walk::parse(&token, window).unwrap());
            let stretch = place.stretch(window);
            stretches.push(stretch);
            if !place.go_on(window, stretch, rows(stretch)) {
                return (stretches, place.covered_from(window));
            }
            token = Some(place.token());
        }
    }

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn an_incremental_walk_is_one_stretch_and_covers_its_window() {
        let recent = window("2026-11-12", "2026-11-23");
        let (stretches, covered) = walk(recent, |_| true);
        assert_eq!(stretches, [Stretch { from: day("2026-11-07"), to: day("2026-11-23") }]);
        assert_eq!(covered, None);
        let (_, covered) = walk(recent, |_| false);
        assert_eq!(covered, Some(day("2026-11-24")), "an empty answer says nothing of any day");
    }

    #[test]
    fn stretches_touch_and_stay_below_a_year() {
        let whole = window("2011-12-15", "2026-11-23");
        let (stretches, covered) = walk(whole, |_| true);
        assert_eq!(stretches.len(), 15);
        for pair in stretches.windows(2) {
            assert_eq!(pair[1].to.plus_days(1), pair[0].from);
        }
        assert!(stretches.iter().all(|stretch| stretch.days() <= STRETCH));
        assert_eq!(stretches[0].to, whole.to);
        assert_eq!(covered, Some(stretches[14].from).filter(|day| *day > whole.from));
    }

    #[test]
    fn quiet_years_do_not_end_it() {
        let whole = window("2011-12-15", "2026-11-23");
        for rows_until in ["2025-01-01", "2023-02-01", "2011-12-20"] {
            let (stretches, covered) =
                walk(whole, |stretch| stretch.to >= day("2026-01-01") || stretch.from <= day(rows_until));
            assert_eq!(stretches.len(), 15);
            assert_eq!(covered.map(|day| day.max(whole.from)), covered);
        }
        let (_, covered) = walk(whole, |stretch| stretch.to >= day("2025-01-01"));
        assert_eq!(covered, Some(day("2024-11-26")), "what was empty is not said to be covered");
        // An account at rest may have rows further back.
        let (stretches, covered) = walk(whole, |_| false);
        assert_eq!(stretches.len(), 15);
        assert_eq!(covered, Some(whole.to.plus_days(1)));
    }

    #[test]
    fn the_first_day_is_told_of_a_whole_history_only() {
        let to = day("2026-11-23");
        let whole = TransactionWindow { from: to.plus_days(-1 - HISTORY_DAYS), to };
        let (stretches, _) = walk(whole, |_| true);
        assert_eq!(limit(whole), stretches.last().map(|stretch| stretch.from));
        assert_eq!(limit(TransactionWindow { from: to.plus_days(-30), to }), None);
    }

    #[test]
    fn a_full_stretch_is_halved_to_a_day_and_grows_again() {
        let whole = window("2020-01-01", "2026-11-23");
        let mut place = Walk::new(whole);
        let mut days = Vec::new();
        loop {
            let stretch = place.stretch(whole);
            days.push(stretch.days());
            if !place.halve(stretch) {
                break;
            }
        }
        assert_eq!(days, [364, 182, 91, 45, 22, 11, 5, 2, 1]);
        let stretch = place.stretch(whole);
        assert!(place.go_on(whole, stretch, true));
        assert_eq!(place.stretch(whole).days(), 2);
        assert_eq!(place.stretch(whole).to, whole.to.plus_days(-1));
    }

    #[test]
    fn a_token_is_read_back_and_a_foreign_one_refused() {
        let whole = window("2020-01-01", "2026-11-23");
        let mut place = Walk::new(whole);
        place.go_singly();
        place.go_on(whole, place.stretch(whole), true);
        assert_eq!(Walk::parse(&place.token(), whole), Some(place));
        for token in [
            "",
            "1.2026-01-01.364.0.2026-01-02.0",
            "2.2026-01-01.0.0.2026-01-02.0",
            "2.2026-01-01.365.0.2026-01-02.0",
            "2.2026-01-01.364.2.2026-01-02.0",
            "2.2026-11-24.364.0.2026-11-25.0",
            "2.2019-12-26.364.0.2026-11-25.0",
            "2.2026-01-01.364.0.2026-01-01.0",
            "2.2026-01-01.364.0.2026-01-02.7",
            "2.2026-01-01.364.0.2026-01-02.0.0",
        ] {
            assert_eq!(Walk::parse(token, whole), None, "{token}");
        }
        place.stop_covering();
        assert_eq!(Walk::parse(&place.token(), whole), Some(place));
        let covered = place.covered_from(whole);
        place.go_on(whole, place.stretch(whole), true);
        assert_eq!(place.covered_from(whole), covered);
        assert_eq!(Walk::parse(&place.token(), window("2020-01-01", "2024-11-23")), None);
    }
}
