//! A security whose return stands beside that of a portfolio.

use std::collections::BTreeMap;

use dashtam_application::portfolio::{Benchmark, BenchmarkPrice, Performance, Position};
use dashtam_domain::{
    id::SecurityId,
    ledger::Security,
    money::{Currency, Decimal},
};

use super::{parts, tell};
use crate::words;

/// So many securities can be chosen.
const MOST: usize = 200;

/// A security that can be chosen.
pub(super) struct Possible {
    pub(super) id: SecurityId,
    pub(super) name: String,
    pub(super) is_chosen: bool,
}

/// What can be set beside a return, in the order of the names: what accounts were last told to hold, and of what series tell prices.
pub(super) fn possible(positions: &[Position], priced: &[Security], asked: &str) -> Vec<Possible> {
    let asked: Option<SecurityId> = asked.parse().ok();
    let held = positions.iter().filter(|of| of.told.is_some()).filter_map(|of| of.security.as_ref());
    let told = held.chain(priced);
    let name = |of: &Security| {
        let security = Some(of);
        let symbol = tell::symbol(security).map(|symbol| format!(" ({symbol})"));
        format!("{}{}", tell::name(security), symbol.unwrap_or_default())
    };
    let names: BTreeMap<SecurityId, String> = told.map(|of| (of.id, name(of))).collect();
    let of_one = |(id, name)| Possible { id, name, is_chosen: asked == Some(id) };
    let mut all: Vec<Possible> = names.into_iter().map(of_one).collect();
    // What is chosen is among them, however many there are.
    all.sort_by(|one, other| (!one.is_chosen, &one.name).cmp(&(!other.is_chosen, &other.name)));
    all.truncate(MOST);
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
}

/// What a security returned, or why nobody knows.
pub(super) struct Beside {
    pub(super) name: String,
    pub(super) rate: Option<String>,
    /// What is to be said beside it.
    pub(super) beside: Vec<String>,
    pub(super) why: &'static str,
}

impl Beside {
    pub(super) fn of(performance: &Performance) -> Option<Self> {
        let of = performance.benchmark.as_ref()?;
        let name = tell::name(Some(&of.security));
        let rate = match of.rate {
            Ok(rate) => rate,
            Err(why) => {
                return Some(Self { name, rate: None, beside: Vec::new(), why: tell::no_benchmark(why) });
            }
        };
        let days = performance.from.zip(performance.to).map_or(0, |(from, to)| to.days_since(from));
        let mut beside: Vec<String> = parts::annual(of.annual, days).into_iter().collect();
        beside.extend(of.difference.and_then(difference));
        Some(Self { name, rate: Some(tell::rate(rate)), beside, why: "" })
    }
}

/// How far the portfolio is from the benchmark.
fn difference(of: Decimal) -> Option<String> {
    let points = of.checked_mul(Decimal::ONE_HUNDRED)?.round_dp(2);
    if points.is_zero() {
        return Some("time-weighted, yours returned as much".to_owned());
    }
    let way = if points.is_sign_negative() { "less" } else { "more" };
    Some(format!("time-weighted, yours returned {} points {way}", words::decimal(points.abs(), 2)))
}

/// What the return of a benchmark is reckoned from: label and figure.
pub(super) fn inputs(performance: &Performance) -> Vec<(String, String)> {
    let Some(of) = &performance.benchmark else { return Vec::new() };
    let name = tell::name(Some(&of.security));
    let price = |price: &BenchmarkPrice| {
        (format!("Price of {name} on {}", words::day(price.day)), priced(price, performance.currency))
    };
    let mut inputs: Vec<(String, String)> = [&of.start, &of.end].into_iter().flatten().map(price).collect();
    inputs.extend(
        of.source.as_ref().map(|source| (format!("Prices of {name}"), format!("of your own, from {source}"))),
    );
    inputs.extend(split(of).map(|split| (format!("Splits of {name} in between"), split)));
    inputs
}

/// A price, and what it is in the currency of the return where that is another one.
fn priced(of: &BenchmarkPrice, currency: Option<Currency>) -> String {
    let money = |price: Decimal, currency: Currency| {
        format!("{}\u{a0}{}", words::decimal(price, 2), currency.as_str())
    };
    let other = currency.filter(|currency| *currency != of.currency).zip(of.converted);
    let told = money(of.price, of.currency);
    match other {
        Some((currency, converted)) => format!("{told}, which is {}", money(converted, currency)),
        None => told,
    }
}

fn split(of: &Benchmark) -> Option<String> {
    let factor = of.split_factor.filter(|factor| *factor != Decimal::ONE)?;
    Some(format!("one unit became {}", words::decimal(factor.round_dp(6), 0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_told_in_points() {
        let told = |text: &str| difference(text.parse().unwrap());
        let words = |text: &str| Some(format!("time-weighted, yours returned {text}"));
        assert_eq!(told("0.0333"), words("3.33 points more"));
        assert_eq!(told("-0.02"), words("2.00 points less"));
        assert_eq!(told("0.00001"), words("as much"));
        assert_eq!(difference(Decimal::MAX), None);
    }
}
