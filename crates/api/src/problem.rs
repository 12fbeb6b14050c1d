//! Every refusal and failure as an RFC 9457 problem; the only table from situations to status codes.

mod of_service;

use std::{borrow::Cow, collections::BTreeMap, fmt};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
use dashtam_domain::{
    delivery::idempotency::StoredAnswer,
    fault::{FaultKind, FieldError},
};
use serde::Serialize;
use utoipa::ToSchema;

/// Media type of every problem.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// What a proof of identity that is too old or too weak is answered with (RFC 9470); the age is
/// [`Principal::FRESH`](dashtam_domain::call::Principal::FRESH) in seconds.
const STEP_UP: &str = "Bearer error=\"insufficient_user_authentication\", acr_values=\"aal2\", max_age=300";

/// Says that an answer is that of an earlier request with the same idempotency key.
pub(crate) const REPLAYED: &str = "idempotency-replayed";

/// A refusal or failure on its way to the client.
pub struct Problem(Box<Inner>);

struct Inner {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    fields: Vec<FieldError>,
    retry_after: Option<u32>,
    allow: Option<&'static str>,
    extensions: Vec<(&'static str, serde_json::Value)>,
    /// What went wrong, for the log only.
    cause: Option<String>,
    /// Not a problem at all: the answer that was given before.
    replay: Option<StoredAnswer>,
}

/// The one table from situations to status codes.
fn status_of(kind: FaultKind) -> StatusCode {
    match kind {
        FaultKind::Malformed => StatusCode::BAD_REQUEST,
        FaultKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        FaultKind::Forbidden => StatusCode::FORBIDDEN,
        FaultKind::NotFound => StatusCode::NOT_FOUND,
        FaultKind::Gone => StatusCode::GONE,
        FaultKind::Conflict => StatusCode::CONFLICT,
        FaultKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        FaultKind::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        FaultKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        FaultKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        FaultKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        FaultKind::BadGateway => StatusCode::BAD_GATEWAY,
        FaultKind::Busy | FaultKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        FaultKind::NoRoom => StatusCode::INSUFFICIENT_STORAGE,
    }
}

/// What a client may know of a failure on our side.
fn public_detail(status: StatusCode, code: &str) -> &'static str {
    match code {
        "storage-full" => {
            return "There is no room left to store anything. Send the request again when there is.";
        }
        "storage-read-only" => return "The database can only be read at present. Try again later.",
        "storage-locked" | "storage-unreachable" | "storage-damaged" | "storage-failing" => {
            return "The database cannot be used at present. Try again later.";
        }
        "outcome-unknown" => {
            return "The connection to the database was lost at the last moment: the request has taken effect, or \
                    nothing of it. Look before you send it again, or send it again with the same Idempotency-Key.";
        }
        _ => {}
    }
    match status {
        StatusCode::BAD_GATEWAY => "The institution could not be reached or gave an answer we cannot use.",
        StatusCode::SERVICE_UNAVAILABLE => "The server is busy; try again in a moment.",
        _ => "The request could not be completed. The log tells more under this trace id.",
    }
}

impl Problem {
    /// Says what is refused and why: `code` for programs, `detail` in a sentence for people.
    pub fn new(kind: FaultKind, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            status: status_of(kind),
            code,
            detail: detail.into(),
            fields: Vec::new(),
            retry_after: None,
            allow: None,
            extensions: Vec::new(),
            cause: None,
            replay: None,
        }))
    }

    /// Says that the input was understood and breaks these rules.
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        let detail = "The request breaks a rule; see errors.";
        let mut problem = Self::new(FaultKind::Invalid, "invalid-request", detail);
        problem.0.fields = fields;
        problem
    }

    /// Says that one field of the input breaks a rule.
    pub fn field(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(field, code, message)])
    }

    /// Says that we failed; `cause` is for the log.
    pub fn internal(cause: impl Into<String>) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        let mut problem = Self::new(FaultKind::Internal, "internal", public_detail(status, "internal"));
        problem.0.cause = Some(cause.into());
        problem
    }

    /// Says that there were too many requests, and that there is room for another in so many seconds.
    pub(crate) fn rate_limited(seconds: u32) -> Self {
        let unit = if seconds == 1 { "second" } else { "seconds" };
        let detail = format!("Too many requests. Try again in {seconds} {unit}.");
        let mut problem = Self::new(FaultKind::RateLimited, "rate-limited", detail);
        problem.0.retry_after = Some(seconds);
        problem
    }

    /// Says that the input is larger than allowed.
    pub(crate) fn too_large(limit: usize) -> Self {
        let detail = format!("The request body is larger than {limit} bytes.");
        Self::new(FaultKind::TooLarge, "too-large", detail)
    }

    /// Says that the body did not come in time.
    pub(crate) fn too_slow() -> Self {
        let detail = "The request took too long to arrive.";
        let mut problem = Self::new(FaultKind::Malformed, "request-timeout", detail);
        problem.0.status = StatusCode::REQUEST_TIMEOUT;
        problem
    }

    /// Says that there is room for health checks and for requests with a good credential only.
    pub(crate) fn crowded() -> Self {
        let detail = "Too many connections are open. Try again in a moment.";
        let mut problem = Self::new(FaultKind::Busy, "too-many-connections", detail);
        problem.0.retry_after = Some(1);
        problem
    }

    /// Says that nothing is at this path.
    pub fn no_route() -> Self {
        Self::new(FaultKind::NotFound, "no-such-route", "There is nothing at this path.")
    }

    /// Says that something is at this path, and that it does not answer to this method.
    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let detail = "The path does not answer to this method.";
        let mut problem = Self::new(FaultKind::NotFound, "method-not-allowed", detail);
        problem.0.status = StatusCode::METHOD_NOT_ALLOWED;
        problem.0.allow = Some(allow);
        problem
    }

    /// Puts a status into words that came without words of ours.
    pub(crate) fn of_status(status: StatusCode, cause: Option<String>) -> Self {
        if status.is_server_error() {
            let mut problem = Self::internal(cause.unwrap_or_else(|| status.to_string()));
            problem.0.status = status;
            return problem;
        }
        let mut problem =
            Self::new(FaultKind::Malformed, "malformed", "The request could not be understood.");
        problem.0.status = status;
        problem
    }

    /// Tells the status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.0.replay.as_ref().map_or(self.0.status, stored_status)
    }

    /// Tells the stable slug of this sort of problem.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// Tells in a sentence for people what this is about.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Tells what went wrong, for the log; only failures on our side have it.
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The broken rules of the input, if there are any.
    pub fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// Tells after how many seconds it makes sense to try again, if that is known.
    pub fn retry_after(&self) -> Option<u32> {
        self.0.retry_after
    }

    /// The answer that a request with this idempotency key got before, where this is no problem at all.
    pub fn replay(&self) -> Option<&StoredAnswer> {
        self.0.replay.as_ref()
    }

    /// The answer for the client. `base` ends without a slash.
    pub(crate) fn render(&self, base: &str, instance: Option<&str>, trace_id: Option<&str>) -> HttpResponse {
        let inner = &*self.0;
        if let Some(answer) = &inner.replay {
            return HttpResponse::build(stored_status(answer))
                .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
                .insert_header((REPLAYED, HeaderValue::from_static("true")))
                .body(answer.body.clone());
        }
        let view = ProblemView {
            kind: format!("{base}/errors/{}", inner.code),
            title: title(inner.code),
            status: inner.status.as_u16(),
            detail: &inner.detail,
            instance,
            trace_id,
            errors: inner.fields.iter().map(FieldProblem::from).collect(),
            extensions: inner.extensions.iter().map(|(name, value)| (*name, value)).collect(),
        };
        let mut response = HttpResponse::build(inner.status);
        response.insert_header((CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON)));
        if inner.status == StatusCode::UNAUTHORIZED {
            let challenge = match inner.code {
                "invalid-access-token" => "Bearer error=\"invalid_token\"",
                // RFC 9470: sign in again, at most so many seconds ago and with every factor there is.
                "step-up-required" => STEP_UP,
                _ => "Bearer",
            };
            response.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static(challenge)));
        }
        if let Some(seconds) = inner.retry_after {
            response.insert_header((RETRY_AFTER, seconds));
        }
        if let Some(allow) = inner.allow {
            response.insert_header((ALLOW, HeaderValue::from_static(allow)));
        }
        // Serialising strings and numbers cannot fail.
        response.body(serde_json::to_vec(&view).unwrap_or_default())
    }
}

fn stored_status(answer: &StoredAnswer) -> StatusCode {
    StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK)
}

/// `invalid-credentials` as a title: `Invalid credentials`.
fn title(code: &str) -> String {
    let mut title = code.replace('-', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem").field("status", &self.0.status).field("code", &self.0.code).finish()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// Without path and trace id; the outermost middleware renders it anew with both.
    fn error_response(&self) -> HttpResponse {
        self.render("", None, None)
    }
}

/// An RFC 9457 problem: the body of every answer with a status of 400 or more.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemView<'a> {
    /// Stable address of this sort of problem.
    #[serde(rename = "type")]
    #[schema(format = "uri")]
    kind: String,
    /// The sort of problem in a few words.
    title: String,
    /// The status code.
    status: u16,
    /// A sentence about this occurrence.
    detail: &'a str,
    /// Path of the request.
    instance: Option<&'a str>,
    /// Names this request in the log.
    trace_id: Option<&'a str>,
    /// The broken rules of a 422.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldProblem<'a>>,
    /// Members of this sort of problem alone, e.g. `attempts_left` of `invalid-second-factor`,
    /// or the scopes that are `required` and lacking of `insufficient-scope`.
    #[serde(flatten)]
    #[schema(ignore)]
    extensions: BTreeMap<&'static str, &'a serde_json::Value>,
}

/// One rule broken by one field.
#[derive(Serialize, ToSchema)]
pub(crate) struct FieldProblem<'a> {
    /// The field, parameter or header.
    field: &'a str,
    /// Stable slug of the rule.
    code: &'a str,
    /// A sentence for people.
    message: &'a str,
}

impl<'a> From<&'a FieldError> for FieldProblem<'a> {
    fn from(error: &'a FieldError) -> Self {
        Self { field: &error.field, code: error.code, message: &error.message }
    }
}

#[cfg(test)]
mod tests;
