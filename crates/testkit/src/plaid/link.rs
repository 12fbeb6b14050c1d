//! Hosted Link.

use chrono::TimeDelta;
use serde_json::{Value, json};
use url::Url;

use super::{
    FakeBank,
    respond::{Answered, only, refused, text},
    state::{Granted, Item, Session, Standing, State},
};

/// Products that a session may ask for.
const PRODUCTS: [&str; 5] = ["transactions", "investments", "liabilities", "auth", "identity"];

fn words(body: &Value, field: &str) -> Vec<String> {
    let list = body.get(field).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// `/link/token/create`.
pub(super) fn create(state: &mut State, body: &Value) -> Answered {
    only(
        body,
        &[
            "client_name",
            "language",
            "country_codes",
            "user",
            "hosted_link",
            "products",
            "required_if_supported_products",
            "transactions",
            "access_token",
            "webhook",
        ],
    )?;
    if text(body, "client_name")?.chars().count() > 30 {
        return refused("INVALID_REQUEST", "INVALID_FIELD", "client_name is too long");
    }
    if text(body, "language")?.len() != 2 || words(body, "country_codes").is_empty() {
        return refused("INVALID_REQUEST", "INVALID_FIELD", "language or country_codes");
    }
    let user = &body["user"];
    only(user, &["client_user_id"])?;
    if text(user, "client_user_id")?.contains('@') {
        return refused("INVALID_REQUEST", "INVALID_FIELD", "client_user_id must not be personal");
    }
    let hosted = &body["hosted_link"];
    if !hosted.is_object() {
        return refused("INVALID_REQUEST", "MISSING_FIELDS", "hosted_link is missing");
    }
    only(hosted, &["completion_redirect_uri", "url_lifetime_seconds", "is_mobile_app"])?;
    let webhook = body.get("webhook").map(|webhook| webhook.as_str().unwrap_or_default());
    if webhook.is_some_and(|webhook| !webhook.starts_with("https://")) {
        return refused("INVALID_REQUEST", "INVALID_FIELD", "webhook must be an address with TLS");
    }
    let back = hosted["completion_redirect_uri"].as_str().map(str::to_owned);
    let products = words(body, "products");
    let optional = words(body, "required_if_supported_products");
    let renews = match body.get("access_token").and_then(Value::as_str) {
        Some(_) if !products.is_empty() || !optional.is_empty() => {
            return refused("INVALID_REQUEST", "INVALID_FIELD", "products cannot be given in update mode");
        }
        Some(token) => match state.items.iter().find(|item| item.access_token == token) {
            Some(item) => Some(item.id.clone()),
            None => {
                return refused(
                    "INVALID_INPUT",
                    "INVALID_ACCESS_TOKEN",
                    "could not find matching access token",
                );
            }
        },
        None if products.is_empty() => {
            return refused("INVALID_REQUEST", "MISSING_FIELDS", "products is missing");
        }
        None => None,
    };
    let asked = products.iter().chain(&optional);
    if asked.clone().any(|product| !PRODUCTS.contains(&product.as_str())) {
        return refused("INVALID_INPUT", "INVALID_PRODUCT", "client is not authorized to access the product");
    }
    if let Some(days) = body.pointer("/transactions/days_requested")
        && !days.as_u64().is_some_and(|days| (1..=730).contains(&days))
    {
        return refused("INVALID_REQUEST", "INVALID_FIELD", "days_requested must be 1 to 730");
    }
    let products: Vec<String> = asked.cloned().collect();
    let lasts = if renews.is_some() { TimeDelta::minutes(30) } else { TimeDelta::hours(4) };
    let (link_token, ends) = (state.token("link"), state.clock.now().plus(lasts));
    let url = format!("{}/hosted/{link_token}", state.base);
    let standing = Standing::Unopened;
    state.sessions.push(Session { link_token: link_token.clone(), ends, renews, products, back, standing });
    Ok(json!({"link_token": link_token, "expiration": ends.to_string(), "hosted_link_url": url}))
}

fn session<'a>(state: &'a mut State, pages: &Url) -> &'a mut Session {
    let token = pages.path_segments().and_then(|mut parts| parts.next_back()).expect("it ends in a token");
    state.sessions.iter_mut().find(|session| session.link_token == token).expect("the session is there")
}

pub(super) fn open(state: &mut State, pages: &Url) {
    session(state, pages).standing = Standing::Open;
}

pub(super) fn finish(state: &mut State, pages: &Url, bank: Option<FakeBank>) -> Option<Url> {
    let now = state.clock.now();
    let public = state.token("public");
    let session = session(state, pages);
    assert!(now <= session.ends, "the pages are gone");
    let (renews, products, back) = (session.renews.clone(), session.products.clone(), session.back.clone());
    session.standing = match (&bank, &renews) {
        (None, _) => Standing::GivenUp,
        (Some(_), Some(_)) => Standing::Done(None),
        (Some(_), None) => Standing::Done(Some(public.clone())),
    };
    match (bank, renews) {
        (Some(_), Some(id)) => {
            let item = state.items.iter_mut().find(|item| item.id == id).expect("the item is there");
            item.error = None;
        }
        (Some(mut bank), None) => {
            bank.products.retain(|product| products.contains(product));
            state.granted.insert(public, Granted { bank, ends: now.plus(TimeDelta::minutes(30)) });
        }
        (None, _) => {}
    }
    back.map(|back| back.parse().expect("it is an address"))
}

/// An account as a session shows it.
fn shown(account: &Value) -> Value {
    json!({"id": account["account_id"], "name": account["name"], "mask": account["mask"],
        "type": account["type"], "subtype": account["subtype"]})
}

/// `/link/token/get`.
pub(super) fn get(state: &mut State, body: &Value) -> Answered {
    only(body, &["link_token"])?;
    let token = text(body, "link_token")?;
    let now = state.clock.now();
    // What came of a session is told for six hours.
    let live =
        |session: &&Session| session.link_token == token && now <= session.ends.plus(TimeDelta::hours(6));
    let Some(session) = state.sessions.iter().find(live) else {
        return refused("INVALID_INPUT", "INVALID_LINK_TOKEN", "link token expired or not found");
    };
    let told = |finished: bool, exit: Value, results: Value| {
        json!([{"link_session_id": "s", "started_at": now.to_string(), "events": [], "exit": exit,
            "finished_at": finished.then(|| now.to_string()), "results": results}])
    };
    let sessions = match &session.standing {
        Standing::Unopened => json!([]),
        Standing::Open => told(false, Value::Null, Value::Null),
        Standing::GivenUp => {
            told(true, json!({"error": null, "metadata": {"status": "requires_credentials"}}), Value::Null)
        }
        Standing::Done(None) => told(true, Value::Null, json!({"item_add_results": []})),
        Standing::Done(Some(public)) => {
            let bank = state.granted.get(public).map(|granted| &granted.bank);
            let accounts: Vec<Value> = bank.into_iter().flat_map(|bank| &bank.accounts).map(shown).collect();
            let institution = bank.map(|bank| json!({"institution_id": "ins_1", "name": bank.name}));
            let added = json!({"public_token": public, "accounts": accounts, "institution": institution});
            told(true, Value::Null, json!({"item_add_results": [added]}))
        }
    };
    Ok(json!({"link_token": token, "created_at": now.to_string(), "link_sessions": sessions, "metadata": {}}))
}

/// `/item/public_token/exchange`.
pub(super) fn exchange(state: &mut State, body: &Value) -> Answered {
    only(body, &["public_token"])?;
    let now = state.clock.now();
    let granted = state.granted.remove(text(body, "public_token")?).filter(|granted| now <= granted.ends);
    let Some(Granted { bank, .. }) = granted else {
        return refused("INVALID_INPUT", "INVALID_PUBLIC_TOKEN", "could not find matching public token");
    };
    let (id, access_token) = (format!("item{}", state.number()), state.token("access"));
    let status = "HISTORICAL_UPDATE_COMPLETE".to_owned();
    let answer = json!({"access_token": access_token, "item_id": id});
    state.items.push(Item { id, access_token, bank, error: None, status, generation: 0 });
    Ok(answer)
}
