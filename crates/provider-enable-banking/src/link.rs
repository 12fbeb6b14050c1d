//! Linking: an authorization that Enable Banking opens, and the session that its code is exchanged for.

use async_trait::async_trait;
use chrono::TimeDelta;
use dashtam_domain::{
    connections::{
        AuthorizationGrant, AuthorizationRequest, Credentials, OAuthLink, ProviderError, Revocation,
    },
    time::Timestamp,
};
use dashtam_provider_kit::lenient::text;
use serde_json::{Value, json};
use url::Url;

use crate::{EnableBankingProvider, feed::rows, session::Session};

/// The longest consent that the law allows: 180 days (delegated regulation (EU) 2022/2360).
const LONGEST: TimeDelta = TimeDelta::days(180);
/// What is asked for of a bank that does not say how long it gives.
const USUAL: TimeDelta = TimeDelta::days(90);
/// How far clocks may be apart: a consent that is a moment too long is refused.
const MARGIN: TimeDelta = TimeDelta::minutes(5);

const BANKS: &str = "banks";
const AUTHORIZATION: &str = "authorization";
const SESSION: &str = "session";

impl EnableBankingProvider {
    /// The bank as Enable Banking lists it.
    async fn listed(&self) -> Result<Value, ProviderError> {
        let mut url = self.application.address(&["aspsps"])?;
        url.query_pairs_mut()
            .append_pair("country", self.bank.country())
            .append_pair("psu_type", self.application.psu_type.as_str());
        let answer = self.application.ask(&url, BANKS).await?;
        let is_it = |row: &&Value| {
            text(row, "name").is_some_and(|name| name == self.bank.name())
                && text(row, "country").is_some_and(|country| country == self.bank.country())
        };
        let listed = rows(&answer, "aspsps", BANKS)?.iter().find(is_it).cloned();
        listed.ok_or_else(|| {
            tracing::error!(bank = ?self.bank, "Enable Banking lists no bank of this name for this sort of users");
            ProviderError::Misconfigured
        })
    }

    /// How long the bank lets a consent last.
    fn lasts(listed: &Value) -> TimeDelta {
        let told = text(listed, "maximum_consent_validity").and_then(|seconds| seconds.parse::<i64>().ok());
        let told = told.filter(|seconds| *seconds > 0).and_then(TimeDelta::try_seconds);
        let most = told.unwrap_or(USUAL).min(LONGEST);
        // A consent for minutes is given for the whole of them.
        if most > MARGIN * 2 { most - MARGIN } else { most }
    }

    /// Whether a browser may be sent there: to a site with TLS, or to this machine if Enable Banking itself is on it.
    fn may_lead_to(&self, url: &Url) -> bool {
        let local = self.application.base_url.scheme() == "http";
        url.scheme() == "https" || (url.scheme() == "http" && local)
    }
}

#[async_trait]
impl OAuthLink for EnableBankingProvider {
    async fn authorization_url(
        &self,
        request: &AuthorizationRequest,
        now: Timestamp,
    ) -> Result<Url, ProviderError> {
        let listed = self.listed().await?;
        let body = json!({
            "access": {
                "balances": true,
                "transactions": true,
                "valid_until": now.plus(Self::lasts(&listed)).to_string(),
            },
            "aspsp": {"name": self.bank.name(), "country": self.bank.country()},
            "state": request.state.expose(),
            "redirect_url": self.application.redirect_uri,
            "psu_type": self.application.psu_type.as_str(),
        });
        let answer = self.application.act(&["auth"], &body, AUTHORIZATION).await?;
        let url = text(&answer, "url").and_then(|url| Url::parse(&url).ok());
        url.filter(|url| self.may_lead_to(url)).ok_or(ProviderError::Malformed { at: AUTHORIZATION })
    }

    async fn exchange(
        &self,
        grant: &AuthorizationGrant,
        _now: Timestamp,
    ) -> Result<Credentials, ProviderError> {
        let body = json!({"code": grant.code.expose()});
        let answer = self.application.act(&["sessions"], &body, SESSION).await?;
        let session = Session::read(&answer)?;
        if session.accounts.is_empty() {
            // An application that is not open to the public reads no accounts but those that its owner linked there.
            if let Err(refusal) = self.application.end(&session.id).await {
                tracing::warn!(error = %refusal.error, "a session without accounts could not be ended");
            }
            return Err(ProviderError::Rejected { code: "no_accounts".to_owned() });
        }
        Ok(Credentials {
            token_type: "Enable Banking session".to_owned(),
            grant_expires_at: Session::ends(&answer),
            ..Credentials::bearer(session.stored())
        })
    }

    /// Sessions are not refreshed: they last until the consent ends.
    async fn refresh(&self, _current: &Credentials, _now: Timestamp) -> Result<Credentials, ProviderError> {
        Err(ProviderError::NeedsReauthorization)
    }

    async fn revoke(&self, current: &Credentials) -> Result<Revocation, ProviderError> {
        let session = Session::of(current)?;
        match self.application.end(&session.id).await {
            Err(refusal) if !refusal.is_of_ended_session() => Err(refusal.error),
            _ => Ok(Revocation::Done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_lasts_as_long_as_the_bank_and_the_law_allow() {
        let lasts = |told: Value| {
            let listed = json!({"maximum_consent_validity": told});
            EnableBankingProvider::lasts(&listed).num_minutes()
        };
        assert_eq!(lasts(json!(7_776_000)), 90 * 1_440 - 5);
        assert_eq!(lasts(json!("7776000")), 90 * 1_440 - 5);
        assert_eq!(lasts(json!(15_552_000)), 180 * 1_440 - 5);
        assert_eq!(lasts(json!(31_536_000)), 180 * 1_440 - 5);
        assert_eq!(lasts(json!(600)), 10);
        for untold in [Value::Null, json!(0), json!(-1), json!("long"), json!(1e300)] {
            assert_eq!(lasts(untold.clone()), 90 * 1_440 - 5, "{untold}");
        }
    }
}
