//! The OpenAPI document: gathered from the endpoints, and completed by what holds on all of them.

mod limits;
mod params;
mod refusals;
mod strict;

use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

#[cfg(test)]
pub(crate) use limits::counted;
pub(crate) use params::{IdempotencyHeader, PageParams};
pub(crate) use refusals::*;

use refusals::problem;
use strict::Strict;

use crate::{
    cookies::SESSION,
    endpoint::{Endpoint, operations},
    problem::{FieldProblem, ProblemView},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Dashtam",
        description = "The financial data aggregator you host yourself. Amounts are exact decimals as strings, \
            instants are RFC 3339 in UTC, and every refusal is an RFC 9457 problem.",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(ProblemView, FieldProblem)),
    security(("bearer" = []), ("cookie" = [])),
)]
struct Document;

/// Makes the document of these endpoints.
pub(crate) fn document<'a>(endpoints: impl Iterator<Item = &'a Endpoint> + Clone) -> openapi::OpenApi {
    let mut document = Document::openapi();
    for endpoint in endpoints.clone() {
        document.merge(endpoint.document());
    }
    for modifier in [&Bearer as &dyn Modify, &Strict] {
        modifier.modify(&mut document);
    }
    limits::tell(&mut document, endpoints);
    document
}

/// Tells the ways to show who calls, and what follows from them on every operation.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("The access token of a sign-in, or an API key."))
            .build();
        let cookie = ApiKeyValue::with_description(
            SESSION,
            "The session of a browser. A request that is not GET or HEAD also needs X-CSRF-Token. Together with an \
             Authorization header it is refused.",
        );
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        // Whatever looks into the database may find that it cannot be used, and many a read writes something, too.
        for item in document.paths.paths.values_mut() {
            let methods = [&mut item.get, &mut item.post, &mut item.patch, &mut item.put, &mut item.delete];
            for operation in methods.into_iter().flatten() {
                let (status, refusal) = problem(500);
                operation.responses.responses.entry(status).or_insert(refusal);
                if operation.tags.as_ref().is_some_and(|tags| tags.iter().any(|tag| tag == "system")) {
                    continue;
                }
                for (status, refusal) in [503, 507].map(problem) {
                    operation.responses.responses.entry(status).or_insert(refusal);
                }
            }
        }
        // What needs a caller can be refused to this one: to an API key, or to a write without its token.
        for (_, operation) in document.paths.paths.values_mut().flat_map(operations) {
            if operation.security.is_none() {
                let (status, refusal) = problem(403);
                operation.responses.responses.entry(status).or_insert(refusal);
            }
        }
    }
}
