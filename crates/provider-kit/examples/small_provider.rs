//! Adapter for the Piggy Bank, which shows one list of accounts to whoever has a key.

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        AccountsFeed, Credentials, Feature, Feeds, Linking, Provider, ProviderDescriptor, ProviderError,
        ProviderKeyError, ProviderType, PulledAccount, PulledAccounts, SecretField, SecretLink, SentJson,
    },
    ledger::{AccountKind, AccountTerms, BalanceParts},
    money::Currency,
    secret::SecretText,
    time::Timestamp,
};
use dashtam_provider_kit::{
    Client,
    lenient::{decimal, required_text},
};
use serde_json::Value;
use url::Url;

/// The Piggy Bank.
#[derive(Debug)]
pub struct PiggyProvider {
    descriptor: ProviderDescriptor,
    base_url: Url,
    http: Client,
}

impl PiggyProvider {
    /// The adapter for the bank at this address.
    pub fn new(base_url: Url, http: Client) -> Result<Self, ProviderKeyError> {
        let descriptor = ProviderDescriptor {
            key: "piggy".parse()?,
            name: "Piggy Bank".to_owned(),
            provider_type: ProviderType::Banking,
            description: "Coins. Paste the key from under its lid.".to_owned(),
            icon_url: None,
            features: vec![Feature::Accounts],
            missing_configuration: None,
        };
        Ok(Self { descriptor, base_url, http })
    }

    async fn list(&self, key: &SecretText) -> Result<Vec<Value>, ProviderError> {
        let url = self.base_url.join("accounts").map_err(|_| ProviderError::Malformed { at: "address" })?;
        let answer = self.http.get(&url, key).await?;
        match answer.status {
            200 => {
                serde_json::from_slice(&answer.body).map_err(|_| ProviderError::Malformed { at: "accounts" })
            }
            401 | 403 => Err(ProviderError::NeedsReauthorization),
            status => Err(ProviderError::Rejected { code: format!("http_{status}") }),
        }
    }
}

/// One account. A reason for a refusal names the field, never its value.
fn account(row: &Value) -> Result<PulledAccount, String> {
    Ok(PulledAccount {
        external_id: required_text(row, "id")?,
        institution: None,
        name: required_text(row, "name")?,
        kind: AccountKind::Savings,
        currency: required_text(row, "currency")?
            .parse::<Currency>()
            .map_err(|why| format!("currency {why}"))?,
        mask: None,
        balance: decimal(row, "balance")?,
        available: None,
        parts: BalanceParts::default(),
        terms: AccountTerms::default(),
        as_of: None,
        raw: SentJson::default(),
    })
}

impl Provider for PiggyProvider {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn linking(&self) -> Linking<'_> {
        Linking::Secret(self)
    }

    fn feeds(&self) -> Feeds<'_> {
        Feeds { accounts: Some(self), ..Feeds::default() }
    }
}

#[async_trait]
impl SecretLink for PiggyProvider {
    fn fields(&self) -> &'static [SecretField] {
        &[SecretField { name: "key", label: "Key" }]
    }

    async fn claim(&self, secrets: &[SecretText], _now: Timestamp) -> Result<Credentials, ProviderError> {
        let key = secrets.first().ok_or(ProviderError::NeedsReauthorization)?;
        // An answer proves that the key is good.
        self.list(key).await?;
        Ok(Credentials {
            access_token: key.clone(),
            refresh_token: None,
            id_token: None,
            token_type: "Bearer".to_owned(),
            scope: None,
            expires_at: None,
            grant_expires_at: None,
        })
    }
}

#[async_trait]
impl AccountsFeed for PiggyProvider {
    async fn accounts(&self, credentials: &Credentials) -> Result<PulledAccounts, ProviderError> {
        let mut told = PulledAccounts::default();
        for row in &self.list(&credentials.access_token).await? {
            match account(row) {
                Ok(account) => told.accounts.push(account),
                // With a gap, accounts that are not shown are not taken for closed.
                Err(reason) => told.gaps.push(format!("An account could not be read: {reason}.")),
            }
        }
        Ok(told)
    }
}
// The crate ends here; what follows makes the file an example.

#[allow(dead_code, reason = "the test has its own beginning")]
fn main() {}
