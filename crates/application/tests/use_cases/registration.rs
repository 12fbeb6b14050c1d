//! Registering: the same answer and the same work whatever becomes of the address.

use dashtam_application::{
    RegistrationMode,
    errors::CommonError,
    registration::{MakeSetUpLink, Register, Registered, RegistrationError, SetUp},
};
use dashtam_domain::{
    delivery::idempotency::Begun,
    event::DomainEvent,
    identity::{AuditAction, HashError, PlainPassword, Purpose, User},
    page::Page,
    secret::SecretText,
    store::Inserted,
};
use dashtam_testkit::{
    builders,
    fakes::{HashWork, PlainHasher, Recorder},
    mocks::MockUnitOfWork,
};

use crate::world::{
    ANONYMOUS_SCOPE, World, actions, assert_line, assert_refused, begins, begins_and_finishes, broken, kept,
    kept_answer, once, shown, unkept,
};

const PASSWORD: &str = "Correct-Horse-7";

fn request() -> Register {
    let email = "New@Example.com".parse().unwrap();
    let name = "Grace Hopper".parse().unwrap();
    let password = PlainPassword::chosen(PASSWORD, &email, &name).unwrap();
    Register { email, name, password }
}

/// Somebody who registered this address before.
fn earlier() -> User {
    User { email: "new@example.com".parse().unwrap(), ..builders::user() }
}

/// The address is free; the user who takes it is handed to the test.
fn takes_the_address(unit: &mut MockUnitOfWork) -> Recorder<User> {
    let users = Recorder::new();
    let seen = users.clone();
    unit.users.expect_insert_if_absent().times(1).returning(move |user| {
        seen.push(user.clone());
        Ok(Inserted::New)
    });
    // The first mail goes out even if strangers used the address's budget up before anybody was there.
    unit.mail_budgets.expect_take().times(1).returning(|_, _, _, _| Ok(false));
    users
}

/// The address is taken, by this user unless there is none any more.
fn finds_the_address_taken(unit: &mut MockUnitOfWork, by: Option<User>) {
    unit.users.expect_insert_if_absent().times(1).returning(|_| Ok(Inserted::Exists));
    unit.users
        .expect_find_by_email()
        .withf(|email| email.canonical() == "new@example.com")
        .times(1)
        .return_once(move |_| Ok(by));
    unit.mail_budgets.expect_take().times(..=1).returning(|_, _, _, _| Ok(true));
}

#[tokio::test]
async fn an_address_that_had_its_mails_for_today_gets_none_and_nothing_is_replaced() {
    let verified = || User { email_verified_at: Some(builders::at(1)), ..earlier() };
    for owner in [verified(), earlier()] {
        let mut world = World::new();
        // No update and no event are expected: either would fail the test.
        let unit = world.unit(|unit| {
            unit.users.expect_insert_if_absent().times(1).returning(|_| Ok(Inserted::Exists));
            unit.users.expect_find_by_email().times(1).return_once(move |_| Ok(Some(owner)));
            unit.mail_budgets.expect_take().times(1).returning(|_, _, _, _| Ok(false));
        });
        let call = world.anonymous();
        let outcome = world.build().registration().register(&call, request(), unkept).await.unwrap();
        assert_eq!(outcome, Registered);
        assert!(unit.is_committed());
        assert_eq!(world.hasher.work(), [HashWork::Hash]);
    }
}

#[tokio::test]
async fn a_new_address_becomes_an_unverified_account_that_is_asked_to_verify() {
    let mut world = World::new();
    let (mut users, mut lines, mut events) = Default::default();
    let unit = world.unit(|unit| {
        users = takes_the_address(unit);
        lines = unit.records_audit();
        events = unit.records_events();
    });
    let call = world.anonymous();
    let outcome = world.build().registration().register(&call, request(), unkept).await.unwrap();

    assert_eq!(outcome, Registered);
    assert!(unit.is_committed());
    let user = users.only();
    assert_eq!((user.email.as_str(), user.name.as_str()), ("New@Example.com", "Grace Hopper"));
    assert_eq!(user.password, Some(PlainHasher::hash_of(PASSWORD)));
    assert!(!user.is_verified() && user.is_active);
    assert_eq!((user.created_at, user.token_version), (world.now, 1));
    assert_line(&lines.only(), &call, AuditAction::UserRegistered, user.id);
    assert_eq!(events.only(), DomainEvent::VerificationRequested { user: user.id });
    assert_eq!(world.signal.rings(), 1);
}

#[tokio::test]
async fn the_owner_of_a_verified_address_is_told_and_keeps_the_account_as_it_was() {
    let mut world = World::new();
    let mut owner = earlier();
    owner.verified(builders::at(1));
    let id = owner.id;
    let mut events = Recorder::new();
    let unit = world.unit(|unit| {
        // No update and no audit line are expected: either would fail the test.
        finds_the_address_taken(unit, Some(owner));
        events = unit.records_events();
    });
    let call = world.anonymous();
    let outcome = world.build().registration().register(&call, request(), unkept).await.unwrap();

    assert_eq!(outcome, Registered);
    assert!(unit.is_committed());
    assert_eq!(events.only(), DomainEvent::RegistrationRepeated { user: id });
    assert_eq!(world.signal.rings(), 1);
}

#[tokio::test]
async fn an_unverified_registration_is_started_over_with_the_new_name_and_password() {
    let mut world = World::new();
    let before = earlier();
    let id = before.id;
    let (updated, mut events) = (Recorder::new(), Recorder::new());
    let seen = updated.clone();
    let unit = world.unit(|unit| {
        finds_the_address_taken(unit, Some(before));
        unit.users.expect_update().times(1).returning(move |user| {
            seen.push(user.clone());
            Ok(())
        });
        let revokes = unit.one_time_tokens.expect_revoke();
        revokes
            .withf(move |user, purposes| *user == id && purposes == [Purpose::EmailVerification])
            .times(1)
            .returning(|_, _| Ok(()));
        events = unit.records_events();
    });
    let call = world.anonymous();
    let outcome = world.build().registration().register(&call, request(), unkept).await.unwrap();

    assert_eq!(outcome, Registered);
    assert!(unit.is_committed());
    let user = updated.only();
    assert_eq!((user.id, user.name.as_str()), (id, "Grace Hopper"));
    assert_eq!(user.password, Some(PlainHasher::hash_of(PASSWORD)));
    assert_eq!(user.updated_at, world.now);
    assert!(!user.is_verified());
    assert_eq!(events.only(), DomainEvent::VerificationRequested { user: id });
}

#[tokio::test]
async fn new_taken_and_unverified_addresses_cost_one_hash_and_one_ring_each() {
    let verified = || User { email_verified_at: Some(builders::at(1)), ..earlier() };
    for taken_by in [None, Some(verified()), Some(earlier())] {
        let mut world = World::new();
        world.unit(|unit| {
            match taken_by {
                None => drop(takes_the_address(unit)),
                Some(user) => finds_the_address_taken(unit, Some(user)),
            }
            unit.users.expect_update().returning(|_| Ok(()));
            unit.one_time_tokens.expect_revoke().returning(|_, _| Ok(()));
            unit.records_audit();
            unit.records_events();
        });
        let call = world.anonymous();
        let outcome = world.build().registration().register(&call, request(), unkept).await;
        assert_eq!(shown(&outcome), "Ok(Registered)");
        assert_eq!(world.hasher.work(), [HashWork::Hash]);
        assert_eq!(world.signal.rings(), 1);
    }
}

#[tokio::test]
async fn an_account_deleted_in_between_is_answered_alike_and_nothing_is_stored() {
    let mut world = World::new();
    let unit = world.unit(|unit| finds_the_address_taken(unit, None));
    let call = world.anonymous();
    let outcome = world.build().registration().register(&call, request(), unkept).await.unwrap();
    assert_eq!(outcome, Registered);
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn the_answer_is_kept_in_the_unit_that_registers() {
    let mut world = World::new();
    let mut answers = Recorder::new();
    let unit = world.unit(|unit| {
        answers = begins_and_finishes(unit, ANONYMOUS_SCOPE.to_owned());
        takes_the_address(unit);
        unit.records_audit();
        unit.records_events();
    });
    let call = once(world.anonymous());
    world.build().registration().register(&call, request(), |it| kept(shown(it))).await.unwrap();
    assert!(unit.is_committed());
    assert_eq!(answers.only().body, "Registered");
}

#[tokio::test]
async fn a_repeated_request_gets_the_kept_answer_and_registers_nobody() {
    let mut world = World::new();
    let begun = Begun::Replay(kept_answer());
    let unit = world.unit(|unit| begins(unit, ANONYMOUS_SCOPE.to_owned(), begun));
    let call = once(world.anonymous());
    let result = world.build().registration().register(&call, request(), |it| kept(shown(it))).await;
    let Err(RegistrationError::Common(CommonError::Replay(answer))) = result else {
        panic!("expected a replay, got {result:?}");
    };
    assert_eq!(answer, kept_answer());
    assert!(!unit.is_committed());
    assert_eq!(world.signal.rings(), 0);
}

#[tokio::test]
async fn a_key_of_another_request_is_refused_and_registers_nobody() {
    let mut world = World::new();
    let unit = world.unit(|unit| begins(unit, ANONYMOUS_SCOPE.to_owned(), Begun::Mismatch));
    let call = once(world.anonymous());
    let result = world.build().registration().register(&call, request(), |it| kept(shown(it))).await;
    assert_refused!(result, RegistrationError::Common(CommonError::KeyReused));
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn too_much_password_work_is_refused_before_anything_is_opened() {
    let mut world = World::new();
    world.hasher.overload();
    let call = world.anonymous();
    let result = world.build().registration().register(&call, request(), unkept).await;
    assert_refused!(result, RegistrationError::Common(CommonError::Hash(HashError::Busy)));
}

#[tokio::test]
async fn a_failing_store_registers_nobody_and_wakes_nobody() {
    let mut world = World::new();
    let mut lines = Recorder::new();
    let unit = world.unit(|unit| {
        takes_the_address(unit);
        lines = unit.records_audit();
        unit.outbox.expect_push().returning(|_, _, _| Err(broken()));
    });
    let call = world.anonymous();
    let result = world.build().registration().register(&call, request(), unkept).await;
    assert_refused!(result, RegistrationError::Common(CommonError::Store(_)));
    assert_eq!(actions(&lines), [AuditAction::UserRegistered], "written, and not committed");
    assert!(!unit.is_committed());

    world.failing_unit(|unit| {
        takes_the_address(unit);
        unit.records_audit();
        unit.records_events();
    });
    let result = world.build().registration().register(&call, request(), unkept).await;
    assert_refused!(result, RegistrationError::Common(CommonError::Store(_)));
    assert_eq!(world.signal.rings(), 0);
}

#[tokio::test]
async fn where_registration_is_not_open_nothing_is_looked_up_hashed_or_written() {
    for mode in [RegistrationMode::Invitation, RegistrationMode::Closed] {
        // No unit of work and no query are expected: either would fail the test. A key of the client opens none either.
        let mut world = World::new();
        world.registration = mode;
        for call in [world.anonymous(), once(world.anonymous())] {
            let result = world.build().registration().register(&call, request(), unkept).await;
            match mode {
                RegistrationMode::Invitation => assert_refused!(result, RegistrationError::InvitationOnly),
                _ => assert_refused!(result, RegistrationError::Closed),
            }
        }
        assert!(world.hasher.work().is_empty());
        assert_eq!(world.signal.rings(), 0);
        let dashtam = world.build();
        assert_eq!((dashtam.registration().mode(), dashtam.registration().is_open()), (mode, false));
    }
}

#[tokio::test]
async fn the_link_of_the_start_makes_the_first_account_in_every_mode() {
    for mode in [RegistrationMode::Open, RegistrationMode::Invitation, RegistrationMode::Closed] {
        let mut world = World::new();
        world.registration = mode;
        let asked = world.queries.users.expect_users().times(2);
        asked.returning(|_, _, _| Ok(Page { items: Vec::new(), next: None }));
        let (users, mut lines) = (Recorder::new(), Recorder::new());
        let seen = users.clone();
        let unit = world.unit(|unit| {
            unit.users.expect_insert_first().times(1).returning(move |user: &User| {
                seen.push(user.clone());
                Ok(Inserted::New)
            });
            lines = unit.records_audit();
        });
        let dashtam = world.build();
        let link = dashtam.registration().make_set_up_link(&world.system(), MakeSetUpLink).await.unwrap();
        let link = link.expect("nobody has an account");
        let token = SecretText::new(link.query_pairs().next().unwrap().1);
        let Register { email, name, password } = request();
        let wanted = SetUp { token, email, name, password };
        let made = dashtam.registration().set_up(&world.anonymous(), wanted).await.unwrap();
        assert!(unit.is_committed());
        let user: User = users.only();
        assert!(user.id == made && user.administrator && user.is_verified(), "{mode:?}");
        assert_eq!(actions(&lines), [AuditAction::UserRegistered, AuditAction::AdministratorGranted]);
    }
}
