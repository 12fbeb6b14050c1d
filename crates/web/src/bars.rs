//! Bars of months as SVG: what was spent in parts on top of one another, and what was earned beside it. Made from exact figures;
//! only coordinates are floats, and the pages have tables of the same figures.

use dashtam_domain::money::Decimal;

/// The room of all bars, in units of its own that the stylesheet stretches.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 240.0;
/// How much of its month's room the spending takes, and the income beside it.
const SPENT: f64 = 0.42;
const EARNED: f64 = 0.22;

/// A part of a bar.
pub(crate) struct Bar {
    pub(crate) x: String,
    pub(crate) y: String,
    pub(crate) width: String,
    pub(crate) height: String,
    /// Its class in the stylesheet.
    pub(crate) class: String,
}

/// What a month came to: the parts of its spending, each with the number of its colour, and its income.
pub(crate) struct Month {
    pub(crate) label: String,
    pub(crate) parts: Vec<(usize, Decimal)>,
    pub(crate) income: Decimal,
}

/// Bars, ready to be shown.
pub(crate) struct Bars {
    pub(crate) bars: Vec<Bar>,
    pub(crate) labels: Vec<String>,
    /// The figure at the top.
    pub(crate) highest: Decimal,
}

impl Bars {
    /// Bars of these months; `None` where there is nothing to draw. What is below nothing, as when more came back than was
    /// spent, has no height: the tables tell it.
    pub(crate) fn of(months: &[Month]) -> Option<Self> {
        let positive = |value: Decimal| value.max(Decimal::ZERO);
        let spent = |month: &Month| {
            month.parts.iter().fold(Decimal::ZERO, |sum, (_, part)| sum.saturating_add(positive(*part)))
        };
        let highest = months.iter().map(|month| spent(month).max(month.income)).max()?;
        if highest <= Decimal::ZERO {
            return None;
        }
        let top = float(highest);
        let room = WIDTH / months.len() as f64;
        let mut bars = Vec::new();
        for (at, month) in months.iter().enumerate() {
            let x = room * (at as f64 + (1.0 - SPENT - EARNED) / 2.0);
            let mut below = 0.0;
            for (class, part) in month.parts.iter().filter(|(_, part)| *part > Decimal::ZERO) {
                let height = float(*part) / top * HEIGHT;
                bars.push(bar(x, room * SPENT, below, height, format!("c{class}")));
                below += height;
            }
            if month.income > Decimal::ZERO {
                let height = float(month.income) / top * HEIGHT;
                bars.push(bar(x + room * SPENT, room * EARNED, 0.0, height, "income".to_owned()));
            }
        }
        Some(Self { bars, labels: months.iter().map(|month| month.label.clone()).collect(), highest })
    }
}

fn bar(x: f64, width: f64, below: f64, height: f64, class: String) -> Bar {
    let text = |value: f64| format!("{value:.1}");
    Bar { x: text(x), y: text(HEIGHT - below - height), width: text(width), height: text(height), class }
}

/// How many of a hundred a part is of a whole, for the width of a bar: from 0 to 100.
pub(crate) fn share(part: Decimal, whole: Decimal) -> String {
    let share = if whole > Decimal::ZERO { float(part) / float(whole) * 100.0 } else { 0.0 };
    format!("{:.1}", share.clamp(0.0, 100.0))
}

/// A coordinate. Nothing is reckoned with it.
fn float(value: Decimal) -> f64 {
    value.to_string().parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_on_one_another_and_what_came_back_has_no_height() {
        let month = |parts: &[(usize, i64)], income: i64| Month {
            label: String::new(),
            parts: parts.iter().map(|(class, part)| (*class, Decimal::from(*part))).collect(),
            income: Decimal::from(income),
        };
        let bars = Bars::of(&[month(&[(0, 30), (1, 90)], 240), month(&[(0, -5)], 0)]).unwrap();
        let shown: Vec<(&str, &str, &str)> =
            bars.bars.iter().map(|bar| (bar.class.as_str(), bar.y.as_str(), bar.height.as_str())).collect();
        assert_eq!(shown, [("c0", "210.0", "30.0"), ("c1", "120.0", "90.0"), ("income", "0.0", "240.0")]);
        assert_eq!((bars.highest, bars.labels.len()), (Decimal::from(240), 2));
        assert!(Bars::of(&[month(&[(0, -5)], 0)]).is_none() && Bars::of(&[]).is_none());
        assert_eq!(share(Decimal::from(1), Decimal::from(3)), "33.3");
        assert_eq!(
            [share(Decimal::from(-1), Decimal::from(3)), share(Decimal::ONE, Decimal::ZERO)],
            ["0.0", "0.0"]
        );
    }
}
