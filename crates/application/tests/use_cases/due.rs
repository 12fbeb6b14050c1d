//! Rounds over what is due: what fails for one is logged and keeps none of the others waiting.

use dashtam_application::{
    administration::ResetDueSecondFactors, api_keys::TellKeyExpiry, authorization::TellExpiry,
};
use dashtam_domain::{
    connections::{Connection, ConnectionState, ExpiryNotice},
    event::DomainEvent,
    id::SessionId,
    identity::{ApiKeyNotice, AuditAction, SecondFactorKind, User},
};
use dashtam_testkit::{
    builders::{self, at},
    fakes::{LogKeeper, Recorder},
    mocks::MockUnitOfWork,
};

use crate::world::{World, actions, assert_line, broken};

/// Everything a reset does, up to its commit.
fn resets(unit: &mut MockUnitOfWork, user: &User) {
    let (id, found) = (user.id, user.clone());
    unit.users.expect_find().withf(move |of| *of == id).times(1).return_once(move |_| Ok(Some(found)));
    unit.second_factor_resets
        .expect_take()
        .withf(move |of, now| (*of, *now) == (id, at(1_000)))
        .times(1)
        .returning(|_, _| Ok(true));
    unit.second_factors.expect_remove().withf(move |of| *of == id).times(1).returning(|_| Ok(true));
    unit.users
        .expect_update()
        .withf(move |user| user.id == id && user.second_factor == SecondFactorKind::None)
        .times(1)
        .returning(|_| Ok(()));
    unit.sessions.expect_end_all().times(1).returning(|_, _, _, _, _| Ok(1));
    unit.one_time_tokens.expect_revoke().times(1).returning(|_, _| Ok(()));
}

#[tokio::test]
async fn a_second_factor_that_is_not_reset_stops_no_other() {
    let mut world = World::new();
    let with_factor = || User { second_factor: SecondFactorKind::Email, ..builders::user() };
    let [unread, uncommitted, good] = [with_factor(), with_factor(), with_factor()];
    let ids = [unread.id, uncommitted.id, good.id];
    world
        .queries
        .second_factors
        .expect_due_second_factor_resets()
        .withf(|now, _| *now == at(1_000))
        .times(1)
        .return_once(move |_, _| Ok(ids.to_vec()));
    let failing = world.unit(|unit| {
        unit.users.expect_find().times(1).returning(|_| Err(broken()));
    });
    world.failing_unit(|unit| {
        resets(unit, &uncommitted);
        unit.records_audit();
        unit.records_events();
    });
    let (mut lines, mut events) = (Recorder::new(), Recorder::new());
    let done = world.unit(|unit| {
        resets(unit, &good);
        (lines, events) = (unit.records_audit(), unit.records_events());
    });
    let (log, _) = LogKeeper::listen();
    let call = world.system();
    let round = world.build().administration().reset_due_second_factors(&call, ResetDueSecondFactors).await;
    assert_eq!(round.unwrap(), 1);
    assert!(done.is_committed() && !failing.is_committed());
    let [line] = lines.all().try_into().unwrap();
    assert_line(&line, &call, AuditAction::SecondFactorReset, good.id);
    assert_eq!(events.all(), [DomainEvent::SecondFactorReset { user: good.id }]);
    assert_eq!((world.cache.forgotten_users(), world.signal.rings()), (vec![good.id], 1));
    assert_logged(&log, "a second factor was not reset", "user.id", [unread.id, uncommitted.id]);
}

#[tokio::test]
async fn a_key_whose_end_is_not_told_stops_no_other() {
    let mut world = World::new();
    let owner = world.owner;
    let notice = || {
        let key = SessionId(builders::id());
        ApiKeyNotice { key, owner, due_at: at(900), expires_at: at(90_000) }
    };
    let [unsettled, uncommitted, good] = [notice(), notice(), notice()];
    let due = vec![unsettled, uncommitted, good];
    world
        .queries
        .api_keys
        .expect_due_key_notices()
        .withf(|now, _| *now == at(1_000))
        .times(1)
        .return_once(move |_, _| Ok(due));
    let settles = |unit: &mut MockUnitOfWork, notice: ApiKeyNotice| {
        let settle = unit.sessions.expect_settle_key_notice();
        settle.withf(move |asked, _| *asked == notice).times(1).returning(|_, _| Ok(true));
        unit.records_events()
    };
    let failing = world.unit(|unit| {
        unit.sessions.expect_settle_key_notice().times(1).returning(|_, _| Err(broken()));
    });
    world.failing_unit(|unit| {
        settles(unit, uncommitted);
    });
    let mut events = Recorder::new();
    let told = world.unit(|unit| events = settles(unit, good));
    let (log, _) = LogKeeper::listen();
    let call = world.system();
    assert_eq!(world.build().api_keys().tell_expiry(&call, TellKeyExpiry).await.unwrap(), 3);
    assert!(told.is_committed() && !failing.is_committed());
    assert_eq!(
        events.all(),
        [DomainEvent::ApiKeyExpiring { user: owner, key: good.key, at: good.expires_at }]
    );
    assert_eq!(world.signal.rings(), 1);
    assert_logged(&log, "the end of an API key was not told", "key.id", [unsettled.key, uncommitted.key]);
}

/// The connection whose grant has just ended is expired, up to the commit.
fn expires(
    unit: &mut MockUnitOfWork,
    connection: &Connection,
    notice: ExpiryNotice,
) -> Recorder<DomainEvent> {
    let (owner, id, found) = (connection.owner, connection.id, connection.clone());
    unit.connections
        .expect_find()
        .withf(move |of, which| (*of, *which) == (owner, id))
        .times(1)
        .return_once(move |_, _| Ok(Some(found)));
    let settle = unit.credentials.expect_settle_notice();
    settle.withf(move |asked, _| *asked == notice).times(1).returning(|_, _| Ok(true));
    unit.connections
        .expect_update()
        .withf(move |connection| connection.id == id && connection.state == ConnectionState::Expired)
        .times(1)
        .returning(|_| Ok(dashtam_domain::store::Inserted::New));
    unit.records_events()
}

#[tokio::test]
async fn a_grant_whose_end_is_not_told_stops_no_other() {
    let mut world = World::new();
    let owner = world.owner;
    let linked = |alias| {
        let mut connection = builders::connection(owner, alias);
        connection.linked(at(0));
        let connection_id = connection.id;
        let notice =
            ExpiryNotice { connection: connection_id, owner, due_at: at(1_000), grant_expires_at: at(1_000) };
        (connection, notice)
    };
    let [unread, uncommitted, good] = ["Unread", "Uncommitted", "Good"].map(linked);
    let due = vec![unread.1, uncommitted.1, good.1];
    world
        .queries
        .connections
        .expect_due_grant_notices()
        .withf(|now, _| *now == at(1_000))
        .times(1)
        .return_once(move |_, _| Ok(due));
    let failing = world.unit(|unit| {
        unit.connections.expect_find().times(1).returning(|_, _| Err(broken()));
    });
    world.failing_unit(|unit| {
        expires(unit, &uncommitted.0, uncommitted.1);
        unit.records_audit();
    });
    let (mut lines, mut events) = (Recorder::new(), Recorder::new());
    let told = world.unit(|unit| {
        events = expires(unit, &good.0, good.1);
        lines = unit.records_audit();
    });
    let (log, _) = LogKeeper::listen();
    let call = world.system();
    assert_eq!(world.build().authorization().tell_expiry(&call, TellExpiry).await.unwrap(), 3);
    assert!(told.is_committed() && !failing.is_committed());
    assert_eq!(actions(&lines), [AuditAction::ConnectionError]);
    assert_eq!(events.all(), [DomainEvent::ConnectionExpired { user: owner, connection: good.0.id }]);
    assert_logged(&log, "an expiry was not told", "connection.id", [unread.0.id, uncommitted.0.id]);
}

/// Checks that these failures stand in the log, one line each, and no others.
#[track_caller]
fn assert_logged<T: ToString>(log: &LogKeeper, message: &str, field: &str, of: [T; 2]) {
    let text = log.text();
    let failures: Vec<_> = text.lines().filter(|line| line.contains(message)).collect();
    assert_eq!(failures.len(), 2, "{text}");
    for (line, id) in failures.iter().zip(of) {
        let id = format!("{field}={}", id.to_string());
        assert!(line.contains("ERROR") && line.contains(&id), "{id} in {line}");
    }
}
