//! What pages of another crate need of this edge: the gates that guard the API guard them too, and browsers hold their
//! sessions as they do for the API.

mod upload;

use actix_web::{
    HttpMessage, HttpRequest, Resource, Route,
    cookie::Cookie,
    dev::Payload,
    http::header::{ACCEPT, HeaderMap},
};
use dashtam_application::{
    sessions::Sessions,
    sign_in::{SignedIn, SteppedUp},
};
use dashtam_domain::{
    access::Access,
    call::{Call, Once},
    identity::UserKey,
    ledger::TransactionKey,
    secret::{OpaqueSecret, SecretKind},
    time::Timestamp,
};
use url::form_urlencoded;

use crate::{
    cookies, cursor,
    endpoint::{self, form_page},
    extract::{Gate, from_own_form, is_from_another_site, read_limited},
    options::ApiOptions,
    problem::Problem,
    rate_limits::Rule,
    routes,
    state::state,
    trace::TraceId,
};

pub use upload::{Upload, uploads};

/// Largest form: 64 KiB.
const FORM_LIMIT: usize = 64 << 10;

/// The field of a form that holds the token of the session.
pub const CSRF_FIELD: &str = "csrf";
/// The field of a form that holds the key by which it takes effect once.
pub const ONCE_FIELD: &str = "once";

/// The fields of a form or of a query, in their order.
#[derive(Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads fields as forms encode them.
    pub fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// Adds a field behind the others.
    fn push(&mut self, name: &str, value: String) {
        self.0.push((name.to_owned(), value));
    }

    /// The fields, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a field, without blanks around it; empty where the field is not there.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The value of a field as it came; empty where the field is not there.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(of, _)| of == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field that may be there several times, as they came.
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    /// Whether the field is there and not empty.
    pub fn has(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }
}

/// Passwords and codes come in forms.
impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Puts a page at this path, with the limits on looking at it and on sending its form. `allow` lists its methods.
pub fn page(
    path: &'static str,
    looked_at: &'static [Rule],
    sent: &'static [Rule],
    allow: &'static str,
) -> Resource {
    form_page(path, looked_at, sent, allow)
}

/// A route for whoever looks at a page: `GET`, and `HEAD` with it.
pub fn get() -> Route {
    endpoint::get()
}

/// Lets somebody look at a page of this access rule.
pub async fn looks(request: &HttpRequest, access: Access) -> Result<Call, Problem> {
    Gate::open(request, access).await?.pass("", from_own_form).await
}

/// Lets a form of this access rule in: of one of our own pages, with the token of the session where one is needed.
/// Its key of once, if it has one, is the idempotency key of the call.
pub async fn sends(
    request: &HttpRequest,
    payload: Payload,
    access: Access,
) -> Result<(Call, Fields), Problem> {
    let gate = Gate::open(request, access).await?;
    from_own_form(request)?;
    let bytes = read_limited(request.headers(), payload, FORM_LIMIT).await?;
    let fields = Fields::parse(&bytes);
    let mut call = gate.pass(fields.text(CSRF_FIELD), from_own_form).await?;
    if let Ok(key) = fields.text(ONCE_FIELD).parse() {
        let parts = [request.method().as_str().as_bytes(), request.path().as_bytes(), &bytes];
        let fingerprint = state::<ApiOptions>(request)?.fingerprints.of(&parts);
        call.once = Some(Once { key, fingerprint });
    }
    Ok((call, fields))
}

/// The token of the session for the forms of a page; `None` where the browser holds none.
pub fn csrf(request: &HttpRequest) -> Option<OpaqueSecret> {
    cookies::token(request.headers(), cookies::CSRF, SecretKind::Csrf)
}

/// Whether another site sent the browser here, so that it shows the session but not its token.
pub fn holds_token_back(request: &HttpRequest) -> bool {
    is_from_another_site(request.headers()) && csrf(request).is_none()
}

/// Whether somebody looks at a page, and no program asks.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).filter_map(|line| line.to_str().ok());
    accepted.into_iter().any(|line| line.contains("text/html"))
}

/// A place in the list of transactions as addresses write it.
pub fn cursor(place: &TransactionKey) -> String {
    cursor::encode(place)
}

/// The place in the list of transactions that an address names.
pub fn place(cursor: &str) -> Option<TransactionKey> {
    cursor::decode(cursor)
}

/// A place in a list of users as addresses write it.
pub fn user_cursor(place: &UserKey) -> String {
    cursor::encode(place)
}

/// The place in a list of users that an address names.
pub fn user_place(cursor: &str) -> Option<UserKey> {
    cursor::decode(cursor)
}

/// Whether the browser shows a session, good or not.
pub fn shows_session(headers: &HeaderMap) -> bool {
    cookies::values(headers, cookies::SESSION).next().is_some()
}

/// What an earlier sign-in marked this browser with.
pub fn mark(request: &HttpRequest) -> Option<OpaqueSecret> {
    routes::mark(request)
}

/// The cookies of a sign-in. A browser that held another session loses that.
pub async fn cookies_of(
    request: &HttpRequest,
    call: &Call,
    sessions: &Sessions,
    signed_in: &SignedIn,
) -> Result<Vec<Cookie<'static>>, Problem> {
    routes::cookies_of(request, call, sessions, signed_in).await
}

/// What an earlier request for a login link bound this browser with.
pub fn binding(request: &HttpRequest) -> Option<OpaqueSecret> {
    cookies::binding(request)
}

/// The cookie that a login link works with.
pub fn bound(binding: &OpaqueSecret) -> Cookie<'static> {
    cookies::of_binding(binding)
}

/// The cookie that a page keeps a token in for its next step, for so many seconds; none take it away.
pub fn held(name: &'static str, token: &str, seconds: i64) -> Cookie<'static> {
    cookies::of_step(name, token, seconds)
}

/// The cookie of a session that was made fresh again; it has another secret then.
pub fn renewed(stepped_up: &SteppedUp, now: Timestamp) -> Option<Cookie<'static>> {
    let renewed = stepped_up.renewed.as_ref()?;
    Some(cookies::of_renewed(&renewed.secret, renewed.until, now))
}

/// Cookies that take the place of those of a session, and are gone at once.
pub fn cleared() -> [Cookie<'static>; 2] {
    cookies::cleared()
}

/// What names this request in the log.
pub fn trace_id(request: &HttpRequest) -> Option<String> {
    request.extensions().get::<TraceId>().map(|trace| trace.as_str().to_owned())
}
