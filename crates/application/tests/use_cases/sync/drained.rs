//! Synchronising an institution that keeps a list of changes, on a real database.

use std::sync::Arc;

use chrono::TimeDelta;
use dashtam_application::{
    Dashtam,
    connections::GetConnection,
    ledger::{ListAccounts, ListTransactions},
    sync::{RequestSync, RunNextSync},
};
use dashtam_domain::{
    connections::{
        Busy, ChangedTransaction, Changes, ChangesPage, Connection, ConnectionState, ProviderError,
        RefusedChange, RefusedRow, SyncCounts, SyncFailure, SyncRun, SyncState, TakenBack,
    },
    id::AccountId,
    ledger::{TransactionFilter, TransactionStatus},
    page::Limit,
    sources::Clock,
    time::Timestamp,
};
use dashtam_testkit::{
    builders::{self, at, day},
    fakes::{HostedBank, HostedCall},
};

use super::bench::{pulled, pulled_account, sealed};
use crate::{
    database::Disk,
    world::{World, unkept},
};

/// A linked instance of a bank with two accounts.
pub(super) struct Bench {
    pub(super) world: World,
    pub(super) dashtam: Dashtam,
    pub(super) bank: Arc<HostedBank>,
    pub(super) connection: Connection,
    pub(super) disk: Disk,
}

impl Bench {
    pub(super) async fn open() -> Self {
        let mut bank = None;
        let (world, disk) = Disk::open(|world| {
            let hosted = Arc::new(HostedBank::new("sandbox", &world.open));
            world.provider(hosted.clone());
            bank = Some(hosted);
        })
        .await;
        let mut connection = builders::connection(world.owner, "Mine");
        connection.linked(at(0));
        let mut stored = sealed(&connection, "access", None);
        stored.expires_at = None;
        let mut unit = disk.storage.store.begin().await.unwrap();
        unit.connections().insert_if_absent(&connection).await.unwrap();
        unit.credentials().put(&mut stored).await.unwrap();
        unit.commit().await.unwrap();
        let dashtam = world.build_on(disk.storage.clone());
        let bank = bank.unwrap();
        bank.shows(vec![pulled_account("a"), pulled_account("b")]);
        Self { world, dashtam, bank, connection, disk }
    }

    pub(super) async fn sync(&mut self, now: Timestamp) -> SyncRun {
        self.world.now = now;
        self.world.clock.set(now);
        let request = RequestSync { connection: self.connection.id };
        self.dashtam.sync().request(&self.world.call(), request, unkept).await.unwrap();
        self.dashtam.sync().run_next(&self.world.system(), RunNextSync).await.unwrap().unwrap()
    }

    pub(super) async fn connection(&self) -> Connection {
        let request = GetConnection { connection: self.connection.id };
        self.dashtam.connections().get(&self.world.call(), request).await.unwrap().connection
    }

    /// The account with this id at the bank.
    pub(super) async fn account(&self, account: &str) -> AccountId {
        let request =
            ListAccounts { connection: Some(self.connection.id), after: None, limit: Limit::default() };
        let accounts = self.dashtam.ledger().accounts(&self.world.call(), request).await.unwrap().items;
        accounts.iter().find(|found| found.external_id == account).unwrap().id
    }

    /// The rows of this status of the account with this id, newest first.
    pub(super) async fn rows(
        &self,
        account: &str,
        status: Option<TransactionStatus>,
    ) -> Vec<(String, String)> {
        let id = self.account(account).await;
        let filter = TransactionFilter { account: Some(id), status, ..TransactionFilter::default() };
        let request = ListTransactions { asked: filter.into(), after: None, limit: Limit::default() };
        let page = self.dashtam.ledger().transactions(&self.world.call(), request).await.unwrap();
        page.items.into_iter().map(|row| (row.description, row.id.to_string())).collect()
    }

    pub(super) async fn shown(&self, account: &str) -> Vec<String> {
        self.rows(account, None).await.into_iter().map(|(description, _)| description).collect()
    }

    /// The places that were asked for.
    pub(super) fn places(&self) -> Vec<Option<String>> {
        let calls = self.bank.calls().into_iter();
        calls
            .filter_map(|call| match call {
                HostedCall::Changes { cursor } => Some(cursor),
                _ => None,
            })
            .collect()
    }
}

pub(super) fn row(account: &str, id: &str, back: i64) -> ChangedTransaction {
    ChangedTransaction { account: account.to_owned(), row: pulled(id, day(-back)) }
}

pub(super) fn gone(account: &str, id: &str) -> TakenBack {
    TakenBack { account: account.to_owned(), external_id: id.to_owned() }
}

pub(super) fn page(rows: Vec<ChangedTransaction>, cursor: &str, more: bool) -> ChangesPage {
    ChangesPage { rows, cursor: cursor.to_owned(), more, ..ChangesPage::default() }
}

pub(super) fn counts(added: i32, updated: i32, removed: i32) -> SyncCounts {
    SyncCounts { accounts: 2, added, updated, removed, refused: 0 }
}

pub(super) fn place(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test]
async fn a_listing_is_read_to_its_end_and_the_next_begins_there() {
    let mut bench = Bench::open().await;
    bench
        .bank
        .will_tell(Ok(Changes::Page(page(vec![row("a", "1", 3), row("b", "2", 2)], "c1", true))))
        .will_tell(Ok(Changes::Page(page(vec![row("a", "3", 1)], "c2", false))));
    let first = bench.sync(at(1_000)).await;
    assert_eq!((first.state, first.counts), (SyncState::Completed, counts(3, 0, 0)));
    assert_eq!(
        (bench.shown("a").await, bench.shown("b").await),
        (vec!["Row 3".into(), "Row 1".into()], vec!["Row 2".to_owned()])
    );

    // Nothing is listed but what changed, and nothing else is gone.
    let mut changed = row("a", "1", 3);
    changed.row.amount = builders::decimal("-99");
    let last = ChangesPage {
        removed: vec![gone("a", "3"), gone("a", "unheard of")],
        ..page(vec![changed], "c3", false)
    };
    bench.bank.will_tell(Ok(Changes::Page(last)));
    let second = bench.sync(at(5_000)).await;
    assert_eq!(second.counts, counts(0, 1, 1));
    assert_eq!(
        (bench.shown("a").await, bench.shown("b").await),
        (vec!["Row 1".to_owned()], vec!["Row 2".to_owned()])
    );
    let removed = bench.rows("a", Some(TransactionStatus::Removed)).await;
    assert_eq!(removed.len(), 1);
    assert_eq!(bench.places(), [None, place("c1"), place("c2")]);
    assert_eq!(bench.connection().await.cursor, place("c3"));
}

#[tokio::test]
async fn a_pending_row_keeps_its_id_when_it_is_booked_and_its_old_id_is_taken_back() {
    let mut bench = Bench::open().await;
    let mut pending = row("a", "p", 1);
    pending.row.status = TransactionStatus::Pending;
    bench.bank.will_tell(Ok(Changes::Page(page(vec![pending], "c1", false))));
    bench.sync(at(1_000)).await;
    let before = bench.rows("a", None).await;

    let mut booked = row("a", "b", 1);
    booked.row.replaces = Some("p".to_owned());
    let listing = ChangesPage { removed: vec![gone("a", "p")], ..page(vec![booked], "c2", false) };
    bench.bank.will_tell(Ok(Changes::Page(listing)));
    let run = bench.sync(at(5_000)).await;
    assert_eq!(run.counts, counts(0, 1, 0));
    let after = bench.rows("a", None).await;
    assert_eq!((after.len(), &after[0].0, &after[0].1), (1, &"Row b".to_owned(), &before[0].1));
    assert!(bench.rows("a", Some(TransactionStatus::Removed)).await.is_empty());
}

#[tokio::test]
async fn the_last_word_of_a_listing_counts() {
    let mut bench = Bench::open().await;
    bench
        .bank
        .will_tell(Ok(Changes::Page(ChangesPage {
            removed: vec![gone("a", "2")],
            ..page(vec![row("a", "1", 2)], "c1", true)
        })))
        .will_tell(Ok(Changes::Page(ChangesPage {
            removed: vec![gone("a", "1")],
            ..page(vec![row("a", "2", 1)], "c2", false)
        })));
    assert_eq!(bench.sync(at(1_000)).await.counts, counts(1, 0, 0));
    assert_eq!(bench.shown("a").await, ["Row 2"]);
}

#[tokio::test]
async fn a_listing_that_changes_under_way_is_read_anew_and_what_was_read_is_forgotten() {
    let mut bench = Bench::open().await;
    bench
        .bank
        .will_tell(Ok(Changes::Page(page(vec![row("a", "never was", 3)], "c1", true))))
        .will_tell(Ok(Changes::Moved))
        .will_tell(Ok(Changes::Page(page(vec![row("a", "1", 3)], "d1", true))))
        .will_tell(Ok(Changes::Page(page(Vec::new(), "d2", false))));
    let run = bench.sync(at(1_000)).await;
    assert_eq!(run.counts, counts(1, 0, 0));
    assert_eq!(bench.places(), [None, place("c1"), None, place("d1")]);
    assert_eq!(bench.shown("a").await, ["Row 1"]);
}

#[tokio::test]
async fn a_listing_that_does_not_come_to_rest_is_left_for_later() {
    let mut bench = Bench::open().await;
    for _ in 0..4 {
        bench
            .bank
            .will_tell(Ok(Changes::Page(page(vec![row("a", "1", 3)], "c1", true))))
            .will_tell(Ok(Changes::Moved));
    }
    let run = bench.sync(at(1_000)).await;
    assert_eq!((run.state, run.counts), (SyncState::Completed, counts(0, 0, 0)));
    assert!(run.notes[0].contains("asked for again soon"), "{:?}", run.notes);
    let connection = bench.connection().await;
    assert_eq!((connection.cursor.as_deref(), connection.error_count), (None, 0));
    let wait = connection.next_sync_at.unwrap().since(at(1_000)).num_seconds();
    assert_eq!(wait, 900, "and not after an hour");
}

#[tokio::test]
async fn what_is_not_ready_is_asked_for_again_soon() {
    let mut bench = Bench::open().await;
    bench.bank.will_tell(Ok(Changes::NotReady));
    let run = bench.sync(at(90)).await;
    assert_eq!((run.state, run.counts), (SyncState::Completed, counts(0, 0, 0)));
    let connection = bench.connection().await;
    assert_eq!(connection.state, ConnectionState::Active);
    assert_eq!(connection.next_sync_at, Some(at(180)), "after as long as it is linked");
    let more = ChangesPage { soon: true, ..page(vec![row("a", "1", 3)], "c1", false) };
    bench.bank.will_tell(Ok(Changes::Page(more)));
    bench.sync(at(400)).await;
    assert_eq!(bench.connection().await.next_sync_at, Some(at(800)));
    bench.bank.will_tell(Ok(Changes::Page(page(Vec::new(), "c2", false))));
    bench.sync(at(900)).await;
    assert!(bench.connection().await.next_sync_at.unwrap() > at(900 + 3_000));
}

#[tokio::test]
async fn a_lost_place_means_everything_once_more() {
    let mut bench = Bench::open().await;
    bench.bank.will_tell(Ok(Changes::Page(page(vec![row("a", "1", 3)], "c1", false))));
    bench.sync(at(1_000)).await;
    bench.bank.will_tell(Ok(Changes::CursorUnknown)).will_tell(Ok(Changes::Page(page(
        vec![row("a", "1", 3), row("a", "2", 2)],
        "d1",
        false,
    ))));
    let run = bench.sync(at(5_000)).await;
    assert_eq!(run.counts, counts(1, 0, 0), "what is stored is found by its id");
    assert_eq!(bench.places(), [None, place("c1"), None]);
    assert_eq!(bench.connection().await.cursor, place("d1"));
}

#[tokio::test]
async fn a_failure_under_way_stores_nothing_and_the_place_stays() {
    let mut bench = Bench::open().await;
    bench
        .bank
        .will_tell(Ok(Changes::Page(page(vec![row("a", "1", 3)], "c1", true))))
        .will_tell(Err(ProviderError::Unavailable));
    let run = bench.sync(at(1_000)).await;
    assert_eq!((run.state, run.failure), (SyncState::Failed, Some(SyncFailure::Unavailable)));
    assert!(bench.shown("a").await.is_empty());
    assert_eq!(bench.connection().await.cursor, None);

    // A page that leads to itself would be read for ever.
    bench.bank.will_tell(Ok(Changes::Page(page(Vec::new(), "c1", true))));
    bench.bank.will_tell(Ok(Changes::Page(page(Vec::new(), "c1", true))));
    let run = bench.sync(at(9_000)).await;
    assert_eq!(run.failure, Some(SyncFailure::Malformed));
    // What says that the beginning is lost is no institution that can be read.
    bench.bank.will_tell(Ok(Changes::CursorUnknown));
    assert_eq!(bench.sync(at(20_000)).await.failure, Some(SyncFailure::Malformed));
}

#[tokio::test]
async fn rows_that_cannot_be_used_are_told_and_the_others_kept() {
    let mut bench = Bench::open().await;
    let refused = |account: Option<&str>| RefusedChange {
        account: account.map(str::to_owned),
        row: RefusedRow {
            external_id: Some("x".to_owned()),
            day: None,
            reason: "amount is missing".to_owned(),
        },
    };
    let listing = ChangesPage {
        refused: vec![refused(Some("a")), refused(None)],
        ..page(vec![row("a", "1", 3), row("nobody's", "2", 3)], "c1", false)
    };
    bench.bank.will_tell(Ok(Changes::Page(listing)));
    let run = bench.sync(at(1_000)).await;
    assert_eq!((run.counts.added, run.counts.refused), (1, 2));
    let notes = run.notes.join(" ");
    assert!(notes.contains("\u{201c}Account a\u{201d}: amount is missing"), "{notes}");
    assert!(notes.contains("accounts that the institution does not show were left out: 1"), "{notes}");
}

#[tokio::test]
async fn a_listing_of_many_slow_pages_stays_with_its_worker() {
    let mut bench = Bench::open().await;
    for number in 1..=4_i64 {
        let (clock, store) = (bench.world.clock.clone(), bench.disk.unwatched.store.clone());
        let (connection, owner) = (bench.connection.id, bench.connection.owner);
        let queries = bench.disk.unwatched.queries.clone();
        bench.bank.meanwhile(async move {
            clock.advance(TimeDelta::seconds(20));
            let mut unit = store.begin().await.unwrap();
            let until = clock.now().plus(SyncRun::LEASE);
            let claimed = unit.sync_runs().claim(clock.now(), until, &Busy::default()).await.unwrap();
            assert_eq!(claimed, None, "page {number}");
            unit.roll_back().await;
            let runs = queries.sync_runs(owner, connection, None, Limit::default()).await.unwrap();
            assert_eq!(i64::from(runs.items[0].progress.rows), number - 1, "rows that were read so far");
        });
        let page = page(vec![row("a", &number.to_string(), 3)], &format!("c{number}"), number < 4);
        bench.bank.will_tell(Ok(Changes::Page(page)));
    }
    let run = bench.sync(at(1_000)).await;
    assert_eq!((run.state, run.counts), (SyncState::Completed, counts(4, 0, 0)));
    assert_eq!((run.attempts, run.progress.rows), (1, 4));
}

#[tokio::test]
async fn many_rows_are_stored_with_their_place() {
    let mut bench = Bench::open().await;
    let many = |from: usize| (from..from + 700).map(|id| row("a", &id.to_string(), 3)).collect::<Vec<_>>();
    bench.bank.will_tell(Ok(Changes::Page(page(many(0), "c1", true)))).will_tell(Ok(Changes::Page(page(
        many(700),
        "c2",
        false,
    ))));
    assert_eq!(bench.sync(at(1_000)).await.counts, counts(1_400, 0, 0));
    let gone = (0..1_400).map(|id| gone("a", &id.to_string())).collect();
    bench.bank.will_tell(Ok(Changes::Page(ChangesPage { removed: gone, ..page(Vec::new(), "c3", false) })));
    assert_eq!(bench.sync(at(5_000)).await.counts, counts(0, 0, 1_400));
    assert!(bench.shown("a").await.is_empty());
}
