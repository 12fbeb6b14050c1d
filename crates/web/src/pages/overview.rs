//! What somebody has, and what needs them.

use askama::Template;
use dashtam_application::{
    ledger::{HistoryInterval, LedgerError},
    portfolio::ListInvesting,
    worth::ShowNetWorth,
};
use dashtam_domain::{
    ledger::{meaning::TotalOf, worth::WorthPoint},
    money::Currency,
};

use super::{
    connections::{Attention, attention},
    link,
    recurring::{self, Coming},
    review,
    rows::{self, AccountGroup},
    spending::{self, GroupRow},
};
use crate::{
    chart::{Chart, Point},
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words::{self, Money},
};

/// How far back a line goes: name in the address, words, days, and how the time is cut.
pub(crate) const PERIODS: [(&str, &str, i64, HistoryInterval); 5] = [
    ("1m", "1 month", 30, HistoryInterval::Day),
    ("3m", "3 months", 91, HistoryInterval::Day),
    ("6m", "6 months", 182, HistoryInterval::Week),
    ("1y", "1 year", 365, HistoryInterval::Week),
    ("all", "All", 3_650, HistoryInterval::Month),
];

/// The period that an address asks for, else three months.
pub(crate) fn period(asked: &str) -> (&'static str, i64, HistoryInterval) {
    let found = PERIODS.iter().find(|(name, ..)| *name == asked).unwrap_or(&PERIODS[1]);
    (found.0, found.2, found.3)
}

/// The ways to choose another period: name, words, and whether it is shown.
pub(crate) fn choices(chosen: &str) -> Vec<(&'static str, &'static str, bool)> {
    PERIODS.iter().map(|(name, words, ..)| (*name, *words, *name == chosen)).collect()
}

#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    frame: Frame,
    is_empty: bool,
    has_sandbox: bool,
    worth: Option<Money>,
    change: Option<(Money, Option<String>, &'static str)>,
    chart: Option<Chart>,
    place: &'static str,
    periods: Vec<(&'static str, &'static str, bool)>,
    /// What is not in the sum, and why.
    left_out: Vec<String>,
    groups: Vec<AccountGroup>,
    is_invested: bool,
    attention: Vec<Attention>,
    spent: Option<Spending>,
    coming: Vec<Coming>,
}

/// What was spent this month.
struct Spending {
    total: Money,
    groups: Vec<GroupRow>,
    has_more: bool,
}

/// So many groups are on the overview.
const GROUPS: usize = 5;
/// What comes within so many days is coming up, and at most so many.
const SOON: i64 = 30;
const COMING: usize = 5;

pub(crate) async fn show(visit: Visit) -> Outcome {
    let (name, days, interval) = period(visit.query.text("period"));
    let dashtam = visit.dashtam();
    let accounts = rows::balances(&visit).await?;
    let connections = rows::connections(&visit).await?;
    let is_empty = accounts.is_empty() && connections.is_empty();
    let asked = ShowNetWorth {
        from: Some(visit.today().plus_days(-days)),
        to: None,
        currency: None,
        interval,
        strict: false,
    };
    let over = dashtam.worth().net_worth(&visit.call, asked).await?;
    let worth = &over.worth;
    // Before anything is known there is no line.
    let is_known = |point: &&WorthPoint| !point.by_currency.is_empty();
    let known: Vec<&WorthPoint> = worth.points.iter().skip_while(|point| !is_known(point)).collect();
    let points: Vec<Point> = known.iter().map(|point| shown(point)).collect();
    let totals = known.first().zip(known.last());
    let totals = totals.and_then(|(first, last)| Some((first.total?, last.total?, first.day)));
    // A figure that grew because another account is known now did not grow.
    let begins = totals.map(|(_, _, day)| worth.starts.iter().filter(|(_, start)| *start > day).count());
    let begins = begins.unwrap_or_default();
    let change = totals.filter(|_| begins == 0).map(|(first, last, _)| {
        let grown = last.saturating_sub(first);
        let words = match grown {
            grown if grown.is_zero() => "unchanged",
            grown if grown.is_sign_negative() => "less",
            _ => "more",
        };
        (words::change(grown, worth.currency), words::percent(grown, first), words)
    });
    let last = known.last();
    let mut left_out = last.map(|point| left_out(point, &accounts)).unwrap_or_default();
    left_out.extend(late(begins));
    let mut attention = attention(&visit, &connections);
    if let Some(waiting) = review::waiting(&visit).await? {
        attention.push(Attention {
            name: waiting,
            what: "Transactions that may be one, or transfers.".to_owned(),
            to: "/review".to_owned(),
            button: "Review",
        });
    }
    let page = Page {
        frame: visit.frame("Overview", "overview"),
        is_empty,
        has_sandbox: dashtam.connections().configured().iter().any(|of| link::is_pretend(&of.key)),
        worth: last.and_then(|point| point.total).map(|total| words::rounded(total, worth.currency)),
        change: change.filter(|_| known.len() > 1),
        chart: Chart::of("Net worth", &points, worth.currency),
        place: "/",
        periods: choices(name),
        left_out,
        groups: rows::groups(&visit, &accounts, &connections),
        is_invested: dashtam.portfolio().investing(&visit.call, ListInvesting).await?.are_any(),
        attention,
        spent: spent(&visit, worth.currency).await?,
        coming: recurring::coming(&visit, visit.today().plus_days(SOON), COMING).await?,
    };
    Reply::page(&page)
}

/// What was spent this month; nothing where nothing was.
async fn spent(visit: &Visit, currency: Currency) -> Result<Option<Spending>, LedgerError> {
    let spent = spending::this_month(visit, currency).await?.filter(|(spent, _)| !spent.groups.is_empty());
    let Some((spent, own)) = spent else { return Ok(None) };
    let colours: Vec<TotalOf> = spent.groups.iter().map(|(of, _)| of.clone()).collect();
    let mut groups = spending::group_rows(&spent, &own, currency, &colours);
    let has_more = groups.len() > GROUPS;
    groups.truncate(GROUPS);
    Ok(Some(Spending { total: words::rounded(spent.total(), currency), groups, has_more }))
}

fn shown(point: &WorthPoint) -> Point {
    Point { day: point.day, value: point.total, is_estimated: point.is_estimated }
}

/// What is to be said of accounts that begin after the line does.
fn late(begins: usize) -> Option<String> {
    match begins {
        0 => None,
        1 => {
            Some("One account is known only since a later day, and the line rises or falls there.".to_owned())
        }
        many => Some(format!(
            "{many} accounts are known only since later days, and the line rises or falls there."
        )),
    }
}

/// What is not in a sum, in sentences: a figure that is missing is never a nought.
fn left_out(point: &WorthPoint, accounts: &[dashtam_domain::ledger::Account]) -> Vec<String> {
    use dashtam_domain::ledger::worth::MissingReason;
    let missing = point.missing.iter().map(|(id, reason)| {
        let name = accounts.iter().find(|account| account.id == *id);
        let name = name.map_or("An account", |account| account.shown_name());
        let why = match reason {
            MissingReason::NoBalance => "its balance was never told",
            MissingReason::StaleValue => "its value was not told within a week",
            MissingReason::NoRate => "there is no exchange rate for its currency",
            MissingReason::TooLarge => "its amount is too large to add up",
        };
        format!("{name} is not in it: {why}.")
    });
    missing.collect()
}
