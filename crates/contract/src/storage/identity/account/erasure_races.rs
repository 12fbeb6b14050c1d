//! The end of an account while its connections are at work.

use std::sync::Arc;

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{Busy, Connection, SyncRun, SyncState},
    event::DomainEvent,
    identity::DELETION_GRACE,
    ledger::{Account, Transaction},
    store::Storage,
};

use crate::builders::{self, at, day};
use crate::storage::{begin, connected_account, races::race, store, stored_connection, stored_user};

/// Connections of the account. The other callers erase it and look after it.
const CONNECTIONS: usize = 12;
const ROWS: i64 = 40;

/// A connection with what its run is about to store again.
struct AtWork {
    run: SyncRun,
    connection: Connection,
    account: Account,
    rows: Vec<Transaction>,
}

/// Thirty rounds of erasing an account while the runs of its connections store pages, give signs of life and end:
/// nobody waits in a circle, nobody hears of a failure, and nothing of the account is left.
pub async fn an_account_is_erased_while_its_connections_are_at_work(storage: &Storage) {
    for round in 0..30 {
        let mut user = stored_user(storage).await;
        user.schedule_deletion(at(0));
        let mut unit = begin(storage).await;
        unit.users().update(&mut user).await.unwrap();
        unit.commit().await.unwrap();
        let mut at_work = Vec::new();
        for number in 0..CONNECTIONS {
            let connection = stored_connection(storage, user.id, &format!("{round}/{number}")).await;
            let account = connected_account(storage, &connection, "1").await;
            let rows: Vec<_> =
                (0..ROWS).map(|row| builders::transaction(&account, &row.to_string(), day(row))).collect();
            store(storage, &rows).await;
            let mut unit = begin(storage).await;
            unit.sync_runs().insert_if_idle(&builders::sync_run(&connection, 0)).await.unwrap();
            let run = unit.sync_runs().claim(at(1), at(31), &Busy::default()).await.unwrap().unwrap();
            unit.commit().await.unwrap();
            at_work.push(AtWork { run, connection, account, rows });
        }
        let (at_work, id) = (Arc::new(at_work), user.id);
        let erased = race(storage, move |storage, number| {
            let at_work = Arc::clone(&at_work);
            async move {
                match at_work.get(number / 2) {
                    Some(work) if number % 2 == 0 => store_pages(&storage, work, number).await,
                    Some(work) => live(&storage, work).await,
                    None if number == 2 * CONNECTIONS => return erase(&storage, id).await,
                    None => {}
                }
                false
            }
        })
        .await;
        assert_eq!(erased.iter().filter(|erased| **erased).count(), 1);
        assert_eq!(storage.queries.user(user.id).await.unwrap(), None);
    }
}

/// As the worker of erasures does.
async fn erase(storage: &Storage, user: dashtam_domain::id::UserId) -> bool {
    loop {
        let mut unit = begin(storage).await;
        if unit.erasure().erase_rows(user, 100).await.unwrap() == 0 {
            let due = at(1).plus(DELETION_GRACE).plus(TimeDelta::seconds(1));
            let erased = unit.erasure().erase_user(user, due).await.unwrap();
            unit.commit().await.unwrap();
            return erased;
        }
        unit.commit().await.unwrap();
    }
}

/// As a synchronisation does: pages of rows that are known and rows that are new, then its end. Each page finds its
/// rows in an order of its own.
async fn store_pages(storage: &Storage, work: &AtWork, number: usize) {
    let AtWork { run, connection, account, rows } = work;
    for page in 0..3i64 {
        let mut unit = begin(storage).await;
        if !unit.sync_runs().prolong(run.id, run.attempts, at(60), None).await.unwrap() {
            return;
        }
        unit.accounts().upsert(account).await.unwrap();
        let ids: Vec<String> = rows.iter().map(|row| row.source_id.clone()).collect();
        let mut known = unit.transactions().with_source_ids(account.owner, account.id, &ids).await.unwrap();
        known.sort_by_key(|row| row.id);
        if (number / 2).is_multiple_of(2) {
            known.reverse();
        }
        let (seen, changed) = known.split_at(known.len() / 2);
        unit.transactions().update(changed).await.unwrap();
        let seen: Vec<_> = seen.iter().map(|row| row.id).collect();
        unit.transactions().mark_seen(account.owner, &seen, run.id).await.unwrap();
        let new = builders::transaction(account, &format!("new-{page}"), day(page));
        unit.transactions().insert(&[new]).await.unwrap();
        unit.balances().record(&[builders::balance(account, "1", page)]).await.unwrap();
        unit.commit().await.unwrap();
    }
    let mut unit = begin(storage).await;
    let Some(mut connection) = unit.connections().find(run.owner, connection.id).await.unwrap() else {
        return;
    };
    let done = SyncRun { state: SyncState::Completed, ..run.clone() };
    if unit.sync_runs().finish(&done).await.unwrap() {
        connection.synced(1, at(2));
        unit.connections().update(&mut connection).await.unwrap();
        let (user, connection) = (run.owner, connection.id);
        let event = DomainEvent::ConnectionExpired { user, connection };
        unit.outbox().push(builders::outbox_id(), event, at(2)).await.unwrap();
        unit.commit().await.unwrap();
    }
}

/// Signs of life, and a run asked for anew as its owner might.
async fn live(storage: &Storage, work: &AtWork) {
    let AtWork { run, connection, .. } = work;
    for _ in 0..3 {
        let mut unit = begin(storage).await;
        unit.sync_runs().prolong(run.id, run.attempts, at(90), None).await.unwrap();
        unit.commit().await.unwrap();
    }
    let mut unit = begin(storage).await;
    if unit.connections().find(run.owner, connection.id).await.unwrap().is_some() {
        unit.sync_runs().insert_if_idle(&builders::sync_run(connection, 5)).await.unwrap();
        unit.commit().await.unwrap();
    }
}
