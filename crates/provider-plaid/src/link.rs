//! Linking by Hosted Link: Plaid opens pages of its own for a user, and is asked how that ended.

use async_trait::async_trait;
use chrono::TimeDelta;
use dashtam_domain::{
    connections::{
        Credentials, GrantId, GrantedAccount, HostedGrant, HostedLink, HostedOutcome, HostedRequest,
        HostedSession, ProviderError, Revocation,
    },
    secret::SecretText,
    time::Timestamp,
};
use dashtam_provider_kit::lenient::text;
use serde_json::{Value, json};
use url::Url;

use crate::{PlaidProvider, Product, api::with_token, map::account, refusal::Refusal};

/// How people find this program among those that may read their accounts. Plaid takes 30 characters.
const CLIENT_NAME: &str = "Dashtam";
/// Days of history that are asked for, the most there are. Plaid fixes them for the life of an item.
const HISTORY_DAYS: u32 = 730;
/// How long a session may be asked about where Plaid does not say when it ends, and the longest that is believed.
const SESSION: TimeDelta = TimeDelta::minutes(30);
const LONGEST_SESSION: TimeDelta = TimeDelta::hours(4);
/// Longer tokens are none of Plaid's.
const LONGEST_TOKEN: usize = 1_000;

const SESSIONS: &str = "link sessions";
const TOKEN: &str = "link token";
const EXCHANGE: &str = "public token";

/// A session as it is kept: its token, and whether it renews an item that there is.
struct Key {
    token: String,
    renews: bool,
}

impl Key {
    fn stored(&self) -> SecretText {
        SecretText::new(json!({"token": self.token, "renews": self.renews}).to_string())
    }

    fn parse(stored: &SecretText) -> Option<Self> {
        let stored: Value = serde_json::from_str(stored.expose()).ok()?;
        Some(Self { token: text(&stored, "token")?, renews: stored.get("renews")?.as_bool()? })
    }
}

/// What a grant of a renewal is: there is nothing to exchange.
const RENEWED: &str = "renewed";

fn token(row: &Value, field: &'static str) -> Option<String> {
    text(row, field)
        .filter(|token| token.len() <= LONGEST_TOKEN && token.bytes().all(|byte| byte.is_ascii_graphic()))
}

impl PlaidProvider {
    /// What every session is opened with.
    fn session(&self, request: &HostedRequest) -> Value {
        let mut hosted = json!({});
        if let Some(redirect) = &self.options.redirect_uri {
            let mut back = redirect.clone();
            back.query_pairs_mut().append_pair("state", request.state.expose());
            hosted["completion_redirect_uri"] = back.as_str().into();
        }
        let mut session = json!({
            "client_name": CLIENT_NAME,
            "language": self.options.language,
            "country_codes": self.options.country_codes,
            // Whatever else we know of the user is none of Plaid's business.
            "user": {"client_user_id": request.connection.to_string()},
            "hosted_link": hosted,
        });
        if let Some(webhook) = &self.options.webhook_uri {
            session["webhook"] = webhook.as_str().into();
        }
        session
    }

    /// A session for an item that is not there yet.
    fn fresh(&self, mut body: Value) -> Value {
        let mut products = self.options.products.iter().map(|product| product.as_str());
        body["products"] = products.next().into_iter().collect();
        let others: Vec<&str> = products.collect();
        if !others.is_empty() {
            body["required_if_supported_products"] = others.into();
        }
        if self.options.products.contains(&Product::Transactions) {
            body["transactions"] = json!({"days_requested": HISTORY_DAYS});
        }
        body
    }

    async fn open(&self, body: &Value, renews: bool, now: Timestamp) -> Result<HostedSession, Refusal> {
        let answer = self.act(&["link", "token", "create"], body, TOKEN).await?;
        let malformed = || ProviderError::Malformed { at: TOKEN };
        let token = token(&answer, "link_token").ok_or_else(malformed)?;
        // Plaid leaves it out of answers to those for whom Hosted Link is not switched on.
        let url = text(&answer, "hosted_link_url").ok_or(ProviderError::Misconfigured)?;
        let url = Url::parse(&url).ok().filter(|url| self.may_lead_to(url)).ok_or_else(malformed)?;
        let told = text(&answer, "expiration").and_then(|end| Timestamp::parse(&end));
        let lasts = told.map_or(SESSION, |end| end.since(now).clamp(TimeDelta::zero(), LONGEST_SESSION));
        Ok(HostedSession { url, key: Key { token, renews }.stored(), expires_at: now.plus(lasts) })
    }

    /// Whether a browser may be sent there: to a site with TLS, or to this machine if Plaid itself is on it.
    fn may_lead_to(&self, url: &Url) -> bool {
        url.scheme() == "https" || (url.scheme() == "http" && self.options.base_url.scheme() == "http")
    }

    /// The credentials of an item, with what it has and its id. Plaid says so when it is asked; a token that was given out is
    /// good whatever comes of that question.
    async fn credentials(
        &self,
        access_token: SecretText,
        renews: bool,
    ) -> Result<HostedGrant, ProviderError> {
        let item = match self.item(&access_token).await {
            Ok(item) => item,
            Err(refusal) if renews => return Err(refusal.error),
            Err(refusal) => {
                tracing::warn!(error = %refusal.error, "a new item could not be looked at");
                Value::Null
            }
        };
        if let (true, Some(refusal)) = (renews, item.get("error").and_then(Refusal::of)) {
            return Err(refusal.error);
        }
        let grant_expires_at = text(&item, "consent_expiration_time").and_then(|end| Timestamp::parse(&end));
        let credentials = Credentials {
            scope: Some(self.granted(&item).join(" ")),
            token_type: "Plaid item".to_owned(),
            grant_expires_at,
            ..Credentials::bearer(access_token)
        };
        Ok(HostedGrant { credentials, id: named(&item) })
    }

    /// Those products that are asked for and that the item has; all of them where Plaid does not say.
    fn granted(&self, item: &Value) -> Vec<&'static str> {
        let listed = |field: &str| item.get(field).and_then(Value::as_array);
        let told: Vec<&str> = ["products", "billed_products", "consented_products"]
            .into_iter()
            .filter_map(listed)
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let asked = self.options.products.iter().map(|product| product.as_str());
        asked.filter(|product| told.is_empty() || told.contains(product)).collect()
    }
}

#[async_trait]
impl HostedLink for PlaidProvider {
    async fn begin(&self, request: &HostedRequest, now: Timestamp) -> Result<HostedSession, ProviderError> {
        let body = self.session(request);
        if let Some(current) = &request.current {
            let mut renewal = body.clone();
            renewal["access_token"] = current.access_token.expose().into();
            match self.open(&renewal, true, now).await {
                // The item is gone, by whomever: there is nothing to renew.
                Err(refusal) if refusal.is_of_item() => {}
                opened => return Ok(opened?),
            }
        }
        Ok(self.open(&self.fresh(body), false, now).await?)
    }

    async fn outcome(&self, key: &SecretText) -> Result<HostedOutcome, ProviderError> {
        // What we cannot read we did not keep.
        let Some(key) = Key::parse(key) else { return Ok(HostedOutcome::NotGranted) };
        let body = json!({"link_token": key.token});
        let answer = match self.ask(&["link", "token", "get"], &body, SESSIONS).await {
            Err(refusal) if refusal.is_of_session() => return Ok(HostedOutcome::NotGranted),
            other => other?,
        };
        let sessions = match answer.get("link_sessions") {
            None | Some(Value::Null) => return Ok(HostedOutcome::UnderWay),
            Some(Value::Array(sessions)) => sessions,
            Some(_) => return Err(ProviderError::Malformed { at: SESSIONS }),
        };
        let granted = sessions.iter().rev().find_map(|session| {
            if key.renews { is_done(session).then(|| RENEWED.to_owned()) } else { public_token(session) }
        });
        Ok(match granted {
            Some(grant) => HostedOutcome::Granted(SecretText::new(grant)),
            // The same address may be opened more than once.
            None if sessions.is_empty() || sessions.iter().any(|session| !is_over(session)) => {
                HostedOutcome::UnderWay
            }
            None => HostedOutcome::NotGranted,
        })
    }

    async fn shows(&self, key: &SecretText) -> Result<Vec<GrantedAccount>, ProviderError> {
        let Some(key) = Key::parse(key).filter(|key| !key.renews) else { return Ok(Vec::new()) };
        let answer = self.ask(&["link", "token", "get"], &json!({"link_token": key.token}), SESSIONS).await?;
        let sessions = answer.get("link_sessions").and_then(Value::as_array).into_iter().flatten();
        // The one whose token is exchanged.
        let session = sessions.rev().find(|session| public_token(session).is_some());
        Ok(session.map(granted_accounts).unwrap_or_default())
    }

    async fn exchange(
        &self,
        grant: &SecretText,
        current: Option<&Credentials>,
        _now: Timestamp,
    ) -> Result<HostedGrant, ProviderError> {
        if grant.expose() == RENEWED {
            let current = current.ok_or(ProviderError::NeedsReauthorization)?;
            return self.credentials(current.access_token.clone(), true).await;
        }
        let body = json!({"public_token": grant.expose()});
        let answer = self.act(&["item", "public_token", "exchange"], &body, EXCHANGE).await?;
        let access = token(&answer, "access_token").ok_or(ProviderError::Malformed { at: EXCHANGE })?;
        let granted = self.credentials(SecretText::new(access), false).await?;
        // It is named here, too, should it not be possible to look at the item.
        Ok(HostedGrant { id: named(&answer).or(granted.id), ..granted })
    }

    async fn revoke(&self, current: &Credentials) -> Result<Revocation, ProviderError> {
        match self.act(&["item", "remove"], &with_token(&current.access_token), "item").await {
            Err(refusal) if !refusal.is_of_item() => Err(refusal.error),
            _ => Ok(Revocation::Done),
        }
    }
}

/// The accounts of the item that the session ended with; none unless each has what tells it from others.
fn granted_accounts(session: &Value) -> Vec<GrantedAccount> {
    let added = session.pointer("/results/item_add_results").and_then(Value::as_array);
    let Some(added) = added.into_iter().flatten().find(|added| token(added, "public_token").is_some()) else {
        return Vec::new();
    };
    let institution = added.get("institution").and_then(account::institution);
    let rows = added.get("accounts").and_then(Value::as_array).into_iter().flatten();
    let read = rows.map(|row| {
        let (name, mask) = (account::name(row)?, account::mask(row)?);
        Some(GrantedAccount { institution: institution.clone()?, name, mask })
    });
    read.collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// What Plaid calls the item in its messages.
fn named(row: &Value) -> Option<GrantId> {
    text(row, "item_id")?.parse().ok()
}

/// Whether the user has come to an end in the session, one way or the other.
fn is_over(session: &Value) -> bool {
    text(session, "finished_at").is_some() || has_exit(session)
}

/// Whether the user gave up.
fn has_exit(session: &Value) -> bool {
    ["exit", "on_exit"].into_iter().any(|field| session.get(field).is_some_and(|exit| !exit.is_null()))
}

/// Whether a renewal was carried through. Plaid gives no token for it.
fn is_done(session: &Value) -> bool {
    text(session, "finished_at").is_some() && !has_exit(session)
}

/// The token that the session ended with; in answers to older sessions it is under another name.
fn public_token(session: &Value) -> Option<String> {
    let results = session.pointer("/results/item_add_results").and_then(Value::as_array);
    let added = results.into_iter().flatten().find_map(|added| token(added, "public_token"));
    added.or_else(|| token(session.get("on_success")?, "public_token"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back_and_nothing_else_is() {
        let key = Key::parse(&Key { token: "link-sandbox-1".to_owned(), renews: true }.stored()).unwrap();
        assert_eq!((key.token.as_str(), key.renews), ("link-sandbox-1", true));
        for stored in ["", "link-sandbox-1", "{}", r#"{"token": "x"}"#, r#"{"token": 1, "renews": "no"}"#] {
            assert!(Key::parse(&SecretText::new(stored)).is_none(), "{stored}");
        }
    }
}
