//! A key is made: what is stored and shown, and who gets none.

use chrono::TimeDelta;
use dashtam_application::{
    api_keys::{ApiKeyError, RotateApiKey},
    errors::CommonError,
};
use dashtam_domain::{
    access::AccessDenied,
    call::Caller,
    delivery::idempotency::Begun,
    event::DomainEvent,
    id::SessionId,
    identity::{ApiKeyInserted, AuditAction, Scope, Transport, User},
    secret::{OpaqueSecret, SecretKind},
};
use dashtam_testkit::{builders, fakes::Recorder};
use serde_json::json;

use super::{finds_user, inserts, knows_the_floor, owner, scopes, wanted};
use crate::world::{
    World, assert_line, assert_refused, begins, begins_and_finishes, kept, kept_answer, once, unkept,
};

#[tokio::test]
async fn a_key_is_made_shown_and_told_of() {
    let mut world = World::new();
    let user = owner(&world);
    knows_the_floor(&mut world);
    let (mut keys, mut lines, mut events) = (Recorder::new(), Recorder::new(), Recorder::new());
    let unit = world.unit(|unit| {
        finds_user(unit, &user);
        keys = inserts(unit, ApiKeyInserted::New);
        lines = unit.records_audit();
        events = unit.records_events();
    });
    let call = world.call();
    let request = wanted(&[Scope::AccountsRead, Scope::BalancesRead]);
    let made = world.build().api_keys().create(&call, request, unkept).await.unwrap();

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
                    inserts(unit, ApiKeyInserted::New);
                    unit.records_audit();
                    unit.records_events();
                }
            });
            // What the cached principal says does not decide.
            let call = if administrator { world.call() } else { world.administrator() };
            let made = world.build().api_keys().create(&call, wanted(&[scope, Scope::SyncRun]), unkept).await;
            assert_eq!((made.is_ok(), unit.is_committed()), (administrator, administrator));
            if !administrator {
                assert_refused!(made, ApiKeyError::Common(CommonError::Denied(AccessDenied::Forbidden)));
            }
        }
    }
}

#[tokio::test]
async fn a_taken_name_and_a_full_account_are_refused_and_leave_nothing() {
    for answer in [ApiKeyInserted::NameTaken, ApiKeyInserted::LimitReached] {
        let mut world = World::new();
        let user = owner(&world);
        knows_the_floor(&mut world);
        let unit = world.unit(|unit| {
            finds_user(unit, &user);
            inserts(unit, answer);
        });
        let call = world.call();
        let result = world.build().api_keys().create(&call, wanted(&[Scope::SyncRun]), unkept).await;
        match answer {
            ApiKeyInserted::NameTaken => assert_refused!(result, ApiKeyError::NameTaken),
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
    let (scope, mut answers) = (world.user_scope(), Recorder::new());
    let again = scope.clone();
    world.unit(|unit| {
        answers = begins_and_finishes(unit, scope);
        finds_user(unit, &user);
        inserts(unit, ApiKeyInserted::New);
        unit.records_audit();
        unit.records_events();
    });
    world.unit(|unit| begins(unit, again, Begun::Replay(kept_answer())));
    let call = once(world.call());
    let dashtam = world.build();
    let made = dashtam
        .api_keys()
        .create(&call, wanted(&[Scope::SyncRun]), |made| kept(made.session.id.to_string()))
        .await
        .unwrap();
    assert_eq!(answers.only().body, made.session.id.to_string());
    let result = dashtam
        .api_keys()
        .create(&call, wanted(&[Scope::SyncRun]), |made| kept(made.session.id.to_string()))
        .await;
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
    assert!(step_up(keys.create(&call, wanted(&[Scope::SyncRun]), unkept).await.unwrap_err()));
    let request = RotateApiKey { key: SessionId(builders::id()), grace_hours: 0 };
    assert!(step_up(keys.rotate(&call, request, unkept).await.unwrap_err()));
}
