//! Institutions, and what came of asking them.

// Whoever stands before a port hands on every method of it: one that is left to its default would hide what the
// institution's own says.
#![warn(clippy::missing_trait_methods)]

use std::sync::Arc;

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        Absence, AccountsFeed, AuthorizationGrant, AuthorizationRequest, Changes, ChangesFeed, Credentials,
        Feeds, GrantedAccount, Hint, HintError, HintMessage, HintsFeed, HoldingsFeed, HostedGrant,
        HostedLink, HostedOutcome, HostedRequest, HostedSession, KeptRow, Linking, OAuthLink, PageRequest,
        Provider, ProviderDescriptor, ProviderError, PulledAccount, PulledAccounts, PulledHolding,
        PulledHoldings, PulledTransaction, Revocation, SecretField, SecretLink, SyncPace, TransactionPage,
        TransactionsFeed,
    },
    money::Currency,
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

    fn hosted(&self) -> Result<&dyn HostedLink, ProviderError> {
        match self.inner.linking() {
            Linking::Hosted(link) => Ok(link),
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
            Linking::Hosted(_) => Linking::Hosted(self),
            other => other,
        }
    }

    fn feeds(&self) -> Feeds<'_> {
        let inner = self.inner.feeds();
        Feeds {
            accounts: inner.accounts.map(|_| self as &dyn AccountsFeed),
            transactions: inner.transactions.map(|_| self as &dyn TransactionsFeed),
            holdings: inner.holdings.map(|_| self as &dyn HoldingsFeed),
            changes: inner.changes.map(|_| self as &dyn ChangesFeed),
        }
    }

    fn hints(&self) -> Option<&dyn HintsFeed> {
        self.inner.hints().map(|_| self as &dyn HintsFeed)
    }
}

#[async_trait]
impl HintsFeed for Watched {
    async fn read(&self, message: &HintMessage, now: Timestamp) -> Result<Hint, HintError> {
        let feed = self.inner.hints().ok_or(ProviderError::Misconfigured)?;
        match feed.read(message, now).await {
            Ok(hint) => Ok(self.count("hint", Ok(hint))?),
            Err(HintError::Provider(error)) => Ok(self.count("hint", Err(error))?),
            // Who sent that is nobody's answer.
            Err(HintError::Unproven) => Err(HintError::Unproven),
        }
    }
}

#[async_trait]
impl OAuthLink for Watched {
    async fn authorization_url(
        &self,
        request: &AuthorizationRequest,
        now: Timestamp,
    ) -> Result<Url, ProviderError> {
        self.count("begin", self.oauth()?.authorization_url(request, now).await)
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
impl HostedLink for Watched {
    async fn begin(&self, request: &HostedRequest, now: Timestamp) -> Result<HostedSession, ProviderError> {
        self.count("begin", self.hosted()?.begin(request, now).await)
    }

    async fn outcome(&self, key: &SecretText) -> Result<HostedOutcome, ProviderError> {
        self.count("outcome", self.hosted()?.outcome(key).await)
    }

    async fn exchange(
        &self,
        grant: &SecretText,
        current: Option<&Credentials>,
        now: Timestamp,
    ) -> Result<HostedGrant, ProviderError> {
        self.count("exchange", self.hosted()?.exchange(grant, current, now).await)
    }

    async fn shows(&self, key: &SecretText) -> Result<Vec<GrantedAccount>, ProviderError> {
        self.count("shows", self.hosted()?.shows(key).await)
    }

    async fn revoke(&self, current: &Credentials) -> Result<Revocation, ProviderError> {
        self.count("revoke", self.hosted()?.revoke(current).await)
    }
}

#[async_trait]
impl ChangesFeed for Watched {
    fn history_days(&self) -> Option<i64> {
        self.inner.feeds().changes.and_then(|feed| feed.history_days())
    }

    async fn changes(
        &self,
        credentials: &Credentials,
        cursor: Option<&str>,
    ) -> Result<Changes, ProviderError> {
        let feed = self.inner.feeds().changes.ok_or(ProviderError::Misconfigured)?;
        self.count("changes", feed.changes(credentials, cursor).await)
    }

    fn read_again(&self, account: Currency, rows: &[KeptRow]) -> Vec<Result<PulledTransaction, String>> {
        self.inner.feeds().changes.map(|feed| feed.read_again(account, rows)).unwrap_or_default()
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

    fn explain(&self, error: &ProviderError) -> Option<&'static str> {
        self.secret().ok()?.explain(error)
    }
}

#[async_trait]
impl AccountsFeed for Watched {
    async fn accounts(&self, credentials: &Credentials) -> Result<PulledAccounts, ProviderError> {
        let feed = self.inner.feeds().accounts.ok_or(ProviderError::Misconfigured)?;
        self.count("accounts", feed.accounts(credentials).await)
    }

    fn read_account(&self, raw: &str) -> Result<PulledAccount, String> {
        let feed = self.inner.feeds().accounts.ok_or("There are no accounts.")?;
        feed.read_account(raw)
    }
}

#[async_trait]
impl TransactionsFeed for Watched {
    fn history_days(&self) -> i64 {
        self.inner.feeds().transactions.map_or(0, |feed| feed.history_days())
    }

    fn absence(&self) -> Absence {
        self.inner.feeds().transactions.map_or(Absence::Removed, |feed| feed.absence())
    }

    async fn transactions(
        &self,
        credentials: &Credentials,
        asked: &PageRequest,
    ) -> Result<TransactionPage, ProviderError> {
        let feed = self.inner.feeds().transactions.ok_or(ProviderError::Misconfigured)?;
        self.count("transactions", feed.transactions(credentials, asked).await)
    }

    fn read_again(&self, account: Currency, rows: &[KeptRow]) -> Vec<Result<PulledTransaction, String>> {
        self.inner.feeds().transactions.map(|feed| feed.read_again(account, rows)).unwrap_or_default()
    }
}

#[async_trait]
impl HoldingsFeed for Watched {
    async fn holdings(
        &self,
        credentials: &Credentials,
        account: &str,
    ) -> Result<PulledHoldings, ProviderError> {
        let feed = self.inner.feeds().holdings.ok_or(ProviderError::Misconfigured)?;
        self.count("holdings", feed.holdings(credentials, account).await)
    }

    fn read_holding(&self, account: Currency, raw: &str) -> Result<PulledHolding, String> {
        let feed = self.inner.feeds().holdings.ok_or("There are no positions.")?;
        feed.read_holding(account, raw)
    }
}
