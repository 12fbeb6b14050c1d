//! Of what a portfolio is made, and what it returned, as parts of its page.

use std::collections::HashMap;

use dashtam_application::portfolio::{Allocated, NoPerformance, Performance, Reckoning};
use dashtam_domain::{
    id::{AccountId, SecurityId},
    ledger::{
        AssetClass,
        portfolio::{ANNUAL_FROM, AllocationBy},
    },
    money::Decimal,
};

use super::{
    beside::{self, Beside},
    cut::Cut,
    foreign::{self, Foreign},
    tell,
};
use crate::{
    bars,
    chart::{Chart, Point},
    words::{self, Money},
};

/// So many parts have a colour of their own; the others share one.
const COLOURS: usize = 7;
/// So many payments are listed; the others are counted.
const MOST_FLOWS: usize = 40;
/// A line has so many points at most.
const MOST_POINTS: usize = 400;

/// A part of a portfolio.
pub(super) struct Share {
    pub(super) label: String,
    /// Where there is more of it.
    pub(super) place: Option<String>,
    pub(super) value: Money,
    pub(super) percent: Option<String>,
    pub(super) width: String,
    pub(super) colour: usize,
    /// Of what it is made.
    pub(super) made_of: String,
    /// What it shall be, and how far it is from that.
    pub(super) target: Option<String>,
}

/// A rate of return, or why there is none.
pub(super) struct Rate {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) rate: Option<String>,
    /// What is to be said beside it.
    pub(super) beside: Vec<String>,
    pub(super) why: &'static str,
}

/// Money that was paid in or taken out.
pub(super) struct FlowRow {
    pub(super) day: String,
    pub(super) iso: String,
    pub(super) place: String,
    pub(super) account: String,
    pub(super) amount: Money,
}

/// What a portfolio returned, and what that is reckoned from.
pub(super) struct Returned {
    pub(super) chart: Option<Chart>,
    pub(super) rates: [Rate; 2],
    /// What a security returned meanwhile, where one is chosen.
    pub(super) beside: Option<Beside>,
    /// What was gained in another currency, where one is chosen.
    pub(super) foreign: Option<Foreign>,
    /// What it is reckoned from: label and figure.
    pub(super) inputs: Vec<(String, String)>,
    pub(super) flows: Vec<FlowRow>,
    pub(super) more_flows: Option<String>,
}

/// A side in words.
pub(super) fn side(by: AllocationBy) -> &'static str {
    match by {
        AllocationBy::Class => "Class",
        AllocationBy::Security => "Security",
        AllocationBy::Account => "Account",
        AllocationBy::Currency => "Currency",
    }
}

/// The parts that are shown, the largest of each currency first.
pub(super) fn shares(
    reckoning: &Reckoning,
    by: AllocationBy,
    parts: &[Allocated],
    which: &Cut,
) -> Vec<Share> {
    let places: Vec<(usize, &Allocated)> = parts.iter().enumerate().collect();
    which.rows(&places).iter().map(|(at, of)| share(reckoning, by, *at, of)).collect()
}

/// What a part is called.
pub(super) fn label(by: AllocationBy, of: &Allocated) -> String {
    match by {
        AllocationBy::Class => AssetClass::parse(&of.key).map_or_else(|| of.key.clone(), words::asset),
        AllocationBy::Currency => of.key.clone(),
        AllocationBy::Account => of.name.clone().unwrap_or_else(|| "An account that is gone".to_owned()),
        AllocationBy::Security => of.name.clone().unwrap_or_else(|| "A security without a name".to_owned()),
    }
}

fn share(reckoning: &Reckoning, by: AllocationBy, at: usize, of: &Allocated) -> Share {
    let security = || of.key.parse::<SecurityId>().ok().filter(|id| reckoning.security(*id).is_some());
    let label = label(by, of);
    let place = match by {
        AllocationBy::Class | AllocationBy::Currency => None,
        AllocationBy::Account => of.name.as_ref().map(|_| format!("/accounts/{}", of.key)),
        AllocationBy::Security => security().map(|id| format!("/portfolio/securities/{id}")),
    };
    let positions = words::counted(i64::try_from(of.positions).unwrap_or(i64::MAX), "position", "positions");
    let made_of = match of.unvalued {
        0 => positions,
        count => format!("{positions}, {} of them without a value and not in it", words::count(count)),
    };
    let percent = of.share.map(|share| format!("{}\u{a0}%", words::decimal(share.round_dp(1), 1)));
    Share {
        label,
        place,
        value: words::rounded(of.value, of.currency),
        percent,
        width: bars::share(of.share.unwrap_or_default(), Decimal::ONE_HUNDRED),
        colour: at.min(COLOURS),
        made_of,
        target: target(of),
    }
}

/// What a part shall be, and how far it is from that.
fn target(of: &Allocated) -> Option<String> {
    let target = format!("target {}\u{a0}%", words::decimal(of.target?.round_dp(1), 1));
    let (Some(drift), Some(beyond)) = (of.drift(), of.beyond) else {
        return Some(format!("{target}; nothing is worth anything yet"));
    };
    let drift = drift.round_dp(1);
    if drift.is_zero() {
        return Some(format!("{target}, as it is"));
    }
    let way = if drift.is_sign_negative() { "below" } else { "above" };
    let money = words::rounded(beyond.abs(), of.currency).text;
    Some(format!("{target}, {} points {way}: {money}", words::decimal(drift.abs(), 1)))
}

impl Returned {
    pub(super) fn of(of: &Performance, names: &HashMap<AccountId, String>) -> Self {
        let time = match of.time_weighted {
            Ok(found) => {
                let mut beside = Vec::new();
                beside.extend(annual(of.time_weighted_annual, found.days));
                if found.is_approximate {
                    beside.push("nearly: on some days nobody told a value".to_owned());
                }
                Ok((found.rate, beside))
            }
            Err(why) => Err(why),
        };
        let money = of.money_weighted.map(|found| {
            let yearly = found.annual.filter(|_| found.days >= ANNUAL_FROM);
            (found.period, annual(yearly, found.days).into_iter().collect())
        });
        let rates = [
            rate(
                "Time-weighted",
                "What money brought that was there all the time: how good the choice was.",
                time,
            ),
            rate("Money-weighted", "What your money brought, by when it came and went (XIRR).", money),
        ];
        let flows: Vec<FlowRow> = of
            .flows
            .iter()
            .rev()
            .take(MOST_FLOWS)
            .map(|flow| FlowRow {
                day: words::day(flow.day),
                iso: words::iso(flow.day),
                place: format!("/transactions/{}", flow.transaction),
                account: names.get(&flow.account).cloned().unwrap_or_default(),
                amount: words::change(flow.amount, flow.currency),
            })
            .collect();
        let more = i64::try_from(of.flows.len().saturating_sub(MOST_FLOWS)).unwrap_or(i64::MAX);
        Self {
            chart: chart(of),
            rates,
            beside: Beside::of(of),
            foreign: Foreign::of(of),
            inputs: inputs(of),
            flows,
            more_flows: (more > 0).then(|| words::counted(more, "earlier one", "earlier ones")),
        }
    }
}

/// A return of so many days for a year.
pub(super) fn annual(rate: Option<Decimal>, days: i64) -> Option<String> {
    match rate {
        Some(rate) => Some(format!("{} a year", tell::rate(rate))),
        None if days < ANNUAL_FROM => Some("of less than a year, and not told for a year".to_owned()),
        None => None,
    }
}

fn rate(
    name: &'static str,
    about: &'static str,
    found: Result<(Decimal, Vec<String>), NoPerformance>,
) -> Rate {
    match found {
        Ok((rate, beside)) => Rate { name, about, rate: Some(tell::rate(rate)), beside, why: "" },
        Err(why) => Rate { name, about, rate: None, beside: Vec::new(), why: tell::no_performance(why) },
    }
}

fn chart(of: &Performance) -> Option<Chart> {
    let step = of.values.len().div_ceil(MOST_POINTS).max(1);
    // The last always.
    let mut points: Vec<Point> = of
        .values
        .iter()
        .rev()
        .step_by(step)
        .map(|(day, value)| Point { day: *day, value: Some(*value), is_estimated: false })
        .collect();
    points.reverse();
    Chart::of("Value", &points, of.currency?)
}

/// What a return is reckoned from.
fn inputs(of: &Performance) -> Vec<(String, String)> {
    let Some(currency) = of.currency else { return Vec::new() };
    let money = |amount| words::rounded(amount, currency).text;
    let on = |what: &str, day: Option<_>| match day {
        Some(day) => format!("{what} on {}", words::day(day)),
        None => what.to_owned(),
    };
    let mut inputs = Vec::new();
    inputs.extend(of.start.map(|start| (on("Value", of.from), money(start))));
    inputs.push(("Paid in".to_owned(), money(of.paid_in)));
    inputs.push(("Taken out".to_owned(), money(of.taken_out)));
    inputs.extend(of.end.map(|end| (on("Value", of.to), money(end))));
    inputs.extend(of.gain.map(|gain| ("Gain".to_owned(), words::change(gain, currency).text)));
    inputs.push(("Dividends and interest in it".to_owned(), money(of.income)));
    inputs.push(("Days with a value".to_owned(), words::count(of.values.len())));
    inputs.extend(beside::inputs(of));
    inputs.extend(foreign::inputs(of));
    inputs
}
