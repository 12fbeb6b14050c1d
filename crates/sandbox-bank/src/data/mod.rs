//! The data interface: accounts, transactions and holdings, read with an access token.

pub(crate) mod accounts;
mod cursor;
pub(crate) mod holdings;
mod touched;
pub(crate) mod transactions;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;

use crate::{
    bank::Bank,
    faults::{Lever, Levers},
    grants::{Scope, store::Visit},
    params::Params,
    world::{Account, AccountKind, World},
};

/// The lever `rate-limited` refuses every call with a number that this divides.
const RATE_LIMIT_EVERY: u64 = 3;

/// Why a data call is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DataError {
    #[error("an access token is needed")]
    NoToken,
    #[error("the access token is unknown, expired or revoked")]
    InvalidToken,
    #[error("the access token does not cover this")]
    InsufficientScope,
    #[error("there is nothing here")]
    NotFound,
    #[error("{1}")]
    InvalidParameter(&'static str, &'static str),
    #[error("too many calls")]
    RateLimited,
    #[error("the bank cannot answer now")]
    Internal,
}

impl DataError {
    pub(crate) fn response(self) -> HttpResponse {
        let (status, code) = match self {
            Self::NoToken => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::InvalidToken => (StatusCode::UNAUTHORIZED, "invalid_token"),
            Self::InsufficientScope => (StatusCode::FORBIDDEN, "insufficient_scope"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::InvalidParameter(..) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_parameter"),
            Self::RateLimited => (StatusCode::TOO_MANY_REQUESTS, "rate_limited"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal_error"),
        };
        tracing::debug!(error = code, "a data call was refused");
        let mut response = HttpResponse::build(status);
        response.insert_header((CACHE_CONTROL, "no-store"));
        match self {
            Self::NoToken => {
                response.insert_header((WWW_AUTHENTICATE, r#"Bearer realm="sandbox-bank""#));
            }
            Self::InvalidToken | Self::InsufficientScope => {
                let challenge = format!(r#"Bearer realm="sandbox-bank", error="{code}""#);
                response.insert_header((WWW_AUTHENTICATE, challenge));
            }
            Self::RateLimited => {
                response.insert_header((RETRY_AFTER, "2"));
            }
            _ => {}
        }
        let parameter = match self {
            Self::InvalidParameter(name, _) => Some(name),
            _ => None,
        };
        let mut error = json!({ "code": code, "message": self.to_string() });
        if let (Some(name), Some(fields)) = (parameter, error.as_object_mut()) {
            fields.insert("parameter".to_owned(), name.into());
        }
        response.json(json!({ "error": error }))
    }
}

/// Lets a call in: checks its token, applies the levers of all calls, and fetches the ledger.
async fn enter(request: &HttpRequest, bank: &Bank, scope: Scope) -> Result<(Visit, Arc<World>), DataError> {
    let token = bearer(request).ok_or(DataError::NoToken)?;
    let lists_accounts = scope == Scope::Accounts;
    let visit = bank.store.visit(token, lists_accounts, bank.now()).ok_or(DataError::InvalidToken)?;
    remember(bank).await;
    let (levers, history) = (visit.customer.levers, visit.history);
    if levers.has(Lever::Slow) {
        tokio::time::sleep(bank.options.slow_delay).await;
    }
    if !visit.scopes.has(scope) {
        return Err(DataError::InsufficientScope);
    }
    if levers.has(Lever::Broken) {
        return Err(DataError::Internal);
    }
    if levers.has(Lever::RateLimited) && history.calls.is_multiple_of(RATE_LIMIT_EVERY) {
        return Err(DataError::RateLimited);
    }
    // A sync begins with the list of accounts: its first reading fails and its repetition works.
    if levers.has(Lever::Flaky) && lists_accounts && !history.account_lists.is_multiple_of(2) {
        return Err(DataError::Internal);
    }
    let world = bank.ledger(&visit.customer.person).await.ok_or(DataError::Internal)?;
    let is_moved = levers.has(Lever::MovedAccounts);
    let world = if is_moved { Arc::new(moved(&world)) } else { world };
    let is_later = history.account_lists > 1;
    let is_changed = levers.has(Lever::Split) || levers.has(Lever::CurrencyChange);
    Ok((visit, if is_later && is_changed { Arc::new(changed(&world, levers)) } else { world }))
}

/// The same accounts and rows under other ids.
fn moved(world: &World) -> World {
    let mut moved = world.clone();
    for account in &mut moved.accounts {
        account.id = account.id.replacen("acc-", "acc-moved-", 1);
        for row in &mut account.transactions {
            row.id = anew(&row.id);
            row.pending_id = row.pending_id.as_deref().map(anew);
        }
    }
    moved
}

/// The accounts after a security was split, or an account got another currency.
fn changed(world: &World, levers: Levers) -> World {
    let mut changed = world.clone();
    for account in &mut changed.accounts {
        if levers.has(Lever::Split)
            && let Some(held) = account.holdings.first_mut()
        {
            held.quantity *= Decimal::TWO;
            held.price /= Decimal::TWO;
        }
        if levers.has(Lever::CurrencyChange) && account.kind == AccountKind::Savings {
            account.currency = "EUR";
        }
    }
    changed
}

/// Another id of a row.
fn anew(id: &str) -> String {
    id.replacen('-', "-moved-", 1)
}

/// Saves what a data call changed. A call that cannot be remembered is answered all the same: it gives the
/// client nothing to lose, and the next call tries again. The failure is in the log.
async fn remember(bank: &Bank) {
    let _ = bank.store.save().await;
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The account named in the path; another customer's account does not exist.
fn account<'world>(request: &HttpRequest, world: &'world World) -> Result<&'world Account, DataError> {
    let id = request.match_info().get("id").unwrap_or_default();
    world.account(id).ok_or(DataError::NotFound)
}

fn query(request: &HttpRequest) -> Result<Params, DataError> {
    let repeated = DataError::InvalidParameter("query", "a parameter must not be repeated");
    Params::parse(request.query_string().as_bytes()).map_err(|_| repeated)
}

fn answer(outcome: Result<impl Serialize, DataError>) -> HttpResponse {
    match outcome {
        Ok(body) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body),
        Err(error) => error.response(),
    }
}

fn instant(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
