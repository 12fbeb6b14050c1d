//! Reading accounts and positions.

use std::collections::HashMap;

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        AccountsFeed, Credentials, HoldingsFeed, ProviderError, PulledAccount, PulledAccounts, PulledHolding,
        PulledHoldings,
    },
    ledger::mask_number,
    money::Currency,
    secret::SecretHash,
};
use dashtam_provider_kit::lenient;
use serde_json::Value;
use url::Url;

use crate::{
    SchwabProvider,
    doubt::About,
    map,
    wire::{self, Failure},
};

/// An account number and what stands for it in addresses.
pub(crate) struct Number {
    number: String,
    pub(crate) hash: String,
}

impl SchwabProvider {
    /// Makes an address below `/trader/v1`.
    pub(crate) fn trader(&self, segments: &[&str]) -> Result<Url, ProviderError> {
        wire::address(&self.options.base_url, &[&["trader", "v1"], segments].concat())
    }

    /// The JSON at an address, asked for within the budget.
    pub(crate) async fn read(
        &self,
        credentials: &Credentials,
        url: &Url,
        at: &'static str,
    ) -> Result<Value, Failure> {
        // The refresh token stands for the grant; access tokens come and go.
        let grant = credentials.refresh_token.as_ref().unwrap_or(&credentials.access_token);
        let grant = SecretHash::of(grant.expose());
        let answer = self.http.get_within(url, &credentials.access_token, &self.budget, grant).await?;
        wire::read(&answer, at)
    }

    /// The accounts of the grant, by their numbers.
    pub(crate) async fn numbers(&self, credentials: &Credentials) -> Result<Vec<Number>, Failure> {
        let url = self.trader(&["accounts", "accountNumbers"])?;
        let answer = self.read(credentials, &url, "account numbers").await?;
        let rows = answer.as_array().ok_or(ProviderError::Malformed { at: "account numbers" })?;
        let number = |row| {
            let (number, hash) = (lenient::text(row, "accountNumber")?, lenient::text(row, "hashValue")?);
            Some(Number { number, hash })
        };
        Ok(rows.iter().filter_map(number).collect())
    }

    /// The users' own names of their accounts, by number. They are not worth failing for, unless the failure
    /// passes: a name should not come and go.
    async fn nicknames(&self, credentials: &Credentials) -> Result<HashMap<String, String>, ProviderError> {
        let url = self.trader(&["userPreference"])?;
        let answer = match self.read(credentials, &url, "user preferences").await {
            Ok(answer) => answer,
            Err(Failure::Provider(
                error @ (ProviderError::Unavailable
                | ProviderError::RateLimited { .. }
                | ProviderError::AccessTokenRejected),
            )) => return Err(error),
            Err(failure) => {
                let error = ProviderError::from(failure);
                tracing::warn!(%error, "no names of accounts");
                return Ok(HashMap::new());
            }
        };
        Ok(map::nicknames(&answer))
    }
}

#[async_trait]
impl AccountsFeed for SchwabProvider {
    async fn accounts(&self, credentials: &Credentials) -> Result<PulledAccounts, ProviderError> {
        let mut url = self.trader(&["accounts"])?;
        url.query_pairs_mut().append_pair("fields", "positions");
        let answer = self.read(credentials, &url, "accounts").await?;
        let entries = map::entries(&answer).ok_or(ProviderError::Malformed { at: "accounts" })?;
        if entries.is_empty() {
            return Ok(PulledAccounts::default());
        }
        let numbers = self.numbers(credentials).await?;
        let nicknames = self.nicknames(credentials).await?;
        let now = self.clock.now();
        let mut accounts = Vec::with_capacity(entries.len());
        let mut gaps = Vec::new();
        for entry in entries {
            let number = map::number(entry);
            let known = number.as_ref().and_then(|number| numbers.iter().find(|one| one.number == *number));
            let Some(known) = known else {
                tracing::warn!("an account without an identifier was left out");
                let mask =
                    number.as_deref().and_then(mask_number).unwrap_or_else(|| "without a number".to_owned());
                gaps.push(format!("The account {mask} was left out: it has no identifier to ask for it by."));
                continue;
            };
            if !self.doubts.believe(About::Balance, &known.hash, map::balance_contradicts(entry), now) {
                tracing::warn!("a balance of zero contradicts the positions");
                return Err(ProviderError::Unavailable);
            }
            let nickname = nicknames.get(&known.number).map(String::as_str);
            accounts.push(map::account(entry, &known.number, &known.hash, nickname, now));
        }
        if accounts.is_empty() {
            // None of them can be told from the others: not an empty list, but no usable one.
            return Err(ProviderError::Malformed { at: "account numbers" });
        }
        Ok(PulledAccounts { accounts, gaps })
    }

    fn read_account(&self, raw: &str) -> Result<PulledAccount, String> {
        map::kept_account(&lenient::kept_json(raw)?, self.clock.now())
    }
}

#[async_trait]
impl HoldingsFeed for SchwabProvider {
    async fn holdings(
        &self,
        credentials: &Credentials,
        account: &str,
    ) -> Result<PulledHoldings, ProviderError> {
        let mut url = self.trader(&["accounts", account])?;
        url.query_pairs_mut().append_pair("fields", "positions");
        let answer = self.read(credentials, &url, "positions").await?;
        let entries = map::entries(&answer).unwrap_or_default();
        let [entry] = entries.as_slice() else { return Err(ProviderError::Malformed { at: "positions" }) };
        let now = self.clock.now();
        if !self.doubts.believe(About::Positions, account, map::positions_contradict(entry), now) {
            tracing::warn!("missing positions contradict the balances");
            return Err(ProviderError::Unavailable);
        }
        map::holdings(entry)
    }

    fn read_holding(&self, _account: Currency, raw: &str) -> Result<PulledHolding, String> {
        map::kept_holding(&lenient::kept_json(raw)?)
    }
}
