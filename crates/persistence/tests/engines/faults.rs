//! Full disks, locked files and broken files under SQLite.

use std::{io::Write as _, path::Path, process::Command, time::Duration};

use dashtam_domain::store::{StorageTrouble, StoreError};
use dashtam_persistence::{Database, Options, connect};
use sea_orm::{ConnectionTrait, TransactionTrait};

use super::{
    ledger::{Ledger, given_up, unit},
    raw,
};
use crate::support::{Guard, sqlite};

/// A file system in memory, gone with this value.
struct Disk(tempfile::TempDir);

impl Disk {
    /// `None`, and a notice, where this process may mount nothing.
    fn mount(test: &str, options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(folder.path())
            .output()
            .is_ok_and(|done| done.status.success());
        if !mounted {
            let _ = writeln!(std::io::stderr(), "SKIPPED {test}: nothing can be mounted here");
            return None;
        }
        Some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

fn is(trouble: StorageTrouble) -> impl Fn(&Result<(), StoreError>) -> bool {
    move |outcome| matches!(outcome, Err(StoreError::Storage { trouble: found, .. }) if *found == trouble)
}

/// Stores units until one finds no room.
async fn fill(database: &Database, ledger: &mut Ledger, rows: usize) {
    for _ in 0..1_000 {
        let outcome = ledger.note(unit(&database.storage, rows).await);
        if outcome.is_err() {
            assert!(is(StorageTrouble::Full)(&outcome), "{outcome:?}");
            return;
        }
    }
    panic!("there was always room");
}

async fn well_again(database: &Database) {
    for _ in 0..50 {
        if database.trouble().await.is_none() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("still {:?}", database.trouble().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_after_a_file_was_full_is_stored() {
    let (database, guard) = sqlite().await;
    database.close().await;
    let options = Options { max_size_mb: 4, ..Options::new(guard.url()) };
    let database = connect(options).await.unwrap();
    let mut ledger = Ledger::default();
    assert_eq!(database.trouble().await, None);
    fill(&database, &mut ledger, 1_000).await;
    for _ in 0..3 {
        // What the driver takes for the end of a transaction that SQLite has ended already.
        given_up(&database.storage).await;
        let _ = ledger.note(unit(&database.storage, 0).await);
        // And what fails anew.
        let _ = ledger.note(unit(&database.storage, 1_500).await);
        let _ = ledger.note(unit(&database.storage, 0).await);
    }
    assert!(ledger.acknowledged.len() > 3 && ledger.refused.len() > 2, "{ledger:?}");
    assert_eq!(database.trouble().await, Some(StorageTrouble::Full));
    // Others see it now, and nobody is kept from writing.
    ledger.compare(&guard).await;
    database.close().await;
    ledger.compare(&guard).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_after_a_disk_was_full_is_stored() {
    let test = "what_is_acknowledged_after_a_disk_was_full_is_stored";
    let Some(disk) = Disk::mount(test, "size=14m") else { return };
    let folder = tempfile::tempdir_in(disk.path()).unwrap();
    let filler = disk.path().join("filler");
    let guard = Guard::File(folder);
    let database = connect(Options::new(guard.url())).await.unwrap();
    database.migrate().await.unwrap();
    let mut ledger = Ledger::default();
    ledger.note(unit(&database.storage, 10).await).unwrap();
    // The second time there is less room for it: what was stored stays.
    for size in [5, 4] {
        std::fs::write(&filler, vec![7; size << 20]).unwrap();
        fill(&database, &mut ledger, 2_000).await;
        given_up(&database.storage).await;
        let _ = ledger.note(unit(&database.storage, 0).await);
        assert_eq!(database.trouble().await, Some(StorageTrouble::Full));
        // Space again.
        std::fs::remove_file(&filler).unwrap();
        given_up(&database.storage).await;
        for _ in 0..3 {
            ledger.note(unit(&database.storage, 0).await).unwrap();
        }
        well_again(&database).await;
        ledger.compare(&guard).await;
    }
    database.close().await;
    ledger.compare(&guard).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_can_only_be_read_is_told_at_the_start() {
    let test = "a_disk_that_can_only_be_read_is_told_at_the_start";
    let Some(disk) = Disk::mount(test, "size=8m") else { return };
    let file = disk.path().join("dashtam.db").display().to_string();
    let database = connect(Options::new(&file)).await.unwrap();
    database.migrate().await.unwrap();
    database.close().await;
    let remounted =
        Command::new("mount").args(["-o", "remount,ro"]).arg(disk.path()).status().unwrap().success();
    assert!(remounted);
    let error = connect(Options::new(&file)).await.unwrap_err();
    let shown = dashtam_domain::fault::with_causes(&error);
    assert!(shown.contains("dashtam.db") && shown.contains("Read-only file system"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_another_program_locks_is_told_and_nothing_is_acknowledged_meanwhile() {
    let (database, guard) = sqlite().await;
    database.close().await;
    let options = Options { wait: Duration::from_millis(200), ..Options::new(guard.url()) };
    let database = connect(options).await.unwrap();
    let mut ledger = Ledger::default();
    ledger.note(unit(&database.storage, 1).await).unwrap();
    let other = raw(&guard).await;
    let lock = other.begin().await.unwrap();
    lock.execute_unprepared("UPDATE users SET name = name").await.unwrap();
    let outcome = ledger.note(unit(&database.storage, 1).await);
    assert!(matches!(outcome, Err(StoreError::Contended(_))), "{outcome:?}");
    assert_eq!(database.trouble().await, Some(StorageTrouble::Locked));
    lock.rollback().await.unwrap();
    ledger.note(unit(&database.storage, 1).await).unwrap();
    well_again(&database).await;
    ledger.compare(&guard).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_found_no_room_leaves_nothing_open() {
    let guard = Guard::File(tempfile::tempdir().unwrap());
    let options = Options { max_size_mb: 4, ..Options::new(guard.url()) };
    let database = connect(options).await.unwrap();
    let db = raw(&guard).await;
    // Less than the tables need is left, and then nothing.
    db.execute_unprepared("CREATE TABLE filler (x BLOB)").await.unwrap();
    db.execute_unprepared("INSERT INTO filler VALUES (zeroblob(4100000))").await.unwrap();
    assert!(database.migrate().await.is_err());
    db.execute_unprepared("DROP TABLE filler").await.unwrap();
    database.migrate().await.unwrap();
    let mut ledger = Ledger::default();
    ledger.note(unit(&database.storage, 1).await).unwrap();
    ledger.compare(&guard).await;
}
