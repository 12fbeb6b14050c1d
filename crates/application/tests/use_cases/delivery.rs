//! Turning events into mails.

use chrono::TimeDelta;
use dashtam_application::{
    delivery::{DeadLetterError, Dispatch, DropDeadLetter, ListDeadLetters, RetryDeadLetter},
    errors::CommonError,
};
use dashtam_domain::{
    delivery::{Attempt, DeadLetter, MailError, MailedSecrets, OutboxItem, mail::MailContent},
    event::DomainEvent,
    id::OutboxId,
    identity::{OneTimeToken, Purpose, User},
    page::{Limit, Page},
    secret::SecretKind,
    time::Timestamp,
};
use dashtam_testkit::{
    builders,
    fakes::{CountingRandomness, FakeMailedSecrets, Recorder},
    mocks::MockUnitOfWork,
};

use crate::world::{Unit, World, assert_refused, broken, policy};

fn item(event: DomainEvent, attempts: i32) -> OutboxItem {
    OutboxItem {
        id: builders::outbox_id(),
        event,
        attempts,
        uncertain: false,
        held_until: builders::at(1_060),
        created_at: builders::at(0),
    }
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
            .withf(move |at, end, limit| (*at, *end, *limit) == (now, until, 10))
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

/// The unit notes that an attempt begins, and holds the item for another minute from now.
fn begins(unit: &mut MockUnitOfWork, item: &OutboxItem, now: Timestamp) {
    let expected = (item.id, item.held_until, now.plus(TimeDelta::seconds(60)));
    unit.outbox
        .expect_begin_attempt()
        .withf(move |id, held, until| (*id, *held, *until) == expected)
        .times(1)
        .returning(|_, _, _| Ok(true));
}

/// A unit that notes the beginning of an attempt and nothing else.
fn begins_alone(world: &mut World, item: &OutboxItem) -> Unit {
    let now = world.now;
    world.unit(|unit| begins(unit, item, now))
}

/// A unit that removes the item.
fn removes(unit: &mut MockUnitOfWork, id: OutboxId) {
    unit.outbox.expect_done().withf(move |done| *done == id).times(1).returning(|_| Ok(()));
}

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

/// A user who has to verify, and the item that asks for it.
fn verification() -> (User, OutboxItem) {
    let user = builders::user();
    let item = item(DomainEvent::VerificationRequested { user: user.id }, 0);
    (user, item)
}

#[tokio::test]
async fn a_verification_mail_carries_a_token_of_which_only_the_hash_is_stored_with_the_attempt() {
    let mut world = World::new();
    let (user, item) = verification();
    let (id, now) = (item.id, world.now);
    let claim = claims(&mut world, vec![item.clone()]);
    let tokens = Recorder::new();
    let seen = tokens.clone();
    let begun = world.unit(|unit| {
        unit.one_time_tokens.expect_issue().times(1).returning(move |token| {
            seen.push(token.clone());
            Ok(true)
        });
        begins(unit, &item, now);
    });
    let done = world.unit(|unit| removes(unit, id));
    knows(&mut world, &user);
    assert_eq!(dispatch(&mut world).await, 1);
    assert!(claim.is_committed() && begun.is_committed() && done.is_committed());

    let secret = FakeMailedSecrets.derive(SecretKind::EmailVerification, id);
    let expected = OneTimeToken {
        hash: secret.hash(),
        user: user.id,
        purpose: Purpose::EmailVerification,
        subject: Some(user.email.as_str().to_owned()),
        created_at: item.created_at,
        expires_at: world.now.plus(policy().verification),
    };
    assert_eq!(tokens.only(), expected);

    let mails = world.mailer.sent();
    let [mail] = mails.as_slice() else { panic!("one mail is expected: {mails:?}") };
    assert_eq!((mail.id, &mail.to, &mail.name), (id, &user.email, &user.name));
    let MailContent::VerifyEmail { link, hours } = &mail.content else { panic!("another mail: {mail:?}") };
    let address = format!("https://dashtam.example/app/verify-email?token={}", secret.expose());
    assert_eq!((link.as_str(), *hours), (address.as_str(), 24));
}

#[tokio::test]
async fn after_a_crash_the_link_that_may_be_out_there_is_sent_again_and_not_made_anew() {
    let mut world = World::new();
    let (user, item) = verification();
    let (item, now) = (OutboxItem { attempts: 1, uncertain: true, ..item }, world.now);
    claims(&mut world, vec![item.clone()]);
    let hash = FakeMailedSecrets.derive(SecretKind::EmailVerification, item.id).hash();
    let begun = world.unit(|unit| {
        unit.one_time_tokens
            .expect_prolong()
            .withf(move |token| token.hash == hash)
            .times(1)
            .returning(|_| Ok(true));
        begins(unit, &item, now);
    });
    world.unit(|unit| removes(unit, item.id));
    knows(&mut world, &user);
    assert_eq!(dispatch(&mut world).await, 1);
    assert!(begun.is_committed());
    assert_eq!(world.mailer.sent().len(), 1);
}

#[tokio::test]
async fn a_link_that_was_used_or_replaced_is_not_sent() {
    for uncertain in [true, false] {
        let mut world = World::new();
        let (user, item) = verification();
        let item = OutboxItem { uncertain, ..item };
        claims(&mut world, vec![item.clone()]);
        let unit = world.unit(|unit| {
            let tokens = &mut unit.one_time_tokens;
            if uncertain {
                tokens.expect_prolong().times(1).returning(|_| Ok(false));
            } else {
                tokens.expect_issue().times(1).returning(|_| Ok(false));
            }
            removes(unit, item.id);
        });
        knows(&mut world, &user);
        assert_eq!(dispatch(&mut world).await, 1);
        assert!(unit.is_committed());
        assert!(world.mailer.sent().is_empty());
    }
}

#[tokio::test]
async fn an_item_another_worker_took_over_is_left_to_it() {
    let mut world = World::new();
    let (user, item) = verification();
    claims(&mut world, vec![item]);
    let unit = world.unit(|unit| {
        unit.one_time_tokens.expect_issue().times(1).returning(|_| Ok(true));
        unit.outbox.expect_begin_attempt().times(1).returning(|_, _, _| Ok(false));
    });
    knows(&mut world, &user);
    assert_eq!(dispatch(&mut world).await, 1);
    assert!(!unit.is_committed());
    assert!(world.mailer.sent().is_empty());
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
        claims(&mut world, vec![item.clone()]);
        begins_alone(&mut world, &item);
        world.unit(|unit| removes(unit, item.id));
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
        claims(&mut world, vec![item.clone()]);
        let done = world.unit(|unit| removes(unit, item.id));
        world.queries.identity.expect_user().times(1).return_once(|_| Ok(user));
        assert_eq!(dispatch(&mut world).await, 1);
        assert!(done.is_committed());
        assert!(world.mailer.sent().is_empty());
    }
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

#[tokio::test]
async fn dead_letters_are_shown_page_by_page() {
    let mut world = World::new();
    let letter = DeadLetter {
        id: builders::outbox_id(),
        event: "identity.email_verified".to_owned(),
        user: builders::user().id,
        attempts: 1,
        created_at: builders::at(0),
        last_error: Some("550".to_owned()),
    };
    let (page, limit) = (Page { items: vec![letter.clone()], next: None }, Limit::new(7).unwrap());
    let after = builders::outbox_id();
    world
        .queries
        .delivery
        .expect_dead_letters()
        .withf(move |from, most| (*from, *most) == (Some(after), limit))
        .times(1)
        .return_once(|_, _| Ok(page));
    let system = world.system();
    let request = ListDeadLetters { after: Some(after), limit };
    assert_eq!(world.build().delivery().dead_letters(&system, request).await.unwrap().items, [letter]);
}

#[tokio::test]
async fn a_dead_letter_is_tried_again_or_dropped_and_what_is_not_dead_is_neither() {
    for was_dead in [true, false] {
        let mut world = World::new();
        let (id, now) = (builders::outbox_id(), world.now);
        let retried = world.unit(|unit| {
            let outbox = &mut unit.outbox;
            outbox
                .expect_revive()
                .withf(move |it, at| (*it, *at) == (id, now))
                .returning(move |_, _| Ok(was_dead));
        });
        let dropped = world.unit(|unit| {
            unit.outbox.expect_bury().withf(move |it| *it == id).returning(move |_| Ok(was_dead));
        });
        let call = world.system();
        let program = world.build();
        let results = [
            program.delivery().retry_dead_letter(&call, RetryDeadLetter { id }).await,
            program.delivery().drop_dead_letter(&call, DropDeadLetter { id }).await,
        ];
        for result in results {
            match was_dead {
                true => result.unwrap(),
                false => assert_refused!(result, DeadLetterError::NotDead),
            }
        }
        assert_eq!((retried.is_committed(), dropped.is_committed()), (was_dead, was_dead));
    }
}
