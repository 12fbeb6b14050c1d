//! A bank with pages of its own, whose users do what the test says.

use std::sync::Mutex;

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        Credentials, Feature, HostedGrant, HostedLink, HostedOutcome, HostedRequest, HostedSession, Linking,
        Provider, ProviderDescriptor, ProviderError, ProviderType, Revocation,
    },
    secret::SecretText,
    time::Timestamp,
};

/// What its user does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    /// Nothing yet.
    Nothing,
    /// Consents.
    Consents,
    /// Gives up.
    GivesUp,
    /// The bank is out of order.
    Breaks,
}

pub(crate) struct PagesBank {
    descriptor: ProviderDescriptor,
    pub(crate) user: Mutex<Does>,
}

impl PagesBank {
    pub(crate) fn new() -> Self {
        let key = "pages".parse().unwrap();
        let mut descriptor = ProviderDescriptor::new(key, "Bank of Pages", ProviderType::Aggregator);
        descriptor.features = vec![Feature::HostedLink, Feature::Accounts];
        Self { descriptor, user: Mutex::new(Does::Nothing) }
    }

    pub(crate) fn user_does(&self, what: Does) {
        *self.user.lock().unwrap() = what;
    }

    fn does(&self) -> Does {
        *self.user.lock().unwrap()
    }
}

impl Provider for PagesBank {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn linking(&self) -> Linking<'_> {
        Linking::Hosted(self)
    }
}

#[async_trait]
impl HostedLink for PagesBank {
    async fn begin(&self, request: &HostedRequest, now: Timestamp) -> Result<HostedSession, ProviderError> {
        if self.does() == Does::Breaks {
            return Err(ProviderError::Unavailable);
        }
        let mut url: url::Url = "https://pages.example/open".parse().unwrap();
        url.query_pairs_mut().append_pair("state", request.state.expose());
        let key = SecretText::new("session-key-secret");
        Ok(HostedSession { url, key, expires_at: now.plus(chrono::TimeDelta::hours(4)) })
    }

    async fn outcome(&self, _key: &SecretText) -> Result<HostedOutcome, ProviderError> {
        match self.does() {
            Does::Nothing => Ok(HostedOutcome::UnderWay),
            Does::Consents => Ok(HostedOutcome::Granted(SecretText::new("grant-secret"))),
            Does::GivesUp => Ok(HostedOutcome::NotGranted),
            Does::Breaks => Err(ProviderError::Unavailable),
        }
    }

    async fn exchange(
        &self,
        _grant: &SecretText,
        _current: Option<&Credentials>,
        _now: Timestamp,
    ) -> Result<HostedGrant, ProviderError> {
        let credentials = Credentials::bearer(SecretText::new("pages-access-secret"));
        Ok(HostedGrant { credentials, id: None })
    }

    async fn revoke(&self, _current: &Credentials) -> Result<Revocation, ProviderError> {
        Ok(Revocation::Done)
    }
}
