//! The parts of a transaction, as a body has them.

use dashtam_domain::{
    ledger::{Line, SplitPart},
    money::{Decimal, plain_decimal},
};
use serde_json::Value;
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

/// The members of a part.
const MEMBERS: &str = "amount, description, category";

/// Reads the parts, which null takes back.
pub(super) fn read(checks: &mut Checks, value: Field) -> Option<Option<Vec<SplitPart>>> {
    /// How many parts there may be.
    const PARTS: std::ops::RangeInclusive<usize> = 2..=100;
    let Some(items) = checks.clearable_list("split", value, PARTS, "parts")? else { return Some(None) };
    checks.each(items, part).map(Some)
}

fn part(checks: &mut Checks, at: usize, item: Value) -> Option<SplitPart> {
    let mut members = checks.object(&format!("split[{at}]"), item, MEMBERS)?;
    let amount = amount(checks, &format!("split[{at}].amount"), members.remove("amount"));
    let text = members.remove("description").map_or(Field::Absent, Field::Given);
    let description: Option<Option<Line>> =
        checks.clearable_wording(&format!("split[{at}].description"), text);
    let named = members.remove("category").map_or(Field::Absent, Field::Given);
    let category =
        checks.clearable_word(&format!("split[{at}].category"), named, CATEGORY, |text| text.parse().ok());
    checks.refuse_members(&format!("split[{at}]"), &members, MEMBERS);
    Some(SplitPart { amount: amount?, description: description.flatten(), category: category.flatten() })
}

fn amount(checks: &mut Checks, field: &str, value: Option<Value>) -> Option<Decimal> {
    let (code, message) = match plain_decimal(&checks.member_text(field, value)?) {
        Some(amount) if amount.is_zero() => ("zero", "A part must not be zero."),
        Some(amount) => return Some(amount),
        None => ("decimal", "This field must be a decimal number such as -12.30."),
    };
    checks.broken(field, code, message);
    None
}
