//! From the server's JSON to Dashtam's language. Reasons for refusals name fields, never values.

use dashtam_domain::{
    connections::{PulledAccount, PulledHolding, PulledInstitution, PulledTransaction},
    ledger::{
        AccountTerms, AssetClass, BalanceParts, OptionTerms, SecurityIds, TransactionDetails,
        TransactionKind, TransactionStatus,
    },
    money::{Currency, Decimal},
    time::{Day, Timestamp},
};
use dashtam_provider_kit::{
    lenient::{called, decimal, required_decimal, required_text, text},
    plain_text,
};
use serde_json::{Map, Value, json};
use url::Url;

use crate::{
    basis::{self, Figures},
    kind,
};

/// Longer names are cut to this length.
const NAME: usize = 200;
/// Longer addresses of an institution's site are left out.
const SITE: usize = 500;
/// Longer descriptions are cut to this length.
const DESCRIPTION: usize = 500;
/// What connections say of institutions.
const CONNECTION: [&str; 6] = ["conn_id", "name", "org_id", "org_name", "org_url", "sfin_url"];
/// Longest id that is taken; longer ones are not ids.
const ID: usize = 200;

/// Our id of an account: ids are unique within an institution only, so its name goes first.
pub(crate) fn account_id(row: &Value) -> Result<String, String> {
    let id = id(row)?;
    let org = row.get("org").unwrap_or(&Value::Null);
    let institution = text(row, "conn_id")
        .or_else(|| ["domain", "id", "sfin-url", "name"].iter().find_map(|field| text(org, field)))
        .filter(|institution| usable(institution))
        .unwrap_or_default();
    // What is left of the first bar is the institution, whatever the names are.
    let institution = institution.replace('%', "%25").replace('|', "%7C");
    Ok(format!("{institution}|{id}"))
}

/// The id that the server gave the account, taken out of ours.
pub(crate) fn server_id(account: &str) -> &str {
    account.split_once('|').map_or(account, |(_, id)| id)
}

fn usable(id: &str) -> bool {
    id.chars().count() <= ID && !id.chars().any(char::is_control)
}

fn id(row: &Value) -> Result<String, String> {
    let id = required_text(row, "id")?;
    if usable(&id) { Ok(id) } else { Err("id is not an id".to_owned()) }
}

/// ISO 4217 only: a custom currency is named by a URL, and its units are not money.
pub(crate) fn currency(row: &Value) -> Result<Currency, String> {
    required_text(row, "currency")?.parse().map_err(|why| format!("currency {why}"))
}

/// Seconds since 1970, given as a number or a string; zero stands for "not yet".
fn instant(row: &Value, field: &'static str) -> Result<Option<Timestamp>, String> {
    let Some(seconds) = decimal(row, field)?.filter(|seconds| *seconds > Decimal::ZERO) else {
        return Ok(None);
    };
    let seconds: Option<i64> = seconds.trunc().mantissa().try_into().ok();
    let micros = seconds.and_then(|seconds| seconds.checked_mul(1_000_000));
    let at = micros.and_then(Timestamp::from_micros).ok_or_else(|| format!("{field} is not a time"))?;
    if at.day() > Day::LAST {
        return Err(format!("{field} is not a time"));
    }
    Ok(Some(at))
}

/// The day of a row that could not be used, if it tells one.
pub(crate) fn day(row: &Value) -> Option<Day> {
    let told = |field| instant(row, field).ok().flatten();
    told("posted").or_else(|| told("transacted_at")).map(Timestamp::day)
}

/// A figure the row can do without: one that cannot be kept exactly is reported and left out.
fn figure(row: &Value, field: &'static str) -> Option<Decimal> {
    decimal(row, field).unwrap_or_else(|reason| {
        tracing::warn!(reason, "a figure was left out");
        None
    })
}

fn words(row: &Value, field: &str, longest: usize) -> Option<String> {
    text(row, field).map(|text| plain_text(&text, longest)).filter(|text| !text.is_empty())
}

/// Which of the `connections` an account is of, if it is of one.
fn connection_of<'a>(row: &Value, connections: &'a [Value]) -> Option<&'a Value> {
    let id = text(row, "conn_id")?;
    connections.iter().find(|one| text(one, "conn_id").as_ref() == Some(&id))
}

/// The bank behind an account: version 1 says it with the account, version 2 in the list of `connections`.
fn institution(row: &Value, connection: Option<&Value>) -> Option<PulledInstitution> {
    let (told, names, sites): (&Value, &[&str], &[&str]) = match connection {
        Some(connection) => (connection, &["org_name", "name"], &["org_url"]),
        None => (row.get("org")?, &["name", "domain"], &["url", "domain"]),
    };
    let name = names.iter().find_map(|field| words(told, field, NAME))?;
    let url = sites.iter().find_map(|field| text(told, field)).and_then(|site| site_of(&site));
    Some(PulledInstitution { name, url })
}

/// The address of a site, or of the site at a domain: what a page may link to.
fn site_of(text: &str) -> Option<Url> {
    let url = match Url::parse(text) {
        Err(url::ParseError::RelativeUrlWithoutBase) => Url::parse(&format!("https://{text}")),
        other => other,
    };
    url.ok().filter(|url| {
        let plain = url.username().is_empty() && url.password().is_none();
        matches!(url.scheme(), "https" | "http") && plain && url.as_str().len() <= SITE
    })
}

pub(crate) fn account(row: &Value, connections: &[Value]) -> Result<PulledAccount, String> {
    let name = words(row, "name", NAME).unwrap_or_else(|| "Account".to_owned());
    let has_holdings = row.get("holdings").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let connection = connection_of(row, connections);
    Ok(PulledAccount {
        external_id: account_id(row)?,
        institution: institution(row, connection),
        kind: kind::of(&name, has_holdings),
        name,
        currency: currency(row)?,
        mask: None,
        balance: figure(row, "balance"),
        available: figure(row, "available-balance"),
        parts: BalanceParts::default(),
        terms: AccountTerms::default(),
        as_of: instant(row, "balance-date").unwrap_or_default(),
        raw: kept(row, connection).into(),
    })
}

/// An account as it is kept: with the connection it is of, and without what is kept by itself.
fn kept(row: &Value, connection: Option<&Value>) -> Value {
    let fields = row.as_object().into_iter().flatten().filter(|(field, _)| *field != "transactions");
    let own = fields.map(|(field, value)| match (field.as_str(), value) {
        // Whether there are positions says what sort of account it is.
        ("holdings", Value::Array(rows)) => (field.clone(), rows.iter().take(1).cloned().collect()),
        _ => (field.clone(), value.clone()),
    });
    let own: Map<String, Value> = own.collect();
    let connections: Vec<Value> = connection.map(kept_connection).into_iter().collect();
    json!({"account": own, "connections": connections})
}

/// A connection as it is kept with each of its accounts: there may be many of them, and it may be long.
fn kept_connection(connection: &Value) -> Value {
    let fields = CONNECTION.into_iter().filter_map(|field| {
        let told = text(connection, field)?;
        Some((field.to_owned(), told.chars().take(SITE).collect::<String>().into()))
    });
    Value::Object(fields.collect())
}

/// Reads an account as it is kept.
pub(crate) fn kept_account(kept: &Value) -> Result<PulledAccount, String> {
    let connections = kept.get("connections").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    account(kept.get("account").unwrap_or(&Value::Null), connections)
}

/// Reads a position as it is kept.
pub(crate) fn kept_holding(kept: &Value) -> Result<PulledHolding, String> {
    let part = |name| kept.get(name).unwrap_or(&Value::Null);
    holding(part("holding"), part("account"))
}

/// `today` dates a pending row that has no date of its own.
pub(crate) fn transaction(row: &Value, currency: Currency, today: Day) -> Result<PulledTransaction, String> {
    let posted = instant(row, "posted")?;
    let occurred_at = instant(row, "transacted_at").unwrap_or_default();
    let flagged = match row.get("pending") {
        Some(Value::Bool(pending)) => *pending,
        Some(_) => matches!(text(row, "pending").as_deref(), Some("true" | "1")),
        None => false,
    };
    let unposted = posted.is_none() && decimal(row, "posted")?.is_some();
    let pending = flagged || unposted;
    let day = match (pending, posted, occurred_at) {
        (true, posted, occurred) => occurred.or(posted).map_or(today, Timestamp::day),
        (false, Some(posted), _) => posted.day(),
        (false, None, _) => return Err("posted is missing".to_owned()),
    };
    let amount = required_decimal(row, "amount")?;
    let [description, payee, memo] =
        ["description", "payee", "memo"].map(|field| words(row, field, DESCRIPTION));
    let shown = description.or_else(|| payee.clone()).or_else(|| memo.clone()).unwrap_or_default();
    // What is shown already is not said twice.
    let [payee, memo] = [payee, memo].map(|words| words.filter(|words| *words != shown));
    Ok(PulledTransaction {
        external_id: id(row)?,
        replaces: None,
        day,
        occurred_at,
        amount,
        currency,
        description: shown,
        kind: match amount {
            zero if zero.is_zero() => TransactionKind::Other,
            out if out.is_sign_negative() => TransactionKind::Debit,
            _ => TransactionKind::Credit,
        },
        status: if pending { TransactionStatus::Pending } else { TransactionStatus::Posted },
        memo,
        trade: None,
        details: TransactionDetails { payee, ..TransactionDetails::default() },
        raw: row.clone().into(),
    })
}

/// Positions of an account's row, those that can be used, and the gaps that the others leave; `None` when the
/// server says nothing about positions.
pub(crate) fn holdings(account: &Value) -> Option<(Vec<PulledHolding>, Vec<String>)> {
    let rows = account.get("holdings")?.as_array()?;
    let mut gaps = Vec::new();
    let mut holdings: Vec<PulledHolding> = Vec::with_capacity(rows.len());
    for row in rows {
        let read = holding(row, account).and_then(|holding| {
            let twice = holdings.iter().any(|known| known.external_id == holding.external_id);
            if twice { Err("id stands for two positions".to_owned()) } else { Ok(holding) }
        });
        match read {
            Ok(holding) => holdings.push(holding),
            Err(reason) => {
                tracing::warn!(reason, "a position was refused");
                let which = called(row, &["symbol", "description", "id"]);
                gaps.push(format!("The position {which} could not be read: {reason}."));
            }
        }
    }
    Some((holdings, gaps))
}

fn holding(row: &Value, account: &Value) -> Result<PulledHolding, String> {
    let symbol = words(row, "symbol", NAME);
    let name = words(row, "description", NAME);
    let external_id = match id(row) {
        Ok(id) => id,
        Err(reason) => symbol.clone().filter(|symbol| usable(symbol)).ok_or(reason)?,
    };
    // The Bridge often leaves the currency empty.
    let currency = match text(row, "currency") {
        Some(_) => currency(row)?,
        None => currency(account)?,
    };
    let shares = required_decimal(row, "shares")?;
    let symbol_terms = symbol.as_deref().and_then(OptionTerms::of_symbol);
    let market_value = figure(row, "market_value");
    let figures = Figures {
        shares,
        cost_basis: figure(row, "cost_basis"),
        purchase_price: figure(row, "purchase_price"),
        market_value,
    };
    let as_of = instant(account, "balance-date").unwrap_or_default();
    // Of the account what was read of it: it is kept with each of its positions.
    let told = json!({
        "currency": self::currency(account).ok().map(|currency| currency.as_str().to_owned()),
        "balance-date": as_of.map(Timestamp::as_seconds),
    });
    Ok(PulledHolding {
        external_id,
        ids: SecurityIds::default(),
        asset_class: match symbol_terms {
            Some(_) => AssetClass::Option,
            None => asset_class(name.as_deref().unwrap_or_default()),
        },
        symbol,
        name,
        is_money: false,
        quantity: shares,
        price: None,
        market_value,
        cost_basis: basis::total(figures),
        option: symbol_terms,
        currency,
        as_of,
        raw: json!({"holding": row, "account": told}).into(),
    })
}

/// The class of an asset, as far as its name says it outright.
fn asset_class(name: &str) -> AssetClass {
    let name = format!(" {} ", name.to_ascii_uppercase());
    match () {
        () if name.contains(" ETF ") => AssetClass::Etf,
        () if name.contains(" MONEY MARKET ") => AssetClass::CashEquivalent,
        () => AssetClass::Other,
    }
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;
