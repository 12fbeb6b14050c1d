//! What else there is to know of passwords: how good one is, what the rule says, and random ones.

use crate::{
    identity::{EmailAddress, PersonName},
    sources::Randomness,
};

use super::rules::{MAX_PASSWORD, MIN_PASSWORD, PasswordRejection, PlainPassword, SPECIALS, broken_rules};

/// How a password fares against the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordStrength {
    /// Every broken rule, in the order in which they are told. Empty: the password is acceptable.
    pub reasons: Vec<PasswordRejection>,
}

impl PasswordStrength {
    /// Judges a password for the account with this address and name.
    pub fn of(text: &str, email: &EmailAddress, name: &PersonName) -> Self {
        Self { reasons: broken_rules(text, email, name).collect() }
    }

    /// Whether the password is acceptable.
    pub fn is_acceptable(&self) -> bool {
        self.reasons.is_empty()
    }

    /// What to tell: the first broken rule, or nothing.
    pub fn message(&self) -> String {
        self.reasons.first().map(ToString::to_string).unwrap_or_default()
    }
}

/// The rule, for people: a heading and a line for each part.
pub fn password_requirements() -> String {
    format!(
        "Password requirements:\n\
         - At least {MIN_PASSWORD} characters long\n\
         - At least one uppercase letter (A-Z)\n\
         - At least one lowercase letter (a-z)\n\
         - At least one digit (0-9)\n\
         - At least one special character ({SPECIALS})"
    )
}

/// No random password of this length: it would break the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a random password must be 8 to 128 characters long")]
pub struct RandomPasswordLength;

const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const DIGITS: &str = "0123456789";
/// The usual length of a random password.
pub const RANDOM_PASSWORD: usize = 16;

/// A random password of this many characters: one of each class, the rest from all of them, every place and every
/// character equally likely.
pub fn generate_random_password(
    length: usize,
    randomness: &dyn Randomness,
) -> Result<PlainPassword, RandomPasswordLength> {
    if !(MIN_PASSWORD..=MAX_PASSWORD).contains(&length) {
        return Err(RandomPasswordLength);
    }
    let mut dice = Dice { randomness, bytes: [0; 32], used: 32 };
    let all = [UPPER, LOWER, DIGITS, SPECIALS].concat();
    let mut text = Vec::with_capacity(length);
    for class in [UPPER, LOWER, DIGITS, SPECIALS] {
        text.push(dice.pick(class.as_bytes()));
    }
    while text.len() < length {
        text.push(dice.pick(all.as_bytes()));
    }
    // Fisher and Yates: every order is equally likely.
    for last in (1..text.len()).rev() {
        text.swap(last, dice.below(last + 1));
    }
    Ok(PlainPassword::made(text.into_iter().map(char::from).collect()))
}

/// Numbers from random bytes, none likelier than another.
struct Dice<'a> {
    randomness: &'a dyn Randomness,
    bytes: [u8; 32],
    used: usize,
}

impl Dice<'_> {
    /// A number below `sides`, which is at most 256. Bytes behind the last whole multiple are thrown again.
    fn below(&mut self, sides: usize) -> usize {
        let fair = 256 - 256 % sides;
        loop {
            if self.used == self.bytes.len() {
                (self.bytes, self.used) = (self.randomness.bytes(), 0);
            }
            let byte = usize::from(self.bytes[self.used]);
            self.used += 1;
            if byte < fair {
                return byte % sides;
            }
        }
    }

    fn pick(&mut self, from: &[u8]) -> u8 {
        from[self.below(from.len())]
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashSet,
        sync::atomic::{AtomicU64, Ordering},
    };

    use sha2::{Digest, Sha256};

    use super::*;

    /// Bytes that are random enough and the same in every run.
    #[derive(Default)]
    struct Hashes(AtomicU64);

    impl Randomness for Hashes {
        fn bytes(&self) -> [u8; 32] {
            Sha256::digest(self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes()).into()
        }
    }

    fn ada() -> (EmailAddress, PersonName) {
        ("ada@example.com".parse().unwrap(), "Ada Lovelace".parse().unwrap())
    }

    #[test]
    fn every_random_password_obeys_the_rule_and_is_another_one() {
        let (email, name) = ada();
        let randomness = Hashes::default();
        let mut seen = HashSet::new();
        for length in [MIN_PASSWORD, RANDOM_PASSWORD, MAX_PASSWORD].into_iter().cycle().take(900) {
            let made = generate_random_password(length, &randomness).unwrap();
            assert_eq!(made.expose().chars().count(), length);
            let strength = PasswordStrength::of(made.expose(), &email, &name);
            assert!(strength.is_acceptable(), "{:?}", strength.reasons);
            assert!(seen.insert(made.expose().to_owned()));
        }
        for length in [0, MIN_PASSWORD - 1, MAX_PASSWORD + 1] {
            assert!(generate_random_password(length, &randomness).is_err());
        }
    }

    #[test]
    fn every_character_turns_up_in_every_place() {
        let randomness = Hashes::default();
        let (mut first, mut all) = (HashSet::new(), HashSet::new());
        for _ in 0..4_000 {
            let made = generate_random_password(MIN_PASSWORD, &randomness).unwrap();
            first.extend(made.expose().chars().next());
            all.extend(made.expose().chars());
        }
        assert_eq!((first.len(), all.len()), (88, 88));
    }

    #[test]
    fn all_broken_rules_are_known_and_the_first_is_told() {
        use PasswordRejection as No;
        let (email, name) = ada();
        let strength = PasswordStrength::of("lovelac", &email, &name);
        assert_eq!(strength.reasons, [No::TooShort, No::NoUppercase, No::NoDigit, No::NoSpecial]);
        assert_eq!(strength.message(), "Password must be at least 8 characters long");
        let good = PasswordStrength::of("Correct-Horse-7", &email, &name);
        assert_eq!((good.is_acceptable(), good.message().as_str()), (true, ""));
    }

    #[test]
    fn the_requirements_are_a_heading_and_a_line_for_each_part() {
        let text = password_requirements();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 6);
        assert!(lines[1..].iter().all(|line| line.starts_with("- ")), "{text}");
        assert!(lines[1].contains('8') && lines[5].contains(SPECIALS), "{text}");
    }
}
