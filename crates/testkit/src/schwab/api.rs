//! The Trader API.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::{
    FakeAccount, Lever,
    respond::{invalid, json_answer, refusal},
    state::State,
};

const TYPES: [&str; 15] = [
    "TRADE",
    "RECEIVE_AND_DELIVER",
    "DIVIDEND_OR_INTEREST",
    "ACH_RECEIPT",
    "ACH_DISBURSEMENT",
    "CASH_RECEIPT",
    "CASH_DISBURSEMENT",
    "ELECTRONIC_FUND",
    "WIRE_OUT",
    "WIRE_IN",
    "JOURNAL",
    "MEMORANDUM",
    "MARGIN_CALL",
    "MONEY_MARKET",
    "SMA_ADJUSTMENT",
];
const MOST_ROWS: usize = 3_000;

pub(super) fn numbers(state: &State) -> ResponseTemplate {
    let pair = |account: &FakeAccount| json!({"accountNumber": account.number, "hashValue": account.hash});
    json_answer(200, &state.accounts.iter().map(pair).collect())
}

pub(super) fn accounts(state: &State, request: &Request) -> ResponseTemplate {
    let shown = state.accounts.iter().filter(|_| !state.is_on(Lever::Maintenance));
    json_answer(200, &shown.map(|account| entry(account, request)).collect())
}

pub(super) fn account(state: &State, request: &Request, hash: &str) -> ResponseTemplate {
    match find(state, hash) {
        Ok(account) => json_answer(200, &entry(account, request)),
        Err(refusal) => *refusal,
    }
}

/// Positions are shown when asked for.
fn entry(account: &FakeAccount, request: &Request) -> Value {
    let positions = request.url.query_pairs().any(|(name, value)| name == "fields" && value == "positions");
    let mut entry = account.entry.clone();
    if let (false, Some(inner)) = (positions, entry["securitiesAccount"].as_object_mut()) {
        inner.remove("positions");
    }
    entry
}

/// A number in place of its hash is refused, and so is a hash of another application.
fn find<'a>(state: &'a State, hash: &str) -> Result<&'a FakeAccount, Box<ResponseTemplate>> {
    if let Some(account) = state.accounts.iter().find(|account| account.hash == hash) {
        return Ok(account);
    }
    Err(Box::new(if state.accounts.iter().any(|account| account.number == hash) {
        invalid("Invalid account number")
    } else {
        refusal(404, "Not Found", "No account found for the account hash")
    }))
}

pub(super) fn transactions(state: &State, request: &Request, hash: &str) -> ResponseTemplate {
    let account = match find(state, hash) {
        Ok(account) => account,
        Err(refusal) => return *refusal,
    };
    let parameter = |name: &str| {
        request.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let (Some(start), Some(end)) =
        (parameter("startDate").and_then(full), parameter("endDate").and_then(full))
    else {
        return invalid("startDate and endDate must have the form yyyy-MM-dd'T'HH:mm:ss.SSSZ");
    };
    if end < start || end - start > TimeDelta::days(365) {
        return invalid("The range between startDate and endDate must not exceed one year");
    }
    let types = parameter("types").unwrap_or_default();
    let types: Vec<&str> = types.split(',').collect();
    if types.iter().any(|kind| !TYPES.contains(kind))
        || (types.len() > 1 && state.is_on(Lever::RefuseTypeLists))
    {
        return invalid("types is required and must be one of the known types");
    }
    let wanted = |row: &&Value| {
        let at = row["time"].as_str().and_then(lenient);
        at.is_none_or(|at| start <= at && at <= end)
            && row["type"].as_str().is_none_or(|kind| types.contains(&kind))
    };
    let rows = account.transactions.iter().filter(|_| !state.is_on(Lever::Maintenance)).filter(wanted);
    json_answer(200, &rows.take(MOST_ROWS).cloned().collect())
}

/// `2024-03-28T21:10:42.000Z` and nothing else.
fn full(text: String) -> Option<DateTime<Utc>> {
    let shape = "0000-00-00T00:00:00.000Z";
    let fits = text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(is, form)| match form {
            b'0' => is.is_ascii_digit(),
            form => is == form,
        });
    fits.then(|| lenient(&text)).flatten()
}

fn lenient(text: &str) -> Option<DateTime<Utc>> {
    let text = text.replace('Z', "+0000");
    DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%z").ok().map(|at| at.with_timezone(&Utc))
}

pub(super) fn preferences(state: &State) -> ResponseTemplate {
    let accounts: Value = state
        .accounts
        .iter()
        .map(|account| {
            let tail = account.number.get(account.number.len().saturating_sub(3)..).unwrap_or_default();
            json!({"accountNumber": account.number, "primaryAccount": false, "type": "BROKERAGE",
                "nickName": account.nickname, "displayAcctId": format!("...{tail}")})
        })
        .collect();
    let preferences = json!({"accounts": accounts, "streamerInfo": [], "offers": []});
    json_answer(200, &if state.is_on(Lever::PreferencesAsList) { json!([preferences]) } else { preferences })
}
