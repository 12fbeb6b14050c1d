//! A Postgres that ends statements, transactions, connections, or itself.

use std::{
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use dashtam_domain::store::{StorageTrouble, StoreError};
use dashtam_persistence::{Options, connect};
use dashtam_testkit::{
    builders,
    servers::{Postgres, Skip},
};
use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};
use tokio::sync::Mutex;

use super::{
    ledger::{Ledger, unit},
    raw, texts,
};
use crate::support::{Guard, postgres};

const OTHERS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";

/// Twenty writers store units until `disturb` has disturbed them often enough.
async fn disturbed(guard: &Guard, ledger: &Arc<Mutex<Ledger>>, disturb: impl AsyncFn(u32), times: u32) {
    let database = connect(Options { wait: Duration::from_secs(20), ..Options::new(guard.url()) }).await;
    let database = database.unwrap();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let writers: Vec<_> = (0..20)
        .map(|_| {
            let (storage, ledger, stopped) = (database.storage.clone(), ledger.clone(), stopped.clone());
            tokio::spawn(async move {
                while !*stopped.borrow() {
                    let told = unit(&storage, 3).await;
                    let _ = ledger.lock().await.note(told);
                }
            })
        })
        .collect();
    for time in 0..times {
        let before = ledger.lock().await.acknowledged.len();
        let begun = Instant::now();
        while ledger.lock().await.acknowledged.len() < before + 20 {
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing is acknowledged any more");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        disturb(time).await;
    }
    stop.send(true).unwrap();
    for writer in writers {
        writer.await.unwrap();
    }
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_while_connections_are_killed_is_stored() {
    let test = "what_is_acknowledged_while_connections_are_killed_is_stored";
    let Some((database, guard)) = postgres(test).await else { return };
    database.close().await;
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    let db = raw(&guard).await;
    let kill = async |_| {
        db.execute_unprepared(OTHERS).await.unwrap();
    };
    disturbed(&guard, &ledger, kill, 25).await;
    let ledger = ledger.lock().await;
    assert!(!ledger.refused.is_empty() || !ledger.uncertain.is_empty(), "nobody was disturbed");
    ledger.compare(&guard).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_while_the_server_crashes_is_stored() {
    let test = "what_is_acknowledged_while_the_server_crashes_is_stored";
    // Nobody else's server.
    let server = match tokio::task::spawn_blocking(Postgres::start_apart).await.unwrap() {
        Ok(server) => server,
        Err(skip) => return Skip::announce(&skip, test),
    };
    let migrate = async |url: String| -> Result<(), String> {
        let database = connect(Options::new(url)).await.unwrap();
        database.migrate().await.map_err(|error| format!("{error:?}"))?;
        database.close().await;
        Ok(())
    };
    let template = server.template("migrated", migrate).await;
    let guard = Guard::Clone(server.clone_database(&template).await);
    // As every server has it that was not told otherwise; servers for tests are.
    set(&guard, "synchronous_commit = on").await;
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    // A process of the server that dies takes all others with it, and the server recovers from its log.
    let crash = async |_| {
        let db = raw(&guard).await;
        let pids = "SELECT CAST(pid AS TEXT) FROM pg_stat_activity WHERE datname = current_database() \
            AND pid <> pg_backend_pid() ORDER BY query LIKE '%COMMIT' DESC LIMIT 1";
        let pid = texts(&db, pids).await.pop().unwrap();
        assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
        let begun = Instant::now();
        while !answers(&guard).await {
            assert!(begun.elapsed() < Duration::from_secs(60), "the server did not come back");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    disturbed(&guard, &ledger, crash, 3).await;
    ledger.lock().await.compare(&guard).await;
}

/// Sets something for all connections to come.
async fn set(guard: &Guard, setting: &str) {
    let db = raw(guard).await;
    let name = texts(&db, "SELECT CAST(current_database() AS TEXT)").await.pop().unwrap();
    db.execute_unprepared(&format!("ALTER DATABASE \"{name}\" SET {setting}")).await.unwrap();
}

async fn answers(guard: &Guard) -> bool {
    let Ok(db) = sea_orm::Database::connect(guard.url()).await else { return false };
    db.execute_unprepared("SELECT 1").await.is_ok()
}

/// Units that were begun and are still open at the server.
async fn idle(db: &DatabaseConnection) -> String {
    let open = "SELECT CAST(COUNT(*) AS TEXT) FROM pg_stat_activity WHERE datname = current_database() \
        AND state LIKE 'idle in transaction%'";
    texts(db, open).await.pop().unwrap()
}

async fn nothing_stays_open(db: &DatabaseConnection) {
    for _ in 0..50 {
        if idle(db).await == "0" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{} transactions are open", idle(db).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_and_a_pause_that_take_too_long_end_their_unit_alone() {
    let test = "a_statement_and_a_pause_that_take_too_long_end_their_unit_alone";
    let Some((database, guard)) = postgres(test).await else { return };
    database.close().await;
    let options = Options {
        statement_timeout: Duration::from_millis(600),
        idle_timeout: Duration::from_millis(600),
        ..Options::new(guard.url())
    };
    let database = connect(options).await.unwrap();
    let (storage, mut ledger) = (&database.storage, Ledger::default());
    ledger.note(unit(storage, 1).await).unwrap();
    let db = raw(&guard).await;
    for _ in 0..3 {
        // A statement that waits for a lock.
        let (user, taken) = (builders::user(), db.begin().await.unwrap());
        taken.execute_unprepared("LOCK TABLE accounts").await.unwrap();
        let told = unit(storage, 1).await;
        assert!(matches!(told.1, Err(StoreError::Contended(_))), "{told:?}");
        let _ = ledger.note(told);
        taken.rollback().await.unwrap();
        ledger.note(unit(storage, 1).await).unwrap();
        // A unit that stands still.
        let mut slow = storage.store.begin().await.unwrap();
        slow.users().insert_if_absent(&user).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let outcome = ledger.note((user.id.0, slow.commit().await));
        assert!(outcome.is_err(), "{outcome:?}");
        ledger.note(unit(storage, 1).await).unwrap();
    }
    assert_eq!(database.trouble().await, None, "slowness is no trouble of the store");
    nothing_stays_open(&db).await;
    ledger.compare(&guard).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_waiting_for_a_unit_leaves_no_transaction_open() {
    let test = "who_stops_waiting_for_a_unit_leaves_no_transaction_open";
    let Some((database, guard)) = postgres(test).await else { return };
    let db = raw(&guard).await;
    for micros in (0..400).step_by(5) {
        let begin = database.storage.store.begin();
        let _ = tokio::time::timeout(Duration::from_micros(micros), begin).await;
    }
    nothing_stays_open(&db).await;
    let mut ledger = Ledger::default();
    ledger.note(unit(&database.storage, 1).await).unwrap();
    ledger.compare(&guard).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_only_reads_is_told() {
    let test = "a_server_that_only_reads_is_told";
    let Some((database, guard)) = postgres(test).await else { return };
    database.close().await;
    set(&guard, "default_transaction_read_only = on").await;
    let database = connect(Options::new(guard.url())).await.unwrap();
    let (_, outcome) = unit(&database.storage, 1).await;
    let read_only = StorageTrouble::ReadOnly;
    assert!(
        matches!(&outcome, Err(StoreError::Storage { trouble, .. }) if *trouble == read_only),
        "{outcome:?}"
    );
    assert_eq!(database.trouble().await, Some(read_only));
    database.ping().await.unwrap();
}
