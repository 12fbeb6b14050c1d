//! Signing in, and tokens.

use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use dashtam_domain::secret::SecretHash;
use serde_json::json;
use url::{Url, form_urlencoded};
use wiremock::{Request, ResponseTemplate};

use super::{
    APP_KEY, APP_SECRET, Lever, REDIRECT_URI,
    respond::{json_answer, page},
    state::{Code, Grant, State},
};

const CODE: TimeDelta = TimeDelta::seconds(30);
const ACCESS_TOKEN: TimeDelta = TimeDelta::seconds(1_800);
const SIGN_IN: TimeDelta = TimeDelta::days(7);

/// What the browser sees of a sign-in: where it is sent, or the words of an error page.
pub(super) fn sign_in(state: &mut State, address: &Url) -> Result<Url, String> {
    let parameter = |name: &str| {
        let mut values = address.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value);
        values.next().map(std::borrow::Cow::into_owned)
    };
    if !address.path().ends_with("/v1/oauth/authorize") {
        return Err("Not Found".to_owned());
    }
    if parameter("client_id").as_deref() != Some(APP_KEY) {
        return Err("We are unable to complete your request".to_owned());
    }
    // To the letter: a slash at the end is another address.
    if parameter("redirect_uri").as_deref() != Some(REDIRECT_URI) {
        return Err("Access Denied".to_owned());
    }
    if parameter("response_type").as_deref() != Some("code") {
        return Err("unsupported_response_type".to_owned());
    }
    let challenge = parameter("code_challenge");
    if challenge.is_some() && parameter("code_challenge_method").as_deref() != Some("S256") {
        return Err("invalid_request".to_owned());
    }
    let code = format!("C0.{}@", state.make("code"));
    state.handed_out.push(code.clone());
    let expires_at = state.clock.now().plus(CODE);
    state.codes.push(Code { code: code.clone(), challenge, expires_at });
    let mut back = Url::parse(REDIRECT_URI).map_err(|error| error.to_string())?;
    back.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("session", "6f1f9c5e-5a0e-4d7c-9d7b-1f6f3c2b1a00")
        .extend_pairs(parameter("state").map(|state| ("state", state)));
    Ok(back)
}

/// The sign-in page over HTTP: signs in at once.
pub(super) fn authorize(state: &mut State, address: &Url) -> ResponseTemplate {
    match sign_in(state, address) {
        Ok(back) => ResponseTemplate::new(302).insert_header("location", back.as_str()),
        Err(words) => page(403, &words),
    }
}

/// A form's fields; `None` when a field is there twice.
fn form(request: &Request) -> Option<Vec<(String, String)>> {
    let is_form = request.headers.get("content-type").and_then(|value| value.to_str().ok());
    is_form.filter(|kind| kind.starts_with("application/x-www-form-urlencoded"))?;
    let fields: Vec<(String, String)> = form_urlencoded::parse(&request.body).into_owned().collect();
    let twice =
        |(at, (name, _)): (usize, &(String, String))| fields[..at].iter().any(|(known, _)| known == name);
    (!fields.iter().enumerate().any(twice)).then_some(fields)
}

/// The token endpoint.
pub(super) fn token(state: &mut State, request: &Request) -> ResponseTemplate {
    let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("{APP_KEY}:{APP_SECRET}")));
    let given = request.headers.get("authorization").and_then(|value| value.to_str().ok());
    if given != Some(expected.as_str()) {
        return json_answer(401, &json!({"error": "invalid_client", "error_description": "Unauthorized"}));
    }
    let Some(fields) = form(request) else {
        return json_answer(400, &json!({"error": "invalid_request"}));
    };
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    match field("grant_type") {
        Some("authorization_code") => {
            exchange(state, field("code"), field("redirect_uri"), field("code_verifier"))
        }
        Some("refresh_token") => refresh(state, field("refresh_token")),
        _ => json_answer(400, &json!({"error": "unsupported_grant_type"})),
    }
}

fn exchange(
    state: &mut State,
    code: Option<&str>,
    redirect_uri: Option<&str>,
    verifier: Option<&str>,
) -> ResponseTemplate {
    if redirect_uri != Some(REDIRECT_URI) {
        let description = "Improper redirect_uri of the request";
        return json_answer(400, &json!({"error": "invalid_request", "error_description": description}));
    }
    // Whatever comes of it, a code is used up.
    let known = state.codes.iter().position(|known| Some(known.code.as_str()) == code);
    let Some(known) = known.map(|place| state.codes.remove(place)) else {
        return wrapped(
            "Bad authorization code: Invalid authorization code header: yo   ",
            "invalid_request",
        );
    };
    let now = state.clock.now();
    if now > known.expires_at {
        let (then, now) = (known.expires_at.as_micros() / 1_000, now.as_micros() / 1_000);
        let words =
            format!("Bad authorization code: AuthorizationCode has expired,expiration={then},now={now} ");
        return wrapped(&words, "invalid_request");
    }
    let proof = verifier.map(|verifier| BASE64_URL_SAFE_NO_PAD.encode(SecretHash::of(verifier).as_bytes()));
    if known.challenge.is_some() && known.challenge != proof {
        return wrapped("Bad authorization code: code_verifier", "invalid_request");
    }
    if state.is_on(Lever::ActAsApplication) {
        return tokens(state, None);
    }
    // The sign-in before this one ends: "created on a different machine".
    state.access_tokens.clear();
    let refresh_token = state.make("refresh");
    state.grant = Some(Grant { refresh_token: refresh_token.clone(), expires_at: now.plus(SIGN_IN) });
    tokens(state, Some(refresh_token))
}

fn refresh(state: &mut State, token: Option<&str>) -> ResponseTemplate {
    let now = state.clock.now();
    let good = state
        .grant
        .as_ref()
        .is_some_and(|grant| Some(grant.refresh_token.as_str()) == token && now < grant.expires_at);
    if !good {
        let digest = "A".repeat(43);
        let words = format!(
            "Exception while authenticating refresh token [tokenDigest={digest}=, \
            Exception=Failed refresh token authentication [tokenDigest={digest}=]]"
        );
        return wrapped(&words, "refresh_token_authentication_error");
    }
    if state.is_on(Lever::RotateRefreshTokens) {
        let next = state.make("refresh");
        if let Some(grant) = &mut state.grant {
            grant.refresh_token = next;
        }
    }
    let answered = match &state.grant {
        Some(grant) if !state.is_on(Lever::OmitRefreshTokens) => Some(grant.refresh_token.clone()),
        _ => None,
    };
    tokens(state, answered)
}

fn tokens(state: &mut State, refresh_token: Option<String>) -> ResponseTemplate {
    let access_token = state.make("access");
    state.access_tokens.insert(access_token.clone(), state.clock.now().plus(ACCESS_TOKEN));
    let mut answer = json!({
        "expires_in": 1800,
        "token_type": "Bearer",
        "scope": "api",
        "access_token": access_token,
    });
    if let Some(refresh_token) = refresh_token {
        answer["refresh_token"] = json!(refresh_token);
        answer["id_token"] = json!(state.make("id"));
    }
    json_answer(200, &answer)
}

/// Schwab's own form of a refusal. Once decoded, the inner quotes are no longer escaped.
fn wrapped(description: &str, error: &str) -> ResponseTemplate {
    let inner = format!(r#"400 Bad Request: "{{"error_description":"{description}","error":"{error}"}}""#);
    json_answer(400, &json!({"error": "unsupported_token_type", "error_description": inner}))
}
