//! Signing in by password: equal work for everybody, and the account's state only after the right password.

use dashtam_application::{
    errors::CommonError,
    sign_in::{Holding, PasswordSignInError, Refusal, SignInWithPassword},
};
use dashtam_domain::{
    event::DomainEvent,
    identity::{
        AuditAction, AuditEntry, AuditSeal, Familiarity, HashError, Identifier, PlainPassword, PlainSeal,
        RefreshGeneration, RefreshSecrets, SecurityConfig, Session, SignInBudget, TokenFloor, Transport,
        User, fingerprint,
    },
    time::Timestamp,
};
use dashtam_testkit::{
    builders,
    fakes::{FakeRefreshSecrets, HashWork, PlainHasher, Recorder},
    mocks::MockUnitOfWork,
};

use crate::world::{Unit, World, assert_line, assert_refused, client, policy};

const PASSWORD: &str = "Correct-Horse-7";

fn with(password: &str) -> SignInWithPassword {
    SignInWithPassword {
        identifier: Identifier::Email("Ada@Example.com".parse().unwrap()),
        password: PlainPassword::presented(password).unwrap(),
        mark: None,
        holding: Holding::Tokens,
    }
}

/// A verified account with the right password.
fn ada() -> User {
    User {
        email: "ada@example.com".parse().unwrap(),
        password: Some(PlainHasher::hash_of(PASSWORD)),
        email_verified_at: Some(builders::at(1)),
        ..builders::user()
    }
}

fn knows(world: &mut World, user: Option<User>) {
    world
        .queries
        .users
        .expect_user_by_email()
        .withf(|email| email.canonical() == "ada@example.com")
        .times(1)
        .return_once(move |_| Ok(user));
    world.queries.sign_in.expect_sign_in_budgets().times(1).return_once(|_| Ok(Vec::new()));
}

/// The unit in which a wrong password is counted, for the third time.
fn counts_a_wrong_password(world: &mut World) -> (Unit, Recorder<AuditEntry>) {
    let now = world.now;
    let mut lines = Recorder::new();
    let unit = world.unit(|unit| {
        lines = unit.records_audit();
        let address = SignInBudget::of_address(&"ada@example.com".parse().unwrap());
        unit.sign_in_budgets
            .expect_count_failure()
            .withf(move |subject, at| *subject == address && *at == now)
            .times(1)
            .returning(|_, _| Ok(Some(3)));
    });
    (unit, lines)
}

/// The unit finds the account as it was when its password was checked, and its budget not spent.
fn finds_it_unchanged(unit: &mut MockUnitOfWork, user: &User) {
    let user = user.clone();
    unit.users.expect_find().times(1).return_once(|_| Ok(Some(user)));
    unit.sign_in_budgets.expect_restore().times(1).returning(|_, _| Ok(true));
}

/// The account knows such a client as well as this.
fn is_familiar(world: &mut World, familiarity: Familiarity) {
    let floor = TokenFloor { version: 4, ..builders::token_floor() };
    let config = SecurityConfig { floor, updated_at: builders::at(0), updated_by: None, reason: None };
    world.queries.sessions.expect_security_config().times(1).return_once(|| Ok(config));
    world
        .queries
        .sessions
        .expect_familiarity()
        .withf(|_, device, network| (device, network) == ("Unknown Browser on Unknown OS", "192.0.2.0/24"))
        .times(1)
        .return_once(move |_, _, _| Ok(familiarity));
    let trusts = world.queries.sessions.expect_trusts();
    trusts.times(usize::from(familiarity == Familiarity::New)).returning(|_, _, _| Ok(false));
}

/// What a sign-in writes.
fn begins_a_session(
    unit: &mut MockUnitOfWork,
    user: &User,
    at: Timestamp,
) -> (Recorder<Session>, Recorder<RefreshGeneration>) {
    let (sessions, tokens) = (Recorder::new(), Recorder::new());
    let (new_sessions, new_tokens) = (sessions.clone(), tokens.clone());
    unit.sessions.expect_insert().times(1).returning(move |session| {
        new_sessions.push(session.clone());
        Ok(())
    });
    unit.refresh_tokens.expect_insert().times(1).returning(move |token| {
        new_tokens.push(token.clone());
        Ok(())
    });
    finds_it_unchanged(unit, user);
    let id = user.id;
    unit.sign_in_budgets
        .expect_remember()
        .withf(move |owner, clients, now| *owner == id && clients.len() == 2 && *now == at)
        .times(1)
        .returning(|_, _, _| Ok(()));
    unit.users
        .expect_record_sign_in()
        .withf(move |user, address, now| *user == id && *address == client().address && *now == at)
        .times(1)
        .returning(|_, _, _| Ok(()));
    (sessions, tokens)
}

#[tokio::test]
async fn the_right_password_begins_a_session_and_hands_out_a_pair_of_tokens() {
    let mut world = World::new();
    let user = ada();
    let (id, now) = (user.id, world.now);
    let (mut written, mut lines) = (Default::default(), Recorder::new());
    let unit = world.unit(|unit| {
        written = begins_a_session(unit, &user, now);
        lines = unit.records_audit();
    });
    knows(&mut world, Some(user));
    is_familiar(&mut world, Familiarity::First);
    let call = world.anonymous();
    let signed_in = world.build().password_sign_in().sign_in(&call, with(PASSWORD)).await.unwrap();
    let signed_in = signed_in.signed_in().unwrap();

    assert!(unit.is_committed());
    let (sessions, tokens) = written;
    let (session, first) = (sessions.only(), tokens.only());
    assert_eq!((session.user, session.transport, session.long_lived), (id, Transport::Token, true));
    assert_eq!((session.created_at, session.expires_at), (now, now.plus(policy().session)));
    assert_eq!((session.address, session.user_agent), (client().address, client().user_agent));
    assert_eq!((session.ended, session.global_version, session.api_calls), (None, 4, 0));
    assert_eq!(session.device, "Unknown Browser on Unknown OS");
    assert_eq!(session.fingerprint, fingerprint(Some("Browser/1.0")));
    assert_eq!((session.location, session.label, session.is_trusted), (None, None, false));

    let refresh_token = FakeRefreshSecrets.derive(session.id, 0);
    assert_eq!(signed_in.tokens().unwrap().refresh_token.expose(), refresh_token.expose());
    assert_eq!((first.hash, first.session, first.user), (refresh_token.hash(), session.id, id));
    assert_eq!((first.generation, first.used_at), (0, None));
    assert_eq!(first.expires_at, now.plus(policy().refresh_token));

    let claims = world.access_tokens.issued().pop().unwrap();
    assert_eq!((claims.user, claims.session, claims.version), (id, session.id, 1));
    assert_eq!(claims.email.as_deref(), Some("ada@example.com"));
    assert_eq!((claims.issued_at, claims.expires_at), (now, now.plus(policy().access_token)));
    assert_eq!(
        (signed_in.tokens().unwrap().access_token.expose(), signed_in.tokens().unwrap().expires_in),
        ("access-0", 1_800)
    );

    assert_line(&lines.only(), &call, AuditAction::LoginSucceeded, id);
    assert_eq!((signed_in.user.id, signed_in.user.last_login_at), (id, Some(now)));
    assert_eq!(world.hasher.work(), [HashWork::Verify]);
}

#[tokio::test]
async fn an_unknown_address_costs_the_same_work_as_a_wrong_password_and_is_answered_alike() {
    let without_password = User { password: None, ..ada() };
    for (user, work) in
        [(None, HashWork::Waste), (Some(without_password), HashWork::Waste), (Some(ada()), HashWork::Verify)]
    {
        let mut world = World::new();
        let id = user.as_ref().map(|user| user.id);
        knows(&mut world, user);
        let (counted, lines) = counts_a_wrong_password(&mut world);
        let call = world.anonymous();
        let result = world.build().password_sign_in().sign_in(&call, with("Wrong-Horse-7")).await;
        assert_refused!(result, PasswordSignInError::InvalidCredentials);
        assert!(counted.is_committed());
        assert_eq!(world.hasher.work(), [work]);
        assert!(world.access_tokens.issued().is_empty());
        let line = lines.only();
        assert_eq!((line.action, line.user, line.at), (AuditAction::LoginFailed, id, world.now));
        assert_eq!(line.details["reason"], "invalid-credentials");
        // What was typed is never written down.
        let pseudonym = id.is_none().then(|| PlainSeal.pseudonym("ada@example.com"));
        assert_eq!(line.details["identifier"].as_str().map(str::to_owned), pseudonym);
        assert!(!line.details.to_string().contains("ada"));
    }
}

#[tokio::test]
async fn the_state_of_an_account_is_told_after_the_right_password_only() {
    let disabled = || User { is_active: false, ..ada() };
    let unverified = || User { email_verified_at: None, ..ada() };
    for user in [disabled(), unverified()] {
        let mut world = World::new();
        knows(&mut world, Some(user));
        counts_a_wrong_password(&mut world);
        let call = world.anonymous();
        let result = world.build().password_sign_in().sign_in(&call, with("Wrong-Horse-7")).await;
        assert_refused!(result, PasswordSignInError::InvalidCredentials);
    }

    let mut world = World::new();
    let user = disabled();
    let mut lines = Recorder::new();
    world.unit(|unit| {
        finds_it_unchanged(unit, &user);
        lines = unit.records_audit();
    });
    knows(&mut world, Some(user));
    is_familiar(&mut world, Familiarity::Known);
    let call = world.anonymous();
    let result = world.build().password_sign_in().sign_in(&call, with(PASSWORD)).await;
    assert_refused!(result, PasswordSignInError::Refused(Refusal::Disabled));
    assert_eq!(lines.only().details["reason"], "account-disabled");

    let user = unverified();
    let mut events = Recorder::new();
    world.unit(|unit| {
        finds_it_unchanged(unit, &user);
        unit.mail_budgets.expect_take().times(1).returning(|_, _, _, _| Ok(true));
        unit.records_audit();
        events = unit.records_events();
    });
    let id = user.id;
    knows(&mut world, Some(user));
    is_familiar(&mut world, Familiarity::Known);
    let result = world.build().password_sign_in().sign_in(&call, with(PASSWORD)).await;
    assert_refused!(result, PasswordSignInError::Refused(Refusal::NotVerified));
    assert_eq!(events.only(), DomainEvent::VerificationRequested { user: id }, "the mail is sent again");
    assert!(world.access_tokens.issued().is_empty());
}

#[tokio::test]
async fn an_outdated_hash_is_replaced_in_the_unit_of_the_sign_in() {
    let mut world = World::new();
    let old = PlainHasher::outdated_hash_of(PASSWORD);
    let user = User { password: Some(old.clone()), ..ada() };
    let (id, now) = (user.id, world.now);
    let unit = world.unit(|unit| {
        begins_a_session(unit, &user, now);
        unit.records_audit();
        unit.users
            .expect_replace_password()
            .withf(move |user, expected, new| {
                *user == id && *expected == old && *new == PlainHasher::hash_of(PASSWORD)
            })
            .times(1)
            .returning(|_, _, _| Ok(true));
    });
    knows(&mut world, Some(user));
    is_familiar(&mut world, Familiarity::Known);
    let call = world.anonymous();
    world.build().password_sign_in().sign_in(&call, with(PASSWORD)).await.unwrap();
    assert!(unit.is_committed());
    assert_eq!(world.hasher.work(), [HashWork::Verify, HashWork::Hash]);
}

#[tokio::test]
async fn an_outdated_hash_is_not_replaced_for_a_wrong_password() {
    let mut world = World::new();
    knows(&mut world, Some(User { password: Some(PlainHasher::outdated_hash_of(PASSWORD)), ..ada() }));
    counts_a_wrong_password(&mut world);
    let call = world.anonymous();
    let result = world.build().password_sign_in().sign_in(&call, with("Wrong-Horse-7")).await;
    assert_refused!(result, PasswordSignInError::InvalidCredentials);
    assert_eq!(world.hasher.work(), [HashWork::Verify]);
}

#[tokio::test]
async fn a_password_that_was_replaced_while_it_was_checked_signs_nobody_in() {
    let mut world = World::new();
    let user = ada();
    let changed = User { password: Some(PlainHasher::hash_of("Another-Horse-8")), ..user.clone() };
    let unit = world.unit(|unit| {
        unit.users.expect_find().times(1).return_once(|_| Ok(Some(changed)));
    });
    knows(&mut world, Some(user));
    is_familiar(&mut world, Familiarity::Known);
    let call = world.anonymous();
    let result = world.build().password_sign_in().sign_in(&call, with(PASSWORD)).await;
    assert_refused!(result, PasswordSignInError::InvalidCredentials);
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn a_budget_that_was_spent_while_the_right_password_was_checked_signs_nobody_in() {
    let mut world = World::new();
    let user = ada();
    let found = user.clone();
    let unit = world.unit(|unit| {
        unit.users.expect_find().times(1).return_once(|_| Ok(Some(found)));
        unit.sign_in_budgets.expect_restore().times(1).returning(|_, _| Ok(false));
    });
    knows(&mut world, Some(user));
    is_familiar(&mut world, Familiarity::Known);
    let call = world.anonymous();
    let result = world.build().password_sign_in().sign_in(&call, with(PASSWORD)).await;
    assert_refused!(result, PasswordSignInError::Throttled { seconds: 3_601 });
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn too_much_password_work_is_said_for_known_and_unknown_addresses() {
    for user in [None, Some(ada())] {
        let mut world = World::new();
        world.hasher.overload();
        knows(&mut world, user);
        let call = world.anonymous();
        let result = world.build().password_sign_in().sign_in(&call, with(PASSWORD)).await;
        assert_refused!(result, PasswordSignInError::Common(CommonError::Hash(HashError::Busy)));
    }
}

#[tokio::test]
async fn no_tokens_are_handed_out_for_a_session_that_was_not_stored() {
    let mut world = World::new();
    let user = ada();
    let now = world.now;
    world.failing_unit(|unit| {
        begins_a_session(unit, &user, now);
        unit.records_audit();
    });
    knows(&mut world, Some(user));
    is_familiar(&mut world, Familiarity::Known);
    let call = world.anonymous();
    let result = world.build().password_sign_in().sign_in(&call, with(PASSWORD)).await;
    assert_refused!(result, PasswordSignInError::Common(CommonError::Store(_)));
    assert!(world.access_tokens.issued().is_empty());
}

#[tokio::test]
async fn the_owner_hears_of_a_client_that_is_new_and_of_no_other() {
    for (familiarity, told) in
        [(Familiarity::First, false), (Familiarity::Known, false), (Familiarity::New, true)]
    {
        let mut world = World::new();
        let user = ada();
        let (id, now) = (user.id, world.now);
        let (mut written, mut events, mut lines) = (Default::default(), Recorder::new(), Recorder::new());
        world.unit(|unit| {
            written = begins_a_session(unit, &user, now);
            lines = unit.records_audit();
            events = unit.records_events();
        });
        knows(&mut world, Some(user));
        is_familiar(&mut world, familiarity);
        let call = world.anonymous();
        world.build().password_sign_in().sign_in(&call, with(PASSWORD)).await.unwrap();
        let session = written.0.only().id;
        let expected = told.then_some(DomainEvent::NewClient { user: id, session });
        assert_eq!(events.all(), Vec::from_iter(expected), "{familiarity:?}");
        assert_eq!(lines.len(), 1 + usize::from(told));
        assert_eq!(world.signal.rings(), usize::from(told));
    }
}
