//! Whether a request that uses cookies, or asks for some, can come from a page of ours: browsers send cookies along
//! with requests that other sites' pages make.

use actix_web::{
    HttpRequest,
    http::{
        Method,
        header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, ORIGIN, TRANSFER_ENCODING},
    },
};
use dashtam_domain::fault::FaultKind;

use crate::{options::ApiOptions, problem::Problem, state::state};

/// Where a page shows the token of its session.
pub(super) const CSRF_HEADER: &str = "x-csrf-token";
/// Fetch metadata (https://www.w3.org/TR/fetch-metadata): what browsers say of where a request comes from.
const FETCH_SITE: &str = "sec-fetch-site";

/// Whether a method changes nothing (RFC 9110, section 9.2.1).
pub(super) fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

/// The one token that the request shows; empty for none and for several.
pub(super) fn csrf(headers: &HeaderMap) -> &str {
    let mut values = headers.get_all(CSRF_HEADER);
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().unwrap_or_default().trim(),
        _ => "",
    }
}

/// Refuses what no page of ours sends: a body of a kind that forms have, or another site's request.
pub(crate) fn from_own_page(request: &HttpRequest) -> Result<(), Problem> {
    let headers = request.headers();
    if !has_good_body(headers) {
        return Err(failed(
            "A write by cookie must have a JSON body, or a form with a file where one is taken.",
        ));
    }
    from_own_site(request)
}

/// Refuses a form that no page of ours sent: one of another media type, or another site's.
pub(crate) fn from_own_form(request: &HttpRequest) -> Result<(), Problem> {
    of_kind(request, "application/x-www-form-urlencoded")
}

/// The same for a form with a file.
pub(crate) fn from_own_upload(request: &HttpRequest) -> Result<(), Problem> {
    of_kind(request, "multipart/form-data")
}

fn of_kind(request: &HttpRequest, wanted: &str) -> Result<(), Problem> {
    if !is_safe(request.method()) && !is_of_kind(request.headers(), wanted) {
        return Err(failed("This page takes a form that one of its own pages sends."));
    }
    from_own_site(request)
}

/// Whether a body is of this media type.
pub(crate) fn is_of_kind(headers: &HeaderMap, wanted: &str) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted)
}

fn from_own_site(request: &HttpRequest) -> Result<(), Problem> {
    let headers = request.headers();
    let mut sites = headers.get_all(FETCH_SITE).peekable();
    let own = if sites.peek().is_some() {
        sites.all(|site| matches!(site.as_bytes(), b"same-origin" | b"none"))
    } else {
        let options = state::<ApiOptions>(request)?;
        headers.get_all(ORIGIN).all(|origin| is_ours(origin.as_bytes(), options))
    };
    if own { Ok(()) } else { Err(failed("A write by cookie must come from a page of this installation.")) }
}

/// Whether another site sent the browser here: it then holds back the cookies that only pages of ours get
/// (`SameSite=Strict`).
pub(crate) fn is_from_another_site(headers: &HeaderMap) -> bool {
    headers.get_all(FETCH_SITE).any(|site| site.as_bytes() == b"cross-site")
}

fn failed(detail: &'static str) -> Problem {
    Problem::new(FaultKind::Forbidden, "csrf-failed", detail)
}

/// Whether there is no body, or one of a media type that is taken.
fn has_good_body(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE) else {
        let length = headers.get(CONTENT_LENGTH).map_or(b"0".as_slice(), |length| length.as_bytes());
        return length == b"0" && !headers.contains_key(TRANSFER_ENCODING);
    };
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    let kind = kind.trim().to_ascii_lowercase();
    kind == "application/json"
        || kind == "multipart/form-data"
        || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Whether pages of this origin are ours: those of the API's own address, of the front end, and of the origins that
/// are let in.
fn is_ours(origin: &[u8], options: &ApiOptions) -> bool {
    [&options.public_url, &options.front_end]
        .into_iter()
        .any(|url| url.origin().ascii_serialization().as_bytes() == origin)
        || options.cors_origins.iter().any(|known| known.as_bytes() == origin)
}
