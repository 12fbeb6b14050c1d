//! Account activities, from Alpaca's JSON to Dashtam's language. Reasons for refusals name fields, never
//! values.

use dashtam_domain::{
    connections::PulledTransaction,
    ledger::{
        Leg, LegKind, References, Trade, TransactionDetails, TransactionFlag, TransactionKind,
        TransactionStatus,
    },
    money::{Currency, Decimal},
    time::{Day, Timestamp},
};
use dashtam_provider_kit::{
    clean_code,
    lenient::{self, decimal, required_decimal, required_text, text},
    plain_text,
};
use serde_json::Value;

use crate::{
    figures::{class_of_symbol, option_of, signed, symbol_of, worth},
    kind::{Family, UNKNOWN, family},
    map::id,
};

/// Longer descriptions are cut to this length.
const DESCRIPTION: usize = 500;

/// Reads one activity. `account` is the currency of the account.
pub(crate) fn activity(row: &Value, account: Currency) -> Result<PulledTransaction, String> {
    let activity = required_text(row, "activity_type")?;
    let mut read = if activity == "FILL" { fill(row, account)? } else { other(row, &activity, account)? };
    // A row that is taken back stays on record and counts no more.
    match text(row, "status").as_deref() {
        Some("canceled" | "cancelled") => read.status = TransactionStatus::Removed,
        None | Some("executed" | "correct") => {}
        Some(_) => read.details.flags.push(TransactionFlag::StatusUnknown),
    }
    Ok(read)
}

/// A trade, or one part of it. Its fees come as rows of their own.
fn fill(row: &Value, currency: Currency) -> Result<PulledTransaction, String> {
    let id = id(row, "id")?;
    let symbol = self::id(row, "symbol")?;
    let bought = match required_text(row, "side")?.as_str() {
        "buy" | "buy_to_open" | "buy_to_close" => true,
        "sell" | "sell_short" | "sell_to_open" | "sell_to_close" => false,
        _ => return Err("side is neither buy nor sell".to_owned()),
    };
    let at = required_text(row, "transaction_time")?;
    let at = Timestamp::parse(&at).ok_or_else(|| "transaction_time is not a time".to_owned())?;
    let (quantity, price) = (required_decimal(row, "qty")?.abs(), required_decimal(row, "price")?);
    let asset_class = class_of_symbol(&symbol);
    let (option, symbol) = (option_of(&symbol, asset_class), symbol_of(&symbol, asset_class));
    let amount = worth(quantity, price, asset_class)?;
    let verb = if bought { "Bought" } else { "Sold" };
    // Money goes out for what comes in; a price below zero turns that round.
    let amount = if bought { -amount } else { amount };
    let leg = Leg {
        symbol: Some(symbol.clone()),
        asset_class: Some(asset_class),
        quantity: Some(signed(quantity, !bought)),
        price: Some(price),
        amount: Some(amount),
        option,
        ..Leg::new(LegKind::Security, currency)
    };
    let references = References { order: self::id(row, "order_id").ok(), ..References::default() };
    Ok(PulledTransaction {
        day: local_day(&id, at),
        external_id: id,
        replaces: None,
        occurred_at: Some(at),
        amount,
        currency,
        description: format!("{verb} {} {symbol} at {}", quantity.normalize(), price.normalize()),
        kind: TransactionKind::Trade,
        status: TransactionStatus::Posted,
        trade: Some(Trade {
            security: None,
            symbol: Some(symbol),
            name: None,
            asset_class,
            quantity: signed(quantity, !bought),
            price: Some(price),
            fees: None,
        }),
        memo: None,
        details: TransactionDetails { legs: vec![leg], references, ..TransactionDetails::default() },
        raw: row.clone().into(),
    })
}

/// Reads an activity that is not a trade.
fn other(row: &Value, activity: &str, account: Currency) -> Result<PulledTransaction, String> {
    let id = id(row, "id")?;
    let family = family(activity);
    let amount = match decimal(row, "net_amount")? {
        Some(amount) => amount,
        None if family.cash => return Err("net_amount is missing".to_owned()),
        None => Decimal::ZERO,
    };
    let day = match text(row, "date") {
        Some(date) => Day::parse(&date).ok_or_else(|| "date is not a date".to_owned())?,
        None => id_day(&id).ok_or_else(|| "date is missing".to_owned())?,
    };
    let told = self::id(row, "symbol").ok();
    let symbol = told.as_ref().map(|told| symbol_of(told, class_of_symbol(told)));
    let said = text(row, "description").map(|said| plain_text(&said, DESCRIPTION));
    let said = said.filter(|said| !said.is_empty());
    let trade = match &symbol {
        Some(symbol) => Some(Trade {
            security: None,
            symbol: Some(symbol.clone()),
            name: None,
            asset_class: class_of_symbol(symbol),
            quantity: if family.units { decimal(row, "qty")?.unwrap_or_default() } else { Decimal::ZERO },
            price: if family.units { decimal(row, "price")? } else { None },
            fees: None,
        }),
        None => None,
    };
    let currency = crate::map::currency(row).unwrap_or(account);
    let (fee, legs) = legs(trade.as_ref(), &family, amount, currency);
    Ok(PulledTransaction {
        external_id: id,
        replaces: None,
        day,
        occurred_at: None,
        amount,
        currency,
        description: match (said, symbol) {
            (Some(said), _) => said,
            (None, Some(symbol)) => format!("{} {symbol}", family.words),
            // A word of Alpaca's is better than none of ours.
            (None, None) if family == UNKNOWN => format!("{} {}", family.words, clean_code(activity)),
            (None, None) => family.words.to_owned(),
        },
        kind: family.kind,
        status: TransactionStatus::Posted,
        memo: None,
        trade,
        details: TransactionDetails { fee, legs, ..TransactionDetails::default() },
        raw: row.clone().into(),
    })
}

/// The fee of an activity and its legs: units that came or went, and the money if there is any.
fn legs(
    trade: Option<&Trade>,
    family: &Family,
    amount: Decimal,
    currency: Currency,
) -> (Option<Decimal>, Vec<Leg>) {
    let is_fee = family.kind == TransactionKind::Fee;
    let kind = |other| if is_fee { LegKind::Fee } else { other };
    let symbol = trade.and_then(|trade| trade.symbol.clone());
    let option = symbol.as_deref().and_then(|symbol| option_of(symbol, class_of_symbol(symbol)));
    let units = trade.filter(|trade| family.units && !trade.quantity.is_zero()).map(|trade| Leg {
        symbol: symbol.clone(),
        option: option.clone(),
        asset_class: Some(trade.asset_class),
        quantity: Some(trade.quantity),
        price: trade.price,
        // The money, if any, has a leg of its own.
        amount: Some(Decimal::ZERO),
        ..Leg::new(kind(LegKind::Security), currency)
    });
    let money = (!amount.is_zero()).then(|| Leg {
        symbol: symbol.clone(),
        amount: Some(amount),
        ..Leg::new(kind(LegKind::Cash), currency)
    });
    let fee = (is_fee && !amount.is_zero()).then(|| -amount);
    (fee, units.into_iter().chain(money).collect())
}

/// The day of a row that could not be used, if it tells one.
pub(crate) fn day(row: &Value) -> Option<Day> {
    let told = ["date", "transaction_time"].into_iter().find_map(|field| lenient::day(row, field));
    told.or_else(|| text(row, "id").and_then(|id| id_day(&id)))
}

/// The day at the exchange. Ids begin with its local time, which an evening's trade shares with the day before
/// its UTC day.
fn local_day(id: &str, at: Timestamp) -> Day {
    let near = |day: &Day| at.day().days_since(*day).abs() <= 1;
    id_day(id).filter(near).unwrap_or_else(|| at.day())
}

/// The day that an id begins with, if it begins with one.
fn id_day(id: &str) -> Option<Day> {
    let digits = id.get(..8).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    Day::parse(&format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]))
}

#[cfg(test)]
#[path = "activities_tests.rs"]
mod tests;
