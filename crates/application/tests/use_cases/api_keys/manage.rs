//! Keys there are: replaced, revoked and listed.

use chrono::TimeDelta;
use dashtam_application::api_keys::{ApiKeyError, ListApiKeys, RevokeApiKey, RotateApiKey};
use dashtam_domain::{
    call::Call,
    id::SessionId,
    identity::{ActivityLog, ApiKeyInserted, AuditAction, EndReason, SessionSnapshot, Transport, User},
};
use dashtam_testkit::{builders, fakes::Recorder};

use super::{finds_user, inserts, key, knows_the_floor, owner};
use crate::world::{World, assert_line, assert_refused, unkept};

async fn rotated(
    world: &mut World,
    user: &User,
    old: Option<SessionSnapshot>,
    grace_hours: u32,
    replaced: bool,
) -> (Result<dashtam_application::api_keys::MadeKey, ApiKeyError>, Call) {
    knows_the_floor(world);
    let key = old.as_ref().map_or(SessionId(builders::id()), |old| old.session.id);
    let (now, owner) = (world.now, world.owner);
    let until = (grace_hours > 0).then(|| now.plus(TimeDelta::hours(grace_hours.into())));
    let usable = old.as_ref().is_some_and(|old| old.user.id == owner && old.session.ended.is_none());
    let done = replaced && usable;
    world.unit(|unit| {
        finds_user(unit, user);
        unit.sessions.expect_find().times(1).return_once(move |_| Ok(old));
        if usable {
            unit.sessions
                .expect_replace_key()
                .withf(move |of, id, by, end, at| {
                    (*of, *id, *end, *at) == (owner, key, until, now) && *by != key
                })
                .times(1)
                .returning(move |_, _, _, _, _| Ok(replaced));
        }
        if done {
            inserts(unit, ApiKeyInserted::New);
            unit.records_audit();
            unit.records_events();
        }
    });
    let call = world.call();
    (world.build().api_keys().rotate(&call, RotateApiKey { key, grace_hours }, unkept).await, call)
}

#[tokio::test]
async fn a_key_is_replaced_by_one_of_the_same_terms() {
    for grace in [0, 72] {
        let mut world = World::new();
        let user = User { token_version: 1, ..owner(&world) };
        let old = key(&user);
        let (result, _) = rotated(&mut world, &user, Some(old.clone()), grace, true).await;
        let new = result.unwrap().session;
        assert_eq!((&new.label, new.transport), (&old.session.label, Transport::ApiKey));
        let (new_terms, old_terms) = (new.key.unwrap(), old.session.key.unwrap());
        assert_eq!((new_terms.scopes, &new_terms.networks), (old_terms.scopes, &old_terms.networks));
        assert_eq!(new.expires_at, world.now.plus(TimeDelta::days(90)), "as long as the first one's life");
        assert_ne!(new.credential, old.session.credential);
        assert_eq!(world.cache.forgotten(), [old.session.id]);
    }
}

#[tokio::test]
async fn a_key_that_does_not_work_is_not_replaced() {
    let mut world = World::new();
    let user = User { token_version: 1, ..owner(&world) };
    let (result, _) = rotated(&mut world, &user, Some(key(&user)), 1, false).await;
    assert_refused!(result, ApiKeyError::Replaced);
    let mut ended = key(&user);
    ended.session.ended = Some((builders::at(1), EndReason::Revoked));
    for found in [None, Some(ended), Some(key(&builders::user()))] {
        let mut world = World::new();
        let user = User { id: world.owner, ..user.clone() };
        let found = found.map(|mut found| {
            if found.session.ended.is_some() {
                found.user.id = world.owner;
            }
            found
        });
        let (result, _) = rotated(&mut world, &user, found, 1, true).await;
        assert_refused!(result, ApiKeyError::NotFound);
        assert!(world.cache.forgotten().is_empty());
    }
}

#[tokio::test]
async fn a_key_is_revoked_and_forgotten_and_a_session_is_no_key() {
    let user = builders::user();
    for (found, ends, good) in [
        (Some(key(&user)), Some(true), true),
        (Some(key(&user)), Some(false), false),
        (Some(SessionSnapshot { session: builders::session(&user), ..key(&user) }), None, false),
        (None, None, false),
    ] {
        let mut world = World::new();
        let (owner, id) = (world.owner, SessionId(builders::id()));
        let mut lines = Recorder::new();
        let unit = world.unit(|unit| {
            unit.sessions.expect_find().times(1).return_once(move |_| Ok(found));
            if let Some(ended) = ends {
                unit.sessions
                    .expect_end()
                    .withf(move |of, key, reason, _| (*of, *key, *reason) == (owner, id, EndReason::Revoked))
                    .times(1)
                    .returning(move |_, _, _, _| Ok(ended));
            }
            lines = unit.records_audit();
        });
        let call = world.call();
        let result = world.build().api_keys().revoke(&call, RevokeApiKey { key: id }).await;
        assert_eq!(unit.is_committed(), good);
        if good {
            result.unwrap();
            assert_line(&lines.only(), &call, AuditAction::ApiKeyRevoked, owner);
            assert_eq!(world.cache.forgotten(), [id]);
        } else {
            assert_refused!(result, ApiKeyError::NotFound);
        }
    }
}

#[tokio::test]
async fn keys_are_listed_with_what_is_not_yet_written() {
    let mut world = World::new();
    let key = key(&builders::user()).session;
    let (id, owner, now) = (key.id, world.owner, world.now);
    world
        .queries
        .api_keys
        .expect_api_keys()
        .withf(move |of, at| (*of, *at) == (owner, now))
        .times(1)
        .return_once(move |_, _| Ok(vec![key]));
    world.activity.record(id, now);
    let call = world.call();
    let listed = world.build().api_keys().list(&call, ListApiKeys).await.unwrap();
    assert_eq!((listed.len(), listed[0].api_calls, listed[0].last_seen_at), (1, 1, now));
}
