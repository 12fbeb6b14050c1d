//! What somebody is invested in: of what it is made, what it cost and is worth, and what it returned.

mod beside;
mod cut;
mod foreign;
pub(crate) mod gains;
pub(crate) mod income;
pub(crate) mod named;
mod parts;
mod priced;
pub(crate) mod prices;
pub(crate) mod security;
pub(crate) mod targets;
pub(crate) mod tell;

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use dashtam_application::portfolio::{
    Agreement, Chosen, ListPriced, ListTargets, Position, ReckonPortfolio, Reckoning, ShowPerformance,
};
use dashtam_domain::{
    id::AccountId,
    ledger::portfolio::AllocationBy,
    money::{Currency, Decimal},
    time::Day,
};

use self::{
    beside::Possible,
    cut::Cut,
    parts::{Returned, Share},
    tell::Told,
};
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words::{self, Money},
};

/// A way to choose what a page shows: address, words, and whether it is shown.
pub(crate) struct Choice {
    pub(crate) place: String,
    pub(crate) words: &'static str,
    pub(crate) is_chosen: bool,
}

/// A position in a list.
struct Row {
    place: String,
    name: String,
    symbol: Option<String>,
    account: String,
    account_id: String,
    lots: String,
    units: String,
    cost: Told,
    value: Told,
    gain: Told,
    percent: Option<String>,
    /// Whether ours and the institution's do not come to the same.
    differs: bool,
}

/// What positions in one currency come to.
struct Whole {
    /// `None`: nobody told a value of any.
    value: Option<Money>,
    /// Of how many positions no value is known, in words.
    unvalued: Option<String>,
    gain: Option<Money>,
    percent: Option<String>,
    /// Of how many positions no gain is known, in words.
    without: Option<String>,
}

#[derive(Template)]
#[template(path = "portfolio.html")]
struct Page {
    frame: Frame,
    /// Whether there is an account that could hold something.
    has_accounts: bool,
    wholes: Vec<Whole>,
    told_for: Option<String>,
    returned: Returned,
    periods: Vec<Choice>,
    /// The period and the side that are shown, by their names in the address.
    period: &'static str,
    by: &'static str,
    /// What can be set beside the return.
    possible: Vec<Possible>,
    /// The currency in which the gain is told as well; empty for none.
    elsewhere: String,
    /// The id of what is set beside the return; empty for none.
    benchmark: String,
    sides: Vec<Choice>,
    /// The parts, or why there are none.
    shares: Result<Vec<Share>, &'static str>,
    which_shares: Cut,
    rows: Vec<Row>,
    which_rows: Cut,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let (dashtam, call) = (visit.dashtam(), &visit.call);
    let (name, period) = tell::period(visit.query.text("period"));
    let by = AllocationBy::parse(visit.query.text("by")).unwrap_or_default();
    let reckoning = dashtam.portfolio().reckoned(call, ReckonPortfolio::default()).await?;
    let mut positions = reckoning.positions(Chosen::default());
    let priced = dashtam.portfolio().priced(call, ListPriced).await?;
    let possible = beside::possible(&positions, &priced, visit.query.text("benchmark"));
    let benchmark = possible.iter().find(|of| of.is_chosen).map(|of| of.id);
    let elsewhere: Option<Currency> = visit.query.text("in").trim().parse().ok();
    let asked = ShowPerformance { period: Some(period), benchmark, elsewhere, ..ShowPerformance::default() };
    let performance = dashtam.portfolio().performance(call, asked).await?;
    let names = names(&reckoning);
    // What is worth most first, and behind it what nobody tells the value of.
    positions.sort_by_key(|of| (of.currency, std::cmp::Reverse(of.value().ok()), of.account, of.id));
    let mut with = benchmark.map_or_else(String::new, |id| format!("&benchmark={id}"));
    with.extend(elsewhere.map(|currency| format!("&in={currency}")));
    let place = |period: &str, by: &str, at: &str| format!("/portfolio?period={period}&by={by}{with}#{at}");
    let periods = tell::PERIODS.iter().map(|(of, words)| Choice {
        place: place(of, by.as_str(), "returned"),
        words,
        is_chosen: *of == name,
    });
    let sides = AllocationBy::ALL.into_iter().map(|of| Choice {
        place: place(name, of.as_str(), "allocation"),
        words: parts::side(of),
        is_chosen: of == by,
    });
    let page = |of: &'static str, at: &'static str| {
        let with = with.clone();
        move |page: usize| format!("/portfolio?period={name}&by={}{with}&{of}={page}#{at}", by.as_str())
    };
    let which_rows = Cut::of(visit.query.text("rows"), positions.len(), page("rows", "positions"));
    // Where one sum is too large, the others are known all the same.
    let targets = dashtam.portfolio().targets(call, ListTargets).await?;
    let parts =
        reckoning.allocation(by, &targets).map_err(|_| "a figure is larger than can be reckoned with");
    let count = parts.as_ref().map_or(0, Vec::len);
    let which_shares = Cut::of(visit.query.text("parts"), count, page("parts", "allocation"));
    Reply::page(&Page {
        frame: visit.frame("Portfolio", "portfolio"),
        has_accounts: reckoning.investing().are_any(),
        wholes: wholes(&positions),
        told_for: told_for(&reckoning),
        returned: Returned::of(&performance, &names),
        periods: periods.collect(),
        period: name,
        by: by.as_str(),
        possible,
        elsewhere: elsewhere.map_or_else(String::new, |currency| currency.to_string()),
        benchmark: benchmark.map_or_else(String::new, |id| id.to_string()),
        sides: sides.collect(),
        shares: parts.map(|parts| parts::shares(&reckoning, by, &parts, &which_shares)),
        which_shares,
        rows: which_rows.rows(&positions).iter().map(|of| row(of, &names)).collect(),
        which_rows,
    })
}

/// The accounts of a reckoning by what people call them.
pub(super) fn names(reckoning: &Reckoning) -> HashMap<AccountId, String> {
    reckoning.accounts().map(|account| (account.id, account.shown_name().to_owned())).collect()
}

/// Of which days the values are.
fn told_for(reckoning: &Reckoning) -> Option<String> {
    let (first, last): (Day, Day) = reckoning.told_for()?;
    Some(match first == last {
        true => format!("As institutions told for {}.", words::day(last)),
        false => {
            format!("As institutions last told, for days from {} to {}.", words::day(first), words::day(last))
        }
    })
}

/// What all positions come to, by currency. A position without a gain is in the value and not in the gain.
fn wholes(positions: &[Position]) -> Vec<Whole> {
    #[derive(Default)]
    struct Sums {
        value: Option<Decimal>,
        unvalued: i64,
        gain: Decimal,
        basis: Decimal,
        known: usize,
        without: i64,
    }
    let mut sums: BTreeMap<Currency, Sums> = BTreeMap::new();
    for of in positions {
        let told = of.told.as_ref();
        let currency = told.map_or(of.currency, |told| told.currency);
        let sum = sums.entry(currency).or_default();
        match told.and_then(|told| told.value) {
            Some(value) => sum.value = Some(sum.value.unwrap_or_default().saturating_add(value)),
            None => sum.unvalued += 1,
        }
        match (of.gain(), of.basis) {
            (Ok(gain), Ok(basis)) => {
                sum.gain = sum.gain.saturating_add(gain);
                sum.basis = sum.basis.saturating_add(basis);
                sum.known += 1;
            }
            _ => sum.without += 1,
        }
    }
    let whole = |(currency, sums): (Currency, Sums)| Whole {
        value: sums.value.map(|value| tell::plain(value, currency)),
        unvalued: (sums.unvalued > 0).then(|| words::counted(sums.unvalued, "position", "positions")),
        gain: (sums.known > 0).then(|| words::change(sums.gain, currency)),
        percent: words::percent(sums.gain, sums.basis).filter(|_| sums.known > 0),
        without: (sums.without > 0).then(|| words::counted(sums.without, "position", "positions")),
    };
    sums.into_iter().map(whole).collect()
}

fn row(of: &Position, names: &HashMap<AccountId, String>) -> Row {
    let security = of.security.as_ref();
    let percent = of.gain().ok().zip(of.basis.ok()).and_then(|(gain, basis)| words::percent(gain, basis));
    let lots = i64::try_from(of.lots).unwrap_or(i64::MAX);
    // What the institution tells stands also where ours has another quantity.
    let told = of.told.as_ref().and_then(|told| Some((told.value?, told.currency)));
    let value = match (of.value(), told) {
        (Err(_), Some((value, currency))) => Told::Known(tell::plain(value, currency)),
        (found, _) => Told::of(found, of.currency),
    };
    Row {
        place: format!("/portfolio/securities/{}#of-{}", of.id, of.account),
        name: tell::name(security),
        symbol: tell::symbol(security),
        account: names.get(&of.account).cloned().unwrap_or_default(),
        account_id: of.account.to_string(),
        lots: words::counted(lots, "lot", "lots"),
        units: words::decimal(of.units, 0),
        cost: Told::of(of.basis, of.currency),
        value,
        gain: Told::change(of.gain(), of.currency),
        percent,
        differs: matches!(of.agreement, Agreement::Differs | Agreement::Untold),
    }
}
