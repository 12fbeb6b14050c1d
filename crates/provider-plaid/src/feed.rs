//! Reading accounts and positions.

use std::sync::Arc;

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        AccountsFeed, Credentials, HoldingsFeed, ProviderError, PulledAccount, PulledAccounts, PulledHolding,
        PulledHoldings,
    },
    money::Currency,
    secret::SecretHash,
};
use dashtam_provider_kit::{
    lenient::{called, kept_json, text},
    plain_text,
};
use serde_json::Value;

use crate::{
    PlaidProvider, Product,
    api::with_token,
    map::{account, holding},
    recent::Told,
    refusal::Refusal,
};

const ACCOUNTS: &str = "accounts";
const HOLDINGS: &str = "holdings";
/// Longer names of banks are cut to this length.
const NAME: usize = 200;

/// Whether the item has this, as far as Plaid said.
pub(crate) fn has(credentials: &Credentials, product: Product) -> bool {
    let mut granted = credentials.scope.as_deref().unwrap_or_default().split_whitespace();
    granted.any(|granted| granted == product.as_str())
}

/// Rows of an answer; a list that is not there cannot be told from one that was lost.
pub(crate) fn rows<'a>(
    answer: &'a Value,
    field: &'static str,
    at: &'static str,
) -> Result<&'a [Value], ProviderError> {
    let rows = answer.get(field).and_then(Value::as_array);
    rows.map(Vec::as_slice).ok_or(ProviderError::Malformed { at })
}

impl PlaidProvider {
    /// What is owed, where Plaid says it. Accounts are told without it too.
    async fn liabilities(&self, credentials: &Credentials) -> Option<Value> {
        if !has(credentials, Product::Liabilities) {
            return None;
        }
        let body = with_token(&credentials.access_token);
        match self.ask(&["liabilities", "get"], &body, "liabilities").await {
            Ok(answer) => answer.get("liabilities").cloned(),
            Err(refusal) => {
                tracing::debug!(error = %refusal.error, "nothing is told of liabilities");
                None
            }
        }
    }

    /// The holdings of all accounts of an item, asked for once in a synchronisation.
    async fn told(&self, credentials: &Credentials) -> Result<Told, ProviderError> {
        if !has(credentials, Product::Investments) {
            return Ok(None);
        }
        let item = SecretHash::of(credentials.access_token.expose());
        let now = self.clock.now();
        if let Some(told) = self.recent.get(&item, now) {
            return Ok(told);
        }
        let body = with_token(&credentials.access_token);
        let told = match self.ask(&["investments", "holdings", "get"], &body, HOLDINGS).await {
            Ok(answer) => Some(Arc::new(answer)),
            // What is known stays.
            Err(refusal) if refusal.is_without() || refusal.is_not_ready() => None,
            Err(refusal) => return Err(refusal.error),
        };
        self.recent.keep(item, told.clone(), now);
        Ok(told)
    }
}

#[async_trait]
impl AccountsFeed for PlaidProvider {
    /// The balances are those that Plaid has stored: to ask the bank for them costs the operator money each time.
    async fn accounts(&self, credentials: &Credentials) -> Result<PulledAccounts, ProviderError> {
        self.recent.forget(&SecretHash::of(credentials.access_token.expose()));
        let answer = self.ask(&[ACCOUNTS, "get"], &with_token(&credentials.access_token), ACCOUNTS).await?;
        let item = answer.get("item").unwrap_or(&Value::Null);
        // Plaid goes on telling what it has of an item to which it has no access any more.
        if let Some(Refusal { error: ProviderError::NeedsReauthorization, .. }) =
            item.get("error").and_then(Refusal::of)
        {
            return Err(ProviderError::NeedsReauthorization);
        }
        let institution = text(item, "institution_name").map(|name| plain_text(&name, NAME));
        let institution = institution.filter(|name| !name.is_empty());
        let liabilities = self.liabilities(credentials).await.unwrap_or_default();
        let mut told = PulledAccounts::default();
        for row in rows(&answer, ACCOUNTS, ACCOUNTS)? {
            let rate = text(row, "account_id").and_then(|id| account::rate(&liabilities, &id));
            let read = account::read(row, rate, institution.as_deref()).and_then(|account| {
                let twice = told.accounts.iter().any(|known| known.external_id == account.external_id);
                if twice { Err("account_id stands for two accounts".to_owned()) } else { Ok(account) }
            });
            match read {
                Ok(account) => told.accounts.push(account),
                Err(reason) => {
                    tracing::warn!(reason, "an account was refused");
                    let which = called(row, &["name", "account_id"]);
                    told.gaps.push(format!("The account {which} could not be read: {reason}."));
                }
            }
        }
        Ok(told)
    }

    fn read_account(&self, raw: &str) -> Result<PulledAccount, String> {
        account::kept(&kept_json(raw)?)
    }
}

#[async_trait]
impl HoldingsFeed for PlaidProvider {
    async fn holdings(
        &self,
        credentials: &Credentials,
        account: &str,
    ) -> Result<PulledHoldings, ProviderError> {
        let Some(answer) = self.told(credentials).await? else { return Ok(PulledHoldings::Untold) };
        let is_of = |row: &&Value| text(row, "account_id").as_deref() == Some(account);
        // An account that is not in the list is none of those that hold something.
        if !rows(&answer, ACCOUNTS, HOLDINGS)?.iter().any(|row| is_of(&row)) {
            return Ok(PulledHoldings::Untold);
        }
        let mut holdings: Vec<PulledHolding> = Vec::new();
        let mut gaps = Vec::new();
        for row in rows(&answer, HOLDINGS, HOLDINGS)?.iter().filter(is_of) {
            let security = holding::security_of(row, &answer);
            let read = holding::read(row, security).and_then(|holding| {
                let twice = holdings.iter().any(|known| known.external_id == holding.external_id);
                if twice { Err("security_id stands for two positions".to_owned()) } else { Ok(holding) }
            });
            match read {
                Ok(holding) => holdings.push(holding),
                Err(reason) => {
                    tracing::warn!(reason, "a position was refused");
                    let which = called(security.unwrap_or(row), &["ticker_symbol", "name", "security_id"]);
                    gaps.push(format!("The position {which} could not be read: {reason}."));
                }
            }
        }
        Ok(PulledHoldings::Told { holdings, gaps })
    }

    fn read_holding(&self, _account: Currency, raw: &str) -> Result<PulledHolding, String> {
        holding::kept(&kept_json(raw)?)
    }
}
