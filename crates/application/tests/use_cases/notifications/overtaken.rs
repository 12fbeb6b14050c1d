//! Workers that look at the same time, and changes between a look and its mail.

use std::sync::Arc;

use dashtam_domain::{
    connections::ConnectionOverview,
    delivery::notification::{
        NotificationKey, NotificationKind, NotificationPreferences, NotificationSettings,
    },
    ledger::LedgerClock,
    page::Page,
};

use super::*;
use crate::database::Disk;

/// Whoever changes what is wanted while a worker looks is not told by what was wanted before.
#[tokio::test]
async fn a_look_that_somebody_overtook_writes_nothing() {
    let mut world = World::new();
    let switches = NotificationSwitches { connections: true, ..NotificationSwitches::default() };
    let wanted = NotificationPreferences::new(switches, Vec::new(), Vec::new()).unwrap();
    let seen = NotificationSettings::new(world.owner, wanted, 1, world.now);
    let held = NotificationSettings { revision: 1, ..seen.clone() };
    world
        .queries
        .notifications
        .expect_notifications_behind()
        .times(1)
        .return_once(move |_, _| Ok(vec![seen]));
    world.queries.ledger.expect_clock().returning(|_| Ok(LedgerClock { seq: 5, epoch: 0 }));
    world
        .queries
        .connections
        .expect_connections()
        .returning(|_, _, _| Ok(Page::<ConnectionOverview, _> { items: Vec::new(), next: None }));
    let unit = world.unit(|unit| {
        unit.notifications.expect_find().times(1).return_once(move |_| Ok(Some(held)));
    });
    let told = world.build().notifications().tell(&world.system(), TellNotifications).await.unwrap();
    assert_eq!(told, 0);
    assert!(!unit.is_committed());
}

/// Position, what was told and the mail are one unit: what was told before is not mailed.
#[tokio::test]
async fn what_was_told_before_moves_the_place_and_mails_nothing() {
    let mut world = World::new();
    let switches = NotificationSwitches { sync_failing: true, ..NotificationSwitches::default() };
    let wanted = NotificationPreferences::new(switches, Vec::new(), Vec::new()).unwrap();
    let seen = NotificationSettings::new(world.owner, wanted, 1, world.now);
    let held = seen.clone();
    let mut connection = builders::connection(world.owner, "Mine");
    connection.linked(world.now.plus(-TimeDelta::days(2)));
    connection.sync_failed("no answer", world.now);
    let subject = connection.id.to_string();
    let overview = ConnectionOverview { connection, latest_run: None, grant_expires_at: None };
    world
        .queries
        .notifications
        .expect_notifications_behind()
        .times(1)
        .return_once(move |_, _| Ok(vec![seen]));
    world.queries.ledger.expect_clock().returning(|_| Ok(LedgerClock { seq: 5, epoch: 0 }));
    world
        .queries
        .connections
        .expect_connections()
        .returning(move |_, _, _| Ok(Page { items: vec![overview.clone()], next: None }));
    let unit = world.unit(|unit| {
        let (standing, key) = (subject.clone(), subject.clone());
        unit.notifications.expect_find().times(1).return_once(move |_| Ok(Some(held)));
        unit.notifications
            .expect_keep_told()
            .withf(move |_, kind, subjects| {
                *kind == NotificationKind::SyncFailing && *subjects == [standing.clone()]
            })
            .times(1)
            .returning(|_, _, _| Ok(()));
        unit.notifications
            .expect_note_told()
            .withf(move |_, keys, _| {
                *keys == [NotificationKey { kind: NotificationKind::SyncFailing, subject: key.clone() }]
            })
            .times(1)
            .returning(|_, _, _| Ok(Vec::new()));
        unit.notifications
            .expect_put()
            .withf(|next| next.place.seq == 5 && next.rest_until.is_none())
            .times(1)
            .returning(|_| Ok(()));
    });
    let told = world.build().notifications().tell(&world.system(), TellNotifications).await.unwrap();
    assert_eq!(told, 1);
    assert!(unit.is_committed());
}

/// Thirty workers at once, on a database.
#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_workers_one_tells() {
    let (world, disk) = Disk::open(|_| {}).await;
    let dashtam = Arc::new(world.build_on(disk.unwatched.clone()));
    let account = builders::file_account(world.owner, "1");
    let mut unit = disk.unwatched.store.begin().await.unwrap();
    unit.accounts().upsert(&account).await.unwrap();
    unit.commit().await.unwrap();
    dashtam.notifications().set(&world.call(), large("500")).await.unwrap();
    let row = Transaction {
        amount: decimal("-600"),
        created_at: world.now,
        ..builders::transaction(&account, "a", world.now.day())
    };
    let mut unit = disk.unwatched.store.begin().await.unwrap();
    unit.transactions().insert(&[row]).await.unwrap();
    unit.commit().await.unwrap();
    let workers: Vec<_> = (0..30)
        .map(|_| {
            let (dashtam, call) = (dashtam.clone(), world.system());
            tokio::spawn(async move { dashtam.notifications().tell(&call, TellNotifications).await.unwrap() })
        })
        .collect();
    let mut told = 0;
    for worker in workers {
        told += worker.await.unwrap();
    }
    assert_eq!(told, 1);
    let mut unit = disk.unwatched.store.begin().await.unwrap();
    let now = world.now.plus(TimeDelta::seconds(1));
    let mails = unit.outbox().claim(now, now.plus(TimeDelta::seconds(9)), 100).await.unwrap();
    assert_eq!(mails.len(), 1);
}
