//! Whether a configured secret may protect anything but a developer's own machine.

use std::{collections::HashSet, fmt};

/// A secret has at least this many bytes.
const MIN_BYTES: usize = 32;
/// Fewest different bytes; 32 random hexadecimal digits practically never have fewer.
const MIN_DIFFERENT: usize = 6;
/// Parts of texts that stand in documentation and sample files until somebody replaces them; too long to turn
/// up in a random secret by chance.
const PLACEHOLDERS: [&str; 16] = [
    "change-me",
    "change_me",
    "changeme",
    "replace-me",
    "replace_me",
    "replaceme",
    "placeholder",
    "secret-key",
    "secret_key",
    "secretkey",
    "encryption-key",
    "encryption_key",
    "your-secret",
    "your_secret",
    "insecure",
    "development",
];
/// Values of test vectors, in the spellings somebody might paste.
const PUBLISHED: [&str; 5] = [
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    "aaecawqfbgcicqolda0odxarehmufryxgbkagxwdhh8",
    "xwz4jtuoyjn9g-hasyoqhbfbm29_ho2anairswmkdlu=",
    "dyao5aoadvumrd-bc581ufadddtig--hnxuyikgfjhk=",
    "0123456789abcdef0123456789abcdef",
];

/// What is wrong with a secret, if anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretStrength {
    /// There is nothing wrong that can be seen from outside.
    Acceptable,
    /// It has fewer than 32 bytes.
    TooShort,
    /// It is made of the same few characters over and over.
    Repetitive,
    /// It is a placeholder, or a value that was published somewhere.
    Placeholder,
}

impl SecretStrength {
    /// Judges a secret by its text alone.
    pub fn of(secret: &str) -> Self {
        let lower = secret.to_ascii_lowercase();
        if PLACEHOLDERS.iter().chain(&PUBLISHED).any(|known| lower.contains(known)) {
            return Self::Placeholder;
        }
        if secret.len() < MIN_BYTES {
            return Self::TooShort;
        }
        if secret.bytes().collect::<HashSet<_>>().len() < MIN_DIFFERENT {
            return Self::Repetitive;
        }
        Self::Acceptable
    }

    /// Whether the secret may be used outside development.
    pub fn is_acceptable(self) -> bool {
        self == Self::Acceptable
    }
}

/// Fits behind the name of a setting: "SECRET_KEY must …". Never shows the secret.
impl fmt::Display for SecretStrength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Acceptable => "is acceptable",
            Self::TooShort => "must have at least 32 bytes",
            Self::Repetitive => "must not repeat the same few characters",
            Self::Placeholder => "must not be a placeholder or a value from documentation",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_secrets_are_told_apart() {
        use SecretStrength as Is;
        for (secret, expected) in [
            ("", Is::TooShort),
            ("q7Jd0vXw2mTz9LrYc4Ns8Kp1Hb6Gf3A", Is::TooShort),
            ("q7Jd0vXw2mTz9LrYc4Ns8Kp1Hb6Gf3Ae", Is::Acceptable),
            ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", Is::Acceptable),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Is::Repetitive),
            ("abababababababababababababababababababab", Is::Repetitive),
            ("change-me-in-production-use-secrets-manager", Is::Placeholder),
            ("CHANGE-ME-IN-PRODUCTION-USE-SECRETS-MANAGER!", Is::Placeholder),
            ("secret-key-for-tests", Is::Placeholder),
            ("test-encryption-key-32-chars-long", Is::Placeholder),
            ("your_secret_goes_here_with_32_bytes_or_more", Is::Placeholder),
            ("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", Is::Placeholder),
            ("xWz4JtuoyJN9g-hasYOQHbFBm29_ho2ANaiRswMkDLU=", Is::Placeholder),
        ] {
            assert_eq!(Is::of(secret), expected, "{secret}");
            assert_eq!(Is::of(secret).is_acceptable(), expected == Is::Acceptable);
        }
    }
}
