//! Mails through the HTTP API of Amazon SES (version 2, `SendEmail` with a raw message).
//!
//! Unlike SES's SMTP interface it takes the short-lived credentials of a role. Where an installation names none of its
//! own, AWS's library finds them in its usual places: the environment, profiles, web identities (EKS), container
//! credentials (ECS, EKS) and the instance's metadata (EC2), and renews them before they expire.

mod connector;
mod failure;
mod options;

use std::{sync::Arc, time::SystemTime};

use async_trait::async_trait;
use aws_config::{
    BehaviorVersion, default_provider::credentials::DefaultCredentialsChain, provider_config::ProviderConfig,
};
use aws_sdk_sesv2::{
    Client,
    config::{Config, Credentials, Region, SharedCredentialsProvider, retry::RetryConfig},
    primitives::Blob,
    types::{Destination, EmailContent, RawMessage},
};
use aws_smithy_async::time::TimeSource;
use dashtam_domain::{
    delivery::{MailError, Mailer, Receipt, mail::Mail},
    sources::Clock,
};
use tokio::{
    sync::{OnceCell, Semaphore},
    time::timeout,
};

use crate::{
    message::{Encoding, Sender, compose, has_ascii_addresses},
    reply::tame,
};
use connector::{Http, Left};
use failure::failure;
pub use options::{AccessKey, SesApiOptions, UnusableSesApi};

/// [`Mailer`] over the HTTP API of Amazon SES.
///
/// SES puts a `Message-ID` of its own in the place of ours, as it does over SMTP.
pub struct SesApiMailer {
    options: SesApiOptions,
    sender: Sender,
    clock: Arc<dyn Clock>,
    http: Http,
    client: OnceCell<Client>,
    permits: Semaphore,
}

impl SesApiMailer {
    /// A mailer with these options. Nothing is connected and no credentials are looked for until the first mail.
    pub fn new(
        options: SesApiOptions,
        sender: Sender,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, UnusableSesApi> {
        options.check()?;
        let http = Http::new(options.connect_timeout, options.authorities.as_deref())?;
        let permits = Semaphore::new(options.connections);
        Ok(Self { options, sender, clock, http, client: OnceCell::new(), permits })
    }

    async fn client(&self) -> &Client {
        self.client.get_or_init(|| self.connect()).await
    }

    async fn connect(&self) -> Client {
        let region = Region::new(self.options.region.clone());
        let credentials = match &self.options.access_key {
            Some(key) => SharedCredentialsProvider::new(Credentials::new(
                key.id.clone(),
                key.secret.expose(),
                key.session_token.as_ref().map(|token| token.expose().to_owned()),
                None,
                "settings",
            )),
            None => {
                let places = ProviderConfig::without_region()
                    .with_region(Some(region.clone()))
                    .with_http_client(self.http.clone())
                    .with_time_source(Time(self.clock.clone()));
                let chain = DefaultCredentialsChain::builder().region(region.clone()).configure(places);
                SharedCredentialsProvider::new(chain.build().await)
            }
        };
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(region)
            .credentials_provider(credentials)
            .http_client(self.http.clone())
            .time_source(Time(self.clock.clone()))
            // The outbox tries again, and knows what may have been sent.
            .retry_config(RetryConfig::disabled());
        if let Some(endpoint) = &self.options.endpoint {
            config = config.endpoint_url(endpoint.as_str());
        }
        Client::from_conf(config.build())
    }

    /// Hands one mail over. `left` tells whether SES may have it.
    async fn hand_over(&self, mail: &Mail, left: &Left) -> Result<Receipt, MailError> {
        let closed = |_| MailError::Transient("the mailer was closed".to_owned());
        let _permit = self.permits.acquire().await.map_err(closed)?;
        // SES takes no parts with 8-bit letters through this API, and has no SMTPUTF8.
        let message = compose(mail, &self.sender, self.clock.now(), Encoding::Ascii)?;
        if !has_ascii_addresses(&message) {
            let reason = "Amazon SES takes no addresses with letters beyond ASCII before the @";
            return Err(MailError::Permanent(reason.to_owned()));
        }
        let to = message.envelope().to().iter().map(ToString::to_string).collect();
        let raw = RawMessage::builder().data(Blob::new(message.formatted())).build();
        let raw = raw.map_err(|error| MailError::Permanent(tame(&error.to_string())))?;
        let request = self
            .client()
            .await
            .send_email()
            .destination(Destination::builder().set_to_addresses(Some(to)).build())
            .content(EmailContent::builder().raw(raw).build())
            .customize();
        let noticed = left.clone();
        let sent = request.mutate_request(move |request| request.add_extension(noticed.clone())).send().await;
        let taken = sent.map_err(|error| failure(&error, left.is_set()))?;
        Ok(Receipt(tame(&format!("SES took it as {}", taken.message_id().unwrap_or("(unnamed)")))))
    }
}

#[async_trait]
impl Mailer for SesApiMailer {
    async fn send(&self, mail: &Mail) -> Result<Receipt, MailError> {
        let left = Left::default();
        match timeout(self.options.send_timeout, self.hand_over(mail, &left)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let reason = format!("no answer within {} s", self.options.send_timeout.as_secs());
                Err(if left.is_set() { MailError::Uncertain(reason) } else { MailError::Transient(reason) })
            }
        }
    }
}

impl std::fmt::Debug for SesApiMailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SesApiMailer").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Our clock, for signatures and for the end of credentials.
#[derive(Clone)]
struct Time(Arc<dyn Clock>);

impl TimeSource for Time {
    fn now(&self) -> SystemTime {
        self.0.now().as_chrono().into()
    }
}

impl std::fmt::Debug for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Time")
    }
}
