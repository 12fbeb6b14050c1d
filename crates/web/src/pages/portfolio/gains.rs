//! What sales gained, year by year, and the lots that each gain is made of.

use askama::Template;
use dashtam_application::portfolio::{Chosen, ReckonPortfolio, Within, YearGains};
use dashtam_domain::{ledger::portfolio::LotMethod, time::Day};

use super::{
    names,
    security::{self, GoneRow},
    tell::{self, Told},
};
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words::{self, Money},
};

/// So many closings are listed, the newest; the others are counted.
const MOST: usize = 200;

/// A year in the table.
struct YearRow {
    label: String,
    place: String,
    is_chosen: bool,
    short: Money,
    long: Money,
    undated: Option<Money>,
    total: Told,
    made_of: String,
    unknown: Option<String>,
    methods: String,
}

#[derive(Template)]
#[template(path = "portfolio_gains.html")]
struct Page {
    frame: Frame,
    years: Vec<YearRow>,
    of: String,
    gone: Vec<GoneRow>,
    more: Option<String>,
    table: String,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let today = visit.today();
    let portfolio = visit.dashtam().portfolio();
    let reckoning = portfolio.reckoned(&visit.call, ReckonPortfolio::default()).await?;
    let all = Within { chosen: Chosen::default(), from: None, to: today };
    let years = reckoning.years(all)?;
    let asked = visit.query.text("year").parse::<i32>().ok();
    let chosen = years.iter().map(|of| of.year).find(|year| Some(*year) == asked);
    let chosen = chosen.or_else(|| years.last().map(|of| of.year));
    let days = chosen.and_then(|year| Day::new(year, 1, 1).zip(Day::new(year, 12, 31)));
    let (gone, table) = match days {
        Some((from, to)) => {
            let to = to.min(today);
            let gone = reckoning.closings(Within { from: Some(from), to, ..all }).await?;
            let (from, to) = (words::iso(from), words::iso(to));
            (gone, format!("/api/v1/exports?kind=closings&format=csv&from={from}&to={to}"))
        }
        None => (Vec::new(), String::new()),
    };
    let names = names(&reckoning);
    Reply::page(&Page {
        frame: visit.frame("Realised gains", "portfolio"),
        years: years.iter().rev().map(|of| row(of, chosen)).collect(),
        of: chosen.map(|year| year.to_string()).unwrap_or_default(),
        more: security::rest(gone.len().saturating_sub(MOST)),
        gone: gone.iter().rev().take(MOST).map(|of| security::gone_row(of, &names)).collect(),
        table,
    })
}

fn row(of: &YearGains, chosen: Option<i32>) -> YearRow {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let methods: Vec<&str> = of.methods.iter().map(|method: &LotMethod| tell::method(*method)).collect();
    YearRow {
        label: format!("{}, {}", of.year, of.currency),
        place: format!("/portfolio/gains?year={}#gone", of.year),
        is_chosen: Some(of.year) == chosen,
        short: words::change(of.short, of.currency),
        long: words::change(of.long, of.currency),
        undated: (!of.undated.is_zero()).then(|| words::change(of.undated, of.currency)),
        total: match of.total() {
            Some(total) => Told::Known(words::change(total, of.currency)),
            None => Told::Unknown("it is larger than can be reckoned with"),
        },
        made_of: words::counted(count(of.closings), "part of a lot", "parts of lots"),
        unknown: (of.unknown > 0).then(|| words::count(of.unknown)),
        methods: methods.join("; "),
    }
}
