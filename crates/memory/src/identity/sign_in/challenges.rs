//! [`ChallengeRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::ChallengeId,
    identity::{Challenge, ChallengeRepository, MailedCode},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};

use crate::{
    mark::{Mark, hash_key},
    unit::Unit,
};

#[async_trait]
impl ChallengeRepository for Unit {
    async fn insert(&mut self, challenge: &Challenge) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_user(challenge.user)?;
            if tables.challenges.first(&Mark::Hash(hash_key(&challenge.hash))).is_some() {
                return Err(StoreError::Database("another challenge has this token".into()));
            }
            tables.challenges.add(challenge.clone())
        })
    }

    async fn attempt(&mut self, hash: &SecretHash, now: Timestamp) -> Result<Option<Challenge>, StoreError> {
        self.run(|tables| {
            let found = tables.challenges.first(&Mark::Hash(hash_key(hash)));
            let Some(mut challenge) = found.filter(|challenge| challenge.is_open(now)).cloned() else {
                return Ok(None);
            };
            challenge.attempts += 1;
            tables.challenges.put(challenge.clone());
            Ok(Some(challenge))
        })
    }

    async fn consume(&mut self, id: ChallengeId, now: Timestamp) -> Result<bool, StoreError> {
        let unused = |challenge: &Challenge| challenge.consumed_at.is_none() && challenge.expires_at >= now;
        self.run(|tables| Ok(tables.challenges.change(&id, unused, |row| row.consumed_at = Some(now))))
    }

    async fn resend(
        &mut self,
        id: ChallengeId,
        code: &SecretHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let paused = |last: &MailedCode| last.sent_at <= now.plus(-Challenge::RESEND_PAUSE);
        let may = |challenge: &Challenge| {
            let last = challenge.code.as_ref();
            challenge.is_open(now) && last.is_some_and(|last| last.sends < Challenge::SENDS && paused(last))
        };
        self.run(|tables| {
            Ok(tables.challenges.change(&id, may, |row| {
                let sends = row.code.map_or(0, |last| last.sends) + 1;
                row.code = Some(MailedCode { hash: *code, sends, sent_at: now });
            }))
        })
    }
}
