//! What comes back at regular times: salaries, subscriptions, rents.

use std::collections::HashMap;

use askama::Template;
use dashtam_application::{
    categories::ListCategories,
    recurring::{
        ConfirmStream, DismissStream, GetStream, ListStreams, MarkedStream, RecurringError, RenameStream,
    },
};
use dashtam_domain::{
    id::StreamId,
    ledger::recurring::{Cadence, StreamAmount, StreamEvent, StreamStatus, StreamVerdict},
    money::{Currency, Decimal},
    time::Day,
};

use super::{
    rows::{self, TransactionRow},
    transactions,
};
use crate::{
    forms,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words::{self, Money},
};

/// A stream in a list.
struct Row {
    id: String,
    name: String,
    account: String,
    cadence: &'static str,
    amount: Money,
    /// Whether the amount is another one each time.
    varies: bool,
    next: Option<String>,
    iso: String,
    yearly: Money,
    /// What a person should know.
    news: Vec<String>,
    is_confirmed: bool,
    is_dismissed: bool,
}

/// Streams that go one way, with what they come to in a year.
struct Group {
    id: &'static str,
    title: &'static str,
    about: &'static str,
    yearly: Vec<Money>,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "recurring.html")]
struct Page {
    frame: Frame,
    groups: Vec<Group>,
    /// The stream that was just dismissed, which can be taken back.
    last: Option<String>,
}

#[derive(Template)]
#[template(path = "stream.html")]
struct One {
    frame: Frame,
    row: Row,
    named: String,
    first: String,
    count: String,
    missed: Option<String>,
    transactions: Vec<TransactionRow>,
    error: Option<String>,
}

/// Something that comes soon.
pub(crate) struct Coming {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) day: String,
    pub(crate) iso: String,
    pub(crate) amount: Money,
    pub(crate) is_late: bool,
}

/// What comes until this day, the earliest first.
pub(crate) async fn coming(visit: &Visit, until: Day, most: usize) -> Result<Vec<Coming>, RecurringError> {
    let asked = ListStreams { with_dismissed: false };
    let streams = visit.dashtam().recurring().list(&visit.call, asked).await?;
    let soon = streams.iter().filter(|of| of.stream.is_active && is_certain(of));
    let soon = soon.filter_map(|of| Some((of.stream.next.filter(|day| *day <= until)?, of)));
    let shown = soon.map(|(day, of)| Coming {
        id: of.stream.id.to_string(),
        name: name(of),
        day: words::day(day),
        iso: words::iso(day),
        amount: words::rounded(usual(of), of.stream.currency),
        is_late: of.stream.events.contains(&StreamEvent::Late),
    });
    Ok(shown.take(most).collect())
}

/// Whether it came often enough, or its owner says that it is one.
fn is_certain(of: &MarkedStream) -> bool {
    let verdict = of.mark.as_ref().and_then(|mark| mark.verdict);
    of.stream.status == StreamStatus::Mature || verdict == Some(StreamVerdict::Confirmed)
}

fn name(of: &MarkedStream) -> String {
    let given = of.mark.as_ref().and_then(|mark| mark.name.as_ref()).map(|name| name.as_str());
    given.or(of.stream.merchant.as_deref()).unwrap_or(&of.stream.description).to_owned()
}

/// What it usually comes to.
fn usual(of: &MarkedStream) -> Decimal {
    match of.stream.amount {
        StreamAmount::Fixed => of.stream.last_amount,
        StreamAmount::Varying => of.stream.average,
    }
}

/// How often a cadence comes, in words and in a year.
fn cadence(of: Cadence) -> (&'static str, u32) {
    match of {
        Cadence::Weekly => ("every week", 52),
        Cadence::Biweekly => ("every two weeks", 26),
        Cadence::SemiMonthly => ("twice a month", 24),
        Cadence::Monthly => ("every month", 12),
        Cadence::Quarterly => ("every three months", 4),
        Cadence::SemiAnnually => ("twice a year", 2),
        Cadence::Annually => ("every year", 1),
    }
}

fn yearly(of: &MarkedStream) -> Decimal {
    usual(of).saturating_mul(Decimal::from(cadence(of.stream.cadence).1))
}

fn row(of: &MarkedStream, today: Day, names: &HashMap<dashtam_domain::id::AccountId, String>) -> Row {
    let (stream, verdict) = (&of.stream, of.mark.as_ref().and_then(|mark| mark.verdict));
    let next = stream.next.filter(|_| stream.is_active);
    Row {
        id: stream.id.to_string(),
        name: name(of),
        account: names.get(&stream.account).cloned().unwrap_or_default(),
        cadence: cadence(stream.cadence).0,
        amount: words::rounded(usual(of), stream.currency),
        varies: stream.amount == StreamAmount::Varying,
        next: next.map(words::day),
        iso: next.map(words::iso).unwrap_or_default(),
        yearly: words::rounded(yearly(of), stream.currency),
        news: stream.events.iter().filter_map(|event| news(*event, of, today)).collect(),
        is_confirmed: verdict == Some(StreamVerdict::Confirmed),
        is_dismissed: verdict == Some(StreamVerdict::Dismissed),
    }
}

/// An event in words.
fn news(event: StreamEvent, of: &MarkedStream, today: Day) -> Option<String> {
    let stream = &of.stream;
    Some(match event {
        StreamEvent::Late => {
            let days = today.days_since(stream.next?);
            format!("{} late", words::counted(days.max(1), "day", "days"))
        }
        // Where each amount is another one, it says nothing that this one is.
        StreamEvent::PriceChanged if stream.amount == StreamAmount::Fixed => {
            let change = Decimal::new(stream.price_change?, 1);
            // Of what is paid, the amounts and their changes are below zero.
            let grows = change.is_sign_negative() == stream.last_amount.is_sign_negative();
            let way = if grows { "more" } else { "less" };
            format!("{}\u{a0}% {way} than it mostly was", words::decimal(change.abs(), 1))
        }
        StreamEvent::PriceChanged => return None,
        StreamEvent::Ended => format!("has not come since {}", words::day(stream.last)),
        StreamEvent::New => "new: it came only a few times".to_owned(),
    })
}

/// What streams come to in a year, by currency.
fn sums<'m>(streams: impl Iterator<Item = &'m MarkedStream>) -> Vec<Money> {
    let mut sums: Vec<(Currency, Decimal)> = Vec::new();
    for of in streams.filter(|of| of.stream.is_active) {
        match sums.iter_mut().find(|(currency, _)| *currency == of.stream.currency) {
            Some((_, sum)) => *sum = sum.saturating_add(yearly(of)),
            None => sums.push((of.stream.currency, yearly(of))),
        }
    }
    sums.into_iter().map(|(currency, sum)| words::rounded(sum, currency)).collect()
}

async fn names(
    visit: &Visit,
) -> Result<HashMap<dashtam_domain::id::AccountId, String>, dashtam_application::ledger::LedgerError> {
    let accounts = transactions::accounts(visit).await?;
    Ok(accounts.iter().map(|account| (account.id, account.shown_name().to_owned())).collect())
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let asked = ListStreams { with_dismissed: true };
    let all = visit.dashtam().recurring().list(&visit.call, asked).await?;
    let names = names(&visit).await?;
    let is_dismissed = |of: &MarkedStream| {
        of.mark.as_ref().is_some_and(|mark| mark.verdict == Some(StreamVerdict::Dismissed))
    };
    let (dismissed, kept): (Vec<_>, Vec<_>) = all.iter().partition(|of| is_dismissed(of));
    let (over, active): (Vec<_>, Vec<_>) = kept.into_iter().partition(|of| !of.stream.is_active);
    let (out, back): (Vec<_>, Vec<_>) = active.into_iter().partition(|of| usual(of).is_sign_negative());
    let group = |id, title, about, of: Vec<&MarkedStream>, summed: bool| Group {
        id,
        title,
        about,
        yearly: if summed { sums(of.iter().copied()) } else { Vec::new() },
        rows: of.into_iter().map(|of| row(of, visit.today(), &names)).collect(),
    };
    let groups = [
        group("out", "Money out", "", out, true),
        group("in", "Money in", "", back, true),
        group("over", "Over", "What has not come lately.", over, false),
        group("dismissed", "None, as you said", "They are left out everywhere.", dismissed, false),
    ];
    Reply::page(&Page {
        frame: visit.frame("Recurring", "recurring"),
        groups: groups.into_iter().filter(|group| !group.rows.is_empty()).collect(),
        last: visit.query.text("last").parse::<StreamId>().ok().map(|id| id.to_string()),
    })
}

/// One stream with its transactions.
pub(crate) async fn one(visit: Visit) -> Outcome {
    shown(&visit, None).await
}

/// The page, with what is wrong with a name that was sent: the form then keeps it.
async fn shown(visit: &Visit, error: Option<String>) -> Outcome {
    let id: StreamId = visit.id()?;
    let (dashtam, call) = (visit.dashtam(), &visit.call);
    let (of, transactions) = dashtam.recurring().get(call, GetStream { stream: id }).await?;
    let own = dashtam.categories().list(call, ListCategories).await?;
    let names = names(visit).await?;
    let count = i64::try_from(of.stream.transactions.len()).unwrap_or(i64::MAX);
    let missed = i64::from(of.stream.missed);
    Reply::page(&One {
        frame: visit.frame(name(&of), "recurring"),
        row: row(&of, visit.today(), &names),
        named: match (&error, of.mark.as_ref().and_then(|mark| mark.name.as_ref())) {
            (Some(_), _) => visit.form.text("name").to_owned(),
            (None, name) => name.map(|name| name.as_str().to_owned()).unwrap_or_default(),
        },
        first: words::day(of.stream.first),
        count: words::counted(count, "time", "times"),
        missed: (missed > 0).then(|| words::counted(missed, "time", "times")),
        transactions: rows::transactions(&transactions, &names, &own),
        error,
    })
}

/// Says that a stream is one.
pub(crate) async fn confirm(visit: Visit) -> Outcome {
    let id: StreamId = visit.id()?;
    visit.dashtam().recurring().confirm(&visit.call, ConfirmStream { stream: id }).await?;
    Ok(Reply::to("/recurring?said=confirmed"))
}

/// Says that a stream is none.
pub(crate) async fn dismiss(visit: Visit) -> Outcome {
    let id: StreamId = visit.id()?;
    let of = visit.dashtam().recurring().dismiss(&visit.call, DismissStream { stream: id }).await?;
    Ok(Reply::to(format!("/recurring?said=dismissed&last={}", of.stream.id)))
}

/// Calls a stream something else.
pub(crate) async fn rename(visit: Visit) -> Outcome {
    let id: StreamId = visit.id()?;
    let name = match forms::optional(&visit.form, "name") {
        Ok(name) => name,
        Err(error) => return shown(&visit, Some(error)).await.map(forms::refused),
    };
    visit.dashtam().recurring().rename(&visit.call, RenameStream { stream: id, name }).await?;
    Ok(Reply::to(format!("/recurring/{id}?said=renamed")))
}
