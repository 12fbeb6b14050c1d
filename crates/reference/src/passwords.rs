//! Password hashes that came along from the reference system.

use std::{ops::RangeInclusive, sync::Arc};

use async_trait::async_trait;
use dashtam_domain::identity::{HashError, PasswordHash, PasswordHasher, PasswordMatch, PlainPassword};
use dashtam_security::Argon2Hasher;

/// The work factors that are verified: each step doubles the time, and 15 is already seconds.
const COSTS: RangeInclusive<u32> = 4..=15;
/// bcrypt reads this much of a password; the rest never counted.
const INPUT: usize = 72;

/// [`PasswordHasher`] that makes today's hashes and also verifies the reference system's, which are bcrypt. Each of
/// those is reported as outdated, so that the next sign-in replaces it.
///
/// The work is done in the turns of today's hasher: both kinds together are bounded in how much runs and waits.
#[derive(Debug)]
pub struct ReferencePasswords {
    today: Arc<Argon2Hasher>,
}

impl ReferencePasswords {
    /// Hands everything that is not bcrypt on to `today`.
    pub fn new(today: Arc<Argon2Hasher>) -> Self {
        Self { today }
    }

    /// Whether a stored hash is not of today's kind, so that the next correct sign-in replaces it.
    pub fn needs_rehash(&self, hash: &PasswordHash) -> bool {
        is_bcrypt(hash.as_str()) || self.today.needs_rehash(hash)
    }
}

#[async_trait]
impl PasswordHasher for ReferencePasswords {
    async fn hash(&self, password: &PlainPassword) -> Result<PasswordHash, HashError> {
        self.today.hash(password).await
    }

    async fn verify(
        &self,
        password: &PlainPassword,
        hash: &PasswordHash,
    ) -> Result<PasswordMatch, HashError> {
        if !is_bcrypt(hash.as_str()) {
            return self.today.verify(password, hash).await;
        }
        let (password, hash) = (password.clone(), hash.clone());
        let verify = move || {
            let input = password.expose().as_bytes();
            bcrypt::verify(&input[..input.len().min(INPUT)], hash.as_str()).unwrap_or(false)
        };
        Ok(PasswordMatch { right: self.today.in_turn(verify).await?, outdated: true })
    }

    async fn waste(&self, password: &PlainPassword) -> Result<(), HashError> {
        self.today.waste(password).await
    }
}

/// Whether this is `$2a$`, `$2b$` or `$2y$` with a work factor that an honest hash has.
fn is_bcrypt(text: &str) -> bool {
    let rest = ["$2a$", "$2b$", "$2y$"].iter().find_map(|prefix| text.strip_prefix(prefix));
    rest.and_then(|rest| rest.split_once('$')).is_some_and(|(cost, digest)| {
        let two_digits = cost.len() == 2 && cost.bytes().all(|digit| digit.is_ascii_digit());
        let cost_fits = two_digits && cost.parse().is_ok_and(|cost| COSTS.contains(&cost));
        cost_fits && digest.len() == 53
    })
}

#[cfg(test)]
mod tests;
