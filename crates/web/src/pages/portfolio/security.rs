//! One security: what is held of it, the lots of that, and what is gone.

use std::collections::HashMap;

use askama::Template;
use dashtam_application::portfolio::{
    Agreement, Chosen, GetSecurity, Position, ReckonPortfolio, ShowPrice, ShownClosing, ValuedLot, Within,
};
use dashtam_domain::{
    id::{AccountId, SecurityId, TransactionId},
    ledger::{Security, portfolio::LotMethod},
    money::{Currency, Decimal},
};

use super::{
    Choice, names,
    priced::Price,
    tell::{self, Told},
};
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// So many closings are listed, the newest; the others are counted.
const MOST_GONE: usize = 200;
/// So many lots are listed of an account; the others are counted.
const MOST_LOTS: usize = 200;

/// A lot in a list.
struct LotRow {
    since: String,
    /// The transaction it came with.
    place: Option<String>,
    is_opening: bool,
    units: String,
    cost: Told,
    value: Told,
    gain: Told,
}

/// What an account holds of it.
struct Held {
    account: String,
    account_id: String,
    method: &'static str,
    units: String,
    cost: Told,
    value: Told,
    gain: Told,
    /// What the institution says: label and figure.
    told: Vec<(&'static str, String)>,
    differs: Option<&'static str>,
    lots: Vec<LotRow>,
    more: Option<String>,
}

/// A part of a lot that is gone.
pub(super) struct GoneRow {
    pub(super) day: String,
    pub(super) iso: String,
    /// The transaction it went with.
    pub(super) place: Option<String>,
    pub(super) name: String,
    pub(super) security: String,
    pub(super) account: String,
    pub(super) units: String,
    pub(super) since: String,
    /// The transaction it came with.
    pub(super) came: Option<String>,
    pub(super) term: &'static str,
    pub(super) cost: Told,
    pub(super) brought: Told,
    pub(super) gain: Told,
    pub(super) method: &'static str,
    pub(super) is_short: bool,
    /// Where its lots are named.
    pub(super) lots: Option<String>,
    /// What was bought again near a loss.
    pub(super) washed: Vec<String>,
}

#[derive(Template)]
#[template(path = "security.html")]
struct Page {
    frame: Frame,
    about: String,
    price: Option<Price>,
    methods: Vec<Choice>,
    held: Vec<Held>,
    gone: Vec<GoneRow>,
    more: Option<String>,
    /// What has the tables reckoned as this page is, for their addresses.
    as_here: String,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let id: SecurityId = visit.id()?;
    let (portfolio, call) = (visit.dashtam().portfolio(), &visit.call);
    let security = portfolio.security(call, GetSecurity { security: id }).await?;
    let price = portfolio.price_on(call, ShowPrice { security: id, day: None }).await?;
    let method = LotMethod::parse(visit.query.text("method"));
    let reckoning = portfolio.reckoned(call, ReckonPortfolio { method }).await?;
    let chosen = Chosen { account: None, security: Some(id) };
    let names = names(&reckoning);
    let mut lots: HashMap<AccountId, Vec<ValuedLot>> = HashMap::new();
    for of in reckoning.lots(chosen) {
        lots.entry(of.lot.account).or_default().push(of);
    }
    let positions = reckoning.positions(chosen);
    let held = positions.iter().map(|of| held(of, &lots.remove(&of.account).unwrap_or_default(), &names));
    let held = held.collect();
    let gone = reckoning.closings(Within { chosen, from: None, to: visit.today() }).await?;
    let more = gone.len().saturating_sub(MOST_GONE);
    let choice = |of: Option<LotMethod>| Choice {
        place: match of {
            None => format!("/portfolio/securities/{id}"),
            Some(of) => format!("/portfolio/securities/{id}?method={}", of.as_str()),
        },
        words: short(of),
        is_chosen: of == method,
    };
    Reply::page(&Page {
        frame: visit.frame(tell::name(Some(&security)), "portfolio"),
        about: about(&security),
        price: Price::of(&price),
        methods: std::iter::once(None).chain(LotMethod::ALL.map(Some)).map(choice).collect(),
        held,
        gone: gone.iter().rev().take(MOST_GONE).map(|of| gone_row(of, &names)).collect(),
        more: rest(more),
        as_here: method.map_or_else(String::new, |of| format!("&method={}", of.as_str())),
    })
}

/// The others, counted.
pub(super) fn rest(more: usize) -> Option<String> {
    let counted = || words::counted(i64::try_from(more).unwrap_or(i64::MAX), "other", "others");
    (more > 0).then(counted)
}

/// A method in a word, or none.
fn short(method: Option<LotMethod>) -> &'static str {
    match method {
        None => "As the account says",
        Some(LotMethod::Fifo) => "FIFO",
        Some(LotMethod::Lifo) => "LIFO",
        Some(LotMethod::Hifo) => "HIFO",
        Some(LotMethod::Lofo) => "LOFO",
        Some(LotMethod::Average) => "Average",
        Some(LotMethod::Specific) => "As named",
    }
}

/// Its numbers and what sort it is.
fn about(of: &Security) -> String {
    let numbers = [
        of.symbol.clone(),
        of.isin.as_ref().map(|isin| format!("ISIN {isin}")),
        of.cusip.as_ref().map(|cusip| format!("CUSIP {cusip}")),
    ];
    let parts: Vec<String> =
        std::iter::once(words::asset(of.asset_class)).chain(numbers.into_iter().flatten()).collect();
    parts.join(" \u{b7} ")
}

fn place(transaction: Option<TransactionId>) -> Option<String> {
    transaction.map(|id| format!("/transactions/{id}"))
}

fn held(of: &Position, lots: &[ValuedLot], names: &HashMap<AccountId, String>) -> Held {
    let money = |amount: Decimal, currency: Currency| words::rounded(amount, currency).text;
    let mut told = Vec::new();
    if let Some(by) = &of.told {
        told.push(("Quantity", words::decimal(by.units, 0)));
        told.push((
            "Cost",
            by.basis.map_or_else(|| "not told".to_owned(), |basis| money(basis, by.currency)),
        ));
        told.push((
            "Value",
            by.value.map_or_else(|| "not told".to_owned(), |value| money(value, by.currency)),
        ));
        let apart = of.basis.ok().zip(by.basis).filter(|_| by.currency == of.currency);
        let apart =
            apart.and_then(|(ours, theirs)| ours.checked_sub(theirs)).filter(|apart| !apart.is_zero());
        told.extend(apart.map(|apart| ("Our cost beyond it", words::change(apart, of.currency).text)));
        told.push(("For", words::day(by.day)));
    }
    Held {
        account: names.get(&of.account).cloned().unwrap_or_default(),
        account_id: of.account.to_string(),
        method: tell::method(of.method),
        units: words::decimal(of.units, 0),
        cost: Told::of(of.basis, of.currency),
        value: Told::of(of.value(), of.currency),
        gain: Told::change(of.gain(), of.currency),
        told,
        differs: tell::agreement(of.agreement).filter(|_| of.agreement != Agreement::Complete),
        lots: lots.iter().take(MOST_LOTS).map(lot_row).collect(),
        more: rest(lots.len().saturating_sub(MOST_LOTS)),
    }
}

fn lot_row(of: &ValuedLot) -> LotRow {
    let lot = &of.lot;
    let cost = match (lot.basis, of.gain) {
        (Some(basis), _) => Told::Known(tell::plain(basis, lot.currency)),
        (None, Err(why)) => Told::Unknown(tell::not_known(why)),
        (None, Ok(_)) => Told::Unknown("nobody told it"),
    };
    LotRow {
        since: lot.acquired.map_or_else(|| "nobody knows".to_owned(), words::day),
        place: place(lot.opened_by),
        is_opening: lot.is_opening,
        units: words::decimal(lot.units, 0),
        cost,
        value: Told::of(of.value, lot.currency),
        gain: Told::change(of.gain, lot.currency),
    }
}

/// A part of a lot that is gone, as a row.
pub(super) fn gone_row(of: &ShownClosing, names: &HashMap<AccountId, String>) -> GoneRow {
    let closing = &of.closing;
    let washed = of.washed.iter().map(|wash| {
        format!(
            "{} of it may not count in the United States: {} units were bought again within thirty days (wash sale). \
             A hint, and no advice.",
            words::rounded(wash.disallowed, closing.currency).text,
            words::decimal(wash.units, 0)
        )
    });
    GoneRow {
        day: words::day(closing.day),
        iso: words::iso(closing.day),
        place: place(closing.closed_by),
        name: tell::name(of.security.as_ref()),
        security: closing.security.to_string(),
        account: names.get(&closing.account).cloned().unwrap_or_default(),
        units: words::decimal(closing.units, 0),
        since: closing.acquired.map_or_else(|| "nobody knows when".to_owned(), words::day),
        came: place(closing.opened_by),
        term: tell::term(closing.term()),
        cost: Told::of(of.cost, closing.currency),
        brought: Told::of(of.proceeds, closing.currency),
        gain: Told::change(of.gain, closing.currency),
        method: tell::method(of.method),
        lots: of.sale.map(|id| format!("/portfolio/closings/{id}")),
        is_short: closing.side == dashtam_domain::ledger::portfolio::Side::Short,
        washed: washed.collect(),
    }
}
