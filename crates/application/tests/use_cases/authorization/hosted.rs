//! Linking at an institution's own pages, on a real database.

use std::sync::Arc;

use chrono::TimeDelta;
use dashtam_application::{
    Dashtam,
    authorization::{
        AuthorizationError, CompleteAuthorization, Disconnect, Linked, PollAuthorization, Polled,
        StartAuthorization,
    },
    connections::GetConnection,
};
use dashtam_domain::{
    connections::{Connection, ConnectionState, GrantedAccount, HostedOutcome, ProviderError},
    ledger::{Account, AccountSource},
    secret::SecretText,
};
use dashtam_testkit::{
    builders,
    fakes::{HostedBank, HostedCall},
};

use crate::{
    database::Disk,
    sync::credentials,
    world::{World, assert_refused},
};

/// An instance of a bank with pages of its own.
struct Bench {
    world: World,
    dashtam: Dashtam,
    bank: Arc<HostedBank>,
    connection: Connection,
    disk: Disk,
}

impl Bench {
    async fn open() -> Self {
        let mut bank = None;
        let (world, disk) = Disk::open(|world| {
            let hosted = Arc::new(HostedBank::new("sandbox", &world.open));
            world.provider(hosted.clone());
            bank = Some(hosted);
        })
        .await;
        let connection = builders::connection(world.owner, "Mine");
        let mut unit = disk.storage.store.begin().await.unwrap();
        unit.connections().insert_if_absent(&connection).await.unwrap();
        unit.commit().await.unwrap();
        let dashtam = world.build_on(disk.storage.clone());
        Self { world, dashtam, bank: bank.unwrap(), connection, disk }
    }

    /// Begins; the state.
    async fn start(&self) -> SecretText {
        let request = StartAuthorization { connection: self.connection.id };
        let started = self.dashtam.authorization().start(&self.world.call(), request).await.unwrap();
        assert_eq!(started.url.as_str(), "https://bank.example/pages/1");
        SecretText::new(started.state.expose())
    }

    async fn poll(&self) -> Result<Polled, AuthorizationError> {
        let request = PollAuthorization { connection: self.connection.id };
        self.dashtam.authorization().poll(&self.world.call(), request).await
    }

    async fn come_back(&self, state: &SecretText) -> Result<Linked, AuthorizationError> {
        let request =
            CompleteAuthorization { state: Some(state.clone()), ..CompleteAuthorization::default() };
        self.dashtam.authorization().complete(&self.world.anonymous(), request).await
    }

    async fn state(&self) -> ConnectionState {
        let request = GetConnection { connection: self.connection.id };
        self.dashtam.connections().get(&self.world.call(), request).await.unwrap().connection.state
    }

    fn will_grant(&self, grant: &str, access: &str) {
        self.bank
            .will_say(Ok(HostedOutcome::Granted(SecretText::new(grant))))
            .will_exchange(Ok(credentials(access, None)));
    }
}

#[tokio::test]
async fn the_outcome_is_asked_for_until_there_is_one() {
    let bench = Bench::open().await;
    assert_refused!(bench.poll().await, AuthorizationError::NotUnderWay);
    bench.start().await;
    bench.bank.will_say(Ok(HostedOutcome::UnderWay)).will_say(Err(ProviderError::Unavailable));
    assert!(matches!(bench.poll().await, Ok(Polled::UnderWay)));
    assert_refused!(bench.poll().await, AuthorizationError::Outcome(ProviderError::Unavailable));
    bench.will_grant("grant", "access-1");
    let polled = bench.poll().await.unwrap();
    assert!(matches!(polled, Polled::Linked(linked) if linked.connection == bench.connection.id));
    assert_eq!(bench.state().await, ConnectionState::Active);
    assert_refused!(bench.poll().await, AuthorizationError::NotUnderWay);
    let calls = bench.bank.calls();
    assert!(matches!(&calls[0], HostedCall::Begin { current: None, .. }));
    assert_eq!(calls[1], HostedCall::Outcome { key: "session-key".to_owned() });
    let exchange = HostedCall::Exchange { grant: "grant".to_owned(), current: None };
    assert_eq!(calls.last(), Some(&exchange));
}

#[tokio::test]
async fn who_comes_back_brings_the_state_alone() {
    let bench = Bench::open().await;
    let state = bench.start().await;
    bench.bank.will_say(Ok(HostedOutcome::UnderWay));
    assert_refused!(bench.come_back(&state).await, AuthorizationError::NotFinished);
    bench.will_grant("grant", "access-1");
    let linked = bench.come_back(&state).await.unwrap();
    assert_eq!(linked.connection, bench.connection.id);
    assert_refused!(bench.come_back(&state).await, AuthorizationError::InvalidState);
    assert_refused!(bench.poll().await, AuthorizationError::NotUnderWay);
}

#[tokio::test]
async fn a_state_that_is_not_known_or_of_another_instance_asks_nothing() {
    let bench = Bench::open().await;
    let state = bench.start().await;
    let asked = bench.bank.calls().len();
    let forged = super::state();
    assert_refused!(
        bench.come_back(&SecretText::new(forged.expose())).await,
        AuthorizationError::InvalidState
    );
    let request = CompleteAuthorization {
        connection: Some(dashtam_domain::id::ConnectionId(builders::id())),
        state: Some(state.clone()),
        ..CompleteAuthorization::default()
    };
    let result = bench.dashtam.authorization().complete(&bench.world.anonymous(), request).await;
    assert_refused!(result, AuthorizationError::InvalidState);
    assert_eq!(bench.bank.calls().len(), asked);
    bench.will_grant("grant", "access-1");
    bench.come_back(&state).await.unwrap();
}

#[tokio::test]
async fn what_was_not_granted_is_used_up_and_links_nothing() {
    let bench = Bench::open().await;
    let state = bench.start().await;
    bench.bank.will_say(Ok(HostedOutcome::NotGranted));
    assert_refused!(bench.poll().await, AuthorizationError::NotGranted);
    assert_refused!(bench.come_back(&state).await, AuthorizationError::InvalidState);
    assert_eq!(bench.state().await, ConnectionState::Pending);
}

#[tokio::test]
async fn a_session_that_has_ended_is_not_asked_about() {
    let mut bench = Bench::open().await;
    bench.start().await;
    bench.world.now = bench.world.now.plus(TimeDelta::hours(4) + TimeDelta::seconds(1));
    bench.world.clock.set(bench.world.now);
    assert_refused!(bench.poll().await, AuthorizationError::NotUnderWay);
}

#[tokio::test]
async fn linking_again_renews_and_giving_up_tells_the_institution() {
    let bench = Bench::open().await;
    bench.start().await;
    bench.will_grant("first", "access-1");
    bench.poll().await.unwrap();
    bench.start().await;
    bench.will_grant("again", "access-1");
    bench.poll().await.unwrap();
    let current = Some("access-1".to_owned());
    let calls = bench.bank.calls();
    let begun: Vec<&Option<String>> = calls
        .iter()
        .filter_map(|call| match call {
            HostedCall::Begin { current, .. } => Some(current),
            _ => None,
        })
        .collect();
    assert_eq!(begun, [&None, &current]);
    assert_eq!(calls.last(), Some(&HostedCall::Exchange { grant: "again".to_owned(), current }));

    let request = Disconnect { connection: bench.connection.id };
    bench.dashtam.authorization().disconnect(&bench.world.call(), request).await.unwrap();
    let revoked = HostedCall::Revoke { access_token: "access-1".to_owned() };
    assert_eq!(bench.bank.calls().last(), Some(&revoked));
    assert_eq!(bench.state().await, ConnectionState::Revoked);
}

#[tokio::test]
async fn a_renewed_grant_goes_on_where_it_was_and_another_one_begins_anew() {
    let bench = Bench::open().await;
    bench.start().await;
    bench.will_grant("first", "access-1");
    bench.poll().await.unwrap();
    let mut unit = bench.disk.storage.store.begin().await.unwrap();
    let found = unit.connections().find(bench.world.owner, bench.connection.id).await.unwrap();
    let mut connection = found.unwrap();
    connection.cursor = Some("here".to_owned());
    unit.connections().update(&mut connection).await.unwrap();
    unit.commit().await.unwrap();
    for (access, cursor) in [("access-1", Some("here")), ("access-2", None)] {
        bench.start().await;
        bench.will_grant("again", access);
        bench.poll().await.unwrap();
        let request = GetConnection { connection: bench.connection.id };
        let stored = bench.dashtam.connections().get(&bench.world.call(), request).await.unwrap();
        assert_eq!(stored.connection.cursor.as_deref(), cursor, "{access}");
    }
}

#[tokio::test]
async fn a_grant_that_cannot_be_stored_is_given_back() {
    let bench = Bench::open().await;
    bench.start().await;
    // Removed while the institution is asked.
    let (store, owner, id) = (bench.disk.unwatched.store.clone(), bench.world.owner, bench.connection.id);
    bench.bank.while_exchanging(async move {
        let mut unit = store.begin().await.unwrap();
        assert!(unit.connections().delete(owner, id).await.unwrap());
        unit.commit().await.unwrap();
    });
    bench.will_grant("grant", "access-1");
    assert_refused!(bench.poll().await, AuthorizationError::NotFound);
    let revoked = HostedCall::Revoke { access_token: "access-1".to_owned() };
    assert_eq!(bench.bank.calls().last(), Some(&revoked));
}

#[tokio::test]
async fn a_renewed_grant_that_cannot_be_stored_stays() {
    let bench = Bench::open().await;
    bench.start().await;
    bench.will_grant("first", "access-1");
    bench.poll().await.unwrap();
    bench.start().await;
    let (store, owner, id) = (bench.disk.unwatched.store.clone(), bench.world.owner, bench.connection.id);
    bench.bank.while_exchanging(async move {
        let mut unit = store.begin().await.unwrap();
        assert!(unit.connections().delete(owner, id).await.unwrap());
        unit.commit().await.unwrap();
    });
    bench.will_grant("again", "access-1");
    assert_refused!(bench.poll().await, AuthorizationError::NotFound);
    // Whoever removed the connection has seen to it.
    assert!(!bench.bank.calls().iter().any(|call| matches!(call, HostedCall::Revoke { .. })));
}

impl Bench {
    /// Another instance of the user's at this bank in this state, with these accounts.
    async fn other(&self, state: ConnectionState, names: &[&str]) -> Connection {
        let alias = format!("Other {names:?} {}", state.as_str());
        let mut other = builders::connection(self.world.owner, &alias);
        other.linked(self.world.now);
        other.state = state;
        let mut unit = self.disk.storage.store.begin().await.unwrap();
        unit.connections().insert_if_absent(&other).await.unwrap();
        for name in names {
            let source = AccountSource::Connection(other.id);
            let account = builders::account(self.world.owner, source, name);
            let institution = Some("Hosted Bank".to_owned());
            let account =
                Account { name: (*name).to_owned(), institution, mask: Some("****1".to_owned()), ..account };
            unit.accounts().upsert(&account).await.unwrap();
        }
        unit.commit().await.unwrap();
        other
    }
}

fn granted(name: &str) -> GrantedAccount {
    let (institution, mask) = ("Hosted Bank".to_owned(), "****1".to_owned());
    GrantedAccount { institution, name: name.to_owned(), mask }
}

#[tokio::test]
async fn accounts_that_are_linked_already_are_not_linked_a_second_time() {
    let bench = Bench::open().await;
    let other = bench.other(ConnectionState::Active, &["Checking", "Savings", "Card"]).await;
    let state = bench.start().await;
    bench.bank.grants(vec![granted("Checking"), granted("Savings")]);
    bench.bank.will_say(Ok(HostedOutcome::Granted(SecretText::new("grant"))));
    match bench.poll().await {
        Err(AuthorizationError::LinkedAlready(alias)) => assert_eq!(alias, other.alias.as_str()),
        other => panic!("{other:?}"),
    }
    // Nothing was exchanged, and it is over.
    assert!(!bench.bank.calls().iter().any(|call| matches!(call, HostedCall::Exchange { .. })));
    assert_refused!(bench.come_back(&state).await, AuthorizationError::InvalidState);
    assert_eq!(bench.state().await, ConnectionState::Pending);
}

#[tokio::test]
async fn what_is_linked_elsewhere_in_part_or_no_longer_is_linked() {
    let bench = Bench::open().await;
    bench.other(ConnectionState::Active, &["Checking"]).await;
    bench.other(ConnectionState::Active, &["Savings"]).await;
    bench.other(ConnectionState::Revoked, &["Checking", "Savings"]).await;
    bench.start().await;
    bench.bank.grants(vec![granted("Checking"), granted("Savings")]);
    bench.will_grant("grant", "access-1");
    assert!(matches!(bench.poll().await, Ok(Polled::Linked(_))));
}

/// Thirty who ask at once: a grant is exchanged once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_ask_at_once_one_links() {
    let bench = Bench::open().await;
    bench.start().await;
    for _ in 0..30 {
        bench.bank.will_say(Ok(HostedOutcome::Granted(SecretText::new("grant"))));
    }
    // One answer only: a second exchange would fail the test.
    bench.bank.will_exchange(Ok(credentials("access-1", None)));
    let dashtam = Arc::new(bench.world.build_on(bench.disk.unwatched.clone()));
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let (dashtam, call, connection) = (dashtam.clone(), bench.world.call(), bench.connection.id);
        asking.spawn(async move {
            let polled = dashtam.authorization().poll(&call, PollAuthorization { connection }).await;
            match polled {
                Ok(Polled::Linked(_)) => 1,
                Ok(Polled::UnderWay) | Err(AuthorizationError::NotUnderWay) => 0,
                Err(other) => panic!("{other}"),
            }
        });
    }
    let linked: Vec<i32> = asking.join_all().await;
    assert_eq!(linked.iter().sum::<i32>(), 1);
    let exchanges =
        bench.bank.calls().iter().filter(|call| matches!(call, HostedCall::Exchange { .. })).count();
    assert_eq!(exchanges, 1);
    assert_eq!(bench.state().await, ConnectionState::Active);
}
