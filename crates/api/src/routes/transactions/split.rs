//! The parts of a transaction, as a body has them.

use dashtam_domain::{
    ledger::{Line, SplitPart},
    money::{Decimal, plain_decimal},
};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::correct::CATEGORY;
use crate::extract::{Checks, Field};

/// One part of a transaction.
#[derive(ToSchema)]
#[schema(as = SplitPartBody)]
#[allow(dead_code, reason = "describes what `part` reads")]
pub(super) struct SplitPartBody {
    /// Signed, positive is money in; not zero.
    #[schema(pattern = r"^-?[0-9]{1,18}(\.[0-9]{1,10})?$")]
    amount: String,
    /// What it was for.
    #[schema(
        required = false,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    description: Option<String>,
    /// The key of a category that everybody has, or the id of one of the caller's own.
    #[schema(
        required = false,
        pattern = "^([a-z_]+(\\.[a-z_]+)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"
    )]
    category: Option<String>,
}

/// Reads the parts, which null takes back.
pub(super) fn read(checks: &mut Checks, value: Field) -> Option<Option<Vec<SplitPart>>> {
    /// How many parts there may be.
    const PARTS: std::ops::RangeInclusive<usize> = 2..=100;
    let items = match value {
        Field::Absent => return None,
        Field::Given(Value::Null) => return Some(None),
        Field::Given(Value::Array(items)) => items,
        Field::Given(_) => {
            checks.broken("split", "wrong_type", "This field must be a list of parts, or null.");
            return None;
        }
    };
    if !PARTS.contains(&items.len()) {
        let code = if items.len() < *PARTS.start() { "too_short" } else { "too_long" };
        checks.broken("split", code, "There must be 2 to 100 parts.");
        return None;
    }
    let parts = items.into_iter().enumerate().map(|(at, item)| part(checks, at, item));
    // Every part is read, so that everything that is wrong is told at once.
    let parts: Vec<Option<SplitPart>> = parts.collect();
    parts.into_iter().collect::<Option<Vec<_>>>().map(Some)
}

fn part(checks: &mut Checks, at: usize, item: Value) -> Option<SplitPart> {
    let Value::Object(mut members) = item else {
        let message = "This must be an object with an amount, a description and a category.";
        checks.broken(&format!("split[{at}]"), "wrong_type", message);
        return None;
    };
    let amount = amount(checks, &format!("split[{at}].amount"), members.remove("amount"));
    let text = members.remove("description").map_or(Field::Absent, Field::Given);
    let description: Option<Option<Line>> =
        checks.clearable_wording(&format!("split[{at}].description"), text);
    let named = members.remove("category").map_or(Field::Absent, Field::Given);
    let category =
        checks.clearable_word(&format!("split[{at}].category"), named, CATEGORY, |text| text.parse().ok());
    refuse_others(checks, at, &members);
    Some(SplitPart { amount: amount?, description: description.flatten(), category: category.flatten() })
}

fn amount(checks: &mut Checks, field: &str, value: Option<Value>) -> Option<Decimal> {
    let (code, message) = match value {
        None | Some(Value::Null) => ("missing", "This field is required."),
        Some(Value::String(text)) => match plain_decimal(&text) {
            Some(amount) if amount.is_zero() => ("zero", "A part must not be zero."),
            Some(amount) => return Some(amount),
            None => ("decimal", "This field must be a decimal number such as -12.30."),
        },
        Some(_) => ("wrong_type", "This field must be a string."),
    };
    checks.broken(field, code, message);
    None
}

fn refuse_others(checks: &mut Checks, at: usize, members: &Map<String, Value>) {
    for name in members.keys().take(20) {
        let name: String = name.chars().take(64).collect();
        let message = "There is no such field. There is: amount, description, category.";
        checks.broken(&format!("split[{at}].{name}"), "unknown", message);
    }
}
