//! E-mail addresses: kept as typed, found by their canonical form.

use std::{fmt, str::FromStr};

use crate::id::UserId;

/// Why a text is not an e-mail address we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Not `local@domain` by RFC 5321 (without quoted local parts and address literals).
    #[error("must be an e-mail address such as name@example.com")]
    Malformed,
    /// Longer than [`EmailAddress::MAX`] characters.
    #[error("must be at most 128 characters long")]
    TooLong,
}

/// An e-mail address. Equality is that of the canonical form: local part in lower case, domain as
/// lower-case IDNA ASCII. Dots and plus signs keep their meaning.
#[derive(Clone)]
pub struct EmailAddress {
    typed: String,
    canonical: String,
}

impl EmailAddress {
    /// Longest address, in characters.
    pub const MAX: usize = 128;

    /// An address that is nobody's mailbox (RFC 2606), and no other user's.
    pub(super) fn of_nobody(user: UserId) -> Self {
        let canonical = format!("{user}@users.invalid");
        Self { typed: canonical.clone(), canonical }
    }

    /// The address as its owner typed it, trimmed.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// The form that look-ups and uniqueness use.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

impl FromStr for EmailAddress {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let typed = text.trim();
        if typed.chars().count() > Self::MAX {
            return Err(EmailError::TooLong);
        }
        let (local, domain) = typed.split_once('@').ok_or(EmailError::Malformed)?;
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| EmailError::Malformed)?;
        let atom = |c: char| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~-.".contains(c);
        let local_ok = !local.is_empty()
            && local.len() <= 64
            && local.chars().all(atom)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..");
        let labels: Vec<&str> = domain.split('.').collect();
        let domain_ok = labels.len() >= 2
            && domain.len() <= 253
            && labels.iter().all(|l| !l.is_empty() && l.len() <= 63)
            && labels.last().is_some_and(|top| top.bytes().any(|b| b.is_ascii_alphabetic()));
        if !local_ok || !domain_ok {
            return Err(EmailError::Malformed);
        }
        let canonical = format!("{}@{domain}", local.to_lowercase());
        if canonical.chars().count() > Self::MAX {
            return Err(EmailError::TooLong);
        }
        Ok(Self { typed: typed.to_owned(), canonical })
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for EmailAddress {}

/// Redacted: addresses are personal and stay out of logs.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_by_their_canonical_form() {
        let address: EmailAddress = " Ann.Lee+bank@EXAMPLE.com ".parse().unwrap();
        assert_eq!(address.as_str(), "Ann.Lee+bank@EXAMPLE.com");
        assert_eq!(address.canonical(), "ann.lee+bank@example.com");
        assert_eq!(
            "x@bücher.example".parse::<EmailAddress>().unwrap().canonical(),
            "x@xn--bcher-kva.example"
        );
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for text in [
            "",
            "a",
            "a@",
            "@b.c",
            "a@b",
            "a b@c.de",
            "a@b@c.de",
            "a..b@c.de",
            ".a@b.de",
            "a@-b.de",
            "a@b.1",
            "a@[127.0.0.1]",
            "\"a\"@b.de",
            "a@b..de",
            "a\n@b.de",
        ] {
            assert_eq!(text.parse::<EmailAddress>(), Err(EmailError::Malformed), "{text:?}");
        }
        let long = format!("{}@example.com", "a".repeat(120));
        assert_eq!(long.parse::<EmailAddress>(), Err(EmailError::TooLong));
    }
}
