//! The tags of a transaction, as a body has them.

use dashtam_domain::ledger::{Tag, TagError, Tags};
use serde_json::Value;
use utoipa::ToSchema;

use crate::prelude::*;

/// A tag.
#[derive(ToSchema)]
#[schema(as = TagBody, min_length = 1, max_length = 32, pattern = r"^[^,\x00-\x1f\x7f-\x9f]*[^,\s\x00-\x1f\x7f-\x9f][^,\x00-\x1f\x7f-\x9f]*$")]
#[allow(dead_code, reason = "describes what `read` reads")]
pub(in crate::routes) struct TagBody(String);

/// Reads the tags of this field, which null takes back.
pub(in crate::routes) fn read(checks: &mut Checks, name: &str, value: Field) -> Option<Option<Tags>> {
    let Some(items) = checks.clearable_list(name, value, 0..=Tags::MOST, "tags")? else { return Some(None) };
    let tags = checks.each(items, |checks, at, item| {
        let field = format!("{name}[{at}]");
        let Value::String(text) = item else {
            checks.broken(&field, "wrong_type", "A tag must be a string.");
            return None;
        };
        checks.parse::<Tag>(&field, Text::Given(text), TagError::code)
    });
    tags.and_then(Tags::new).map(Some)
}
