//! Lists and counts of sessions.

use std::{cmp::Reverse, collections::HashSet};

use dashtam_domain::{
    id::UserId,
    identity::{ApiKeyNotice, Familiarity, Session, SessionKey, Transport},
    page::{Limit, Page},
    secret::SecretHash,
    time::Timestamp,
};

use crate::{mark::Mark, rows::StoredSession, table, tables::Tables};

/// The owner's sessions that are good at this instant: API keys, or the others.
fn live(
    tables: &Tables,
    owner: UserId,
    keys: bool,
    now: Timestamp,
) -> impl DoubleEndedIterator<Item = &Session> {
    let mine = tables.sessions.marked(&Mark::Owner(owner));
    let good = move |row: &&StoredSession| {
        let version = row.session.token_version;
        tables.snapshot(row).is_some_and(|snapshot| snapshot.admits(version, now))
    };
    mine.filter(move |row| (row.session.transport == Transport::ApiKey) == keys)
        .filter(good)
        .map(|row| &row.session)
}

pub(super) fn page(
    tables: &Tables,
    owner: UserId,
    now: Timestamp,
    after: Option<SessionKey>,
    limit: Limit,
) -> Page<Session, SessionKey> {
    let place = |session: &Session| (Reverse(session.last_seen_at), Reverse(session.id));
    let after = after.map(|key| (Reverse(key.last_seen_at), Reverse(key.id)));
    let live = live(tables, owner, false, now).filter(|session| Some(place(session)) > after);
    let key = |last: &Session| SessionKey { last_seen_at: last.last_seen_at, id: last.id };
    table::page_by(live, place, limit, key)
}

pub(super) fn api_keys(tables: &Tables, owner: UserId, now: Timestamp) -> Vec<Session> {
    live(tables, owner, true, now).rev().cloned().collect()
}

pub(super) fn count(tables: &Tables, owner: UserId, now: Timestamp) -> u64 {
    live(tables, owner, false, now).count() as u64
}

pub(super) fn trusts(tables: &Tables, owner: UserId, fingerprint: &SecretHash, now: Timestamp) -> bool {
    live(tables, owner, false, now).any(|session| session.is_trusted && session.fingerprint == *fingerprint)
}

pub(super) fn due_key_notices(tables: &Tables, now: Timestamp, limit: u32) -> Vec<ApiKeyNotice> {
    let due = tables.sessions.marked(&Mark::Notice).filter(|row| row.session.ended.is_none());
    let due = due.filter_map(|row| {
        let StoredSession { session, notice_due_at, .. } = row;
        let due_at = notice_due_at.filter(|due| *due <= now)?;
        Some(ApiKeyNotice { key: session.id, owner: session.user, due_at, expires_at: session.expires_at })
    });
    let mut due: Vec<ApiKeyNotice> = due.collect();
    due.sort_unstable_by_key(|notice| (notice.due_at, notice.key));
    due.truncate(limit as usize);
    due
}

pub(super) fn familiarity(tables: &Tables, owner: UserId, device: &str, network: &str) -> Familiarity {
    let mut mine = tables.sessions.marked(&Mark::Owner(owner)).peekable();
    if mine.peek().is_none() {
        Familiarity::First
    } else if mine.any(|row| row.began_in(device, network)) {
        Familiarity::Known
    } else {
        Familiarity::New
    }
}

pub(super) fn below(tables: &Tables, version: i32, now: Timestamp) -> (u64, u64) {
    let below = tables.sessions.iter().map(|row| &row.session).filter(|session| {
        session.global_version < version && session.ended.is_none() && session.expires_at >= now
    });
    let users: Vec<UserId> = below.map(|session| session.user).collect();
    (users.len() as u64, users.into_iter().collect::<HashSet<_>>().len() as u64)
}
