//! Whatever a request names that its endpoint does not take is refused by its name: a parameter that is dropped in
//! silence is an answer to a question nobody asked.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpRequest, dev::Payload};
use dashtam_domain::fault::FieldError;
use futures_util::StreamExt;
use serde::de::IgnoredAny;
use url::form_urlencoded;

use crate::{
    endpoint::{Input, Target},
    problem::Problem,
};

/// Longest name that is repeated, in characters.
const LONGEST_NAME: usize = 64;

/// Most unknown names that are told at once.
const MOST_NAMES: usize = 20;

/// Longest body that is looked at where none is taken, in bytes.
const LONGEST_UNWANTED: usize = 64 << 10;

fn input(request: &HttpRequest) -> Option<&'static Input> {
    Target::of(request)?.input(request.method())
}

/// The query parameters of a request that its route does not have.
pub(super) fn unknown_parameters(request: &HttpRequest) -> Vec<FieldError> {
    let query = request.query_string();
    if query.is_empty() {
        return Vec::new();
    }
    let Some(known) = input(request).and_then(|input| input.query.as_deref()) else { return Vec::new() };
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.into_owned());
    let unknown = names.filter(|name| !known.contains(&name.as_str()));
    named(unknown, "parameter", &known)
}

/// The body of a request whose route takes none, so that it can be refused.
pub(super) fn unwanted(request: &HttpRequest, payload: &mut Payload) -> Payload {
    if input(request).is_some_and(|input| !input.body) { payload.take() } else { Payload::None }
}

/// Refuses parameters that the route does not have.
pub(super) fn refuse_unknown_parameters(request: &HttpRequest) -> Result<(), Problem> {
    let unknown = unknown_parameters(request);
    if unknown.is_empty() { Ok(()) } else { Err(Problem::invalid(unknown)) }
}

/// Refuses what a request has that its route does not take: parameters, and what [`unwanted`] gave.
pub(super) async fn refuse_unknown(request: &HttpRequest, mut unwanted_body: Payload) -> Result<(), Problem> {
    refuse_unknown_parameters(request)?;
    let (mut body, mut size) = (Vec::new(), 0usize);
    while let Some(Ok(chunk)) = unwanted_body.next().await {
        size = size.saturating_add(chunk.len());
        if size <= LONGEST_UNWANTED {
            body.extend_from_slice(&chunk);
        } else if size > 4 * LONGEST_UNWANTED {
            break;
        }
    }
    if size > LONGEST_UNWANTED { Err(no_place_for_a_body()) } else { no_body(&body) }
}

/// Refuses parts of a form that it does not have.
pub(crate) fn refuse_unknown_parts(names: Vec<String>, known: &[&str]) -> Result<(), Problem> {
    let unknown = named(names.into_iter(), "part", known);
    if unknown.is_empty() { Ok(()) } else { Err(Problem::invalid(unknown)) }
}

/// Takes nothing, and the empty object that some clients send for nothing.
pub(super) fn no_body(bytes: &[u8]) -> Result<(), Problem> {
    if bytes.is_empty() {
        return Ok(());
    }
    let members =
        serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(bytes).map_err(|_| no_place_for_a_body())?;
    let unknown = named(members.into_keys(), "field", &[]);
    if unknown.is_empty() { Ok(()) } else { Err(Problem::invalid(unknown)) }
}

fn no_place_for_a_body() -> Problem {
    Problem::field("body", "unexpected", "This request takes no body.")
}

/// One broken rule for each name that is none of `known`. `what` is what it would be the name of.
pub(super) fn named(names: impl Iterator<Item = String>, what: &str, known: &[&str]) -> Vec<FieldError> {
    let names: BTreeSet<String> = names.map(shortened).take(MOST_NAMES).collect();
    names
        .into_iter()
        .map(|name| FieldError::new(name.clone(), "unknown", message(&name, what, known)))
        .collect()
}

fn message(name: &str, what: &str, known: &[&str]) -> String {
    match nearest(name, known) {
        Some(near) => format!("There is no such {what}. Did you mean {near}?"),
        None if known.is_empty() => format!("There is no such {what}; this request takes none."),
        None => format!("There is no such {what}. There is: {}.", known.join(", ")),
    }
}

/// A name that is not too long to be repeated.
fn shortened(name: String) -> String {
    if name.chars().count() <= LONGEST_NAME { name } else { name.chars().take(LONGEST_NAME).collect() }
}

/// The known name that was probably meant: at most a third of its letters differ, or it has the name for a word.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let letters = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
    let distance = |known: &str| strsim::osa_distance(&letters(&name), &letters(known));
    let close = known.iter().map(|known| (distance(known), *known)).min();
    let close = close.filter(|(distance, known)| distance * 3 <= known.chars().count().max(3));
    let word = || known.iter().copied().find(|known| known.split('_').any(|word| word == name));
    close.map(|(_, known)| known).or_else(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_was_meant() {
        let known = ["expires_in_days", "ip_allow", "limit", "name", "status", "to"];
        for (name, meant) in [
            ("expires_in_day", Some("expires_in_days")),
            ("expiresInDays", Some("expires_in_days")),
            ("days", Some("expires_in_days")),
            ("allow", Some("ip_allow")),
            ("limt", Some("limit")),
            ("nmae", Some("name")),
            ("Status", Some("status")),
            ("networks", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, &known), meant, "{name}");
        }
    }

    #[test]
    fn names_are_told_once_and_in_bounds() {
        let long = "n".repeat(1_000);
        let told = named([long.clone(), "b".into(), "b".into(), long].into_iter(), "field", &[]);
        let told: Vec<_> = told.iter().map(|error| error.field.chars().count()).collect();
        assert_eq!(told, [1, LONGEST_NAME]);
        assert_eq!(named((0..500).map(|n| n.to_string()), "field", &[]).len(), MOST_NAMES);
    }
}
