//! Which server, and how.

use std::time::Duration;

use dashtam_domain::{delivery::MAIL_LIMIT, secret::SecretText};
use lettre::transport::smtp::{
    client::{Certificate, TlsParameters},
    extension::ClientId,
};

use crate::ses::ses_password;

/// How the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Begins in the clear and must turn to TLS before anything is said (RFC 3207), usually on port 587.
    StartTls,
    /// TLS from the first byte (RFC 8314), usually on port 465.
    Tls,
    /// None. Whoever sees the network reads the password and the links.
    None,
}

/// Where mails are handed over, and how long that may take.
#[derive(Debug, Clone)]
pub struct SmtpOptions {
    /// Name of the server; its certificate has to be for this name.
    pub host: String,
    /// The port of the mail server.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// The user and the password, if the server wants them.
    pub credentials: Option<(String, SecretText)>,
    /// How we introduce ourselves; the name of this machine when `None`.
    pub hello_name: Option<String>,
    /// Certificates (PEM) to trust besides those of the system.
    pub authorities: Option<String>,
    /// The longest time until a connection is ready for a mail.
    pub connect_timeout: Duration,
    /// The longest time for one mail, with its connection.
    pub send_timeout: Duration,
    /// The most connections at once.
    pub connections: usize,
}

/// Why a mailer cannot work with these options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnusableSmtp {
    /// The name of the mail server cannot be used.
    #[error("the name of the mail server cannot be used")]
    Host,
    /// The authorities are not certificates in PEM form.
    #[error("the file of additional authorities holds no certificate in PEM form, or a broken one")]
    Authorities,
    /// The name of this machine cannot follow `EHLO`.
    #[error("the name for EHLO must be a domain name")]
    HelloName,
    /// A time limit or the number of connections is out of range.
    #[error("a time limit or the number of connections is out of range")]
    Limits,
}

const END_OF_CERTIFICATE: &str = "-----END CERTIFICATE-----";

impl SmtpOptions {
    /// A server with STARTTLS, 10 s to connect, 30 s for a mail, and four connections at once.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            encryption: Encryption::StartTls,
            credentials: None,
            hello_name: None,
            authorities: None,
            connect_timeout: Duration::from_secs(10),
            send_timeout: Duration::from_secs(30),
            connections: 4,
        }
    }

    /// Amazon SES in a region, with the access key of a user who may send. Keys of roles do not work: AWS makes no
    /// SMTP password of a temporary key.
    pub fn ses(region: &str, access_key_id: &str, secret_access_key: &SecretText) -> Self {
        let password = ses_password(secret_access_key, region);
        Self {
            credentials: Some((access_key_id.to_owned(), password)),
            ..Self::new(format!("email-smtp.{region}.amazonaws.com"), 587)
        }
    }

    pub(super) fn tls(&self) -> Result<Option<TlsParameters>, UnusableSmtp> {
        let limits = [self.connect_timeout, self.send_timeout];
        if limits.iter().any(|limit| limit.is_zero() || *limit > MAIL_LIMIT) || self.connections == 0 {
            return Err(UnusableSmtp::Limits);
        }
        if self.host.is_empty() || self.host.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(UnusableSmtp::Host);
        }
        let mut tls = TlsParameters::builder(self.host.clone());
        if let Some(pem) = &self.authorities {
            // The library reads the first certificate of a text only.
            let (complete, _) = pem.rsplit_once(END_OF_CERTIFICATE).ok_or(UnusableSmtp::Authorities)?;
            for one in complete.split(END_OF_CERTIFICATE) {
                let one = format!("{}\n{END_OF_CERTIFICATE}\n", one.trim());
                let authority = Certificate::from_pem(one.as_bytes());
                tls = tls.add_root_certificate(authority.map_err(|_| UnusableSmtp::Authorities)?);
            }
        }
        if self.encryption == Encryption::None {
            return Ok(None);
        }
        tls.build().map(Some).map_err(|_| UnusableSmtp::Authorities)
    }

    pub(super) fn hello(&self) -> Result<ClientId, UnusableSmtp> {
        match &self.hello_name {
            None => Ok(ClientId::default()),
            Some(name)
                if !name.is_empty()
                    && name
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')) =>
            {
                Ok(ClientId::Domain(name.clone()))
            }
            Some(_) => Err(UnusableSmtp::HelloName),
        }
    }
}
