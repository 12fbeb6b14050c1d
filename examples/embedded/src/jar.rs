//! A toy institution: a jar that gets a coin a day, shown to whoever knows its word.

use async_trait::async_trait;
use dashtam_domain::{connections::*, ledger::AccountKind, money::*, secret::SecretText, time::Timestamp};

pub(crate) struct Jar(ProviderDescriptor, Currency);

impl Jar {
    pub(crate) fn new() -> Result<Self, Box<dyn std::error::Error>> {
        Ok(Self(ProviderDescriptor::new("jar".parse()?, "Jar", ProviderType::Banking), "EUR".parse()?))
    }
}

impl Provider for Jar {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.0
    }

    fn linking(&self) -> Linking<'_> {
        Linking::Secret(self)
    }

    fn feeds(&self) -> Feeds<'_> {
        Feeds { accounts: Some(self), transactions: Some(self), ..Feeds::default() }
    }
}

#[async_trait]
impl SecretLink for Jar {
    fn fields(&self) -> &'static [SecretField] {
        &[SecretField { name: "word", label: "Word" }]
    }

    async fn claim(&self, secrets: &[SecretText], _: Timestamp) -> Result<Credentials, ProviderError> {
        let word = secrets.first().filter(|word| word.expose() == "sesame");
        Ok(Credentials::bearer(word.ok_or(ProviderError::NeedsReauthorization)?.clone()))
    }
}

#[async_trait]
impl AccountsFeed for Jar {
    async fn accounts(&self, _: &Credentials) -> Result<PulledAccounts, ProviderError> {
        let jar = PulledAccount::new("jar", "Coins", AccountKind::Savings, self.1);
        Ok(vec![PulledAccount { balance: Some(Decimal::new(3000, 2)), ..jar }].into())
    }
}

#[async_trait]
impl TransactionsFeed for Jar {
    fn history_days(&self) -> i64 {
        30
    }

    async fn transactions(
        &self,
        _: &Credentials,
        asked: &PageRequest,
    ) -> Result<TransactionPage, ProviderError> {
        let window = asked.window;
        let days = (0..window.to.days_since(window.from)).map(|days| window.from.plus_days(days));
        let coin = |day| PulledTransaction::new(format!("{day}"), day, Decimal::ONE, self.1, "A coin");
        Ok(days.map(coin).collect::<Vec<_>>().into())
    }
}
