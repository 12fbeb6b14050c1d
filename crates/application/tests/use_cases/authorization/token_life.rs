//! What the program does for tokens by itself, on a real database: refreshes them ahead of need, tells the end of grants.

use std::sync::Arc;

use chrono::TimeDelta;
use dashtam_application::{
    Dashtam,
    authorization::{RefreshDue, TellExpiry},
    connections::{GetConnection, ListConnectionAudit},
    delivery::Dispatch,
};
use dashtam_domain::{
    call::Call,
    connections::{Connection, ConnectionState, ProviderError, SealedCredentials},
    delivery::mail::MailContent,
    identity::AuditAction,
    page::Limit,
    store::Inserted,
    time::Timestamp,
};
use dashtam_testkit::{
    builders::{self, at},
    fakes::{ProviderCall, ScriptedProvider},
};

use crate::{
    database::Disk,
    sync::{credentials, sealed},
    world::World,
};

const DAY: i64 = 86_400;

/// An instance that was linked at the first second.
struct Linked {
    world: World,
    dashtam: Dashtam,
    bank: Arc<ScriptedProvider>,
    connection: Connection,
    disk: Disk,
}

impl Linked {
    async fn with(change: impl FnOnce(&mut Connection, &mut SealedCredentials)) -> Self {
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
        change(&mut connection, &mut stored);
        let mut unit = disk.storage.store.begin().await.unwrap();
        assert_eq!(unit.connections().insert_if_absent(&connection).await.unwrap(), Inserted::New);
        unit.credentials().put(&mut stored).await.unwrap();
        unit.commit().await.unwrap();
        let dashtam = world.build_on(disk.storage.clone());
        Self { world, dashtam, bank: bank.unwrap(), connection, disk }
    }

    fn at(&self, now: Timestamp) -> Call {
        self.world.clock.set(now);
        Call::system(now)
    }

    async fn shown(&self) -> Connection {
        let request = GetConnection { connection: self.connection.id };
        self.dashtam.connections().get(&self.world.call(), request).await.unwrap().connection
    }

    /// Two workers tell what is due and deliver; the mails there are then.
    async fn mails(&self, now: Timestamp) -> Vec<MailContent> {
        let call = self.at(now);
        for _ in 0..2 {
            self.dashtam.authorization().tell_expiry(&call, TellExpiry).await.unwrap();
            self.dashtam.delivery().dispatch(&call, Dispatch).await.unwrap();
        }
        self.world.mailer.sent().into_iter().map(|mail| mail.content).collect()
    }

    async fn actions(&self) -> Vec<AuditAction> {
        let request =
            ListConnectionAudit { connection: self.connection.id, before: None, limit: Limit::default() };
        let lines = self.dashtam.connections().audit_log(&self.world.call(), request).await.unwrap().items;
        lines.into_iter().map(|line| line.action).collect()
    }

    fn refreshes(&self) -> usize {
        let refreshes = |call: &&ProviderCall| matches!(call, ProviderCall::Refresh { .. });
        self.bank.calls().iter().filter(refreshes).count()
    }
}

#[tokio::test]
async fn the_end_of_a_grant_is_told_three_times_before_and_once_when_it_has_come() {
    let end = at(7 * DAY);
    let linked = Linked::with(|_, stored| stored.grant_expires_at = Some(end)).await;
    let mut told = Vec::new();
    for hours in [73, 72, 71, 24, 3, 2, 1, 0, -1, -500] {
        let mails = linked.mails(end.plus(-TimeDelta::hours(hours))).await;
        told.push(mails.len());
        let expected = if hours > 0 { ConnectionState::Active } else { ConnectionState::Expired };
        assert_eq!(linked.shown().await.state, expected, "{hours} hours before");
    }
    assert_eq!(told, [0, 1, 1, 2, 2, 3, 3, 4, 4, 4]);
    let mails = linked.world.mailer.sent();
    let expected_link = format!("https://dashtam.example/app/providers/{}", linked.connection.id);
    for mail in &mails[..3] {
        match &mail.content {
            MailContent::ConnectionExpiring { alias, at, link } => {
                assert_eq!((alias.as_str(), *at, link.as_str()), ("Mine", end, expected_link.as_str()));
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(&mails[3].content, MailContent::ConnectionExpired { alias, .. } if alias == "Mine"));
    assert_eq!(linked.actions().await, [AuditAction::ConnectionError]);
    let connection = linked.shown().await;
    assert!(connection.error_message.unwrap().contains("ended by its time"));
    assert_eq!(connection.next_sync_at, None);
    assert!(linked.bank.calls().is_empty());
}

#[tokio::test]
async fn what_was_missed_while_nobody_looked_is_told_once() {
    let linked = Linked::with(|_, stored| stored.grant_expires_at = Some(at(7 * DAY))).await;
    assert_eq!(linked.mails(at(7 * DAY - 3_600)).await.len(), 1);
    assert_eq!(linked.mails(at(7 * DAY)).await.len(), 2);
}

#[tokio::test]
async fn a_warning_that_is_no_longer_true_is_not_sent() {
    let linked = Linked::with(|_, stored| stored.grant_expires_at = Some(at(7 * DAY))).await;
    let call = linked.at(at(6 * DAY));
    linked.dashtam.authorization().tell_expiry(&call, TellExpiry).await.unwrap();
    // Linked anew before the mail went out: another end.
    let mut unit = linked.disk.storage.store.begin().await.unwrap();
    let mut stored = unit.credentials().find(linked.connection.id).await.unwrap().unwrap();
    stored.grant_expires_at = Some(at(13 * DAY));
    stored.updated_at = at(6 * DAY);
    unit.credentials().put(&mut stored).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(linked.dashtam.delivery().dispatch(&call, Dispatch).await.unwrap(), 1);
    assert!(linked.world.mailer.sent().is_empty());
    assert_eq!(
        linked.mails(at(10 * DAY)).await.len(),
        1,
        "the new end is told from its own first warning on"
    );
}

#[tokio::test]
async fn nobody_is_told_of_a_connection_that_was_given_up() {
    let linked = Linked::with(|connection, stored| {
        connection.disconnected(at(1));
        stored.grant_expires_at = Some(at(7 * DAY));
    })
    .await;
    assert!(linked.mails(at(8 * DAY)).await.is_empty());
    assert_eq!(linked.shown().await.state, ConnectionState::Revoked);
}

#[tokio::test]
async fn a_token_of_a_connection_in_use_is_refreshed_ahead_of_need_and_once() {
    let linked = Linked::with(|_, _| {}).await;
    linked.bank.will_refresh(Ok(credentials("fresh", None)));
    let authorization = linked.dashtam.authorization();
    // It ends at second 10,000.
    assert_eq!(authorization.refresh_due(&linked.at(at(9_399)), RefreshDue).await.unwrap(), 0);
    assert_eq!(authorization.refresh_due(&linked.at(at(9_400)), RefreshDue).await.unwrap(), 1);
    assert_eq!(authorization.refresh_due(&linked.at(at(9_401)), RefreshDue).await.unwrap(), 0);
    assert_eq!(linked.refreshes(), 1);
    assert_eq!(linked.actions().await, [AuditAction::TokenRefreshed]);
}

#[tokio::test]
async fn what_nobody_uses_or_what_does_not_work_is_not_refreshed() {
    for change in [
        (|connection: &mut Connection| connection.connected_at = Some(at(9_400 - DAY)))
            as fn(&mut Connection),
        |connection| connection.expired("the grant ran out", at(1)),
        |connection| connection.disconnected(at(1)),
        |connection| connection.provider = "closed-bank".parse().unwrap(),
    ] {
        let linked = Linked::with(|connection, _| change(connection)).await;
        let call = linked.at(at(9_400));
        linked.dashtam.authorization().refresh_due(&call, RefreshDue).await.unwrap();
        assert!(linked.bank.calls().is_empty(), "{:?}", linked.connection);
    }
}

#[tokio::test]
async fn a_proactive_refresh_that_fails_is_counted_once_and_left_to_the_next_use() {
    let linked = Linked::with(|_, _| {}).await;
    linked.bank.will_refresh(Err(ProviderError::Unavailable));
    for second in [9_400, 9_410, 9_990] {
        linked.dashtam.authorization().refresh_due(&linked.at(at(second)), RefreshDue).await.unwrap();
    }
    assert_eq!(linked.refreshes(), 1);
    let connection = linked.shown().await;
    assert_eq!((connection.state, connection.error_count), (ConnectionState::Active, 1));
    assert_eq!(linked.actions().await, [AuditAction::TokenRefreshFailed]);
}

#[tokio::test]
async fn a_dead_grant_found_ahead_of_need_expires_the_connection_and_its_owner_hears_of_it() {
    let linked = Linked::with(|_, _| {}).await;
    linked.bank.will_refresh(Err(ProviderError::NeedsReauthorization));
    let call = linked.at(at(9_400));
    linked.dashtam.authorization().refresh_due(&call, RefreshDue).await.unwrap();
    assert_eq!(linked.shown().await.state, ConnectionState::Expired);
    let mails = linked.mails(at(9_401)).await;
    assert!(matches!(mails.as_slice(), [MailContent::ConnectionExpired { .. }]), "{mails:?}");
}

#[tokio::test]
async fn nothing_is_done_or_told_by_itself_for_who_may_not_use_the_account() {
    let linked = Linked::with(|_, sealed| sealed.grant_expires_at = Some(at(10_000))).await;
    let mut unit = linked.disk.storage.store.begin().await.unwrap();
    let mut owner = unit.users().find(linked.world.owner).await.unwrap().unwrap();
    owner.is_active = false;
    unit.users().update(&mut owner).await.unwrap();
    unit.commit().await.unwrap();
    let call = linked.at(at(9_400));
    linked.dashtam.authorization().refresh_due(&call, RefreshDue).await.unwrap();
    assert!(linked.bank.calls().is_empty());
    for second in [9_400, 10_001] {
        assert!(linked.mails(at(second)).await.is_empty());
    }
    // What is shown is true all the same.
    assert_eq!(linked.shown().await.state, ConnectionState::Expired);
}
