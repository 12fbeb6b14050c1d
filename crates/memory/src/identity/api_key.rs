//! The part of [`SessionRepository`](dashtam_domain::identity::SessionRepository) that is about API keys.

use dashtam_domain::{
    id::{SessionId, UserId},
    identity::{ApiKeyInserted, ApiKeyTerms, EndReason, Session, Transport},
    store::StoreError,
    time::Timestamp,
};

use crate::{mark::Mark, rows::StoredSession, tables::Tables};

/// The API keys that stand in the way of another. Racing requests read their clocks in one order and come here in
/// another, so that one which begins a moment later counts as well.
fn held(tables: &Tables, owner: UserId, now: Timestamp) -> impl Iterator<Item = &Session> {
    let keys = tables.sessions.marked(&Mark::Owner(owner));
    keys.filter(move |row| row.session.transport == Transport::ApiKey)
        .filter(move |row| {
            tables.snapshot(row).is_some_and(|mut snapshot| {
                snapshot.session.created_at = snapshot.session.created_at.min(now);
                snapshot.admits(snapshot.session.token_version, now)
            })
        })
        .map(|row| &row.session)
}

fn is_replaced(key: &Session) -> bool {
    key.key.as_ref().is_some_and(|terms| terms.replaced_by.is_some())
}

pub(super) fn insert(
    tables: &mut Tables,
    key: &Session,
    now: Timestamp,
) -> Result<ApiKeyInserted, StoreError> {
    if held(tables, key.user, now).any(|other| other.label == key.label && !is_replaced(other)) {
        return Ok(ApiKeyInserted::NameTaken);
    }
    if held(tables, key.user, now).count() as i64 >= ApiKeyTerms::MOST {
        return Ok(ApiKeyInserted::LimitReached);
    }
    super::session::add(tables, key).map(|()| ApiKeyInserted::New)
}

pub(super) fn replace(
    tables: &mut Tables,
    (owner, id): (UserId, SessionId),
    by: SessionId,
    until: Option<Timestamp>,
    now: Timestamp,
) -> bool {
    let which = |row: &StoredSession| {
        let key = &row.session;
        key.user == owner
            && key.transport == Transport::ApiKey
            && key.ended.is_none()
            && !is_replaced(key)
            && key.expires_at >= now
    };
    tables.sessions.change(&id, which, |row| {
        if let Some(terms) = &mut row.session.key {
            terms.replaced_by = Some(by);
        }
        // Its owner knows that it ends.
        row.notice_due_at = None;
        match until {
            Some(until) => row.session.expires_at = row.session.expires_at.min(until),
            None => row.session.ended = Some((now, EndReason::Replaced)),
        }
    })
}
