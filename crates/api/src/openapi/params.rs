//! Parameters that many endpoints have.

use utoipa::IntoParams;

/// Which page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `Listing`")]
pub(crate) struct PageParams {
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before; an empty one is the first page.
    cursor: Option<String>,
}

/// For requests that take effect once.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "describes `Keyed`")]
pub(crate) struct IdempotencyHeader {
    /// Your name for this request: sent again with the same content, it gets the same answer.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    idempotency_key: Option<String>,
}
