//! Which request is what, and the forms of answers.

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::{CLIENT_ID, Call, SECRET, data, hooks, link, state::State};

/// Why a request is refused: status, type, code, message.
pub(super) struct Refused(pub(super) u16, pub(super) String, pub(super) String, pub(super) String);

pub(super) type Answered = Result<Value, Refused>;

pub(super) fn refused<T>(kind: &str, code: &str, message: &str) -> Result<T, Refused> {
    Err(Refused(400, kind.to_owned(), code.to_owned(), message.to_owned()))
}

/// Answers a request.
pub(super) fn respond(state: &mut State, request: &Request) -> ResponseTemplate {
    match answer(state, request) {
        Ok(mut body) => {
            body["request_id"] = format!("req{}", state.calls.len()).into();
            json_answer(200, &body)
        }
        Err(Refused(status, kind, code, message)) => json_answer(
            status,
            &json!({"error_type": kind, "error_code": code, "error_message": message, "display_message": null,
                "request_id": format!("req{}", state.calls.len()), "suggested_action": null}),
        ),
    }
}

fn answer(state: &mut State, request: &Request) -> Answered {
    if request.method.as_str() != "POST" {
        return Err(Refused(404, "INVALID_REQUEST".into(), "NOT_FOUND".into(), "not found".into()));
    }
    let header =
        |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !header("content-type").starts_with("application/json") {
        return refused("INVALID_REQUEST", "INVALID_HEADERS", "Content-Type must be application/json");
    }
    let body: Value = match serde_json::from_slice(&request.body) {
        Ok(Value::Object(body)) => Value::Object(body),
        _ => return refused("INVALID_REQUEST", "INVALID_BODY", "body could not be parsed as JSON"),
    };
    let path = request.url.path().to_owned();
    state.calls.push(Call { path: path.clone(), body: body.clone() });
    if header("plaid-client-id") != CLIENT_ID || header("plaid-secret") != SECRET {
        return refused("INVALID_INPUT", "INVALID_API_KEYS", "invalid client_id or secret provided");
    }
    if header("plaid-version") != "2020-09-14" {
        return refused("INVALID_REQUEST", "INVALID_HEADERS", "Plaid-Version is not known");
    }
    if let Some((status, kind, code, message)) =
        state.faults.get_mut(&path).and_then(std::collections::VecDeque::pop_front)
    {
        return Err(Refused(status, kind, code, message));
    }
    match path.as_str() {
        "/link/token/create" => link::create(state, &body),
        "/link/token/get" => link::get(state, &body),
        "/item/public_token/exchange" => link::exchange(state, &body),
        "/item/get" => data::item(state, &body),
        "/item/remove" => data::remove(state, &body),
        "/accounts/get" => data::accounts(state, &body),
        "/transactions/sync" => data::sync(state, &body),
        "/investments/holdings/get" => data::holdings(state, &body),
        "/investments/transactions/get" => data::invested(state, &body),
        "/liabilities/get" => data::liabilities(state, &body),
        "/webhook_verification_key/get" => hooks::key(state, &body),
        _ => Err(Refused(404, "INVALID_REQUEST".into(), "NOT_FOUND".into(), "not found".into())),
    }
}

/// Refuses fields that are not these.
pub(super) fn only(body: &Value, known: &[&str]) -> Result<(), Refused> {
    let unknown = body.as_object().into_iter().flatten().find(|(name, _)| !known.contains(&name.as_str()));
    match unknown {
        Some((name, _)) => {
            refused("INVALID_REQUEST", "UNKNOWN_FIELDS", &format!("{name} is not a recognised field"))
        }
        None => Ok(()),
    }
}

/// A text that has to be there.
pub(super) fn text<'a>(body: &'a Value, field: &str) -> Result<&'a str, Refused> {
    match body.get(field).and_then(Value::as_str).filter(|text| !text.is_empty()) {
        Some(text) => Ok(text),
        None => refused("INVALID_REQUEST", "MISSING_FIELDS", &format!("{field} is missing")),
    }
}

fn json_answer(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_string().into_bytes(), "application/json")
}
