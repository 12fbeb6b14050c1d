//! What stands in for the outside: a mailbox, a clock that is ahead, and a bank.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use dashtam_api::Readiness;
use dashtam_domain::{
    connections::{
        AuthorizationGrant, AuthorizationRequest, Credentials, Feature, Hint, HintError, HintMessage,
        HintsFeed, Linking, OAuthLink, Provider, ProviderDescriptor, ProviderError, ProviderType, Revocation,
    },
    delivery::{
        MailError, Mailer, Receipt,
        mail::{Mail, MailContent},
    },
    inspection::{Finding, FindingState, Inspector},
    secret::SecretText,
    sources::Clock,
    time::Timestamp,
    webhook::{WebhookAnswer, WebhookFailure, WebhookMessage, WebhookSender, WebhookUrl},
};
use url::Url;

/// Links and codes.
#[derive(Default)]
pub(super) struct Mailbox(pub(super) Mutex<Vec<(String, Url)>>, pub(super) Mutex<Vec<(String, String)>>);

#[async_trait]
impl Mailer for Mailbox {
    async fn send(&self, mail: &Mail) -> Result<Receipt, MailError> {
        let link = match &mail.content {
            MailContent::VerifyEmail { link, .. }
            | MailContent::ResetPassword { link, .. }
            | MailContent::LoginLink { link, .. }
            | MailContent::Invitation { link, .. }
            | MailContent::ConfirmEmail { link, .. } => Some(link),
            MailContent::FactorCode { code, .. } => {
                self.1.lock().unwrap().push((mail.to.as_str().to_owned(), code.expose().to_owned()));
                None
            }
            MailContent::NewClient { not_me, .. } => Some(not_me),
            MailContent::EmailChanged { undo, .. } => Some(undo),
            MailContent::DeletionScheduled { cancel, .. } => Some(cancel),
            MailContent::SecondFactorResetRequested { keep, .. } => Some(keep),
            _ => None,
        };
        if let Some(link) = link {
            self.0.lock().unwrap().push((mail.to.as_str().to_owned(), link.clone()));
        }
        Ok(Receipt(String::new()))
    }
}

/// An endpoint at `https://hooks.example` that takes every message.
#[derive(Default)]
pub(crate) struct Endpoint(pub(crate) Mutex<Vec<WebhookMessage>>);

#[async_trait]
impl WebhookSender for Endpoint {
    fn admits(&self, url: &WebhookUrl) -> bool {
        url.as_str().starts_with("https://hooks.example/")
    }

    async fn send(&self, message: &WebhookMessage) -> Result<WebhookAnswer, WebhookFailure> {
        self.0.lock().unwrap().push(message.clone());
        Ok(WebhookAnswer { status: 200, retry_after: None, body: "<thanks>".to_owned() })
    }
}

/// A clock that is ahead of another.
pub(super) struct Later {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) by: chrono::TimeDelta,
}

impl Clock for Later {
    fn now(&self) -> Timestamp {
        self.clock.now().plus(self.by)
    }
}

/// A database that is well as long as the test says so.
pub(super) struct Health(pub(super) Arc<AtomicBool>);

#[async_trait]
impl Readiness for Health {
    async fn database(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Finds a disk that is well and a mail server that is not.
pub(super) struct Looks;

#[async_trait]
impl Inspector for Looks {
    async fn look(&self, _: Timestamp) -> Vec<Finding> {
        let disk = Finding {
            check: "disk",
            state: FindingState::Ok,
            found: "7 MiB free at /data".to_owned(),
            remedy: None,
        };
        let mail = Finding {
            check: "mail",
            state: FindingState::Failed,
            found: "<b onload=x>mail.example</b>:25 cannot be reached".to_owned(),
            remedy: Some("look at mail.host".to_owned()),
        };
        vec![disk, mail]
    }
}

/// A bank that takes the code `good` and is out of order for `down`.
pub(super) struct Bank(ProviderDescriptor);

impl Bank {
    pub(super) fn new(key: &str, missing: Option<&str>) -> Self {
        Self(ProviderDescriptor {
            key: key.parse().unwrap(),
            name: "Example Bank".to_owned(),
            provider_type: ProviderType::Banking,
            description: "A bank for tests.".to_owned(),
            icon_url: None,
            features: vec![Feature::Oauth2, Feature::Accounts],
            missing_configuration: missing.map(str::to_owned),
        })
    }
}

impl Provider for Bank {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.0
    }

    fn linking(&self) -> Linking<'_> {
        Linking::OAuth(self)
    }

    fn hints(&self) -> Option<&dyn HintsFeed> {
        Some(self)
    }
}

/// Proves by a header which bytes it sent, as far as they are text; `down` cannot be proven for now.
#[async_trait]
impl HintsFeed for Bank {
    async fn read(&self, message: &HintMessage, _: Timestamp) -> Result<Hint, HintError> {
        assert_eq!(message.header("authorization"), None, "what is ours is not handed on");
        match message.header("x-bank-proof") {
            Some("down") => Err(ProviderError::Unavailable.into()),
            Some(proof) if proof.as_bytes() == message.body => Ok(Hint::Nothing),
            _ => Err(HintError::Unproven),
        }
    }
}

#[async_trait]
impl OAuthLink for Bank {
    async fn authorization_url(
        &self,
        request: &AuthorizationRequest,
        _now: Timestamp,
    ) -> Result<Url, ProviderError> {
        let pairs = [("state", request.state.expose())];
        Ok(Url::parse_with_params("https://bank.example/authorize", pairs).unwrap())
    }

    async fn exchange(
        &self,
        grant: &AuthorizationGrant,
        now: Timestamp,
    ) -> Result<Credentials, ProviderError> {
        match grant.code.expose() {
            "C0.good@code" => Ok(Credentials {
                access_token: SecretText::new("bank-access-secret"),
                refresh_token: Some(SecretText::new("bank-refresh-secret")),
                id_token: None,
                token_type: "Bearer".to_owned(),
                scope: Some("accounts".to_owned()),
                expires_at: Some(now.plus(chrono::TimeDelta::seconds(1_800))),
                grant_expires_at: Some(now.plus(chrono::TimeDelta::days(7))),
            }),
            "down" => Err(ProviderError::Unavailable),
            _ => Err(ProviderError::Rejected { code: "invalid_grant".to_owned() }),
        }
    }

    async fn refresh(&self, _: &Credentials, _: Timestamp) -> Result<Credentials, ProviderError> {
        Err(ProviderError::Unavailable)
    }

    async fn revoke(&self, _: &Credentials) -> Result<Revocation, ProviderError> {
        Ok(Revocation::Unsupported)
    }
}
