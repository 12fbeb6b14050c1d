//! Sign-ins that wait for their second factor.

use async_trait::async_trait;
use chrono::TimeDelta;

use crate::{
    id::{ChallengeId, UserId},
    identity::{EmailChallenge, Transport, User},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
    words::words,
};

words! {
/// What a sign-in began with.
FirstFactor {
    /// The right password.
    Password = "password",
    /// A link mailed to the account's address.
    LoginLink = "login_link",
    /// A session whose holder proves again who it is.
    Session = "session",
}
}

/// A sign-in whose first factor was right and whose second one is still to be shown. Nothing but the second step takes
/// its token, and there is no session yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Its id.
    pub id: ChallengeId,
    /// Who wants to sign in.
    pub user: UserId,
    /// SHA-256 of its token.
    pub hash: SecretHash,
    /// What was right.
    pub first_factor: FirstFactor,
    /// What the first factor was checked against, see [`Challenge::stamp`].
    pub stamp: SecretHash,
    /// How the session will be held.
    pub transport: Transport,
    /// Whether the session will survive a week without a request.
    pub long_lived: bool,
    /// When the first factor was shown.
    pub created_at: Timestamp,
    /// Last instant the second one is taken (inclusive).
    pub expires_at: Timestamp,
    /// Codes tried so far.
    pub attempts: i32,
    /// When the second factor was right.
    pub consumed_at: Option<Timestamp>,
    /// The code that was mailed, if one was.
    pub code: Option<MailedCode>,
}

/// A code that was mailed for a challenge. It works as long as its challenge does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailedCode {
    /// Keyed hash of the challenge's id and the code.
    pub hash: SecretHash,
    /// How many codes were mailed; each takes the place of the one before.
    pub sends: i32,
    /// When the last one was.
    pub sent_at: Timestamp,
}

impl Challenge {
    /// How long the second factor is waited for.
    pub const LIFETIME: TimeDelta = TimeDelta::minutes(5);
    /// So many codes are looked at.
    pub const ATTEMPTS: i32 = 5;
    /// So many codes are mailed.
    pub const SENDS: i32 = 3;
    /// The least time between two mailed codes.
    pub const RESEND_PAUSE: TimeDelta = TimeDelta::seconds(60);

    /// A fingerprint of everything a first factor is checked against. It is another one as soon as the password, the
    /// address, the kind of second factor or the version of anybody's tokens changes, and a challenge that was made
    /// before is worth nothing then.
    pub fn stamp(user: &User, global_version: i32) -> SecretHash {
        let password = user.password.as_ref().map_or("", |hash| hash.as_str());
        SecretHash::of(&format!(
            "dashtam/challenge/v1 {} {global_version} {} {} {password}",
            user.token_version,
            user.second_factor.as_str(),
            user.email.canonical(),
        ))
    }

    /// Whether a code may still be tried.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.consumed_at.is_none() && self.expires_at >= now && self.attempts < Self::ATTEMPTS
    }

    /// What a code by mail is checked against.
    pub fn mailed(&self) -> Option<EmailChallenge> {
        self.code.map(|code| EmailChallenge { id: self.id.0, hash: code.hash, expires_at: self.expires_at })
    }

    /// How many more codes are looked at.
    pub fn attempts_left(&self) -> u32 {
        u32::try_from(Self::ATTEMPTS - self.attempts).unwrap_or(0)
    }

    /// Whole seconds until it ends.
    pub fn seconds_left(&self, now: Timestamp) -> i64 {
        self.expires_at.since(now).num_seconds().max(0)
    }
}

/// Challenges, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ChallengeRepository: Send {
    /// Adds a challenge.
    async fn insert(&mut self, challenge: &Challenge) -> Result<(), StoreError>;
    /// Counts a try at the open challenge with this token, in one guarded statement and before the code is looked at:
    /// the challenge with this try in it, or `None` when it is unknown, used, past its end or exhausted. Of any number
    /// of racing callers [`Challenge::ATTEMPTS`] get it.
    async fn attempt(&mut self, hash: &SecretHash, now: Timestamp) -> Result<Option<Challenge>, StoreError>;
    /// Uses up a challenge that is neither used nor past its end, in one guarded statement; whether this caller was
    /// the one.
    async fn consume(&mut self, id: ChallengeId, now: Timestamp) -> Result<bool, StoreError>;
    /// Puts another mailed code in the place of the last one, in one guarded statement: only where one was mailed, at
    /// most [`Challenge::SENDS`] times, each [`Challenge::RESEND_PAUSE`] after the one before. Whether it did.
    async fn resend(
        &mut self,
        id: ChallengeId,
        code: &SecretHash,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{PasswordHash, SecondFactorKind};

    #[test]
    fn the_stamp_changes_with_everything_a_first_factor_depends_on() {
        let now = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let user = User::register(
            UserId(uuid::Uuid::nil()),
            "ada@example.com".parse().unwrap(),
            "Ada".parse().unwrap(),
            PasswordHash::new("x"),
            now,
        );
        let stamp = Challenge::stamp(&user, 1);
        let same = User { name: "Bob".parse().unwrap(), revision: 7, is_active: false, ..user.clone() };
        assert_eq!(Challenge::stamp(&same, 1), stamp);
        for other in [
            User { password: Some(PasswordHash::new("y")), ..user.clone() },
            User { password: None, ..user.clone() },
            User { token_version: 2, ..user.clone() },
            User { second_factor: SecondFactorKind::Totp, ..user.clone() },
            User { email: "bob@example.com".parse().unwrap(), ..user.clone() },
        ] {
            assert_ne!(Challenge::stamp(&other, 1), stamp);
        }
        assert_ne!(Challenge::stamp(&user, 2), stamp);
    }
}
