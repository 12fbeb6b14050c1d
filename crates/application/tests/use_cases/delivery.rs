//! Turning events into mails.

use chrono::TimeDelta;
use dashtam_application::{delivery::Dispatch, errors::CommonError};
use dashtam_domain::{
    delivery::{MailError, OutboxItem, mail::MailContent},
    event::DomainEvent,
    id::OutboxId,
    identity::{Purpose, User},
    secret::{OpaqueSecret, SecretKind},
    time::Timestamp,
};
use dashtam_testkit::{
    builders,
    fakes::{CountingRandomness, Recorder},
    mocks::MockUnitOfWork,
};

use crate::world::{Unit, World, assert_refused, broken, policy};

fn item(event: DomainEvent, attempts: i32) -> OutboxItem {
    OutboxItem { id: builders::outbox_id(), event, attempts, created_at: builders::at(0) }
}

fn verified() -> User {
    User { email_verified_at: Some(builders::at(1)), ..builders::user() }
}

/// The first unit: takes these items for a minute.
fn claims(world: &mut World, items: Vec<OutboxItem>) -> Unit {
    let now = world.now;
    let until = now.plus(TimeDelta::seconds(60));
    world.unit(|unit| {
        unit.outbox
            .expect_claim()
            .withf(move |at, end, limit| (*at, *end, *limit) == (now, until, 20))
            .times(1)
            .return_once(|_, _, _| Ok(items));
    })
}

fn knows(world: &mut World, user: &User) {
    let (id, user) = (user.id, user.clone());
    world
        .queries
        .identity
        .expect_user()
        .withf(move |asked| *asked == id)
        .times(1)
        .return_once(|_| Ok(Some(user)));
}

/// A unit that removes the item.
fn removes(unit: &mut MockUnitOfWork, id: OutboxId) {
    unit.outbox.expect_done().withf(move |done| *done == id).times(1).returning(|_| Ok(()));
}

/// A unit that counts a failure; when it is tried again, and why it failed, is handed to the test.
fn counts_failure(world: &mut World, id: OutboxId) -> (Unit, Recorder<(Option<Timestamp>, String)>) {
    let failures = Recorder::new();
    let seen = failures.clone();
    let unit = world.unit(|unit| {
        unit.outbox.expect_failed().withf(move |failed, _, _| *failed == id).times(1).returning(
            move |_, again, reason| {
                seen.push((again, reason.to_owned()));
                Ok(())
            },
        );
    });
    (unit, failures)
}

async fn dispatch(world: &mut World) -> usize {
    let call = world.system();
    world.build().delivery().dispatch(&call, Dispatch).await.unwrap()
}

#[tokio::test]
async fn without_a_mailer_nothing_is_claimed_and_every_mail_waits() {
    let mut world = World::new();
    world.has_mailer = false;
    assert_eq!(dispatch(&mut world).await, 0);
}

#[tokio::test]
async fn when_nothing_is_due_nothing_is_written() {
    let mut world = World::new();
    let claim = claims(&mut world, Vec::new());
    assert_eq!(dispatch(&mut world).await, 0);
    assert!(!claim.is_committed());
}

#[tokio::test]
async fn a_verification_mail_carries_a_token_of_which_only_the_hash_is_stored() {
    let mut world = World::new();
    let user = builders::user();
    let item = item(DomainEvent::VerificationRequested { user: user.id }, 0);
    let id = item.id;
    let claim = claims(&mut world, vec![item]);
    let tokens = Recorder::new();
    let seen = tokens.clone();
    let stored = world.unit(|unit| {
        unit.one_time_tokens.expect_replace().times(1).returning(move |token| {
            seen.push(token.clone());
            Ok(())
        });
    });
    let done = world.unit(|unit| removes(unit, id));
    knows(&mut world, &user);
    assert_eq!(dispatch(&mut world).await, 1);
    assert!(claim.is_committed() && stored.is_committed() && done.is_committed());

    let secret = OpaqueSecret::from_bytes(SecretKind::EmailVerification, &CountingRandomness::nth(1));
    let token = tokens.only();
    assert_eq!((token.hash, token.user, token.purpose), (secret.hash(), user.id, Purpose::EmailVerification));
    assert_eq!((token.created_at, token.expires_at), (world.now, world.now.plus(policy().verification)));

    let mails = world.mailer.sent();
    let [mail] = mails.as_slice() else { panic!("one mail is expected: {mails:?}") };
    assert_eq!((mail.id, &mail.to, &mail.name), (id, &user.email, &user.name));
    let MailContent::VerifyEmail { link, hours } = &mail.content else { panic!("another mail: {mail:?}") };
    let address = format!("https://dashtam.example/app/verify-email?token={}", secret.expose());
    assert_eq!((link.as_str(), *hours), (address.as_str(), 24));
}

#[tokio::test]
async fn a_repeated_registration_and_a_proved_address_each_have_their_mail() {
    let user = verified();
    let id = user.id;
    for (event, name) in [
        (DomainEvent::RegistrationRepeated { user: id }, "AlreadyRegistered"),
        (DomainEvent::EmailVerified { user: id }, "Welcome"),
    ] {
        let mut world = World::new();
        let item = item(event, 0);
        let outbox_id = item.id;
        claims(&mut world, vec![item]);
        world.unit(|unit| removes(unit, outbox_id));
        knows(&mut world, &user);
        assert_eq!(dispatch(&mut world).await, 1);
        let mails = world.mailer.sent();
        let [mail] = mails.as_slice() else { panic!("one mail is expected: {mails:?}") };
        assert_eq!((&mail.to, format!("{:?}", mail.content).as_str()), (&user.email, name));
        let (MailContent::AlreadyRegistered { sign_in } | MailContent::Welcome { sign_in }) = &mail.content
        else {
            panic!("another mail: {mail:?}");
        };
        assert_eq!(sign_in.as_str(), "https://dashtam.example/app/login");
    }
}

#[tokio::test]
async fn nobody_is_asked_to_verify_twice_and_nobody_who_left_is_written_to() {
    for user in [Some(verified()), None] {
        let mut world = World::new();
        let id = user.as_ref().map_or_else(|| builders::user().id, |user| user.id);
        let item = item(DomainEvent::VerificationRequested { user: id }, 0);
        let outbox_id = item.id;
        claims(&mut world, vec![item]);
        let done = world.unit(|unit| removes(unit, outbox_id));
        world.queries.identity.expect_user().times(1).return_once(|_| Ok(user));
        assert_eq!(dispatch(&mut world).await, 1);
        assert!(done.is_committed());
        assert!(world.mailer.sent().is_empty());
    }
}

/// Fails to send a mail that had failed this often before; when it is tried again, in seconds.
async fn fails_after(attempts: i32, error: MailError) -> Option<i64> {
    let mut world = World::new();
    let user = verified();
    let item = item(DomainEvent::EmailVerified { user: user.id }, attempts);
    let id = item.id;
    claims(&mut world, vec![item]);
    let (unit, failures) = counts_failure(&mut world, id);
    knows(&mut world, &user);
    world.mailer.will_fail(error.clone());
    assert_eq!(dispatch(&mut world).await, 1);
    assert!(unit.is_committed());
    assert!(world.mailer.sent().is_empty());
    let (again, reason) = failures.only();
    assert_eq!(reason, error.to_string());
    again.map(|again| again.since(world.now).num_seconds())
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_again_with_growing_pauses_and_in_the_end_given_up() {
    let mut pauses = Vec::new();
    for attempts in 0..12 {
        pauses.push(fails_after(attempts, MailError::Transient("no answer".to_owned())).await);
    }
    let seconds = [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600].map(Some);
    assert_eq!(pauses[..11], seconds);
    assert_eq!(pauses[11], None, "the twelfth failure is the last");
}

#[tokio::test]
async fn a_failure_for_good_is_not_tried_again() {
    assert_eq!(fails_after(0, MailError::Permanent("no such mailbox".to_owned())).await, None);
}

#[tokio::test]
async fn one_failure_does_not_hold_up_the_others() {
    let mut world = World::new();
    let users = [verified(), verified()];
    let items: Vec<_> =
        users.iter().map(|user| item(DomainEvent::EmailVerified { user: user.id }, 0)).collect();
    let ids = [items[0].id, items[1].id];
    claims(&mut world, items);
    let (_, failures) = counts_failure(&mut world, ids[0]);
    let done = world.unit(|unit| removes(unit, ids[1]));
    for user in &users {
        knows(&mut world, user);
    }
    world.mailer.will_fail(MailError::Transient("no answer".to_owned()));
    assert_eq!(dispatch(&mut world).await, 2);
    assert_eq!(failures.len(), 1);
    assert!(done.is_committed());
    assert_eq!(world.mailer.sent()[0].to, users[1].email);
}

#[tokio::test]
async fn a_token_that_cannot_be_stored_is_not_mailed_and_tried_again() {
    let mut world = World::new();
    let user = builders::user();
    let item = item(DomainEvent::VerificationRequested { user: user.id }, 0);
    let id = item.id;
    claims(&mut world, vec![item]);
    world.unit(|unit| {
        unit.one_time_tokens.expect_replace().times(1).returning(|_| Err(broken()));
    });
    let (_, failures) = counts_failure(&mut world, id);
    knows(&mut world, &user);
    assert_eq!(dispatch(&mut world).await, 1);
    assert!(world.mailer.sent().is_empty());
    assert_eq!(failures.only().0, Some(world.now.plus(TimeDelta::seconds(5))));
}

#[tokio::test]
async fn what_the_lease_was_too_short_for_is_left_to_another_round() {
    let mut world = World::new();
    let user = verified();
    let items: Vec<_> = (0..2).map(|_| item(DomainEvent::EmailVerified { user: user.id }, 0)).collect();
    let first = items[0].id;
    claims(&mut world, items);
    let clock = world.clock.clone();
    world.unit(|unit| removes(unit, first));
    let answer = user.clone();
    // The first mail takes a minute, after which another worker may hold the second.
    world.queries.identity.expect_user().times(1).return_once(move |_| {
        clock.advance(TimeDelta::seconds(60));
        Ok(Some(answer))
    });
    assert_eq!(dispatch(&mut world).await, 1);
    assert_eq!(world.mailer.sent().len(), 1);
}

#[tokio::test]
async fn a_claim_that_was_not_committed_sends_nothing() {
    let mut world = World::new();
    let item = item(DomainEvent::EmailVerified { user: builders::user().id }, 0);
    world.failing_unit(|unit| {
        unit.outbox.expect_claim().return_once(|_, _, _| Ok(vec![item]));
    });
    let call = world.system();
    let result = world.build().delivery().dispatch(&call, Dispatch).await;
    assert_refused!(result, CommonError::Store(_));
    assert!(world.mailer.sent().is_empty());
}
