//! Where an endpoint is.

use std::{fmt, str::FromStr};

use url::Url;

/// The address of an endpoint: `https` or `http`, with a host, without user, password and fragment. Whether it may be
/// reached is the sender's to say.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

impl WebhookUrl {
    /// Longest address, in bytes.
    pub const LONGEST: usize = 2_000;

    /// The address.
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host alone, for people and for the audit trail: what is behind it may hold a secret of the receiver's.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

/// Only the host: paths and queries of such addresses are often secrets.
impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookUrl({})", self.host())
    }
}

/// Why a text is no address of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookUrlError {
    /// Longer than [`WebhookUrl::LONGEST`].
    #[error("must be at most 2000 bytes long")]
    TooLong,
    /// Not an absolute `https` address with a host.
    #[error("must be a whole https address")]
    NoAddress,
    /// It has a user or a password.
    #[error("must not hold a user or a password")]
    Credentials,
    /// It has a fragment, which would never be sent.
    #[error("must not have a fragment")]
    Fragment,
}

impl WebhookUrlError {
    /// Stable slug.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::NoAddress => "invalid",
            Self::Credentials => "credentials",
            Self::Fragment => "fragment",
        }
    }
}

impl FromStr for WebhookUrl {
    type Err = WebhookUrlError;

    fn from_str(text: &str) -> Result<Self, WebhookUrlError> {
        if text.len() > Self::LONGEST {
            return Err(WebhookUrlError::TooLong);
        }
        let url = Url::parse(text.trim()).map_err(|_| WebhookUrlError::NoAddress)?;
        if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
            return Err(WebhookUrlError::NoAddress);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(WebhookUrlError::Credentials);
        }
        if url.fragment().is_some() {
            return Err(WebhookUrlError::Fragment);
        }
        // The parser may have made it longer.
        if url.as_str().len() > Self::LONGEST { Err(WebhookUrlError::TooLong) } else { Ok(Self(url)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_whole_and_holds_no_secret_of_its_own() {
        let read = |text: &str| text.parse::<WebhookUrl>().map(|url| url.as_str().to_owned());
        assert_eq!(read("https://Example.com/hook?a=b"), Ok("https://example.com/hook?a=b".to_owned()));
        assert_eq!(read("http://127.0.0.1:8080"), Ok("http://127.0.0.1:8080/".to_owned()));
        for (text, error) in [
            ("", WebhookUrlError::NoAddress),
            ("/hook", WebhookUrlError::NoAddress),
            ("ftp://example.com/", WebhookUrlError::NoAddress),
            ("https://", WebhookUrlError::NoAddress),
            ("file:///etc/passwd", WebhookUrlError::NoAddress),
            ("https://ann@example.com/", WebhookUrlError::Credentials),
            ("https://:secret@example.com/", WebhookUrlError::Credentials),
            ("https://example.com/#here", WebhookUrlError::Fragment),
        ] {
            assert_eq!(read(text), Err(error), "{text}");
        }
        let long = |length: usize| format!("https://example.com/{}", "a".repeat(length - 20));
        assert!(read(&long(WebhookUrl::LONGEST)).is_ok());
        assert_eq!(read(&long(WebhookUrl::LONGEST + 1)), Err(WebhookUrlError::TooLong));
        assert_eq!(
            read(&format!("https://example.com/{}", "ü".repeat(900))),
            Err(WebhookUrlError::TooLong),
            "its written form is longer"
        );
    }

    #[test]
    fn what_is_logged_is_the_host_alone() {
        let url: WebhookUrl = "https://example.com/hooks/s3cr3t?token=t".parse().unwrap();
        assert_eq!(format!("{url:?}"), "WebhookUrl(example.com)");
    }
}
