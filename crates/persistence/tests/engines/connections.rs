//! Units of work and connections that are dropped, wait, are lost or closed, and whose file it is.

use std::time::Duration;

use dashtam_domain::store::StoreError;
use dashtam_persistence::{Options, connect};
use dashtam_testkit::builders::{self, day};
use sea_orm::ConnectionTrait;

use super::{both, fill, raw};
use crate::support::{Guard, postgres, sqlite};

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_dropped_half_way_poisons_the_unit() {
    for (database, _guard) in both("a_call_that_was_dropped_half_way_poisons_the_unit").await {
        let user = builders::user();
        let account = builders::file_account(user.id, "1");
        let row = |n| builders::transaction(&account, &format!("row {n}"), day(1));
        let rows: Vec<_> = (0..2_000).map(row).collect();
        let mut unit = database.storage.store.begin().await.unwrap();
        unit.users().insert_if_absent(&user).await.unwrap();
        unit.accounts().upsert(&account).await.unwrap();
        let dropped = tokio::time::timeout(Duration::ZERO, unit.transactions().insert(&rows)).await;
        assert!(dropped.is_err(), "four statements take longer than no time");
        assert!(matches!(unit.commit().await, Err(StoreError::Aborted)));
        assert_eq!(database.storage.queries.user(user.id).await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_waits_its_turn_and_is_told_when_it_takes_too_long() {
    let (database, guard) = sqlite().await;
    let options = Options { wait: Duration::from_millis(200), ..Options::new(guard.url()) };
    let other = connect(options).await.unwrap();
    let unit = database.storage.store.begin().await.unwrap();
    // Another program on the same file, and another task of the same one.
    let busy = other.storage.store.begin().await.err().unwrap();
    assert!(matches!(busy, StoreError::Contended(_)), "{busy:?}");
    let waiting = tokio::spawn({
        let storage = database.storage.clone();
        async move { storage.store.begin().await.unwrap().commit().await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    unit.commit().await.unwrap();
    waiting.await.unwrap().unwrap();
    other.storage.store.begin().await.unwrap().commit().await.unwrap();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_file_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (database, guard) = sqlite().await;
    let _unit = database.storage.store.begin().await.unwrap();
    let Guard::File(folder) = &guard else { unreachable!() };
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_and_units_survive_a_server_that_dropped_every_connection() {
    let test = "reads_and_units_survive_a_server_that_dropped_every_connection";
    let Some((database, guard)) = postgres(test).await else { return };
    let user = fill(&database.storage).await;
    let db = raw(&guard).await;
    for _ in 0..3 {
        // Several connections lie idle in the pool.
        let reads: Vec<_> = (0..8)
            .map(|_| {
                let storage = database.storage.clone();
                tokio::spawn(async move { storage.queries.user(user.id).await })
            })
            .collect();
        for read in reads {
            assert!(read.await.unwrap().unwrap().is_some());
        }
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        db.execute_unprepared(end).await.unwrap();
        assert!(database.storage.queries.user(user.id).await.unwrap().is_some());
        db.execute_unprepared(end).await.unwrap();
        let mut unit = database.storage.store.begin().await.unwrap();
        assert!(unit.users().find(user.id).await.unwrap().is_some());
        unit.commit().await.unwrap();
        db.execute_unprepared(end).await.unwrap();
        database.ping().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_database_answers_errors() {
    for (database, _guard) in both("a_closed_database_answers_errors").await {
        database.ping().await.unwrap();
        database.close().await;
        assert!(database.ping().await.is_err());
        assert!(database.storage.store.begin().await.is_err());
    }
}
