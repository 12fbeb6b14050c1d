//! The authorization endpoint: customers sign in and decide here.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, LOCATION},
    },
    web::{Bytes, Data},
};
use subtle::ConstantTimeEq;
use url::Url;

use super::{form, no_store, page};
use crate::{
    bank::Bank,
    faults::{Customer, PASSWORD},
    grants::{OauthError, Scopes, secret, store::Consent},
    params::Params,
};

/// The longest `state` that is accepted.
const LONGEST_STATE: usize = 2_048;

/// What an application asks for, once it is known to be in order.
pub(super) struct Request {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) scopes: Scopes,
    pub(super) challenge: String,
}

/// Why a request is refused before the customer sees it.
enum Refusal {
    /// It is not known where the customer came from, so they stay here.
    Stay(&'static str),
    /// The application is told, by a redirect.
    Return { to: Box<Url>, state: Option<String>, error: OauthError },
}

/// Answers `GET /`.
pub(crate) async fn welcome() -> HttpResponse {
    page::respond(StatusCode::OK, &page::welcome())
}

/// Answers `GET /bank.css`.
pub(crate) async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((CACHE_CONTROL, "max-age=3600"))
        .body(page::STYLE)
}

/// Answers `GET /oauth/authorize`.
pub(crate) async fn ask(request: HttpRequest, bank: Data<Bank>) -> HttpResponse {
    let Ok(params) = Params::parse(request.query_string().as_bytes()) else {
        return stay("a parameter is repeated");
    };
    match check(&params, &bank) {
        Ok((asked, _)) => page::respond(StatusCode::OK, &page::consent(&asked, None)),
        Err(refusal) => refusal.response(),
    }
}

/// Answers `POST /oauth/authorize`.
pub(crate) async fn answer(request: HttpRequest, body: Bytes, bank: Data<Bank>) -> HttpResponse {
    let Ok(params) = form(&request, &body) else {
        return stay("the form cannot be read");
    };
    // The form carries the request along, so it is checked again.
    let (asked, to) = match check(&params, &bank) {
        Ok(checked) => checked,
        Err(refusal) => return refusal.response(),
    };
    match params.get("decision") {
        Some("approve") => {}
        Some("deny") => {
            return send(to, asked.state.as_deref(), &[("error", "access_denied")]);
        }
        _ => return stay("the form has no decision"),
    }
    let right = params.get("password").unwrap_or_default().as_bytes().ct_eq(PASSWORD.as_bytes());
    let customer = params.get("customer").and_then(Customer::parse).filter(|_| right.into());
    let Some(customer) = customer else {
        let notice = "That customer name and password do not go together.";
        return page::respond(StatusCode::FORBIDDEN, &page::consent(&asked, Some(notice)));
    };
    let consent = Consent {
        client_id: asked.client_id,
        redirect_uri: asked.redirect_uri,
        challenge: asked.challenge,
        scopes: asked.scopes,
        customer,
    };
    match bank.store.consent(consent, bank.now()) {
        Ok(code) => send(to, asked.state.as_deref(), &[("code", &code)]),
        Err(error) => send(to, asked.state.as_deref(), &[("error", error.code())]),
    }
}

/// Checks who asks before what is asked: a customer is never sent to an unregistered address.
fn check(params: &Params, bank: &Bank) -> Result<(Request, Url), Refusal> {
    let client = params.get("client_id").and_then(|id| bank.client(id));
    let client = client.ok_or(Refusal::Stay("the application is not known to the bank"))?;
    let redirect_uri = params.get("redirect_uri").unwrap_or_default();
    let registered = client.redirect_uris.iter().any(|known| known == redirect_uri);
    let url = Url::parse(redirect_uri).ok().filter(|_| registered);
    let url = url.ok_or(Refusal::Stay("the application did not register the address to return to"))?;

    let state = params.get("state").map(str::to_owned);
    let refuse = |error| Refusal::Return { to: Box::new(url.clone()), state: state.clone(), error };
    let invalid = |why| refuse(OauthError::InvalidRequest(why));
    if state.as_deref().is_some_and(|state| state.len() > LONGEST_STATE) {
        return Err(Refusal::Stay("the state is too long"));
    }
    match params.get("response_type") {
        Some("code") => {}
        Some(_) => return Err(refuse(OauthError::UnsupportedResponseType)),
        None => return Err(invalid("response_type is missing")),
    }
    if params.get("code_challenge_method") != Some("S256") {
        return Err(invalid("code_challenge_method must be S256"));
    }
    let challenge = params.get("code_challenge").filter(|text| secret::is_challenge(text));
    let challenge = challenge.ok_or_else(|| invalid("code_challenge is missing or malformed"))?.to_owned();
    let scopes = Scopes::parse(params.get("scope")).ok_or_else(|| refuse(OauthError::InvalidScope))?;
    let request =
        Request { client_id: client.id, redirect_uri: redirect_uri.to_owned(), state, scopes, challenge };
    Ok((request, url))
}

impl Refusal {
    fn response(self) -> HttpResponse {
        match self {
            Self::Stay(why) => stay(why),
            Self::Return { to, state, error } => {
                let pairs = [("error", error.code()), ("error_description", &error.to_string())];
                send(*to, state.as_deref(), &pairs)
            }
        }
    }
}

fn stay(why: &str) -> HttpResponse {
    page::respond(StatusCode::BAD_REQUEST, &page::problem(why))
}

/// Sends the browser back to the application.
fn send(mut to: Url, state: Option<&str>, pairs: &[(&str, &str)]) -> HttpResponse {
    let state = state.map(|state| ("state", state));
    to.query_pairs_mut().extend_pairs(pairs.iter().copied().chain(state));
    no_store(StatusCode::SEE_OTHER).insert_header((LOCATION, to.as_str())).finish()
}
