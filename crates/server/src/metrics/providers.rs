//! Institutions, and what came of asking them.

use std::sync::Arc;

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        Absence, AccountsFeed, AuthorizationGrant, AuthorizationRequest, Credentials, HoldingsFeed, Linking,
        OAuthLink, Provider, ProviderDescriptor, ProviderError, PulledAccounts, PulledHoldings, Revocation,
        SecretField, SecretLink, SyncPace, TransactionPage, TransactionWindow, TransactionsFeed,
    },
    secret::SecretText,
    time::Timestamp,
};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
};
use url::Url;

/// The labels of a request to an institution and of its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Answers {
    provider: String,
    operation: &'static str,
    outcome: &'static str,
}

/// A provider whose answers are counted.
pub(super) struct Watched {
    inner: Arc<dyn Provider>,
    counts: Family<Answers, Counter>,
}

impl Watched {
    pub(super) fn new(inner: Arc<dyn Provider>, counts: Family<Answers, Counter>) -> Self {
        Self { inner, counts }
    }

    fn count<T>(
        &self,
        operation: &'static str,
        answer: Result<T, ProviderError>,
    ) -> Result<T, ProviderError> {
        let provider = self.inner.descriptor().key.to_string();
        let outcome = answer.as_ref().err().map_or("ok", outcome);
        self.counts.get_or_create(&Answers { provider, operation, outcome }).inc();
        answer
    }

    fn oauth(&self) -> Result<&dyn OAuthLink, ProviderError> {
        match self.inner.linking() {
            Linking::OAuth(link) => Ok(link),
            _ => Err(ProviderError::Misconfigured),
        }
    }

    fn secret(&self) -> Result<&dyn SecretLink, ProviderError> {
        match self.inner.linking() {
            Linking::Secret(link) => Ok(link),
            _ => Err(ProviderError::Misconfigured),
        }
    }
}

/// The kind of an error, as a label. The words of institutions would make labels without number.
pub(super) fn outcome(error: &ProviderError) -> &'static str {
    match error {
        ProviderError::NeedsReauthorization => "needs_reauthorization",
        ProviderError::AccessTokenRejected => "access_token_rejected",
        ProviderError::FreshTokenRejected => "fresh_token_rejected",
        ProviderError::RateLimited { .. } => "rate_limited",
        ProviderError::Unavailable => "unavailable",
        ProviderError::Rejected { .. } => "rejected",
        ProviderError::Misconfigured => "misconfigured",
        ProviderError::Malformed { .. } => "malformed",
    }
}

impl Provider for Watched {
    fn pace(&self) -> SyncPace {
        self.inner.pace()
    }

    fn descriptor(&self) -> &ProviderDescriptor {
        self.inner.descriptor()
    }

    fn linking(&self) -> Linking<'_> {
        match self.inner.linking() {
            Linking::OAuth(_) => Linking::OAuth(self),
            Linking::Secret(_) => Linking::Secret(self),
            other => other,
        }
    }

    fn accounts(&self) -> Option<&dyn AccountsFeed> {
        self.inner.accounts().map(|_| self as &dyn AccountsFeed)
    }

    fn transactions(&self) -> Option<&dyn TransactionsFeed> {
        self.inner.transactions().map(|_| self as &dyn TransactionsFeed)
    }

    fn holdings(&self) -> Option<&dyn HoldingsFeed> {
        self.inner.holdings().map(|_| self as &dyn HoldingsFeed)
    }
}

#[async_trait]
impl OAuthLink for Watched {
    fn authorization_url(&self, request: &AuthorizationRequest) -> Result<Url, ProviderError> {
        self.oauth()?.authorization_url(request)
    }

    async fn exchange(
        &self,
        grant: &AuthorizationGrant,
        now: Timestamp,
    ) -> Result<Credentials, ProviderError> {
        self.count("exchange", self.oauth()?.exchange(grant, now).await)
    }

    async fn refresh(&self, current: &Credentials, now: Timestamp) -> Result<Credentials, ProviderError> {
        self.count("refresh", self.oauth()?.refresh(current, now).await)
    }

    async fn revoke(&self, current: &Credentials) -> Result<Revocation, ProviderError> {
        self.count("revoke", self.oauth()?.revoke(current).await)
    }
}

#[async_trait]
impl SecretLink for Watched {
    fn fields(&self) -> &'static [SecretField] {
        self.secret().map_or(&[], |link| link.fields())
    }

    async fn claim(&self, secrets: &[SecretText], now: Timestamp) -> Result<Credentials, ProviderError> {
        self.count("claim", self.secret()?.claim(secrets, now).await)
    }
}

#[async_trait]
impl AccountsFeed for Watched {
    async fn accounts(&self, credentials: &Credentials) -> Result<PulledAccounts, ProviderError> {
        let feed = self.inner.accounts().ok_or(ProviderError::Misconfigured)?;
        self.count("accounts", feed.accounts(credentials).await)
    }
}

#[async_trait]
impl TransactionsFeed for Watched {
    fn history_days(&self) -> i64 {
        self.inner.transactions().map_or(0, |feed| feed.history_days())
    }

    fn absence(&self) -> Absence {
        self.inner.transactions().map_or(Absence::Removed, |feed| feed.absence())
    }

    async fn transactions<'a>(
        &self,
        credentials: &Credentials,
        account: &str,
        window: TransactionWindow,
        page: Option<&'a str>,
    ) -> Result<TransactionPage, ProviderError> {
        let feed = self.inner.transactions().ok_or(ProviderError::Misconfigured)?;
        self.count("transactions", feed.transactions(credentials, account, window, page).await)
    }
}

#[async_trait]
impl HoldingsFeed for Watched {
    async fn holdings(
        &self,
        credentials: &Credentials,
        account: &str,
    ) -> Result<PulledHoldings, ProviderError> {
        let feed = self.inner.holdings().ok_or(ProviderError::Misconfigured)?;
        self.count("holdings", feed.holdings(credentials, account).await)
    }
}
