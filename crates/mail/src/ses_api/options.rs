//! Which region, whose credentials, and how long.

use std::time::Duration;

use dashtam_domain::{delivery::MAIL_LIMIT, secret::SecretText};
use url::{Host, Url};

/// An access key that is given, where none is to be looked for.
#[derive(Debug, Clone)]
pub struct AccessKey {
    /// The id, known as `AWS_ACCESS_KEY_ID`.
    pub id: String,
    /// The secret, known as `AWS_SECRET_ACCESS_KEY`.
    pub secret: SecretText,
    /// `AWS_SESSION_TOKEN`, which belongs to the keys of roles and ends with them.
    pub session_token: Option<SecretText>,
}

/// Where mails are handed over, and how long that may take.
#[derive(Debug, Clone)]
pub struct SesApiOptions {
    /// The region of AWS, such as `eu-central-1`.
    pub region: String,
    /// Whose key signs; that of this machine's role when `None`.
    pub access_key: Option<AccessKey>,
    /// Another address of the API, such as that of a VPC endpoint.
    pub endpoint: Option<Url>,
    /// Certificates (PEM) to trust besides those of the system.
    pub authorities: Option<String>,
    /// The longest time to connect.
    pub connect_timeout: Duration,
    /// The longest time for one mail, with the search for credentials.
    pub send_timeout: Duration,
    /// The most mails that are sent at once.
    pub connections: usize,
}

/// Why a mailer cannot work with these options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnusableSesApi {
    /// The address is not https: whoever reads the network would read the mails.
    #[error("the address of the SES API must begin with https://, unless it is on this machine")]
    Endpoint,
    /// The authorities are not certificates in PEM form.
    #[error("the file of additional authorities holds no certificate in PEM form, or a broken one")]
    Authorities,
    /// The TLS library did not start.
    #[error("the HTTP client cannot be made")]
    Http,
    /// A time limit or the number of connections is out of range.
    #[error("a time limit or the number of connections is out of range")]
    Limits,
}

impl SesApiOptions {
    /// A region with the role of this machine, 10 s to connect, 30 s for a mail, and four mails at once.
    pub fn new(region: impl Into<String>) -> Self {
        Self {
            region: region.into(),
            access_key: None,
            endpoint: None,
            authorities: None,
            connect_timeout: Duration::from_secs(10),
            send_timeout: Duration::from_secs(30),
            connections: 4,
        }
    }

    pub(super) fn check(&self) -> Result<(), UnusableSesApi> {
        let limits = [self.connect_timeout, self.send_timeout];
        if limits.iter().any(|limit| limit.is_zero() || *limit > MAIL_LIMIT) || self.connections == 0 {
            return Err(UnusableSesApi::Limits);
        }
        let is_safe = |url: &Url| match url.scheme() {
            "https" => url.host().is_some(),
            "http" => is_this_machine(url),
            _ => false,
        };
        if self.endpoint.as_ref().is_some_and(|url| !is_safe(url)) {
            return Err(UnusableSesApi::Endpoint);
        }
        Ok(())
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
