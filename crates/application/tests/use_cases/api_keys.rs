//! API keys: made, replaced, revoked, listed, and told of before they end.

use chrono::TimeDelta;
use dashtam_application::{
    api_keys::{ApiKeyError, CreateApiKey, ListApiKeys, RevokeApiKey, RotateApiKey, TellKeyExpiry},
    delivery::Dispatch,
    errors::CommonError,
};
use dashtam_domain::{
    access::AccessDenied,
    call::{Call, Caller},
    delivery::{OutboxItem, idempotency::Begun, mail::MailContent},
    event::DomainEvent,
    id::SessionId,
    identity::{
        ActivityLog, AuditAction, EndReason, KeyInserted, KeyNotice, KeyTerms, Scope, Scopes, SecurityConfig,
        Session, SessionSnapshot, Transport, User, parse_network,
    },
    secret::{OpaqueSecret, SecretHash, SecretKind},
};
use dashtam_testkit::{builders, fakes::Recorder, mocks::MockUnitOfWork};
use serde_json::json;

use crate::world::{World, assert_line, assert_refused, begins, begins_and_finishes, kept_answer, once};

const DAY: i64 = 86_400;

fn scopes(scopes: &[Scope]) -> Scopes {
    scopes.iter().copied().collect()
}

fn wanted(of: &[Scope]) -> CreateApiKey {
    let networks = vec![parse_network("192.0.2.0/24").unwrap()];
    CreateApiKey { name: "backup job".parse().unwrap(), scopes: scopes(of), days: 90, networks }
}

/// The owner of the world's calls, as the store has it.
fn owner(world: &World) -> User {
    User { id: world.owner, token_version: 3, email_verified_at: Some(builders::at(1)), ..builders::user() }
}

fn knows_the_floor(world: &mut World) {
    let floor = builders::token_floor();
    let config = SecurityConfig { floor, updated_at: builders::at(0), updated_by: None, reason: None };
    world.queries.identity.expect_security_config().returning(move || Ok(config.clone()));
}

fn finds_user(unit: &mut MockUnitOfWork, user: &User) {
    let user = user.clone();
    unit.users.expect_find().times(1).return_once(move |_| Ok(Some(user)));
}

fn inserts(unit: &mut MockUnitOfWork, answer: KeyInserted) -> Recorder<Session> {
    let keys = Recorder::new();
    let seen = keys.clone();
    unit.sessions.expect_insert_key().times(1).returning(move |key, _| {
        seen.push(key.clone());
        Ok(answer)
    });
    keys
}

/// A key of this user that lives for 90 days.
fn key(user: &User) -> SessionSnapshot {
    let terms = KeyTerms {
        scopes: scopes(&[Scope::SyncRun]),
        hint: "AAcJ".to_owned(),
        networks: vec![parse_network("2001:db8::/32").unwrap()],
        replaced_by: None,
    };
    let session = Session {
        transport: Transport::ApiKey,
        label: Some("backup job".parse().unwrap()),
        expires_at: builders::at(90 * DAY),
        credential: Some(SecretHash::of("key")),
        key: Some(terms),
        ..builders::session(user)
    };
    SessionSnapshot { session, user: user.clone(), floor: builders::token_floor() }
}

#[tokio::test]
async fn a_key_is_made_shown_and_told_of() {
    let mut world = World::new();
    let user = owner(&world);
    knows_the_floor(&mut world);
    let (mut keys, mut lines, mut events) = (Recorder::new(), Recorder::new(), Recorder::new());
    let unit = world.unit(|unit| {
        finds_user(unit, &user);
        keys = inserts(unit, KeyInserted::New);
        lines = unit.records_audit();
        events = unit.records_events();
    });
    let call = world.call();
    let request = wanted(&[Scope::AccountsRead, Scope::BalancesRead]);
    let made = world.build().api_keys().create(&call, request).await.unwrap();

    assert!(unit.is_committed());
    let stored = keys.only();
    assert_eq!(made.session, stored);
    assert_eq!((stored.user, stored.transport, stored.long_lived), (user.id, Transport::ApiKey, true));
    assert_eq!(stored.label.as_ref().unwrap().as_str(), "backup job");
    assert_eq!(stored.expires_at, world.now.plus(TimeDelta::days(90)));
    assert_eq!((stored.token_version, stored.global_version, stored.csrf), (3, 1, None));
    assert_eq!((stored.address, stored.user_agent.as_deref()), (call.client.address, Some("Browser/1.0")));
    assert!(world.now.since(stored.authenticated_at) > TimeDelta::days(365), "a program is never fresh");
    let secret = OpaqueSecret::parse(SecretKind::ApiKey, made.secret.expose()).unwrap();
    assert_eq!(stored.credential, Some(secret.hash()));
    let terms = stored.key.unwrap();
    assert_eq!(terms.scopes, scopes(&[Scope::AccountsRead, Scope::BalancesRead]));
    assert!(made.secret.expose().ends_with(&terms.hint) && terms.hint.len() == 4);
    let line = lines.only();
    assert_line(&line, &call, AuditAction::ApiKeyCreated, user.id);
    let key = stored.id.to_string();
    assert_eq!(line.details, json!({"key": key, "scopes": "accounts:read balances:read"}));
    assert_eq!(events.only(), DomainEvent::ApiKeyCreated { user: user.id, key: stored.id });
    assert_eq!(world.signal.rings(), 1);
}

#[tokio::test]
async fn only_administrators_get_the_scopes_of_administrators() {
    for scope in [Scope::AdminRead, Scope::AdminWrite] {
        for administrator in [false, true] {
            let mut world = World::new();
            let user = User { administrator, ..owner(&world) };
            knows_the_floor(&mut world);
            let unit = world.unit(|unit| {
                finds_user(unit, &user);
                if administrator {
                    inserts(unit, KeyInserted::New);
                    unit.records_audit();
                    unit.records_events();
                }
            });
            // What the cached principal says does not decide.
            let call = if administrator { world.call() } else { world.administrator() };
            let made = world.build().api_keys().create(&call, wanted(&[scope, Scope::SyncRun])).await;
            assert_eq!((made.is_ok(), unit.is_committed()), (administrator, administrator));
            if !administrator {
                assert_refused!(made, ApiKeyError::Common(CommonError::Denied(AccessDenied::Forbidden)));
            }
        }
    }
}

#[tokio::test]
async fn a_taken_name_and_a_full_account_are_refused_and_leave_nothing() {
    for answer in [KeyInserted::NameTaken, KeyInserted::LimitReached] {
        let mut world = World::new();
        let user = owner(&world);
        knows_the_floor(&mut world);
        let unit = world.unit(|unit| {
            finds_user(unit, &user);
            inserts(unit, answer);
        });
        let call = world.call();
        let result = world.build().api_keys().create(&call, wanted(&[Scope::SyncRun])).await;
        match answer {
            KeyInserted::NameTaken => assert_refused!(result, ApiKeyError::NameTaken),
            _ => assert_refused!(result, ApiKeyError::LimitReached),
        }
        assert!(!unit.is_committed() && world.signal.rings() == 0);
    }
}

#[tokio::test]
async fn a_repeated_request_makes_no_second_key_and_what_is_kept_is_what_the_edge_shows() {
    let mut world = World::new();
    let user = owner(&world);
    knows_the_floor(&mut world);
    let (scope, mut kept) = (world.user_scope(), Recorder::new());
    let again = scope.clone();
    world.unit(|unit| {
        kept = begins_and_finishes(unit, scope);
        finds_user(unit, &user);
        inserts(unit, KeyInserted::New);
        unit.records_audit();
        unit.records_events();
    });
    world.unit(|unit| begins(unit, again, Begun::Replay(kept_answer())));
    let show = |made: &dashtam_application::api_keys::MadeKey| made.session.id.to_string();
    let call = once(world.call(), show);
    let dashtam = world.build();
    let made = dashtam.api_keys().create(&call, wanted(&[Scope::SyncRun])).await.unwrap();
    assert_eq!(kept.only().body, made.session.id.to_string());
    let result = dashtam.api_keys().create(&call, wanted(&[Scope::SyncRun])).await;
    assert_refused!(result, ApiKeyError::Common(CommonError::Replay(_)));
}

#[tokio::test]
async fn who_did_not_sign_in_lately_confirms_it_first() {
    let mut world = World::new();
    let dashtam = world.build();
    let mut call = world.call();
    if let Caller::User(principal) = &mut call.caller {
        principal.authenticated_at = world.now.plus(TimeDelta::seconds(-301));
    }
    let keys = dashtam.api_keys();
    let step_up =
        |error| matches!(error, ApiKeyError::Common(CommonError::Denied(AccessDenied::StepUpRequired)));
    assert!(step_up(keys.create(&call, wanted(&[Scope::SyncRun])).await.unwrap_err()));
    let request = RotateApiKey { key: SessionId(builders::id()), grace_hours: 0 };
    assert!(step_up(keys.rotate(&call, request).await.unwrap_err()));
}

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
            inserts(unit, KeyInserted::New);
            unit.records_audit();
            unit.records_events();
        }
    });
    let call = world.call();
    (world.build().api_keys().rotate(&call, RotateApiKey { key, grace_hours }).await, call)
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
        .identity
        .expect_api_keys()
        .withf(move |of, at| (*of, *at) == (owner, now))
        .times(1)
        .return_once(move |_, _| Ok(vec![key]));
    world.activity.record(id, now);
    let call = world.call();
    let listed = world.build().api_keys().list(&call, ListApiKeys).await.unwrap();
    assert_eq!((listed.len(), listed[0].api_calls, listed[0].last_seen_at), (1, 1, now));
}

#[tokio::test]
async fn the_end_of_a_key_is_told_once_by_the_one_who_settles_the_notice() {
    for (end, settles, told) in [(3 * DAY, true, true), (3 * DAY, false, false), (-1, true, false)] {
        let mut world = World::new();
        let expires_at = world.now.plus(TimeDelta::seconds(end));
        let notice = KeyNotice {
            key: SessionId(builders::id()),
            owner: world.owner,
            due_at: builders::at(900),
            expires_at,
        };
        let next = KeyTerms::next_notice(expires_at, world.now);
        world.queries.identity.expect_due_key_notices().times(1).return_once(move |_, _| Ok(vec![notice]));
        let mut events = Recorder::new();
        let unit = world.unit(|unit| {
            unit.sessions
                .expect_settle_key_notice()
                .withf(move |asked, then| *asked == notice && *then == next)
                .times(1)
                .returning(move |_, _| Ok(settles));
            events = unit.records_events();
        });
        let call = world.system();
        assert_eq!(world.build().api_keys().tell_expiry(&call, TellKeyExpiry).await.unwrap(), 1);
        assert_eq!(unit.is_committed(), settles);
        let (user, key) = (notice.owner, notice.key);
        let expected = told.then_some(DomainEvent::ApiKeyExpiring { user, key, at: expires_at });
        assert_eq!(events.all(), expected.into_iter().collect::<Vec<_>>());
    }
}

/// What an event about this key is mailed as.
async fn mailed(event: DomainEvent, known: &SessionSnapshot, moot: bool) -> Option<MailContent> {
    let mut world = World::new();
    let item = OutboxItem {
        id: builders::outbox_id(),
        event,
        attempts: 0,
        uncertain: false,
        held_until: builders::at(1_060),
        created_at: builders::at(900),
    };
    let user = known.user.clone();
    let found = known.clone();
    world.unit(|unit| {
        unit.outbox.expect_claim().return_once(|_, _, _| Ok(vec![item]));
    });
    if !moot {
        world.unit(|unit| {
            unit.outbox.expect_begin_attempt().times(1).returning(|_, _, _| Ok(true));
        });
    }
    world.unit(|unit| {
        unit.outbox.expect_done().times(1).returning(|_| Ok(()));
    });
    world.queries.identity.expect_user().returning(move |_| Ok(Some(user.clone())));
    world.queries.identity.expect_session().returning(move |_| Ok(Some(found.clone())));
    let call = world.system();
    assert_eq!(world.build().delivery().dispatch(&call, Dispatch).await.unwrap(), 1);
    world.mailer.sent().pop().map(|mail| mail.content)
}

#[tokio::test]
async fn mails_name_the_key_and_are_not_sent_when_they_are_moot() {
    let user = User { email_verified_at: Some(builders::at(1)), ..builders::user() };
    let known = key(&user);
    let (id, at) = (known.session.id, known.session.expires_at);
    let created = mailed(DomainEvent::ApiKeyCreated { user: user.id, key: id }, &known, false).await;
    let Some(MailContent::ApiKeyCreated { name, client, manage }) = created else { panic!("another mail") };
    assert_eq!((name.as_str(), client.at), ("backup job", known.session.created_at));
    assert_eq!(manage.as_str(), "https://dashtam.example/app/api-keys");
    let event = DomainEvent::ApiKeyExpiring { user: user.id, key: id, at };
    let expiring = mailed(event.clone(), &known, false).await;
    assert!(matches!(expiring, Some(MailContent::ApiKeyExpiring { at: end, .. }) if end == at));
    let mut replaced = known.clone();
    replaced.session.key.as_mut().unwrap().replaced_by = Some(id);
    let mut ended = known.clone();
    ended.session.ended = Some((builders::at(1), EndReason::Revoked));
    let mut shorter = known.clone();
    shorter.session.expires_at = builders::at(80 * DAY);
    for moot in [replaced, ended, shorter] {
        assert!(mailed(event.clone(), &moot, true).await.is_none());
    }
}
