//! What fails, at the mail server or in the store: tried again, given up, or not begun.

use chrono::TimeDelta;
use dashtam_application::{delivery::Dispatch, errors::CommonError};
use dashtam_domain::{
    delivery::{Attempt, MailError, OutboxItem},
    event::DomainEvent,
    id::OutboxId,
    time::Timestamp,
};
use dashtam_testkit::{
    builders,
    fakes::{CountingRandomness, Recorder},
};

use super::{begins_alone, claims, dispatch, item, knows, removes, verification, verified};
use crate::world::{Unit, World, assert_refused, broken};

/// How an attempt failed, and when it is made again.
type Failure = (Attempt, Option<Timestamp>, String);

/// A unit that counts a failure, which is handed to the test.
fn counts_failure(world: &mut World, id: OutboxId, held_until: Timestamp) -> (Unit, Recorder<Failure>) {
    let failures = Recorder::new();
    let seen = failures.clone();
    let unit = world.unit(|unit| {
        unit.outbox
            .expect_failed()
            .withf(move |failed, held, _, _, _| (*failed, *held) == (id, held_until))
            .times(1)
            .returning(move |_, _, attempt, again, reason| {
                seen.push((attempt, again, reason.to_owned()));
                Ok(true)
            });
    });
    (unit, failures)
}

/// Fails to send a mail that had failed this often before; how that is stored.
async fn fails_after(attempts: i32, error: MailError) -> (Attempt, Option<TimeDelta>) {
    let mut world = World::new();
    let user = verified();
    let item = item(DomainEvent::EmailVerified { user: user.id }, attempts);
    claims(&mut world, vec![item.clone()]);
    begins_alone(&mut world, &item);
    let held_until = world.now.plus(TimeDelta::seconds(60));
    let (unit, failures) = counts_failure(&mut world, item.id, held_until);
    knows(&mut world, &user);
    world.mailer.will_fail(error.clone());
    assert_eq!(dispatch(&mut world).await, 1);
    assert!(unit.is_committed());
    assert!(world.mailer.sent().is_empty());
    let (attempt, again, reason) = failures.only();
    assert_eq!(reason, error.to_string());
    (attempt, again.map(|again| again.since(world.now)))
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_again_with_growing_pauses_and_in_the_end_given_up() {
    let [jitter, ..] = CountingRandomness::nth(1);
    for attempts in 0..OutboxItem::MAX_ATTEMPTS {
        let (attempt, pause) = fails_after(attempts, MailError::Transient("no answer".to_owned())).await;
        assert_eq!(attempt, Attempt::Undelivered);
        let now = builders::at(0);
        let expected = OutboxItem::retry_at(attempts + 1, now, jitter).since(now);
        let last = attempts + 1 == OutboxItem::MAX_ATTEMPTS;
        assert_eq!(pause, (!last).then_some(expected), "{attempts}");
    }
}

#[tokio::test]
async fn a_failure_for_good_is_not_tried_again() {
    let refused = fails_after(0, MailError::Permanent("no such mailbox".to_owned())).await;
    assert_eq!(refused, (Attempt::Undelivered, None));
}

#[tokio::test]
async fn an_answer_that_never_came_is_remembered_as_uncertain_and_tried_again() {
    let (attempt, pause) = fails_after(0, MailError::Uncertain("no answer".to_owned())).await;
    assert_eq!(attempt, Attempt::Uncertain);
    assert!(pause.is_some());
}

#[tokio::test]
async fn a_mail_that_ends_the_program_every_time_is_given_up() {
    let mut world = World::new();
    let user = verified();
    let item = OutboxItem {
        uncertain: true,
        ..item(DomainEvent::EmailVerified { user: user.id }, OutboxItem::MAX_ATTEMPTS)
    };
    claims(&mut world, vec![item.clone()]);
    let (unit, failures) = counts_failure(&mut world, item.id, item.held_until);
    assert_eq!(dispatch(&mut world).await, 1);
    assert!(unit.is_committed());
    assert!(matches!(failures.only(), (Attempt::Uncertain, None, _)));
    assert!(world.mailer.sent().is_empty());
}

#[tokio::test]
async fn one_failure_does_not_hold_up_the_others() {
    let mut world = World::new();
    let users = [verified(), verified()];
    let items: Vec<_> =
        users.iter().map(|user| item(DomainEvent::EmailVerified { user: user.id }, 0)).collect();
    claims(&mut world, items.clone());
    let held_until = world.now.plus(TimeDelta::seconds(60));
    begins_alone(&mut world, &items[0]);
    let (_, failures) = counts_failure(&mut world, items[0].id, held_until);
    begins_alone(&mut world, &items[1]);
    let done = world.unit(|unit| removes(unit, items[1].id));
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
async fn a_token_that_cannot_be_stored_is_not_mailed_and_the_others_are() {
    let mut world = World::new();
    let (user, item) = verification();
    let other = verified();
    let second = self::item(DomainEvent::EmailVerified { user: other.id }, 0);
    claims(&mut world, vec![item, second.clone()]);
    let failed = world.unit(|unit| {
        unit.one_time_tokens.expect_issue().times(1).returning(|_| Err(broken()));
    });
    begins_alone(&mut world, &second);
    let done = world.unit(|unit| removes(unit, second.id));
    knows(&mut world, &user);
    knows(&mut world, &other);
    let call = world.system();
    // The item comes back when its hold ends; nothing was begun.
    let result = world.build().delivery().dispatch(&call, Dispatch).await;
    assert_refused!(result, CommonError::Store(_));
    assert!(!failed.is_committed() && done.is_committed());
    let mails = world.mailer.sent();
    assert!(mails.len() == 1 && mails[0].to == other.email, "{mails:?}");
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

#[tokio::test]
async fn an_attempt_that_was_not_noted_sends_nothing() {
    let mut world = World::new();
    let user = verified();
    let item = item(DomainEvent::EmailVerified { user: user.id }, 0);
    claims(&mut world, vec![item]);
    world.failing_unit(|unit| {
        unit.outbox.expect_begin_attempt().return_once(|_, _, _| Ok(true));
    });
    knows(&mut world, &user);
    let call = world.system();
    let result = world.build().delivery().dispatch(&call, Dispatch).await;
    assert_refused!(result, CommonError::Store(_));
    assert!(world.mailer.sent().is_empty());
}
