//! Dividends and interest by month, and what would come if it came again.

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use dashtam_application::portfolio::{
    Chosen, Forecast, MonthAhead, MonthIncome, PositionYield, ReckonPortfolio,
};
use dashtam_domain::{
    id::AccountId,
    money::{Currency, Decimal},
    time::Day,
};

use super::{Choice, cut::Cut, names, security, tell};
use crate::{
    bars::{self, Bars},
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words::{self, Money},
};

/// How far back the page goes: name in the address, words, months.
const PERIODS: [(&str, &str, i32); 3] =
    [("1y", "12 months", 12), ("2y", "24 months", 24), ("5y", "5 years", 60)];

/// So many transactions of a month and source are linked; the others are counted.
const MOST_LINKS: usize = 20;

/// A month with one source of income.
struct Row {
    month: String,
    name: String,
    /// Its security.
    place: Option<String>,
    account: String,
    dividends: Option<Money>,
    interest: Option<Money>,
    /// The transactions it is made of, the first of them.
    transactions: Vec<String>,
    /// Where all of them are, and how many others there are.
    others: Option<(String, String)>,
}

/// What a position brought.
struct YieldRow {
    name: String,
    place: String,
    account: String,
    brought: Money,
    on_cost: Result<String, &'static str>,
    on_value: Result<String, &'static str>,
}

/// A month that lies ahead.
struct Ahead {
    month: String,
    payments: String,
    amount: Money,
}

#[derive(Template)]
#[template(path = "portfolio_income.html")]
struct Page {
    frame: Frame,
    periods: Vec<Choice>,
    bars: Option<Bars>,
    highest: String,
    /// In which currency the bars are.
    drawn: String,
    sums: Vec<(String, Money)>,
    rows: Vec<Row>,
    which_rows: Cut,
    ahead: Vec<Ahead>,
    ahead_sums: Vec<Money>,
    yields: Vec<YieldRow>,
    which_yields: Cut,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let today = visit.today();
    let asked = visit.query.text("period");
    let (name, _, count) = *PERIODS.iter().find(|(name, ..)| *name == asked).unwrap_or(&PERIODS[0]);
    let first = today.first_of_month().plus_months(1 - count);
    let portfolio = visit.dashtam().portfolio();
    let reckoning = portfolio.reckoned(&visit.call, ReckonPortfolio::default()).await?;
    let months = reckoning.months(first, today)?;
    let forecast = reckoning.forecast(Chosen::default(), today)?;
    let names = names(&reckoning);
    let currency = commonest(&months);
    let bars = currency.and_then(|currency| Bars::of(&drawn(&months, currency, first, count)));
    let choice = |(of, words, _): &(&'static str, &'static str, i32)| Choice {
        place: format!("/portfolio/income?period={of}"),
        words,
        is_chosen: *of == name,
    };
    let page = |of: &'static str, at: &'static str| {
        move |page: usize| format!("/portfolio/income?period={name}&{of}={page}#{at}")
    };
    let newest: Vec<&MonthIncome> = months.iter().rev().collect();
    let which_rows = Cut::of(visit.query.text("rows"), newest.len(), page("rows", "months"));
    let count = forecast.yields.len();
    let which_yields = Cut::of(visit.query.text("yields"), count, page("yields", "yields"));
    Reply::page(&Page {
        frame: visit.frame("Dividends and interest", "portfolio"),
        periods: PERIODS.iter().map(choice).collect(),
        highest: match (&bars, currency) {
            (Some(bars), Some(currency)) => words::rounded(bars.highest, currency).text,
            _ => String::new(),
        },
        bars,
        drawn: currency.map(|currency| currency.to_string()).unwrap_or_default(),
        sums: sums(&months),
        rows: which_rows.rows(&newest).iter().map(|of| row(of, &names)).collect(),
        which_rows,
        ahead: forecast.months.iter().map(ahead).collect(),
        ahead_sums: ahead_sums(&forecast),
        yields: which_yields.rows(&forecast.yields).iter().map(|of| yielded(of, &names)).collect(),
        which_yields,
    })
}

/// The currency in which most of it came.
fn commonest(months: &[MonthIncome]) -> Option<Currency> {
    let mut counts: BTreeMap<Currency, usize> = BTreeMap::new();
    months.iter().for_each(|of| *counts.entry(of.currency).or_default() += 1);
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(currency, _)| currency)
}

/// The months as bars of one currency: dividends below, interest on top.
fn drawn(months: &[MonthIncome], currency: Currency, first: Day, count: i32) -> Vec<bars::Month> {
    let of_month = |at: i32| {
        let month = first.plus_months(at);
        let mine = months.iter().filter(|of| of.month == month && of.currency == currency);
        let mut sums = [Decimal::ZERO; 2];
        for of in mine {
            sums[0] = sums[0].saturating_add(of.dividends);
            sums[1] = sums[1].saturating_add(of.interest);
        }
        bars::Month {
            label: month.0.format(if count > 24 { "%y" } else { "%b" }).to_string(),
            parts: sums.into_iter().enumerate().collect(),
            income: Decimal::ZERO,
        }
    };
    (0..count).map(of_month).collect()
}

/// What all of it comes to, by currency.
fn sums(months: &[MonthIncome]) -> Vec<(String, Money)> {
    let mut sums: BTreeMap<Currency, [Decimal; 2]> = BTreeMap::new();
    for of in months {
        let [dividends, interest] = sums.entry(of.currency).or_default();
        *dividends = dividends.saturating_add(of.dividends);
        *interest = interest.saturating_add(of.interest);
    }
    let told = |(currency, [dividends, interest]): (Currency, [Decimal; 2])| {
        let parts = [("Dividends", dividends), ("Interest", interest)].into_iter();
        let parts = parts.filter(|(_, amount)| !amount.is_zero());
        parts.map(move |(name, amount)| (name.to_owned(), words::rounded(amount, currency)))
    };
    sums.into_iter().flat_map(told).collect()
}

fn row(of: &MonthIncome, names: &HashMap<AccountId, String>) -> Row {
    let shown = |amount: Decimal| (!amount.is_zero()).then(|| words::rounded(amount, of.currency));
    let (name, place) = match &of.security {
        Some((id, security)) => (tell::name(security.as_ref()), Some(format!("/portfolio/securities/{id}"))),
        None => ("Cash, and what names no security".to_owned(), None),
    };
    let (first, last) = (of.month, of.month.plus_months(1).plus_days(-1));
    let all =
        format!("/transactions?account={}&from={}&to={}", of.account, words::iso(first), words::iso(last));
    Row {
        month: of.month.0.format("%B %Y").to_string(),
        name,
        place,
        account: names.get(&of.account).cloned().unwrap_or_default(),
        dividends: shown(of.dividends),
        interest: shown(of.interest),
        transactions: of
            .transactions
            .iter()
            .take(MOST_LINKS)
            .map(|id| format!("/transactions/{id}"))
            .collect(),
        others: security::rest(of.transactions.len().saturating_sub(MOST_LINKS)).map(|others| (all, others)),
    }
}

fn ahead(of: &MonthAhead) -> Ahead {
    let payments = i64::try_from(of.payments).unwrap_or(i64::MAX);
    Ahead {
        month: of.month.0.format("%B %Y").to_string(),
        payments: words::counted(payments, "payment", "payments"),
        amount: words::rounded(of.amount, of.currency),
    }
}

fn ahead_sums(forecast: &Forecast) -> Vec<Money> {
    let mut sums: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for of in &forecast.months {
        let sum = sums.entry(of.currency).or_default();
        *sum = sum.saturating_add(of.amount);
    }
    sums.into_iter().map(|(currency, sum)| words::rounded(sum, currency)).collect()
}

fn yielded(of: &PositionYield, names: &HashMap<AccountId, String>) -> YieldRow {
    let shown = |found: Result<Decimal, _>| match found {
        Ok(rate) => Ok(tell::rate(rate).trim_start_matches('+').to_owned()),
        Err(why) => Err(tell::not_known(why)),
    };
    YieldRow {
        name: tell::name(of.position.security.as_ref()),
        place: format!("/portfolio/securities/{}#of-{}", of.position.id, of.position.account),
        account: names.get(&of.position.account).cloned().unwrap_or_default(),
        brought: words::rounded(of.brought, of.currency),
        on_cost: shown(of.on_cost),
        on_value: shown(of.on_value),
    }
}
