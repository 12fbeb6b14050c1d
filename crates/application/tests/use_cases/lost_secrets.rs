//! Stored secrets that no key opens, on a real database: each is a state that says what to do, and can be given up.

use std::sync::Arc;

use dashtam_application::{
    Dashtam,
    authorization::{
        AuthorizationError, CompleteAuthorization, Disconnect, GetAuthorizationStatus, RefreshCredentials,
        RefreshDue,
    },
    connections::DeleteConnection,
    delivery::Dispatch,
    sealed::{ForgetLost, Forgotten, InspectKeys, Keys, MarkSecret, SecretChange},
    sync::{RequestSync, RunNextSync},
};
use dashtam_domain::{
    connections::{Connection, ConnectionState, PendingAuthorization, SealedCredentials, SyncState},
    fault::{Fault, FaultKind},
    identity::AuditAction::{self, ConnectionError, SecretForgotten, SyncFailed, SyncStarted},
    page::Limit,
    sealed::SealedField,
    secret::{OpaqueSecret, Sealed, SecretKind, SecretText},
};
use dashtam_testkit::{
    builders::{self, at},
    fakes::{ScriptedProvider, XorCipher},
};
use futures_util::future::join_all;

use crate::{
    database::Disk,
    sync::{credentials, sealed},
    world::{World, assert_refused, unkept},
};

const NEEDED: &str = "Link the account again.";

fn lost() -> Sealed {
    Sealed::new("gAAAAA under a key that is lost")
}

/// A linked instance on a real database, of whose credentials the test loses some.
struct Linked {
    world: World,
    dashtam: Dashtam,
    bank: Arc<ScriptedProvider>,
    connection: Connection,
    disk: Disk,
}

impl Linked {
    async fn with(lose: impl FnOnce(&mut SealedCredentials)) -> Self {
        let mut bank = None;
        let (world, disk) = Disk::open(|world| {
            let scripted = Arc::new(ScriptedProvider::new("sandbox", &world.open));
            world.provider(scripted.clone());
            bank = Some(scripted);
        })
        .await;
        let mut connection = builders::connection(world.owner, "Mine");
        connection.linked(at(0));
        let mut stored = sealed(&connection, "access", Some("refresh"));
        lose(&mut stored);
        let mut unit = disk.storage.store.begin().await.unwrap();
        unit.connections().insert_if_absent(&connection).await.unwrap();
        unit.credentials().put(&mut stored).await.unwrap();
        unit.commit().await.unwrap();
        let dashtam = world.build_on(disk.storage.clone());
        Self { world, dashtam, bank: bank.unwrap(), connection, disk }
    }

    async fn lost() -> Self {
        Self::with(|stored| stored.access_token = lost()).await
    }

    async fn refresh(&self) -> Result<(), AuthorizationError> {
        let request = RefreshCredentials { connection: self.connection.id };
        self.dashtam.authorization().refresh(&self.world.call(), request).await.map(drop)
    }

    async fn stored(&self) -> Connection {
        let found = self.disk.storage.queries.connection(self.world.owner, self.connection.id).await;
        found.unwrap().unwrap().connection
    }

    /// What the trail has, oldest first.
    async fn trail(&self) -> Vec<AuditAction> {
        let queries = &self.disk.storage.queries;
        let lines = queries.all_audit_lines(self.world.owner, None, Limit::default()).await.unwrap();
        let mut actions: Vec<_> = lines.items.iter().map(|line| line.action).collect();
        actions.sort_by_key(|action| action.as_str());
        actions
    }

    /// How many mails the owner got of it.
    async fn mails(&self) -> usize {
        while self.dashtam.delivery().dispatch(&self.world.system(), Dispatch).await.unwrap() > 0 {}
        self.world.mailer.sent().len()
    }

    /// It needs its owner, who was told once; nothing was asked of the institution.
    async fn needs_reconnection(&self, trail: &[AuditAction]) {
        let stored = self.stored().await;
        assert_eq!(stored.state, ConnectionState::Expired);
        assert!(stored.needs_reconnection() && stored.next_sync_at.is_none());
        assert!(stored.error_message.unwrap().ends_with(NEEDED));
        assert_eq!(self.trail().await, trail);
        assert_eq!(self.mails().await, 1);
        assert!(self.bank.calls().is_empty());
    }

    fn keys(&self) -> Keys {
        Keys::new(&self.disk.storage, dashtam_local::sources(), Arc::new(XorCipher))
    }

    async fn forget(&self, field: SealedField) -> Forgotten {
        let request = ForgetLost { field, after: None, limit: Limit::default() };
        self.keys().forget_lost(&self.world.system(), request).await.unwrap()
    }
}

#[tokio::test]
async fn a_run_fails_at_once_with_words_for_its_owner() {
    let spoil: [fn(&mut SealedCredentials); 3] = [
        |stored| stored.access_token = lost(),
        |stored| stored.refresh_token = Some(lost()),
        |stored| stored.id_token = Some(lost()),
    ];
    for lose in spoil {
        let linked = Linked::with(lose).await;
        let request = RequestSync { connection: linked.connection.id };
        linked.dashtam.sync().request(&linked.world.call(), request, unkept).await.unwrap();
        let run = linked.dashtam.sync().run_next(&linked.world.system(), RunNextSync).await.unwrap().unwrap();
        assert_eq!((run.state, run.attempts), (SyncState::Failed, 1));
        assert!(run.error.unwrap().ends_with(NEEDED));
        linked.needs_reconnection(&[ConnectionError, SyncFailed, SyncStarted]).await;
        assert!(linked.dashtam.sync().run_next(&linked.world.system(), RunNextSync).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_refresh_asked_for_is_a_conflict_however_often_and_tells_once() {
    let mut linked = Linked::lost().await;
    linked.dashtam = linked.world.build_on(linked.disk.unwatched.clone());
    let asked = join_all((0..5).map(|_| linked.refresh())).await;
    for result in asked.into_iter().chain([linked.refresh().await]) {
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.code()), (FaultKind::Conflict, "reauthorization-needed"));
        assert!(error.to_string().ends_with(NEEDED), "{error}");
    }
    linked.needs_reconnection(&[ConnectionError]).await;
}

#[tokio::test]
async fn a_proactive_refresh_finds_it_before_anybody_waits() {
    // Due ten minutes before its end.
    let linked = Linked::with(|stored| {
        stored.refresh_token = Some(lost());
        (stored.updated_at, stored.expires_at) = (at(0), Some(at(1_500)));
    })
    .await;
    let taken = linked.dashtam.authorization().refresh_due(&linked.world.system(), RefreshDue).await;
    assert_eq!(taken.unwrap(), 1);
    linked.needs_reconnection(&[ConnectionError]).await;
}

#[tokio::test]
async fn the_status_says_so() {
    let linked = Linked::lost().await;
    for _ in 0..2 {
        let request = GetAuthorizationStatus { connection: linked.connection.id };
        let status = linked.dashtam.authorization().status(&linked.world.call(), request).await.unwrap();
        assert!(!status.readable && status.tokens.is_some());
    }
    linked.needs_reconnection(&[ConnectionError]).await;
}

#[tokio::test]
async fn it_can_be_given_up_and_removed() {
    let linked = Linked::lost().await;
    let request = Disconnect { connection: linked.connection.id };
    linked.dashtam.authorization().disconnect(&linked.world.call(), request).await.unwrap();
    assert_eq!(linked.stored().await.state, ConnectionState::Revoked);
    let linked = Linked::lost().await;
    let request = DeleteConnection { connection: linked.connection.id };
    linked.dashtam.connections().delete(&linked.world.call(), request).await.unwrap();
    assert!(linked.bank.calls().is_empty());
}

/// An authorization of the instance under way, whose verifier is this.
async fn begin(linked: &Linked, verifier: impl FnOnce(&PendingAuthorization) -> Sealed) -> SecretText {
    let state = OpaqueSecret::from_bytes(SecretKind::AuthorizationState, &[5; 32]);
    let mut pending = PendingAuthorization {
        state: state.hash(),
        expires_at: at(9_000),
        ..builders::pending_authorization(&linked.connection)
    };
    pending.verifier = verifier(&pending);
    let mut unit = linked.disk.storage.store.begin().await.unwrap();
    unit.authorizations().replace(&pending).await.unwrap();
    unit.commit().await.unwrap();
    SecretText::new(state.expose())
}

async fn complete(linked: &Linked, state: SecretText) -> Result<(), AuthorizationError> {
    let code = Some(SecretText::new("the-code"));
    let request = CompleteAuthorization { state: Some(state), code, ..CompleteAuthorization::default() };
    linked.dashtam.authorization().complete(&linked.world.anonymous(), request).await.map(drop)
}

#[tokio::test]
async fn linking_again_mends_it_and_leaves_nothing_unreadable_behind() {
    let linked = Linked::with(|stored| {
        stored.access_token = lost();
        stored.refresh_token = Some(lost());
        stored.id_token = Some(lost());
    })
    .await;
    assert_refused!(linked.refresh().await, AuthorizationError::Unreadable(_));
    let state = begin(&linked, |pending| {
        use dashtam_domain::identity::FieldCipher;
        XorCipher.seal(&SecretText::new("v"), SealedField::PkceVerifier.at(pending.id)).unwrap()
    })
    .await;
    // The institution gives neither a refresh token nor an id token.
    linked.bank.will_exchange(Ok(credentials("new-access", None)));
    complete(&linked, state).await.unwrap();
    let stored = linked.stored().await;
    assert_eq!((stored.state, stored.error_message), (ConnectionState::Active, None));
    let limit = Limit::default();
    let fit = linked.keys().inspect(&linked.world.system(), InspectKeys { limit }).await.unwrap();
    assert_eq!((fit.opened, fit.unreadable), (1, 0));
}

#[tokio::test]
async fn an_authorization_under_way_begins_again() {
    let linked = Linked::with(|_| {}).await;
    let state = begin(&linked, |_| lost()).await;
    assert_refused!(complete(&linked, state).await, AuthorizationError::InvalidState);
    assert_eq!(linked.stored().await.state, ConnectionState::Active, "what works is left alone");
    assert!(linked.bank.calls().is_empty());
}

#[tokio::test]
async fn credentials_are_forgotten_with_their_connection_marked_and_others_left_alone() {
    let linked = Linked::with(|stored| stored.refresh_token = Some(lost())).await;
    let mut other = builders::connection(linked.world.owner, "Other");
    other.linked(at(0));
    let mut good = sealed(&other, "access", Some("refresh"));
    let mut unit = linked.disk.storage.store.begin().await.unwrap();
    unit.connections().insert_if_absent(&other).await.unwrap();
    unit.credentials().put(&mut good).await.unwrap();
    unit.commit().await.unwrap();
    begin(&linked, |_| lost()).await;

    for (field, count) in [
        (SealedField::AccessToken, 0),
        (SealedField::RefreshToken, 1),
        (SealedField::RefreshToken, 0),
        (SealedField::PkceVerifier, 1),
    ] {
        assert_eq!(linked.forget(field).await, Forgotten { forgotten: count, next: None });
    }
    linked.needs_reconnection(&[ConnectionError, SecretForgotten]).await;
    let queries = &linked.disk.storage.queries;
    assert!(queries.credentials(linked.world.owner, linked.connection.id).await.unwrap().is_none());
    let kept = queries.connection(linked.world.owner, other.id).await.unwrap().unwrap().connection;
    assert_eq!(kept.state, ConnectionState::Active);
    assert_eq!(queries.credentials(linked.world.owner, other.id).await.unwrap(), Some(good));
}

#[tokio::test]
async fn keys_that_open_nothing_are_told_from_those_that_open_some() {
    let linked = Linked::lost().await;
    let request = InspectKeys { limit: Limit::default() };
    let call = linked.world.system();
    let fit = linked.keys().inspect(&call, request).await.unwrap();
    // The refresh token opens.
    assert!(!fit.is_foreign() && fit.unreadable == 1, "{fit:?}");
    let linked = Linked::with(|stored| {
        stored.access_token = lost();
        stored.refresh_token = None;
    })
    .await;
    begin(&linked, |_| lost()).await;
    let fit = linked.keys().inspect(&call, request).await.unwrap();
    assert!(fit.is_foreign(), "{fit:?}");
    assert_eq!(
        (fit.unreadable, fit.columns),
        (1, vec![SealedField::AccessToken]),
        "not what lives for minutes"
    );
    linked.forget(SealedField::AccessToken).await;
    let fit = linked.keys().inspect(&call, request).await.unwrap();
    assert!(!fit.is_foreign(), "nothing is stored");
}

#[tokio::test]
async fn another_secret_key_is_noticed_once() {
    let linked = Linked::with(|_| {}).await;
    let call = linked.world.system();
    let mark = async |mark: &str| {
        linked.keys().mark_secret(&call, MarkSecret { mark: mark.to_owned() }).await.unwrap()
    };
    assert_eq!(mark("one").await, SecretChange::First);
    assert_eq!(mark("one").await, SecretChange::Same);
    assert_eq!(mark("two").await, SecretChange::Changed);
    assert_eq!(mark("two").await, SecretChange::Same);
    let lines = linked.disk.storage.queries.audit_trail(None, None, Limit::default()).await.unwrap();
    let actions: Vec<_> = lines.items.iter().map(|line| line.action).collect();
    assert_eq!(actions, [AuditAction::SecretKeyChanged]);
}
