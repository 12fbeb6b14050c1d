//! Transactions.

use dashtam_domain::{
    connections::PulledTransaction,
    ledger::{Exchange, TransactionDetails, TransactionFlag, TransactionStatus},
    money::{Currency, Decimal},
    secret::SecretHash,
    time::Day,
};
use dashtam_provider_kit::lenient::{self, text};
use serde_json::{Value, json};

use super::{figure, kind, money, words};

/// Longer descriptions are cut to this length.
const DESCRIPTION: usize = 500;
/// Longer references are replaced by a hash of them.
const LONGEST_REFERENCE: usize = 100;
/// More lines of remittance information are none of a bank's.
const MOST_LINES: usize = 50;

/// Words that stand in the place of a reference where a bank has none (ISO 20022 wants one).
const NO_REFERENCE: [&str; 3] = ["NOTPROVIDED", "NONREF", "NONE"];

/// By what a row is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The bank's reference, which is the same in every session.
    Reference(String),
    /// What the row says, of one without a reference. Rows that say the same are told apart by counting them: all of them are
    /// of one day, and days are listed whole.
    Content(String),
}

impl Identity {
    fn as_str(&self) -> &str {
        match self {
            Self::Reference(id) | Self::Content(id) => id,
        }
    }
}

/// Which way money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    In,
    Out,
}

fn direction(row: &Value) -> Result<Direction, String> {
    match text(row, "credit_debit_indicator").as_deref() {
        Some("CRDT") => Ok(Direction::In),
        Some("DBIT") => Ok(Direction::Out),
        Some(_) => Err("credit_debit_indicator is neither CRDT nor DBIT".to_owned()),
        None => Err("credit_debit_indicator is missing".to_owned()),
    }
}

fn is_pending(row: &Value) -> bool {
    matches!(text(row, "status").as_deref(), Some("PDNG" | "HOLD"))
}

/// Whether it says of itself that no money moves: it was cancelled or refused, or is still to come.
pub(crate) fn moves_nothing(row: &Value) -> bool {
    matches!(text(row, "status").as_deref(), Some("CNCL" | "RJCT" | "SCHD"))
}

/// Its day: that of booking, or of what happened while it is pending. Banks leave out now one and now another.
pub(crate) fn day(row: &Value) -> Option<Day> {
    let fields = match is_pending(row) {
        true => ["transaction_date", "value_date", "booking_date"],
        false => ["booking_date", "value_date", "transaction_date"],
    };
    fields.into_iter().find_map(|field| lenient::day(row, field))
}

/// The bank's reference. `transaction_id` is none: it may be another one in the next listing.
fn reference(row: &Value) -> Option<String> {
    let told = text(row, "entry_reference")?;
    let is_word = NO_REFERENCE.contains(&told.to_ascii_uppercase().as_str());
    if is_word || told.bytes().all(|byte| byte == b'0') {
        return None;
    }
    let is_plain = told.len() <= LONGEST_REFERENCE && !told.chars().any(char::is_control);
    Some(if is_plain { told } else { SecretHash::of(&told).to_hex() })
}

/// Lines of remittance information: a list, or at some banks one text.
fn lines(row: &Value) -> Vec<String> {
    match row.get("remittance_information") {
        Some(Value::Array(lines)) => {
            let lines = lines.iter().take(MOST_LINES).filter_map(Value::as_str).map(str::trim);
            lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
        }
        Some(Value::String(line)) if !line.trim().is_empty() => vec![line.trim().to_owned()],
        _ => Vec::new(),
    }
}

/// The other side's name.
fn counterparty(row: &Value, direction: Direction) -> Option<String> {
    let party = match direction {
        Direction::In => "debtor",
        Direction::Out => "creditor",
    };
    words(row.get(party)?, "name", DESCRIPTION)
}

/// By what the row is known. A pending row and the booked one are two rows, also where a bank calls them alike.
pub(crate) fn identity(row: &Value) -> Result<Identity, String> {
    let sort = if is_pending(row) { "pending" } else { "booked" };
    if let Some(reference) = reference(row) {
        return Ok(Identity::Reference(format!("{sort}:{reference}")));
    }
    let (amount, currency) = money(row.get("transaction_amount").unwrap_or(&Value::Null))?;
    let direction = direction(row)?;
    let day = day(row).ok_or_else(|| "booking_date is missing".to_owned())?;
    let said = json!([
        day.to_string(),
        amount.abs().normalize().to_string(),
        currency.as_str(),
        direction == Direction::Out,
        counterparty(row, direction),
        lines(row),
        text(row, "reference_number"),
    ]);
    let hash = SecretHash::of(&said.to_string()).to_hex();
    Ok(Identity::Content(format!("{sort}-{hash}")))
}

/// What the row is called. `nth` counts the rows before it of which the same is known.
pub(crate) fn id(row: &Value, nth: u32) -> Result<String, String> {
    let identity = identity(row)?;
    Ok(numbered(identity.as_str(), nth))
}

fn numbered(id: &str, nth: u32) -> String {
    if nth == 0 { id.to_owned() } else { format!("{id}#{nth}") }
}

/// What the bank calls the pending row of a booked one, if it calls both alike; who does not has no such row.
fn replaces(row: &Value, nth: u32) -> Option<String> {
    let reference = reference(row).filter(|_| !is_pending(row))?;
    Some(numbered(&format!("pending:{reference}"), nth))
}

/// The second currency of the row, with what one unit of it is worth where the bank says it that way round.
fn exchange(row: &Value, own: Currency) -> Option<Exchange> {
    let told = row.get("exchange_rate").filter(|told| told.is_object())?;
    let (_, other) = money(told.get("instructed_amount")?).ok().filter(|(_, other)| *other != own)?;
    let is_of_other = text(told, "unit_currency").is_some_and(|unit| unit == other.as_str());
    let rate = figure(told, "exchange_rate").filter(|rate| is_of_other && *rate > Decimal::ZERO);
    Some(Exchange { currency: other, rate, is_converted: true })
}

/// Reads a row. Amounts are told without a sign and with a word for the direction; where there is a sign as well, the word counts.
pub(crate) fn read(row: &Value, nth: u32) -> Result<PulledTransaction, String> {
    let external_id = id(row, nth)?;
    let direction = direction(row)?;
    let (amount, own) = money(row.get("transaction_amount").unwrap_or(&Value::Null))?;
    let magnitude = amount.abs();
    let amount = match direction {
        Direction::Out if !magnitude.is_zero() => -magnitude,
        _ => magnitude,
    };
    let day = day(row).ok_or_else(|| "booking_date is missing".to_owned())?;
    let is_known = matches!(text(row, "status").as_deref(), Some("BOOK" | "PDNG" | "HOLD"));
    let payee = counterparty(row, direction);
    let joined = json!({"lines": lines(row).join(" ")});
    let remittance = words(&joined, "lines", DESCRIPTION);
    let code = row.get("bank_transaction_code").unwrap_or(&Value::Null);
    let further =
        [payee, remittance, words(row, "note", DESCRIPTION), words(code, "description", DESCRIPTION)];
    let mut said = further.into_iter().flatten();
    let description = said.next().unwrap_or_default();
    // What is shown already is not said twice.
    let memo = said.find(|words| *words != description);
    Ok(PulledTransaction {
        external_id,
        replaces: replaces(row, nth),
        day,
        occurred_at: None,
        amount,
        currency: own,
        description,
        kind: kind::read(row, amount),
        status: if is_pending(row) { TransactionStatus::Pending } else { TransactionStatus::Posted },
        memo,
        trade: None,
        details: TransactionDetails {
            exchange: exchange(row, own),
            flags: if is_known { Vec::new() } else { vec![TransactionFlag::StatusUnknown] },
            ..TransactionDetails::default()
        },
        raw: json!({"row": without_own_number(row, direction), "nth": nth}).into(),
    })
}

/// The row without the number of the account that it is of, which stands on the side of the account's owner.
fn without_own_number(row: &Value, direction: Direction) -> Value {
    let mut row = row.clone();
    if let Some(fields) = row.as_object_mut() {
        let own = match direction {
            Direction::In => ["creditor_account", "creditor_account_additional_identification"],
            Direction::Out => ["debtor_account", "debtor_account_additional_identification"],
        };
        for field in own {
            fields.remove(field);
        }
    }
    row
}

/// Reads a row as it was kept.
pub(crate) fn kept(kept: &Value) -> Result<PulledTransaction, String> {
    let nth = kept.get("nth").and_then(Value::as_u64).and_then(|nth| u32::try_from(nth).ok());
    let nth = nth.ok_or_else(|| "nth is missing".to_owned())?;
    read(kept.get("row").unwrap_or(&Value::Null), nth)
}

#[cfg(test)]
#[path = "transaction_tests.rs"]
mod tests;
