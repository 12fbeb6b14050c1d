//! How else an account is reached: a phone number for people, and another name to sign in by.

use std::str::FromStr;

use crate::identity::EmailAddress;

/// Why a text is not a phone number or a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    /// Not a phone number.
    #[error("must be an optional + and 7 to 15 digits")]
    Phone,
    /// Not a login.
    #[error(
        "must be 3 to 64 of the characters a-z, 0-9, '.', '_' and '-', with a letter or digit at both ends"
    )]
    Login,
}

/// A phone number: an optional `+`, then 7 to 15 digits (E.164). Blanks, dots, hyphens and parentheses are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone(String);

impl Phone {
    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Phone {
    type Err = ContactError;

    fn from_str(text: &str) -> Result<Self, ContactError> {
        let kept: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')')).collect();
        let digits = kept.strip_prefix('+').unwrap_or(&kept);
        let right = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        right.then_some(Self(kept)).ok_or(ContactError::Phone)
    }
}

/// Another name to sign in by: lower case, never with an `@`, so that it shadows no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginName(String);

impl LoginName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LoginName {
    type Err = ContactError;

    fn from_str(text: &str) -> Result<Self, ContactError> {
        let text = text.trim().to_ascii_lowercase();
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let inner = |b: u8| plain(b) || matches!(b, b'.' | b'_' | b'-');
        let right = (3..=64).contains(&text.len())
            && text.bytes().all(inner)
            && text.bytes().next().is_some_and(plain)
            && text.bytes().last().is_some_and(plain);
        right.then_some(Self(text)).ok_or(ContactError::Login)
    }
}

impl LoginName {
    /// An address that nobody has (RFC 2606 keeps `.invalid` free): wrong passwords for a name that nobody has are counted
    /// on it, like those for an unknown address.
    pub fn nobodys_address(&self) -> Option<EmailAddress> {
        format!("{}@login.invalid", self.0).parse().ok()
    }
}

/// What people say they are when they sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identifier {
    /// An address.
    Email(EmailAddress),
    /// The other name, which never has an `@`.
    Login(LoginName),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_and_logins_are_written_in_one_way() {
        assert_eq!("+1 (234) 567-8901".parse::<Phone>().unwrap().as_str(), "+12345678901");
        for wrong in ["", "+", "123456", "1234567890123456", "12345678x", "++1234567"] {
            assert_eq!(wrong.parse::<Phone>(), Err(ContactError::Phone), "{wrong}");
        }
        assert_eq!(" Ada.Lovelace ".parse::<LoginName>().unwrap().as_str(), "ada.lovelace");
        let long = "a".repeat(65);
        for wrong in ["ab", ".ada", "ada-", "a@b", "a b", "ad\u{e4}m", &long] {
            assert_eq!(wrong.parse::<LoginName>(), Err(ContactError::Login), "{wrong}");
        }
    }
}
