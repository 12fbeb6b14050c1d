#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

use std::time::Duration;

use async_trait::async_trait;
use dashtam_domain::webhook::{
    ANSWER_KEPT, WebhookAnswer, WebhookFailure, WebhookMessage, WebhookSender, WebhookUrl,
};
use dashtam_provider_kit::{AllowedAddresses, Client, GuardedClient, PostError};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// How long an endpoint may take to answer.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Where endpoints may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// On the public internet, by TLS on its own port.
    Public,
    /// Anywhere, with TLS or without: for development and tests, and for networks whose users may reach all of them.
    Everywhere,
}

/// Sends messages over HTTP.
#[derive(Debug, Clone)]
pub struct HttpWebhooks {
    client: GuardedClient,
}

impl HttpWebhooks {
    /// A sender with the time to connect of this client.
    pub fn new(client: &Client, reach: Reach) -> Self {
        let networks = match reach {
            Reach::Public => Vec::new(),
            Reach::Everywhere => vec![IpNet::from(Ipv4Net::default()), IpNet::from(Ipv6Net::default())],
        };
        Self { client: client.guarded(AllowedAddresses::Public, &networks, PATIENCE) }
    }
}

#[async_trait]
impl WebhookSender for HttpWebhooks {
    fn admits(&self, url: &WebhookUrl) -> bool {
        self.client.check(url.as_url()).is_ok()
    }

    async fn send(&self, message: &WebhookMessage) -> Result<WebhookAnswer, WebhookFailure> {
        let headers = [
            ("webhook-id", message.id.to_string()),
            ("webhook-timestamp", message.timestamp.to_string()),
            ("webhook-signature", message.signatures.clone()),
        ];
        let answer = self
            .client
            .post(message.url.as_url(), &headers, message.body.clone(), ANSWER_KEPT)
            .await
            .map_err(|error| match error {
                PostError::NotAllowed => WebhookFailure::AddressNotAllowed,
                PostError::TimedOut => WebhookFailure::TimedOut,
                PostError::Unreachable => WebhookFailure::Unreachable,
            })?;
        let mut body = String::from_utf8_lossy(&answer.body).into_owned();
        // What stands for bytes that are no text is longer than they are.
        body.truncate(body.floor_char_boundary(ANSWER_KEPT));
        Ok(WebhookAnswer { status: answer.status, retry_after: answer.retry_after, body })
    }
}
