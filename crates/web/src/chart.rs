//! Lines over time as SVG, made from exact figures; only coordinates are floats. Beside each line stands the table of what
//! it shows.

use dashtam_domain::{
    money::{Currency, Decimal},
    time::Day,
};

use crate::words::{self, Money};

/// The room of a line, in units of its own that the stylesheet stretches.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 240.0;
/// Room above and below, so that a thick line is not cut.
const EDGE: f64 = 6.0;
/// More rows than these are a burden to read; the table then has every so many.
const MOST_ROWS: usize = 60;

/// A figure of a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) day: Day,
    /// `None` where nobody knows it: the line has a gap there.
    pub(crate) value: Option<Decimal>,
    pub(crate) is_estimated: bool,
}

/// A row of the table beside a line.
pub(crate) struct TableRow {
    pub(crate) day: String,
    pub(crate) iso: String,
    pub(crate) value: Option<Money>,
    pub(crate) is_estimated: bool,
}

/// A line over time, ready to be shown.
pub(crate) struct Chart {
    /// What it shows, in a sentence.
    pub(crate) summary: String,
    /// Its parts without a gap: paths of SVG, and whether each is estimated.
    pub(crate) paths: Vec<(String, bool)>,
    /// The same as an area down to the lowest figure.
    pub(crate) areas: Vec<String>,
    /// Where zero is, if it lies within.
    pub(crate) zero: Option<String>,
    pub(crate) highest: String,
    pub(crate) lowest: String,
    pub(crate) first: String,
    pub(crate) last: String,
    pub(crate) rows: Vec<TableRow>,
}

impl Chart {
    /// A line through these points; `None` where there are no two figures to join.
    pub(crate) fn of(what: &str, points: &[Point], currency: Currency) -> Option<Self> {
        let known: Vec<Decimal> = points.iter().filter_map(|point| point.value).collect();
        let (lowest, highest) = (known.iter().min()?, known.iter().max()?);
        if known.len() < 2 {
            return None;
        }
        let (first, last) = (points.first()?, points.last()?);
        let days = last.day.days_since(first.day).max(1);
        let scale =
            Scale { first: first.day, days: days as f64, lowest: float(*lowest), highest: float(*highest) };

        let mut paths: Vec<(String, bool)> = Vec::new();
        let mut areas = Vec::new();
        for run in points.split(|point| point.value.is_none()).filter(|run| !run.is_empty()) {
            let placed: Vec<(f64, f64)> = run.iter().filter_map(|point| scale.place(point)).collect();
            areas.push(area(&placed));
            // A part of the line is estimated when the point at its end is.
            let mut begun = 0;
            for at in 1..=run.len() {
                let ends =
                    at == run.len() || (at > begun + 1 && run[at].is_estimated != run[at - 1].is_estimated);
                if ends {
                    paths.push((line(&placed[begun..at]), run[at - 1].is_estimated));
                    begun = at - 1;
                }
                if at == run.len() {
                    break;
                }
            }
        }
        let zero = (float(*lowest) < 0.0 && float(*highest) > 0.0).then(|| format!("{:.1}", scale.y(0.0)));
        let ends = |value: Option<Decimal>| value.map(|value| words::rounded(value, currency).text);
        let began = known.first().copied();
        let summary = format!(
            "{what} from {} to {}: it began at {} and is at {}; the lowest was {}, the highest {}.",
            words::day(first.day),
            words::day(last.day),
            ends(began).unwrap_or_default(),
            ends(known.last().copied()).unwrap_or_default(),
            words::rounded(*lowest, currency).text,
            words::rounded(*highest, currency).text,
        );
        let step = points.len().div_ceil(MOST_ROWS).max(1);
        // The newest first, and the newest always.
        let rows = points.iter().rev().step_by(step).map(|point| TableRow {
            day: words::day(point.day),
            iso: words::iso(point.day),
            value: point.value.map(|value| words::rounded(value, currency)),
            is_estimated: point.is_estimated,
        });
        Some(Self {
            summary,
            paths,
            areas,
            zero,
            highest: words::rounded(*highest, currency).text,
            lowest: words::rounded(*lowest, currency).text,
            first: words::day(first.day),
            last: words::day(last.day),
            rows: rows.collect(),
        })
    }
}

/// Where figures and days are in the room of a line.
struct Scale {
    first: Day,
    days: f64,
    lowest: f64,
    highest: f64,
}

impl Scale {
    fn place(&self, point: &Point) -> Option<(f64, f64)> {
        let x = point.day.days_since(self.first) as f64 / self.days * WIDTH;
        Some((x, self.y(float(point.value?))))
    }

    fn y(&self, value: f64) -> f64 {
        let span = self.highest - self.lowest;
        // A figure that never changed lies in the middle.
        let share = if span > 0.0 { (value - self.lowest) / span } else { 0.5 };
        HEIGHT - EDGE - share * (HEIGHT - 2.0 * EDGE)
    }
}

/// A coordinate. Nothing is reckoned with it.
fn float(value: Decimal) -> f64 {
    value.to_string().parse().unwrap_or_default()
}

fn line(placed: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (at, (x, y)) in placed.iter().enumerate() {
        path.push_str(&format!("{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" }));
    }
    // A single figure between two gaps is a dot.
    if placed.len() == 1 {
        path.push_str("h0.1");
    }
    path
}

fn area(placed: &[(f64, f64)]) -> String {
    let (Some((first, _)), Some((last, _))) = (placed.first(), placed.last()) else { return String::new() };
    format!("{}L{last:.1} {HEIGHT:.1}L{first:.1} {HEIGHT:.1}Z", line(placed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: &[(Option<i64>, bool)]) -> Vec<Point> {
        let first = Day::new(2026, 1, 1).unwrap();
        let point = |(at, (value, is_estimated)): (usize, &(Option<i64>, bool))| Point {
            day: first.plus_days(at as i64),
            value: value.map(Decimal::from),
            is_estimated: *is_estimated,
        };
        values.iter().enumerate().map(point).collect()
    }

    #[test]
    fn gaps_stay_open_and_what_is_estimated_is_apart() {
        let told = points(&[
            (Some(1), false),
            (Some(2), false),
            (Some(3), true),
            (None, false),
            (Some(-1), false),
            (Some(4), false),
        ]);
        let chart = Chart::of("Worth", &told, Currency::EUR).unwrap();
        let marks: Vec<bool> = chart.paths.iter().map(|(_, estimated)| *estimated).collect();
        assert_eq!(marks, [false, true, false]);
        assert_eq!(chart.areas.len(), 2);
        assert!(chart.zero.is_some());
        assert_eq!(chart.rows.len(), 6);
        assert!(
            chart.summary.contains("it began at 1.00\u{a0}EUR and is at 4.00\u{a0}EUR"),
            "{}",
            chart.summary
        );
        assert!(Chart::of("Worth", &points(&[(Some(1), false)]), Currency::EUR).is_none());
        let even = Chart::of("Worth", &points(&[(Some(5), false), (Some(5), false)]), Currency::EUR).unwrap();
        assert_eq!(even.paths[0].0, "M0.0 120.0L1000.0 120.0");
    }

    #[test]
    fn a_long_table_has_every_so_many_rows_and_the_newest() {
        let told = points(&vec![(Some(1), false); 400]);
        let chart = Chart::of("Worth", &told, Currency::EUR).unwrap();
        assert!(chart.rows.len() <= MOST_ROWS);
        assert_eq!(chart.rows[0].iso, words::iso(told[399].day));
    }
}
