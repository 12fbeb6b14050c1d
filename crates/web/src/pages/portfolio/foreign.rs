//! What a portfolio gained in another currency than its own.

use dashtam_application::portfolio::{ConvertedAmount, NotElsewhere, Performance};
use dashtam_domain::money::Currency;

use crate::words;

/// A gain in another currency, or why nobody knows it.
pub(super) struct Foreign {
    pub(super) name: String,
    pub(super) gain: Option<String>,
    /// What is to be said beside it.
    pub(super) beside: Vec<String>,
    pub(super) why: String,
}

impl Foreign {
    pub(super) fn of(performance: &Performance) -> Option<Self> {
        let of = performance.elsewhere.as_ref()?;
        let name = format!("Gain in {}", of.currency);
        let found = match &of.found {
            Ok(found) => found,
            Err(why) => return Some(Self { name, gain: None, beside: Vec::new(), why: no_gain(*why) }),
        };
        let change = |amount| words::change(amount, of.currency).text;
        let beside = vec![
            format!("{} of it by the investments", change(found.gain.local)),
            format!("{} by exchange rates", change(found.gain.by_rates)),
        ];
        Some(Self { name, gain: Some(change(found.gain.gain)), beside, why: String::new() })
    }
}

fn no_gain(why: NotElsewhere) -> String {
    match why {
        NotElsewhere::NoGain => "it is not known in one currency of its own".to_owned(),
        NotElsewhere::NoRate(day) => {
            format!("nobody told an exchange rate for {} or the week before it", words::day(day))
        }
        NotElsewhere::TooLarge => "a figure is larger than can be reckoned with".to_owned(),
    }
}

/// What a gain in another currency is reckoned from: label and figure.
pub(super) fn inputs(performance: &Performance) -> Vec<(String, String)> {
    let Some(of) = &performance.elsewhere else { return Vec::new() };
    let Ok(found) = &of.found else { return Vec::new() };
    let money = |amount| words::rounded(amount, of.currency).text;
    let value = |at: &ConvertedAmount| {
        let label = format!("Value on {} in {}", words::day(at.day), of.currency);
        (label, format!("{}, at {}", money(at.converted), rate(at, of.currency)))
    };
    vec![
        value(&found.start),
        (format!("Paid in, each at the rate of its day, in {}", of.currency), money(found.stretch.paid_in)),
        (
            format!("Taken out, each at the rate of its day, in {}", of.currency),
            money(found.stretch.taken_out),
        ),
        value(&found.end),
    ]
}

/// A rate, and of which day it is where that is another one.
fn rate(at: &ConvertedAmount, currency: Currency) -> String {
    let rate = format!("{}\u{a0}{currency}", words::decimal(at.rate, 2));
    match at.rate_day.filter(|day| *day != at.day) {
        Some(day) => format!("{rate} of {}", words::day(day)),
        None => rate,
    }
}
