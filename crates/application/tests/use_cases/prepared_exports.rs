//! Exports that a worker prepares: whole or not at all, put off when it breaks, and given up at last.

use std::collections::BTreeMap;

use dashtam_application::{
    exports::{
        AskExport, Export, ExportData, ExportError, ExportFile, ExportFiles, ExportKind, ExportPage,
        FetchExport, FileError, RunNextExport,
    },
    ledger::{AskedTransactions, LedgerError},
};
use dashtam_domain::{
    id::{ExportId, UserId},
    identity::{AuditAction, User},
    ledger::{ExportFailure, ExportJob, ExportState},
    page::Page,
    time::Timestamp,
};
use dashtam_testkit::builders::{self, at};

use crate::world::{Unit, World, actions, assert_refused, broken, unkept};

/// A file with this beginning and nothing else, if there is one.
struct Files(Option<Vec<u8>>);

struct File(Vec<u8>);

impl ExportFile for File {
    fn head(&mut self) -> Result<Vec<u8>, FileError> {
        Ok(std::mem::take(&mut self.0))
    }

    fn page(&mut self, _: &ExportPage) -> Result<Vec<u8>, FileError> {
        Ok(Vec::new())
    }

    fn tail(&mut self) -> Result<Vec<u8>, FileError> {
        Ok(b"end".to_vec())
    }
}

fn data() -> ExportData {
    ExportData {
        kind: ExportKind::Transactions,
        asked: AskedTransactions::default(),
        method: None,
        format: "csv",
        by_account: false,
    }
}

impl ExportFiles for Files {
    fn read(&self, _: &BTreeMap<String, String>) -> Option<ExportData> {
        self.0.as_ref().map(|_| data())
    }

    fn file(&self, _: &BTreeMap<String, String>, _: &Export, _: Timestamp) -> Option<Box<dyn ExportFile>> {
        self.0.clone().map(|head| Box::new(File(head)) as Box<dyn ExportFile>)
    }
}

/// An export that a worker has just taken for this many times.
fn job(owner: UserId, attempts: i32) -> ExportJob {
    ExportJob {
        id: ExportId(builders::id()),
        owner,
        asked: BTreeMap::new(),
        file_name: "a.csv".to_owned(),
        media_type: "text/csv".to_owned(),
        state: ExportState::Running,
        failure: None,
        attempts,
        lease_until: Some(at(1_120)),
        rows: 0,
        total: None,
        bytes: 0,
        chunks: 0,
        created_at: at(0),
        finished_at: None,
        expires_at: None,
    }
}

/// The worker takes this export, and its owner is this one.
fn claims(world: &mut World, job: &ExportJob, owner: Option<User>) -> Unit {
    world.queries.exports.expect_exports_wait().times(1).return_once(|_| Ok(true));
    world.queries.users.expect_user().returning(move |_| Ok(owner.clone()));
    let (taken, now) = (job.clone(), world.now);
    world.unit(|unit| {
        unit.exports
            .expect_claim()
            .withf(move |at, until| *at == now && *until == now.plus(ExportJob::LEASE))
            .times(1)
            .return_once(|_, _| Ok(Some(taken)));
    })
}

fn reads_nothing(world: &mut World) {
    world.queries.ledger.expect_accounts().returning(|_, _, _, _| Ok(Page { items: Vec::new(), next: None }));
    world.queries.categories.expect_categories().returning(|_| Ok(Vec::new()));
    world
        .queries
        .ledger
        .expect_transactions()
        .returning(|_, _, _, _| Ok(Page { items: Vec::new(), next: None }));
}

/// The worker stores a chunk of this length as the last of so many; whether it still holds the export.
fn stores(world: &mut World, length: usize, chunks: i64, is_held: bool) -> Unit {
    world.unit(|unit| {
        unit.exports
            .expect_go_on()
            .withf(move |job, chunk| (chunk.len(), job.chunks) == (length, chunks))
            .times(1)
            .return_once(move |_, _| Ok(is_held));
    })
}

/// The worker leaves the export like this.
fn leaves(world: &mut World, expected: ExportJob) -> Unit {
    world.unit(|unit| {
        unit.exports.expect_finish().withf(move |left| *left == expected).times(1).return_once(|_| Ok(true));
    })
}

async fn run(world: &mut World, files: &Files) -> Result<bool, ExportError> {
    let call = world.system();
    world.build().exports().run_next(&call, RunNextExport, files).await
}

#[tokio::test]
async fn where_nothing_waits_nothing_is_opened() {
    let mut world = World::new();
    world.queries.exports.expect_exports_wait().times(1).return_once(|_| Ok(false));
    assert!(!run(&mut world, &Files(None)).await.unwrap());
}

#[tokio::test]
async fn a_file_is_stored_chunk_by_chunk_and_then_done() {
    let mut world = World::new();
    let user = builders::user();
    let taken = job(user.id, 1);
    let claimed = claims(&mut world, &taken, Some(user));
    reads_nothing(&mut world);
    let chunks = [
        stores(&mut world, ExportJob::CHUNK, 1, true),
        stores(&mut world, ExportJob::CHUNK, 2, true),
        stores(&mut world, 10, 3, true),
    ];
    let length = 2 * ExportJob::CHUNK + 7;
    let held = ExportJob {
        bytes: i64::try_from(length).unwrap() + 3,
        chunks: 3,
        lease_until: Some(world.now.plus(ExportJob::LEASE)),
        ..taken
    };
    let done = held.done(world.now);
    let left = leaves(&mut world, done);
    assert!(run(&mut world, &Files(Some(vec![b'x'; length]))).await.unwrap());
    assert!(claimed.is_committed() && left.is_committed() && chunks.iter().all(Unit::is_committed));
}

#[tokio::test]
async fn an_export_that_is_lost_is_left_alone() {
    let mut world = World::new();
    let user = builders::user();
    claims(&mut world, &job(user.id, 1), Some(user));
    reads_nothing(&mut world);
    stores(&mut world, 3, 1, false);
    assert!(run(&mut world, &Files(Some(Vec::new()))).await.unwrap());
}

#[tokio::test]
async fn what_cannot_be_made_is_given_up_at_once() {
    // Nobody may use the account, and the parameters are not taken any more.
    for (is_there, failure) in [(false, ExportFailure::AccountUnusable), (true, ExportFailure::NotThere)] {
        let mut world = World::new();
        let user = builders::user();
        let taken = job(user.id, 1);
        claims(&mut world, &taken, is_there.then_some(user));
        let failed = taken.failed(failure, world.now);
        let left = leaves(&mut world, failed);
        assert!(run(&mut world, &Files(None)).await.unwrap());
        assert!(left.is_committed());
    }
}

#[tokio::test]
async fn one_whose_workers_all_died_is_given_up() {
    let mut world = World::new();
    let user = builders::user();
    let taken = job(user.id, ExportJob::MOST_ATTEMPTS + 1);
    claims(&mut world, &taken, Some(user));
    let failed = taken.failed(ExportFailure::Broken, world.now);
    let left = leaves(&mut world, failed);
    assert!(run(&mut world, &Files(Some(Vec::new()))).await.unwrap());
    assert!(left.is_committed());
}

#[tokio::test]
async fn one_that_breaks_is_put_off_and_given_up_at_last() {
    for attempts in [1, ExportJob::MOST_ATTEMPTS] {
        let mut world = World::new();
        let user = builders::user();
        let taken = job(user.id, attempts);
        claims(&mut world, &taken, Some(user));
        world.queries.ledger.expect_accounts().returning(|_, _, _, _| Err(broken()));
        let again = taken.retry_at(world.now);
        let expected = if attempts == ExportJob::MOST_ATTEMPTS {
            taken.failed(ExportFailure::Broken, world.now)
        } else {
            ExportJob { state: ExportState::Waiting, lease_until: Some(again), ..taken }
        };
        let left = leaves(&mut world, expected);
        assert_refused!(
            run(&mut world, &Files(Some(Vec::new()))).await,
            ExportError::Ledger(LedgerError::Common(_))
        );
        assert!(left.is_committed());
    }
}

fn ask() -> AskExport {
    AskExport { data: data(), asked: BTreeMap::new(), file_name: "a.csv".to_owned(), media_type: "text/csv" }
}

#[tokio::test]
async fn an_export_is_asked_for_and_noted() {
    let mut world = World::new();
    reads_nothing(&mut world);
    let user = builders::user();
    let mut lines = None;
    let unit = world.unit(|unit| {
        unit.users.expect_find().times(1).return_once(|_| Ok(Some(user)));
        unit.exports.expect_count().times(1).return_once(|_, _| Ok(ExportJob::MOST - 1));
        unit.exports
            .expect_insert()
            .withf(|job| job.state == ExportState::Waiting && job.attempts == 0)
            .times(1)
            .return_once(|_| Ok(()));
        lines = Some(unit.records_audit());
    });
    let call = world.call();
    let job = world.build().exports().ask(&call, ask(), unkept).await.unwrap();
    assert_eq!((job.owner, job.created_at), (world.owner, world.now));
    assert_eq!(actions(&lines.unwrap()), [AuditAction::DataExported]);
    assert!(unit.is_committed());
}

#[tokio::test]
async fn of_too_many_exports_none_is_added() {
    let mut world = World::new();
    reads_nothing(&mut world);
    let user = builders::user();
    let unit = world.unit(|unit| {
        unit.users.expect_find().times(1).return_once(|_| Ok(Some(user)));
        unit.exports.expect_count().times(1).return_once(|_, _| Ok(ExportJob::MOST));
    });
    let call = world.call();
    let asked = world.build().exports().ask(&call, ask(), unkept).await;
    assert_refused!(asked, ExportError::TooMany);
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn a_file_that_was_removed_meanwhile_breaks_off() {
    let mut world = World::new();
    let done = ExportJob { chunks: 2, bytes: 4, ..job(world.owner, 1) }.done(world.now);
    let (id, shown) = (done.id, done.clone());
    world.queries.exports.expect_export().returning(move |_, _, _| Ok(Some(shown.clone())));
    world
        .queries
        .exports
        .expect_export_chunk()
        .returning(|_, _, number| Ok((number == 0).then(|| b"ab".to_vec())));
    let mut lines = None;
    let unit = world.unit(|unit| lines = Some(unit.records_audit()));
    let call = world.call();
    let program = world.build();
    let fetch = FetchExport { export: id, looks_only: false };
    let mut content = program.exports().fetch(&call, fetch).await.unwrap();
    assert_eq!(actions(&lines.unwrap()), [AuditAction::ExportDownloaded]);
    assert!(unit.is_committed());
    assert_eq!(content.next().await.unwrap().as_deref(), Some(&b"ab"[..]));
    assert_refused!(content.next().await, ExportError::Ledger(LedgerError::NotFound(_)));
}

#[tokio::test]
async fn what_is_not_done_has_no_file() {
    let mut world = World::new();
    let running = job(world.owner, 1);
    let id = running.id;
    world.queries.exports.expect_export().returning(move |_, _, _| Ok(Some(running.clone())));
    let call = world.call();
    let program = world.build();
    let fetched = program.exports().fetch(&call, FetchExport { export: id, looks_only: false }).await;
    assert_refused!(fetched.map(drop), ExportError::NoFile);
}
