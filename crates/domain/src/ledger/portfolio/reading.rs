//! What a transaction says happened to securities, and whether it is money from outside.

use super::{Action, Happening, UnitsCame};
use crate::{
    id::SecurityId,
    ledger::{AssetClass, Leg, LegKind, OptionRight, OptionTerms, Transaction, TransactionKind},
    money::Decimal,
};

/// Units of one security in a transaction.
struct Moved {
    security: SecurityId,
    class: AssetClass,
    units: Decimal,
    /// What the units cost or brought: signed, positive is money in.
    money: Decimal,
    price: Option<Decimal>,
    is_fee: bool,
    option: Option<OptionTerms>,
}

/// What it says of each security it moves; nothing for one that moves none or names none that is known. Figures that are
/// too large to add up are not known.
///
/// Options that ended without money count as closed for nothing, unless it is said that they were exercised or assigned.
pub fn happenings(row: &Transaction) -> Vec<Happening> {
    let mut told = told(row);
    for happening in &mut told {
        if let Action::Trade { picks, .. } = &mut happening.action {
            picks.extend_from_slice(row.named_lots());
        }
    }
    told
}

fn told(row: &Transaction) -> Vec<Happening> {
    if let Some(back) = returned_capital(row) {
        return vec![back];
    }
    if let Some(told) = split(row) {
        return told;
    }
    let fees = row.details.fee.or(row.trade.as_ref().and_then(|trade| trade.fees));
    let fees = fees.unwrap_or_default().abs();
    let moved = moved(row, fees);
    if let [one, other] = &moved[..]
        && let Some(both) = joined(row, one, other, fees).or_else(|| joined(row, other, one, fees))
    {
        return both;
    }
    // The fees are those of what moved most money.
    let main = moved.iter().map(|of| of.money.abs()).max().unwrap_or_default();
    let mut left = Some(fees);
    let mut told = Vec::with_capacity(moved.len());
    for of in &moved {
        let fees = if of.money.abs() == main { left.take() } else { None };
        told.push(happening(row, of.security, alone(row, of, fees.unwrap_or_default())));
    }
    told
}

fn happening(row: &Transaction, security: SecurityId, action: Action) -> Happening {
    Happening {
        account: row.account,
        security,
        currency: row.currency,
        day: row.shown_day(),
        at: row.occurred_at,
        transaction: Some(row.id),
        action,
    }
}

/// The first of its legs with this label.
fn labelled<'a>(row: &'a Transaction, label: &str) -> Option<&'a Leg> {
    row.details.legs.iter().find(|leg| leg.label.as_deref() == Some(label))
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|of: char| !of.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Where these words stand one behind the other.
fn place(words: &[String], phrase: &[String]) -> Option<usize> {
    if phrase.is_empty() {
        return None;
    }
    words.windows(phrase.len()).position(|of| of == phrase)
}

/// Whether one of its texts says one of these, in whole words and beside the names of its securities.
fn says(row: &Transaction, phrases: &[&str]) -> bool {
    let legs = || row.details.legs.iter();
    let of_legs = legs().flat_map(|leg| [leg.name.as_deref(), leg.symbol.as_deref()]);
    let of_trade = row.trade.iter().flat_map(|trade| [trade.name.as_deref(), trade.symbol.as_deref()]);
    let mut names: Vec<Vec<String>> = of_legs.chain(of_trade).flatten().map(words).collect();
    names.push(words("exchange traded"));
    let phrases: Vec<Vec<String>> = phrases.iter().map(|phrase| words(phrase)).collect();
    let labels = legs().filter_map(|leg| leg.label.as_deref());
    let mut texts = labels.chain([row.description.as_str()]).chain(row.memo.as_deref()).map(words);
    texts.any(|mut text| {
        if text.len() > 1 && names.iter().any(|name| place(name, &text).is_some()) {
            return false;
        }
        for name in &names {
            while let Some(at) = place(&text, name) {
                text.drain(at..at + name.len());
            }
        }
        phrases.iter().any(|phrase| place(&text, phrase).is_some())
    })
}

fn returned_capital(row: &Transaction) -> Option<Happening> {
    let is_said =
        || labelled(row, "RETOFCAP").is_some() || says(row, &["return of capital", "returnofcapital"]);
    let moves = row.trade.as_ref().is_some_and(|trade| !trade.quantity.is_zero());
    if row.amount <= Decimal::ZERO || moves || !is_said() {
        return None;
    }
    let of_legs = row.details.legs.iter().find_map(|leg| leg.security);
    let security = row.trade.as_ref().and_then(|trade| trade.security).or(of_legs)?;
    Some(happening(row, security, Action::ReturnOfCapital { amount: Some(row.amount) }))
}

/// A split that its legs call one, and the fraction that was paid out with it. Where nobody tells how many units that was,
/// nobody knows what is left of the cost.
fn split(row: &Transaction) -> Option<Vec<Happening>> {
    let fraction = labelled(row, "FRACCASH");
    let of_units = |_: &Leg| row.details.legs.iter().find(|leg| leg.kind == LegKind::Security);
    let leg = labelled(row, "SPLIT").or_else(|| fraction.and_then(of_units))?;
    let (security, units) = (leg.security?, leg.quantity?);
    let mut told = vec![happening(row, security, Action::Split(UnitsCame::Count(units)))];
    told.extend(fraction.map(|cash| {
        let sold = cash.quantity.filter(|units| *units < Decimal::ZERO);
        let action = sold.map_or(Action::ReturnOfCapital { amount: None }, |units| Action::Trade {
            units,
            gross: cash.amount,
            fees: Decimal::ZERO,
            picks: Vec::new(),
        });
        happening(row, security, action)
    }));
    Some(told)
}

/// The securities whose units it moves, each once, in its order.
fn moved(row: &Transaction, fees: Decimal) -> Vec<Moved> {
    let mut all: Vec<Moved> = Vec::new();
    let is_unit_leg = |kind| matches!(kind, LegKind::Security | LegKind::Fee);
    for leg in row.details.legs.iter().filter(|leg| is_unit_leg(leg.kind)) {
        let (Some(security), Some(units)) = (leg.security, leg.quantity) else { continue };
        let place = match all.iter().position(|of| of.security == security) {
            Some(place) => place,
            None => {
                let class = leg.asset_class.unwrap_or(AssetClass::Other);
                let is_fee = leg.kind == LegKind::Fee;
                let (units, money) = (Decimal::ZERO, Decimal::ZERO);
                let (price, option) = (leg.price, leg.option.clone());
                all.push(Moved { security, class, units, money, price, is_fee, option });
                all.len() - 1
            }
        };
        let of = &mut all[place];
        of.units = of.units.saturating_add(units);
        of.money = of.money.saturating_add(leg.amount.unwrap_or_default());
    }
    // Some sources tell the money apart from the units.
    for of in all.iter_mut().filter(|of| of.money.is_zero()) {
        let apart = row.details.legs.iter().filter(|leg| leg.kind == LegKind::Cash);
        let apart = apart.filter(|leg| leg.security == Some(of.security));
        of.money = apart.fold(Decimal::ZERO, |sum, leg| sum.saturating_add(leg.amount.unwrap_or_default()));
    }
    if all.is_empty()
        && let Some(trade) = &row.trade
        && let Some(security) = trade.security
    {
        let money = if row.amount.is_zero() { row.amount } else { row.amount.saturating_add(fees) };
        let (class, units, price) = (trade.asset_class, trade.quantity, trade.price);
        all.push(Moved { security, class, units, money, price, is_fee: false, option: None });
    }
    all.retain(|of| !of.units.is_zero());
    all
}

/// Two securities in one transaction that are one thing: an option and what it delivered, or one that became another.
fn joined(row: &Transaction, from: &Moved, into: &Moved, fees: Decimal) -> Option<Vec<Happening>> {
    if from.is_fee || into.is_fee {
        return None;
    }
    let is_option = |of: &Moved| of.class == AssetClass::Option;
    let is_delivery = is_option(from) && !is_option(into) && from.money.is_zero();
    if is_delivery && (!into.money.is_zero() || says(row, &EXERCISED)) {
        let action = Action::Exercise {
            contracts: from.units,
            underlying: into.security,
            units: into.units,
            gross: if into.money.is_zero() { by_price(into) } else { Some(gross(into)) },
            fees,
        };
        return Some(vec![happening(row, from.security, action)]);
    }
    let is_exchange = from.units < Decimal::ZERO && into.units > Decimal::ZERO && into.money.is_zero();
    if !is_exchange || is_option(from) != is_option(into) || row.kind == TransactionKind::Transfer {
        return None;
    }
    let gone = from.units.abs();
    if from.money.is_zero() && row.amount.saturating_add(fees).is_zero() {
        let action = Action::Merger { gone, into: into.security, units: into.units };
        return Some(vec![happening(row, from.security, action)]);
    }
    // What part of the units the money was paid for, nobody tells.
    let sold = Action::Trade { units: from.units, gross: None, fees, picks: Vec::new() };
    let came = Action::Transfer { units: into.units };
    Some(vec![happening(row, from.security, sold), happening(row, into.security, came)])
}

/// What units cost or brought, positive.
fn gross(of: &Moved) -> Decimal {
    if of.units < Decimal::ZERO { of.money } else { -of.money }
}

/// The same by the price of one.
fn by_price(of: &Moved) -> Option<Decimal> {
    of.price.and_then(|price| price.checked_mul(of.units.abs()))
}

/// What happened to the only security of a transaction.
fn alone(row: &Transaction, of: &Moved, fees: Decimal) -> Action {
    let trade = |gross| Action::Trade { units: of.units, gross, fees, picks: Vec::new() };
    if of.is_fee {
        return trade(by_price(of));
    }
    // Money that comes with units is no price of them, but for a fraction that was paid out.
    let is_paid = !of.money.is_zero() && (of.units < Decimal::ZERO) != (of.money < Decimal::ZERO);
    let transfer = Action::Transfer { units: of.units };
    match row.kind {
        _ if is_paid => trade(Some(gross(of))),
        TransactionKind::Transfer => transfer,
        _ if of.class == AssetClass::Option && says(row, &EXERCISED) => {
            Action::Delivered { contracts: of.units, fees, terms: delivery(of) }
        }
        _ if of.class == AssetClass::Option => trade(Some(Decimal::ZERO)),
        TransactionKind::Trade => trade(by_price(of)),
        TransactionKind::Other | TransactionKind::Dividend if !says(row, &OF_ANOTHER) => {
            Action::Split(UnitsCame::Count(of.units))
        }
        _ => transfer,
    }
}

/// Words of options that ended with a delivery.
const EXERCISED: [&str; 5] = ["exercise", "exercised", "assign", "assigned", "assignment"];
/// Words of units that came from another security, or went for one, that is not named.
const OF_ANOTHER: [&str; 22] = [
    "spin",
    "spinoff",
    "spinoffs",
    "spun",
    "merge",
    "merged",
    "merger",
    "mergers",
    "acquired",
    "acquisition",
    "exchange",
    "exchanged",
    "reorg",
    "reorganization",
    "reorganisation",
    "reorganized",
    "name change",
    "symbol change",
    "cusip change",
    "offer",
    "offering",
    "tender",
];

/// How many units contracts deliver, signed, and at which price; `None` where that is not known.
fn delivery(of: &Moved) -> Option<(Decimal, Decimal)> {
    let terms = of.option.as_ref()?;
    let each = terms.multiplier.unwrap_or(Decimal::ONE_HUNDRED);
    // Whoever holds a call or owes a put gets units.
    let each = if terms.right? == OptionRight::Call { -each } else { each };
    Some((of.units.checked_mul(each)?, terms.strike?))
}

/// The money that it moves between an account and what is outside: signed, positive is paid in. Nothing for what an
/// investment brings or costs by itself.
pub fn external_flow(row: &Transaction) -> Option<Decimal> {
    use TransactionKind as Kind;
    let amount = row.shown_amount();
    let is_outside = match row.kind {
        Kind::Interest | Kind::Dividend | Kind::Fee | Kind::Trade | Kind::Other | Kind::Hold => {
            row.transfer.is_some()
        }
        Kind::Credit | Kind::Debit => row.trade.is_none() || row.transfer.is_some(),
        _ => true,
    };
    (is_outside && !amount.is_zero()).then_some(amount)
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
