//! Which request is what, and the forms of answers.

use dashtam_domain::time::Timestamp;
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::{Call, Endpoint, api, login, state::State};

/// Answers a request.
pub(super) fn respond(state: &mut State, request: &Request) -> ResponseTemplate {
    let path = request.url.path().to_owned();
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let endpoint = match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["v1", "oauth", "authorize"]) => Endpoint::Authorize,
        ("POST", ["v1", "oauth", "token"]) if asks_for_refresh(&request.body) => Endpoint::Refresh,
        ("POST", ["v1", "oauth", "token"]) => Endpoint::Exchange,
        ("GET", ["trader", "v1", "accounts", "accountNumbers"]) => Endpoint::AccountNumbers,
        ("GET", ["trader", "v1", "accounts"]) => Endpoint::Accounts,
        ("GET", ["trader", "v1", "accounts", _]) => Endpoint::Account,
        ("GET", ["trader", "v1", "accounts", _, "transactions"]) => Endpoint::Transactions,
        ("GET", ["trader", "v1", "userPreference"]) => Endpoint::UserPreference,
        _ => return refusal(404, "Not Found", "No such resource"),
    };
    state.calls.push(Call { endpoint, url: request.url.clone() });
    if let Some(fault) = state.faults.get_mut(&endpoint).and_then(std::collections::VecDeque::pop_front) {
        let kind = if fault.body.starts_with(['{', '[']) { "application/json" } else { "text/html" };
        let answer = ResponseTemplate::new(fault.status).set_delay(fault.delay);
        let answer = answer.set_body_raw(fault.body.into_bytes(), kind);
        let headers = fault.headers.into_iter();
        return headers.fold(answer, |answer, (name, value)| answer.insert_header(name, value));
    }
    let answer = match endpoint {
        Endpoint::Authorize => return login::authorize(state, &request.url),
        Endpoint::Exchange | Endpoint::Refresh => return login::token(state, request),
        _ if !has_token(state, request) => refusal(401, "Unauthorized", "Client not authorized"),
        Endpoint::AccountNumbers => api::numbers(state),
        Endpoint::Accounts => api::accounts(state, request),
        Endpoint::Account => api::account(state, request, segments[3]),
        Endpoint::Transactions => api::transactions(state, request, segments[3]),
        Endpoint::UserPreference => api::preferences(state),
    };
    answer.insert_header("schwab-client-correlid", format!("977dbd7f-992e-44d2-{:012}", state.calls.len()))
}

fn asks_for_refresh(body: &[u8]) -> bool {
    url::form_urlencoded::parse(body).any(|(name, value)| name == "grant_type" && value == "refresh_token")
}

fn has_token(state: &State, request: &Request) -> bool {
    let given = request.headers.get("authorization").and_then(|value| value.to_str().ok());
    let token = given.and_then(|value| value.strip_prefix("Bearer "));
    let ends: Option<&Timestamp> = token.and_then(|token| state.access_tokens.get(token));
    ends.is_some_and(|ends| state.clock.now() < *ends)
}

/// JSON with a status.
pub(super) fn json_answer(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_string().into_bytes(), "application/json")
}

/// A page for people.
pub(super) fn page(status: u16, words: &str) -> ResponseTemplate {
    let page =
        format!("<HTML><HEAD>\n<TITLE>{words}</TITLE>\n</HEAD><BODY>\n<H1>{words}</H1>\n</BODY></HTML>\n");
    ResponseTemplate::new(status).set_body_raw(page.into_bytes(), "text/html")
}

/// The gateway's form of a refusal.
pub(super) fn refusal(status: u16, title: &str, detail: &str) -> ResponseTemplate {
    let id = "00000000-0000-0000-0000-000000000000";
    json_answer(status, &json!({"errors": [{"id": id, "status": status, "title": title, "detail": detail}]}))
}

/// The Trader API's form of a refusal.
pub(super) fn invalid(message: &str) -> ResponseTemplate {
    json_answer(400, &json!({"message": message, "errors": [message]}))
}
