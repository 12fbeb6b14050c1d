//! Saved views.

mod create;
mod delete;
mod list;
mod update;

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

use crate::{
    endpoint::Endpoint,
    prelude::*,
    routes::transactions::{Asked, NARROWED, order},
};

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] =
    &[list::ENDPOINT, create::ENDPOINT, update::ENDPOINT, delete::ENDPOINT];

/// What a list of transactions can be asked beside what narrows it, but for its pages.
const BESIDE: [&str; 3] = ["account_id", "provider_id", "order"];

/// Longest text of one parameter: twenty tags, or twenty ids, are shorter.
const LONGEST: usize = 2_000;

/// Reads parameters of a query that stand in the member `filter` of a body: those that are known, each a string.
pub(in crate::routes) fn texts(
    checks: &mut Checks,
    members: Map<String, Value>,
    known: [&[&str]; 2],
) -> BTreeMap<String, String> {
    let mut asked = BTreeMap::new();
    let most = known.iter().map(|names| names.len()).sum::<usize>();
    if members.len() > most {
        checks.broken("filter", "too_long", format!("There must be at most {most} parameters."));
        return asked;
    }
    for (name, value) in members {
        let field = format!("filter.{}", name.chars().take(64).collect::<String>());
        match value {
            _ if !known.iter().any(|names| names.contains(&&*name)) => {
                checks.broken(&field, "unknown", "A list of transactions cannot be asked this.");
            }
            Value::String(text) if text.chars().nth(LONGEST).is_some() => {
                checks.broken(&field, "too_long", "This field must be at most 2000 characters long.");
            }
            Value::String(text) => {
                asked.insert(name, text);
            }
            _ => checks.broken(&field, "wrong_type", "This field must be a string."),
        }
    }
    asked
}

/// Reads what a view asks: what the list of transactions takes, and nothing else.
fn filter(checks: &mut Checks, members: Map<String, Value>) -> BTreeMap<String, String> {
    let asked = texts(checks, members, [&NARROWED, &BESIDE]);
    let query = Serializer::new(String::new()).extend_pairs(&asked).finish();
    let mut params = Params::of(&query);
    Asked::take(&mut params);
    order(&mut params);
    let mut broken = params.broken();
    for error in &mut broken {
        error.field = format!("filter.{}", error.field);
    }
    checks.extend(broken);
    asked
}
