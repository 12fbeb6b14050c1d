//! `POST /api/v1/auth/api-keys`: makes an API key.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::api_keys::{ApiKeys, CreateApiKey};
use dashtam_domain::identity::{
    ApiKeyName, ApiKeyNameError, ApiKeyTerms, IpNet, Scope, Scopes, parse_network,
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::kept;
use crate::{
    openapi::{ChangeProblems, IdempotencyHeader},
    prelude::*,
    views::NewApiKeyView,
};

endpoint!(CreateApiKey, limits: [SessionsChange]);

/// The name of a scope.
#[derive(ToSchema)]
#[schema(as = ScopeName)]
#[allow(dead_code, reason = "describes the words that `Scope::parse` reads")]
enum ScopeName {
    #[schema(rename = "profile:read")]
    ProfileRead,
    #[schema(rename = "connections:read")]
    ConnectionsRead,
    #[schema(rename = "connections:write")]
    ConnectionsWrite,
    #[schema(rename = "accounts:read")]
    AccountsRead,
    #[schema(rename = "accounts:write")]
    AccountsWrite,
    #[schema(rename = "transactions:read")]
    TransactionsRead,
    #[schema(rename = "transactions:write")]
    TransactionsWrite,
    #[schema(rename = "balances:read")]
    BalancesRead,
    #[schema(rename = "holdings:read")]
    HoldingsRead,
    #[schema(rename = "imports:write")]
    ImportsWrite,
    #[schema(rename = "sync:run")]
    SyncRun,
    #[schema(rename = "events:read")]
    EventsRead,
    #[schema(rename = "webhooks:read")]
    WebhooksRead,
    #[schema(rename = "webhooks:write")]
    WebhooksWrite,
    #[schema(rename = "admin:read")]
    AdminRead,
    #[schema(rename = "admin:write")]
    AdminWrite,
}

/// An address, or a network in CIDR notation.
#[derive(ToSchema)]
#[schema(as = Network, value_type = String, pattern = r"^[0-9A-Fa-f:.]{2,45}(/[0-9]{1,3})?$")]
#[allow(dead_code, reason = "describes what `parse_network` reads")]
pub(crate) struct NetworkText(String);

/// A key wanted.
#[derive(Deserialize, ToSchema)]
struct ApiKeyBody {
    /// To tell it from the caller's other keys.
    #[serde(default)]
    #[schema(value_type = String, required, min_length = 1, max_length = 64, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    name: Text,
    /// What it may do: `profile:read`, `connections:read`, `connections:write`, `accounts:read`, `accounts:write`,
    /// `transactions:read`, `transactions:write`, `balances:read`, `holdings:read`, `imports:write`, `sync:run`,
    /// `events:read`, `webhooks:read`, `webhooks:write`, and for administrators `admin:read`, `admin:write`.
    #[serde(default)]
    #[schema(value_type = Vec<ScopeName>, required, min_items = 1, max_items = 100)]
    scopes: Value,
    /// Days it lives.
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 730, default = 365)]
    expires_in_days: Value,
    /// Addresses and networks (CIDR) it may be used from; empty or left out: from everywhere.
    #[serde(default)]
    #[schema(value_type = Option<Vec<NetworkText>>, max_items = 20)]
    ip_allow: Value,
}

impl ApiKeyBody {
    fn parse(self) -> Result<CreateApiKey, Problem> {
        let mut checks = Checks::default();
        let name = checks.parse::<ApiKeyName>("name", self.name, |error| match error {
            ApiKeyNameError::TooLong => "too_long",
            ApiKeyNameError::Label(error) => error.code(),
        });
        let unknown = "This is not the name of a scope.";
        let scopes = texts(&mut checks, "scopes", &self.scopes, unknown, Scope::parse);
        let scopes: Scopes = scopes.into_iter().collect();
        if self.scopes.is_null() {
            checks.broken("scopes", "missing", "This field is required.");
        } else if scopes.is_empty() && checks.is_kept() {
            checks.broken("scopes", "empty", "A key needs a scope.");
        }
        let days = checks.optional_number("expires_in_days", &self.expires_in_days, ApiKeyTerms::DAYS);
        let unknown = "This is neither an address nor a network in CIDR notation.";
        let networks: Vec<IpNet> = texts(&mut checks, "ip_allow", &self.ip_allow, unknown, parse_network);
        if networks.len() > ApiKeyTerms::MOST_NETWORKS {
            checks.broken("ip_allow", "too_long", "There may be at most 20 entries.");
        }
        match (name, checks.is_kept()) {
            (Some(name), true) => {
                Ok(CreateApiKey { name, scopes, days: days.unwrap_or(ApiKeyTerms::DEFAULT_DAYS), networks })
            }
            _ => Err(checks.into_problem()),
        }
    }
}

/// The values of a list of texts that may be left out; what is none is told with its place.
fn texts<T>(
    checks: &mut Checks,
    field: &str,
    list: &Value,
    unknown: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Vec<T> {
    let Value::Array(items) = list else {
        if !list.is_null() {
            checks.broken(field, "wrong_type", "This field must be a list of strings.");
        }
        return Vec::new();
    };
    let mut values = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate().take(100) {
        match item.as_str().map(&read) {
            Some(Some(value)) => values.push(value),
            Some(None) => checks.broken(&format!("{field}[{at}]"), "unknown", unknown),
            None => checks.broken(&format!("{field}[{at}]"), "wrong_type", "This must be a string."),
        }
    }
    if items.len() > 100 {
        checks.broken(field, "too_long", "This list is too long.");
    }
    values
}

/// Make an API key for a program. It is shown this one time.
///
/// The caller must have signed in within five minutes. A key does what its scopes, the account's flags and the role of
/// its owner at the time of each request allow, and never anything with credentials, sessions, keys, second factors,
/// addresses or the account's end. A user has at most 25, each of a name of its own; a mail tells the owner. A repeated
/// request with the same `Idempotency-Key` makes no second key and shows none.
#[utoipa::path(post, path = "/api/v1/auth/api-keys", tag = "api keys", params(IdempotencyHeader),
    request_body = ApiKeyBody, responses((status = CREATED, body = NewApiKeyView), ChangeProblems))]
async fn handle(asked: Asked<CreateApiKey, Json<ApiKeyBody>>, keys: Data<ApiKeys>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let made = keys.create(&call, body.parse()?, kept).await?;
    Ok(Answer::new(StatusCode::CREATED, &NewApiKeyView::whole(&made)))
}
