//! Passwords: the rule they obey, and the two forms they exist in.

use std::fmt;

use crate::secret::SecretText;

use super::{EmailAddress, PersonName};

/// Fewest characters of a password.
pub const MIN_PASSWORD: usize = 8;
/// Most characters of a password; longer ones are refused, never cut.
pub const MAX_PASSWORD: usize = 128;
/// The special characters that count as one.
const SPECIALS: &str = "!@#$%^&*()_+-=[]{}|;:,.<>?";
/// Passwords that satisfy the classes and are tried first by everybody.
const COMMON: &[&str] = &[
    "password1!",
    "password123!",
    "passw0rd!",
    "p@ssw0rd",
    "p@ssword1",
    "p@ssw0rd1",
    "p@ssw0rd123",
    "qwerty123!",
    "welcome1!",
    "welcome123!",
    "admin123!",
    "abc123!@#",
    "abcd1234!",
    "test1234!",
    "changeme1!",
    "letmein1!",
    "iloveyou1!",
    "summer2024!",
    "summer2025!",
    "summer2026!",
    "winter2024!",
    "winter2025!",
    "winter2026!",
    "secret123!",
    "monkey123!",
    "dragon123!",
    "football1!",
    "sunshine1!",
    "princess1!",
    "1qaz2wsx!",
    "1qaz@wsx",
    "qwer1234!",
    "q1w2e3r4!",
    "aa123456!",
    "a1b2c3d4!",
    "hello123!",
    "master123!",
    "dashtam1!",
    "dashtam123!",
];

/// Why a password is not accepted. Holds nothing of the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRejection {
    /// Fewer than [`MIN_PASSWORD`] characters.
    #[error("Password must be at least 8 characters long")]
    TooShort,
    /// More than [`MAX_PASSWORD`] characters.
    #[error("Password must be at most 128 characters long")]
    TooLong,
    /// No `A`–`Z`.
    #[error("Password must contain at least one uppercase letter")]
    NoUppercase,
    /// No `a`–`z`.
    #[error("Password must contain at least one lowercase letter")]
    NoLowercase,
    /// No decimal digit.
    #[error("Password must contain at least one digit")]
    NoDigit,
    /// None of the special characters.
    #[error("Password must contain at least one special character (!@#$%^&*()_+-=[]{{}}|;:,.<>?)")]
    NoSpecial,
    /// Among the passwords that are guessed first.
    #[error("Password is too common")]
    Common,
    /// Built from the account's own e-mail address or name.
    #[error("Password must not be made of your e-mail address or name")]
    Personal,
}

impl PasswordRejection {
    /// Stable slug for field errors.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::NoUppercase => "no_uppercase",
            Self::NoLowercase => "no_lowercase",
            Self::NoDigit => "no_digit",
            Self::NoSpecial => "no_special",
            Self::Common => "too_common",
            Self::Personal => "too_personal",
        }
    }
}

/// A password as typed. Lives only between the edge and the hasher.
#[derive(Clone)]
pub struct PlainPassword(SecretText);

impl PlainPassword {
    /// Wraps what somebody typed at sign-in: no rule applies there, only the length that bounds the work.
    pub fn presented(text: &str) -> Option<Self> {
        let length = text.chars().take(MAX_PASSWORD + 1).count();
        (1..=MAX_PASSWORD).contains(&length).then(|| Self(SecretText::new(text)))
    }

    /// Takes a new password for the account with this address and name, if it obeys the rule. The first
    /// broken rule is named.
    pub fn chosen(text: &str, email: &EmailAddress, name: &PersonName) -> Result<Self, PasswordRejection> {
        use PasswordRejection as No;
        let length = text.chars().take(MAX_PASSWORD + 1).count();
        if length < MIN_PASSWORD {
            return Err(No::TooShort);
        }
        if length > MAX_PASSWORD {
            return Err(No::TooLong);
        }
        if !text.chars().any(|c| c.is_ascii_uppercase()) {
            return Err(No::NoUppercase);
        }
        if !text.chars().any(|c| c.is_ascii_lowercase()) {
            return Err(No::NoLowercase);
        }
        if !text.chars().any(char::is_numeric) {
            return Err(No::NoDigit);
        }
        if !text.chars().any(|c| SPECIALS.contains(c)) {
            return Err(No::NoSpecial);
        }
        let lower = text.to_lowercase();
        if COMMON.contains(&lower.as_str()) {
            return Err(No::Common);
        }
        if is_personal(&lower, email, name) {
            return Err(No::Personal);
        }
        Ok(Self(SecretText::new(text)))
    }

    /// The password, for the hasher.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// Whether what is left of a password without the owner's address and name is too little to protect anything.
fn is_personal(lower: &str, email: &EmailAddress, name: &PersonName) -> bool {
    let (local, domain) = email.canonical().split_once('@').unwrap_or((email.canonical(), ""));
    let name = name.as_str().to_lowercase();
    let words =
        [email.canonical(), local, domain].into_iter().chain(name.split_whitespace()).chain([name.as_str()]);
    words.filter(|word| word.chars().count() >= 4).any(|word| {
        lower.contains(word) && lower.replace(word, "").chars().filter(|c| c.is_alphanumeric()).count() < 5
    })
}

impl fmt::Debug for PlainPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainPassword(…)")
    }
}

/// A stored password hash in PHC or modular-crypt form.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes a stored or freshly made hash.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The stored text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_broken_rule_is_named() {
        use PasswordRejection as No;
        let email: EmailAddress = "Margaret@example.com".parse().unwrap();
        let name: PersonName = "Margaret Hamilton".parse().unwrap();
        let long = format!("Aa1!{}", "x".repeat(125));
        for (text, expected) in [
            ("Aa1!", Some(No::TooShort)),
            (long.as_str(), Some(No::TooLong)),
            ("lowercase1!", Some(No::NoUppercase)),
            ("UPPERCASE1!", Some(No::NoLowercase)),
            ("NoDigits!!", Some(No::NoDigit)),
            ("NoSpecial11", Some(No::NoSpecial)),
            ("NoSpecial1'\"/~`\\", Some(No::NoSpecial)),
            ("Password123!", Some(No::Common)),
            ("Margaret1!", Some(No::Personal)),
            ("Hamilton2026!", Some(No::Personal)),
            ("Correct-Horse-7", None),
            ("Ünïcödé-Pass-٣", None),
        ] {
            assert_eq!(PlainPassword::chosen(text, &email, &name).err(), expected, "{text}");
        }
    }
}
