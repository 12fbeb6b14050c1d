//! What an endpoint takes, as its part of the OpenAPI document tells it.

use utoipa::openapi::{
    RefOr,
    path::{Operation, ParameterIn},
};

/// An operation with this mark in the document takes parameters it does not know: others than our clients call it, and
/// add what they like.
const TOLERANT: &str = "x-tolerates-unknown-parameters";

/// What one endpoint takes.
pub(crate) struct Input {
    /// The names of its query parameters; none if it takes whatever comes.
    pub(crate) query: Option<Vec<String>>,
    /// Whether it has a body.
    pub(crate) body: bool,
}

impl Input {
    /// What this operation takes.
    pub(super) fn of(operation: &Operation) -> Self {
        let marked = operation.extensions.as_ref().is_some_and(|marks| marks.contains_key(TOLERANT));
        let parameters = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        });
        let query = parameters.filter(|parameter| parameter.parameter_in == ParameterIn::Query);
        Self {
            query: (!marked).then(|| query.map(|parameter| parameter.name.clone()).collect()),
            body: operation.request_body.is_some(),
        }
    }
}
