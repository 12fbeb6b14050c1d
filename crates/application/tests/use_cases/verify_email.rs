//! Proving an address: a token works once.

use dashtam_application::registration::{RegistrationError, VerifyEmail};
use dashtam_domain::{
    event::DomainEvent,
    identity::{AuditAction, OneTimeToken, Purpose, SessionCache, SessionSnapshot, User},
    secret::{OpaqueSecret, SecretKind, SecretText},
};
use dashtam_testkit::{builders, fakes::Recorder, mocks::MockUnitOfWork};

use crate::world::{World, assert_line, assert_refused};

fn token() -> OpaqueSecret {
    OpaqueSecret::from_bytes(SecretKind::EmailVerification, &[3; 32])
}

fn request() -> VerifyEmail {
    VerifyEmail { token: SecretText::new(token().expose()) }
}

/// The token is redeemed, for this user unless it does not work.
fn redeems(unit: &mut MockUnitOfWork, world_now: dashtam_domain::time::Timestamp, user: Option<&User>) {
    let redeemed = user.map(|user| OneTimeToken { hash: token().hash(), ..builders::one_time_token(user) });
    unit.one_time_tokens
        .expect_redeem()
        .withf(move |purpose, hash, now| {
            *purpose == Purpose::EmailVerification && *hash == token().hash() && *now == world_now
        })
        .times(1)
        .return_once(move |_, _, _| Ok(redeemed));
}

#[tokio::test]
async fn the_mailed_token_proves_the_address_and_welcomes_the_user() {
    let mut world = World::new();
    let user = builders::user();
    let (id, now) = (user.id, world.now);
    let session = builders::session(&user);
    world.cache.put(
        SessionSnapshot { session: session.clone(), user: user.clone(), floor: builders::token_floor() }
            .into(),
    );
    let (updated, mut lines, mut events) = (Recorder::new(), Recorder::new(), Recorder::new());
    let seen = updated.clone();
    let unit = world.unit(|unit| {
        redeems(unit, now, Some(&user));
        unit.users.expect_find().withf(move |found| *found == id).return_once(|_| Ok(Some(user)));
        unit.users.expect_update().times(1).returning(move |user| {
            seen.push(user.clone());
            Ok(())
        });
        lines = unit.records_audit();
        events = unit.records_events();
    });
    let call = world.anonymous();
    world.build().registration().verify_email(&call, request()).await.unwrap();

    assert!(unit.is_committed());
    assert_eq!(updated.only().email_verified_at, Some(world.now));
    assert_line(&lines.only(), &call, AuditAction::EmailVerified, id);
    assert_eq!(events.only(), DomainEvent::EmailVerified { user: id });
    assert_eq!(world.cache.forgotten_users(), [id]);
    assert!(world.cache.get(session.id).is_none(), "the next request sees the proved address");
    assert_eq!(world.signal.rings(), 1);
}

#[tokio::test]
async fn a_token_that_was_used_replaced_or_is_too_old_changes_nothing() {
    let mut world = World::new();
    let now = world.now;
    let unit = world.unit(|unit| redeems(unit, now, None));
    let call = world.anonymous();
    let result = world.build().registration().verify_email(&call, request()).await;
    assert_refused!(result, RegistrationError::InvalidToken);
    assert!(!unit.is_committed());
    assert!(world.cache.forgotten_users().is_empty());
    assert_eq!(world.signal.rings(), 0);
}

#[tokio::test]
async fn a_token_of_a_deleted_account_is_no_token() {
    let mut world = World::new();
    let now = world.now;
    let unit = world.unit(|unit| {
        redeems(unit, now, Some(&builders::user()));
        unit.users.expect_find().return_once(|_| Ok(None));
    });
    let call = world.anonymous();
    let result = world.build().registration().verify_email(&call, request()).await;
    assert_refused!(result, RegistrationError::InvalidToken);
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn a_token_mailed_to_an_earlier_address_proves_nothing() {
    let mut world = World::new();
    let user = builders::user();
    let mailed = OneTimeToken {
        hash: token().hash(),
        subject: Some("earlier@example.com".to_owned()),
        ..builders::one_time_token(&user)
    };
    let unit = world.unit(|unit| {
        unit.one_time_tokens.expect_redeem().return_once(|_, _, _| Ok(Some(mailed)));
        unit.users.expect_find().return_once(|_| Ok(Some(user)));
    });
    let call = world.anonymous();
    let result = world.build().registration().verify_email(&call, request()).await;
    assert_refused!(result, RegistrationError::InvalidToken);
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn what_is_not_a_verification_token_is_refused_without_a_look_up() {
    let refresh = OpaqueSecret::from_bytes(SecretKind::Refresh, &[3; 32]);
    let mistyped = token().expose().replacen('_', "_x", 1);
    for text in ["", "hello", refresh.expose(), &mistyped] {
        let mut world = World::new();
        let call = world.anonymous();
        let request = VerifyEmail { token: SecretText::new(text) };
        let result = world.build().registration().verify_email(&call, request).await;
        assert_refused!(result, RegistrationError::InvalidToken);
    }
}

#[tokio::test]
async fn a_commit_that_fails_forgets_nothing_and_wakes_nobody() {
    let mut world = World::new();
    let user = builders::user();
    let now = world.now;
    world.failing_unit(|unit| {
        redeems(unit, now, Some(&user));
        unit.users.expect_find().return_once(|_| Ok(Some(user)));
        unit.users.expect_update().returning(|_| Ok(()));
        unit.records_audit();
        unit.records_events();
    });
    let call = world.anonymous();
    let result = world.build().registration().verify_email(&call, request()).await;
    assert_refused!(result, RegistrationError::Common(_));
    assert!(world.cache.forgotten_users().is_empty());
    assert_eq!(world.signal.rings(), 0);
}
