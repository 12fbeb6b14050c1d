//! Passwords: the rule they obey, and the two forms they exist in.

use std::fmt;

use crate::{
    identity::{EmailAddress, PersonName},
    secret::SecretText,
};

use super::common::is_common;

/// Fewest characters of a password.
pub const MIN_PASSWORD: usize = 8;
/// Most characters of a password; longer ones are refused, never cut.
pub const MAX_PASSWORD: usize = 128;
/// The special characters that count as one.
pub(super) const SPECIALS: &str = "!@#$%^&*()_+-=[]{}|;:,.<>?";
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
        match broken_rules(text, email, name).next() {
            Some(rejection) => Err(rejection),
            None => Ok(Self(SecretText::new(text))),
        }
    }

    /// A password that obeys the rule by how it was made.
    pub(in crate::identity) fn made(text: String) -> Self {
        Self(SecretText::new(text))
    }

    /// The password, for the hasher.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// Every rule that a new password for the account with this address and name breaks, in the order in which they are
/// told.
pub(super) fn broken_rules<'a>(
    text: &'a str,
    email: &'a EmailAddress,
    name: &'a PersonName,
) -> impl Iterator<Item = PasswordRejection> + 'a {
    use PasswordRejection as No;
    let length = text.chars().take(MAX_PASSWORD + 1).count();
    let has = |test: fn(char) -> bool| text.chars().any(test);
    let rules: [(bool, No); 6] = [
        (length >= MIN_PASSWORD, No::TooShort),
        (length <= MAX_PASSWORD, No::TooLong),
        (has(|c| c.is_ascii_uppercase()), No::NoUppercase),
        (has(|c| c.is_ascii_lowercase()), No::NoLowercase),
        (has(is_decimal_digit), No::NoDigit),
        (has(|c| SPECIALS.contains(c)), No::NoSpecial),
    ];
    let lower = if length <= MAX_PASSWORD { text.to_lowercase() } else { String::new() };
    let common = is_common(&lower).then_some(No::Common);
    let personal = is_personal(&lower, email, name).then_some(No::Personal);
    rules.into_iter().filter(|(kept, _)| !kept).map(|(_, broken)| broken).chain(common).chain(personal)
}

/// The zeros of the decimal digits of every script (Unicode 14, general category Nd); nine more follow each.
const ZEROS: &[u32] = &[
    0x0030, 0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
    0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30,
    0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0,
    0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec,
    0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/// Whether this is a decimal digit of any script. Fractions and Roman numerals are numeric and no digits.
fn is_decimal_digit(c: char) -> bool {
    let code = u32::from(c);
    let after = ZEROS.partition_point(|zero| *zero <= code);
    after.checked_sub(1).is_some_and(|before| code - ZEROS[before] < 10)
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
            ("Margaret1!", Some(No::Common)),
            ("Margaret9x!", Some(No::Personal)),
            ("Hamilton2026!", Some(No::Personal)),
            ("Correct-Horse-7", None),
            ("Ünïcödé-Pass-٣", None),
            ("Half-A-Horse-½", Some(No::NoDigit)),
            ("P@ssw0rd123!", Some(No::Common)),
            ("Summer2026!", Some(No::Common)),
        ] {
            assert_eq!(PlainPassword::chosen(text, &email, &name).err(), expected, "{text}");
        }
    }
}
