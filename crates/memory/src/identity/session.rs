//! [`SessionRepository`] and [`RefreshRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{SessionId, UserId},
    identity::{
        Activity, ApiKeyInserted, ApiKeyNotice, Assurance, EndReason, OtherClient, Reauthentication,
        RefreshGeneration, RefreshRepository, Session, SessionNote, SessionRepository, SessionSnapshot,
        Transport,
    },
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};

use crate::{
    mark::{Mark, hash_key},
    rows::StoredSession,
    tables::Tables,
    unit::Unit,
};

/// Adds a session of a user that is there.
pub(super) fn add(tables: &mut Tables, session: &Session) -> Result<(), StoreError> {
    tables.needs_user(session.user)?;
    let held = session.credential.map(|hash| Mark::Hash(hash_key(&hash)));
    if held.is_some_and(|held| tables.sessions.first(&held).is_some()) {
        return Err(StoreError::Database("another session is held by this credential".into()));
    }
    tables.sessions.add(StoredSession::new(session))
}

/// Whether this owner has the session and it has not ended.
fn runs(owner: UserId) -> impl Fn(&StoredSession) -> bool {
    move |row| row.session.user == owner && row.session.ended.is_none()
}

fn ends(reason: EndReason, now: Timestamp) -> impl Fn(&mut StoredSession) {
    move |row| row.session.ended = Some((now, reason))
}

impl Unit {
    /// Ends sessions of this owner, and remembers which they were; how many.
    fn end_sessions(
        &mut self,
        owner: UserId,
        which: impl Fn(&StoredSession) -> bool,
        reason: EndReason,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let ended = self.run(|tables| {
            let mine = tables.sessions.marked(&Mark::Owner(owner));
            let ended: Vec<SessionId> = mine.filter(|row| which(row)).map(|row| row.session.id).collect();
            for id in &ended {
                tables.sessions.change(id, |_| true, ends(reason, now));
            }
            Ok(ended)
        })?;
        let count = ended.len() as u64;
        self.to_tell.ended.extend(ended.into_iter().map(|session| (owner, session)));
        Ok(count)
    }
}

#[async_trait]
impl SessionRepository for Unit {
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError> {
        self.run(|tables| add(tables, session))
    }

    async fn end(
        &mut self,
        owner: UserId,
        id: SessionId,
        reason: EndReason,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let which = |row: &StoredSession| runs(owner)(row) && row.session.id == id;
        Ok(self.end_sessions(owner, which, reason, now)? == 1)
    }

    async fn find(&mut self, id: SessionId) -> Result<Option<SessionSnapshot>, StoreError> {
        self.run(|tables| Ok(tables.sessions.get(&id).and_then(|row| tables.snapshot(row))))
    }

    async fn end_all(
        &mut self,
        owner: UserId,
        spared: Option<SessionId>,
        with_api_keys: bool,
        reason: EndReason,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let which = |row: &StoredSession| {
            runs(owner)(row)
                && row.session.expires_at >= now
                && Some(row.session.id) != spared
                && (with_api_keys || row.session.transport != Transport::ApiKey)
        };
        self.end_sessions(owner, which, reason, now)
    }

    async fn end_one_factor(
        &mut self,
        owner: UserId,
        spared: SessionId,
        reason: EndReason,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let which = |row: &StoredSession| {
            runs(owner)(row)
                && row.session.id != spared
                && row.session.transport != Transport::ApiKey
                && row.session.assurance == Assurance::OneFactor
        };
        self.end_sessions(owner, which, reason, now)
    }

    async fn note(&mut self, owner: UserId, id: SessionId, note: &SessionNote) -> Result<bool, StoreError> {
        let which = |row: &StoredSession| runs(owner)(row) && row.session.transport != Transport::ApiKey;
        self.run(|tables| {
            Ok(tables.sessions.change(&id, which, |row| {
                if let Some(label) = &note.label {
                    row.session.label.clone_from(label);
                }
                row.session.is_trusted = note.is_trusted.unwrap_or(row.session.is_trusted);
            }))
        })
    }

    async fn note_other_client(
        &mut self,
        id: SessionId,
        fingerprint: &SecretHash,
    ) -> Result<OtherClient, StoreError> {
        self.run(|tables| {
            let Some(last) = tables.sessions.get(&id).map(|row| row.other_client) else {
                return Ok(OtherClient::Noted);
            };
            let news = |row: &StoredSession| row.other_client != Some(*fingerprint);
            let noted = tables.sessions.change(&id, news, |row| row.other_client = Some(*fingerprint));
            Ok(match last {
                None => OtherClient::First,
                Some(_) if noted => OtherClient::Another,
                Some(_) => OtherClient::Noted,
            })
        })
    }

    async fn reauthenticate(
        &mut self,
        owner: UserId,
        id: SessionId,
        proof: &Reauthentication,
    ) -> Result<bool, StoreError> {
        self.run(|tables| {
            Ok(tables.sessions.change(&id, runs(owner), |row| {
                row.session.authenticated_at = proof.at;
                row.session.assurance = proof.assurance;
                row.session.credential = proof.credential.or(row.session.credential);
            }))
        })
    }

    async fn insert_key(&mut self, key: &Session, now: Timestamp) -> Result<ApiKeyInserted, StoreError> {
        self.run(|tables| super::api_key::insert(tables, key, now))
    }

    async fn replace_key(
        &mut self,
        owner: UserId,
        id: SessionId,
        by: SessionId,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let is_replaced =
            self.run(|tables| Ok(super::api_key::replace(tables, (owner, id), by, until, now)))?;
        if is_replaced && until.is_none() {
            self.to_tell.ended.push((owner, id));
        }
        Ok(is_replaced)
    }

    async fn settle_key_notice(
        &mut self,
        notice: &ApiKeyNotice,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let same = |row: &StoredSession| {
            row.session.user == notice.owner
                && row.notice_due_at == Some(notice.due_at)
                && row.session.expires_at == notice.expires_at
        };
        self.run(|tables| Ok(tables.sessions.change(&notice.key, same, |row| row.notice_due_at = next)))
    }

    async fn record_activity(&mut self, activities: &[Activity]) -> Result<(), StoreError> {
        self.run(|tables| {
            for Activity { session, calls, last_seen } in activities {
                tables.sessions.change(
                    session,
                    |_| true,
                    |row| {
                        row.session.api_calls += calls;
                        // What is stored beyond that was seen by a clock that was ahead.
                        let ahead = row.session.last_seen_at > last_seen.plus(Timestamp::SKEW);
                        let stored = if ahead { *last_seen } else { row.session.last_seen_at };
                        row.session.last_seen_at = stored.max(*last_seen);
                    },
                );
            }
            Ok(())
        })
    }
}

#[async_trait]
impl RefreshRepository for Unit {
    async fn insert(&mut self, generation: &RefreshGeneration) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_session(generation.session)?;
            tables.generations.add(generation.clone())
        })
    }

    async fn find(&mut self, hash: &SecretHash) -> Result<Option<RefreshGeneration>, StoreError> {
        self.run(|tables| Ok(tables.generations.get(&hash_key(hash)).cloned()))
    }

    async fn consume(&mut self, hash: &SecretHash, now: Timestamp) -> Result<bool, StoreError> {
        self.run(|tables| {
            let unused = |generation: &RefreshGeneration| generation.used_at.is_none();
            Ok(tables.generations.change(&hash_key(hash), unused, |row| row.used_at = Some(now)))
        })
    }
}
