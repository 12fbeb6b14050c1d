//! What was spent and what was earned, month by month and category by category.

use std::collections::BTreeMap;

use askama::Template;
use dashtam_application::ledger::{Flows, LedgerError, MonthSpent, ShowFlows};
use dashtam_domain::{
    ledger::meaning::{CategoryChoice, CategoryKey, OwnCategory, Total, TotalOf},
    money::{Currency, Decimal},
    time::Day,
};

use super::rows;
use crate::{
    bars::{self, Bars},
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words::{self, Money},
};

/// How far back the page goes: name in the address, words, months.
const PERIODS: [(&str, &str, i32); 3] =
    [("3m", "3 months", 3), ("6m", "6 months", 6), ("1y", "12 months", 12)];
/// So many groups have a colour of their own; the others share one.
const COLOURS: usize = 7;

/// What was spent on one thing.
pub(crate) struct GroupRow {
    pub(crate) label: String,
    /// Its transactions.
    pub(crate) place: String,
    pub(crate) amount: Money,
    /// How much of all it is, in words and as the width of a bar.
    pub(crate) share: Option<String>,
    pub(crate) width: String,
    /// The number of its colour.
    pub(crate) colour: usize,
}

/// A month in the table.
struct MonthRow {
    label: String,
    place: String,
    is_chosen: bool,
    income: Money,
    spent: Money,
    left: Money,
}

#[derive(Template)]
#[template(path = "spending.html")]
struct Page {
    frame: Frame,
    place: &'static str,
    periods: Vec<(&'static str, &'static str, bool)>,
    bars: Option<Bars>,
    highest: String,
    /// What the categories are of: a month, or the whole time.
    of: String,
    whole: Option<String>,
    total: Money,
    groups: Vec<GroupRow>,
    months: Vec<MonthRow>,
    /// What is in none of these sums.
    beside: Vec<String>,
}

/// What was spent in some time.
pub(crate) struct Spent {
    from: Day,
    to: Day,
    /// By group, the greatest first.
    pub(crate) groups: Vec<(TotalOf, Decimal)>,
    /// Sums that could not be converted.
    unconverted: Vec<Total>,
}

impl Spent {
    fn of(month: MonthSpent, currency: Currency) -> Self {
        let MonthSpent { from, to, sums } = month;
        let groups = sums.each.into_iter().filter(|total| total.currency == currency);
        let groups = groups.filter_map(|total| Some((total.of?, total.amount))).collect();
        let unconverted = sums.all.into_iter().filter(|total| total.currency != currency).collect();
        Self { from, to, groups, unconverted }
    }

    pub(crate) fn total(&self) -> Decimal {
        self.groups.iter().fold(Decimal::ZERO, |sum, (_, amount)| sum.saturating_add(*amount))
    }
}

/// What was spent this month, and the categories by which it is named.
pub(crate) async fn this_month(
    visit: &Visit,
    currency: Currency,
) -> Result<Option<(Spent, Vec<OwnCategory>)>, LedgerError> {
    let asked = ShowFlows { from: visit.today(), months: 1, currency: Some(currency) };
    let Flows { spent, own, .. } = visit.dashtam().ledger().flows(&visit.call, asked).await?;
    Ok(spent.into_iter().next().map(|month| (Spent::of(month, currency), own)))
}

/// What was spent on each group, with where its transactions are.
pub(crate) fn group_rows(
    spent: &Spent,
    own: &[OwnCategory],
    currency: Currency,
    colours: &[TotalOf],
) -> Vec<GroupRow> {
    let total = spent.total();
    let row = |(of, amount): &(TotalOf, Decimal)| {
        let (key, label, way) = named(of, own);
        let share = words::percent(*amount, total);
        GroupRow {
            label,
            place: format!(
                "/transactions?category={key}&from={}&to={}&moved=without&status=posted{way}",
                words::iso(spent.from),
                words::iso(spent.to)
            ),
            amount: words::rounded(*amount, currency),
            share: share.map(|share| share.trim_start_matches('+').to_owned()),
            width: bars::share(*amount, total),
            colour: colour(of, colours),
        }
    };
    spent.groups.iter().map(row).collect()
}

/// The name of a group in an address, what people call it, and what else narrows its list: where no category says whether
/// money was spent, its sign does.
fn named(of: &TotalOf, own: &[OwnCategory]) -> (String, String, &'static str) {
    const BY_SIGN: &str = "&way=out";
    match of {
        TotalOf::Category(key) => match key.parse::<CategoryKey>().map_or("", |key| rows::label(key, own)) {
            "" => (key.clone(), "A category that is gone".to_owned(), BY_SIGN),
            label => (key.clone(), label.to_owned(), ""),
        },
        _ => (CategoryChoice::NONE.to_owned(), "Without a category".to_owned(), BY_SIGN),
    }
}

fn colour(of: &TotalOf, colours: &[TotalOf]) -> usize {
    colours.iter().position(|known| known == of).map_or(COLOURS, |at| at.min(COLOURS))
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let asked = visit.query.text("period");
    let (name, _, count) = *PERIODS.iter().find(|(name, ..)| *name == asked).unwrap_or(&PERIODS[1]);
    let first = visit.today().first_of_month().plus_months(1 - count);
    let asked = ShowFlows { from: first, months: count, currency: None };
    let Flows { currency, spent, earned, own } = visit.dashtam().ledger().flows(&visit.call, asked).await?;
    let months: Vec<Spent> = spent.into_iter().map(|month| Spent::of(month, currency)).collect();
    let income = |month: Day| {
        let of = Some(TotalOf::Month(month));
        let found = earned.each.iter().find(|total| total.currency == currency && total.of == of);
        found.map_or(Decimal::ZERO, |total| total.amount)
    };
    let all = together(&months, first);
    let colours: Vec<TotalOf> = all.groups.iter().take(COLOURS).map(|(of, _)| of.clone()).collect();
    let chosen = months.iter().find(|month| words::iso(month.from).starts_with(visit.query.text("month")));
    let chosen = chosen.filter(|_| visit.query.text("month").len() == "2026-01".len());
    let shown = chosen.unwrap_or(&all);
    let drawn: Vec<bars::Month> = months
        .iter()
        .map(|month| bars::Month {
            label: month.from.0.format("%b").to_string(),
            parts: parts(month, &colours),
            income: income(month.from),
        })
        .collect();
    let bars = Bars::of(&drawn);
    let row = |month: &Spent| {
        let (spent, income) = (month.total(), income(month.from));
        MonthRow {
            label: month.from.0.format("%B %Y").to_string(),
            place: format!("/spending?period={name}&month={}", month.from.0.format("%Y-%m")),
            is_chosen: chosen.is_some_and(|chosen| chosen.from == month.from),
            income: words::rounded(income, currency),
            spent: words::rounded(spent, currency),
            left: words::change(income.saturating_sub(spent), currency),
        }
    };
    Reply::page(&Page {
        frame: visit.frame("Spending", "spending"),
        place: "/spending",
        periods: PERIODS.iter().map(|(of, words, _)| (*of, *words, *of == name)).collect(),
        highest: bars.as_ref().map(|bars| words::rounded(bars.highest, currency).text).unwrap_or_default(),
        bars,
        of: match chosen {
            Some(month) => month.from.0.format("%B %Y").to_string(),
            None => format!("{} to {}", words::day(first), words::day(visit.today())),
        },
        whole: chosen.map(|_| format!("/spending?period={name}")),
        total: words::rounded(shown.total(), currency),
        groups: group_rows(shown, &own, currency, &colours),
        months: months.iter().rev().map(row).collect(),
        beside: all
            .unconverted
            .iter()
            .map(|total| beside(total, "spent"))
            .chain(
                earned
                    .all
                    .iter()
                    .filter(|total| total.currency != currency)
                    .map(|total| beside(total, "earned")),
            )
            .collect(),
    })
}

fn beside(total: &Total, verb: &str) -> String {
    let sum = words::money(total.amount, total.currency).text;
    format!("{sum} {verb} is not in it: there is no exchange rate for its currency.")
}

/// The parts of a month's bar, in the order of their colours.
fn parts(month: &Spent, colours: &[TotalOf]) -> Vec<(usize, Decimal)> {
    let mut parts: Vec<(usize, Decimal)> = Vec::new();
    for (of, amount) in &month.groups {
        let colour = colour(of, colours);
        match parts.iter_mut().find(|(known, _)| *known == colour) {
            Some((_, sum)) => *sum = sum.saturating_add(*amount),
            None => parts.push((colour, *amount)),
        }
    }
    parts.sort_by_key(|(colour, _)| *colour);
    parts
}

/// The sums of all months.
fn together(months: &[Spent], from: Day) -> Spent {
    let mut sums: BTreeMap<&TotalOf, Decimal> = BTreeMap::new();
    let mut others: Vec<Total> = Vec::new();
    for month in months {
        for (of, amount) in &month.groups {
            let sum = sums.entry(of).or_default();
            *sum = sum.saturating_add(*amount);
        }
        for total in &month.unconverted {
            match others.iter_mut().find(|other| other.currency == total.currency) {
                Some(other) => other.amount = other.amount.saturating_add(total.amount),
                None => others.push(total.clone()),
            }
        }
    }
    let mut groups: Vec<(TotalOf, Decimal)> = sums.into_iter().map(|(of, sum)| (of.clone(), sum)).collect();
    groups.sort_by(|(one, sum), (other, than)| than.cmp(sum).then_with(|| one.cmp(other)));
    let to = months.last().map_or(from, |month| month.to);
    Spent { from, to, groups, unconverted: others }
}
