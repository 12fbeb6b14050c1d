//! Tells the limits in the OpenAPI document.

use utoipa::openapi::{
    OpenApi, RefOr,
    header::HeaderBuilder,
    path::Operation,
    schema::{ObjectBuilder, Type},
};

use super::problem;
use crate::{
    endpoint::{Endpoint, operations},
    rate_limits::{Rule, Scope},
};

/// Completes every operation of the document of these endpoints.
pub(super) fn tell<'a>(document: &mut OpenApi, endpoints: impl Iterator<Item = &'a Endpoint> + Clone) {
    for (_, operation) in document.paths.paths.values_mut().flat_map(operations) {
        let name = operation.operation_id.as_deref();
        if let Some(endpoint) = endpoints.clone().find(|endpoint| Some(endpoint.name) == name) {
            describe(operation, endpoint.limits);
        }
        describe_crowding(operation);
    }
}

fn describe(operation: &mut Operation, rules: &[Rule]) {
    if rules.is_empty() {
        return;
    }
    let text = operation.description.get_or_insert_default();
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    let each: Vec<String> = rules.iter().map(|rule| sentence(*rule)).collect();
    text.push_str(&format!("Rate limit: {}.", each.join("; and ")));
    let (status, mut refusal) = problem(429);
    if let RefOr::T(response) = &mut refusal {
        for (name, what) in [
            ("Retry-After", "Seconds after which the request may be sent again."),
            (
                "RateLimit-Limit",
                "Most requests at once. Every answer has the RateLimit headers, also as X-RateLimit.",
            ),
            ("RateLimit-Remaining", "How many more may be sent now."),
            (
                "RateLimit-Reset",
                "Seconds until all of them may be sent again; after a refusal, until one may.",
            ),
        ] {
            let whole = ObjectBuilder::new().schema_type(Type::Integer).build();
            let header = HeaderBuilder::new().schema(Some(whole)).description(Some(what)).build();
            response.headers.insert(name.to_owned(), header.into());
        }
    }
    operation.responses.responses.insert(status, refusal);
}

/// Any request may meet a server without room for it, and one with a body may be too slow with it.
fn describe_crowding(operation: &mut Operation) {
    let (slow, busy) = (operation.request_body.is_some().then_some(408), Some(503));
    for (status, refusal) in [slow, busy].into_iter().flatten().map(problem) {
        operation.responses.responses.entry(status).or_insert(refusal);
    }
}

/// A rule in words; settings may change the numbers.
fn sentence(rule: Rule) -> String {
    let rate = rule.rate().to_string();
    let (burst, per_minute) = rate.split_once('/').unwrap_or_default();
    format!("{burst} at once and {per_minute} per minute for each {}", counted(rule.scope()))
}

/// Whom a rule counts, in words.
pub(crate) fn counted(scope: Scope) -> &'static str {
    match scope {
        Scope::Address => "client address",
        Scope::User => "user",
        Scope::Caller => "user or, on public routes, client address",
        Scope::Secret => "token",
    }
}
