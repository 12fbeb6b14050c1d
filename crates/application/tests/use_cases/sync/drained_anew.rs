//! Lists of changes of a connection that is linked anew, or whose place is lost.

use dashtam_domain::{
    connections::{Changes, ChangesPage, RefusedChange, RefusedRow, SyncState},
    ledger::TransactionStatus,
};
use dashtam_testkit::builders::at;

use super::{
    bench::sealed,
    drained::{Bench, counts, page, place, row},
};

impl Bench {
    /// Links the connection anew while the bank is asked: to another grant, or to the one that there was.
    fn links_anew_meanwhile(&self, access: &'static str) {
        let (store, connection) = (self.disk.unwatched.store.clone(), self.connection.clone());
        self.bank.meanwhile(async move {
            let mut unit = store.begin().await.unwrap();
            let found = unit.connections().find(connection.owner, connection.id).await.unwrap();
            let mut stored = found.unwrap();
            let mut credentials = unit.credentials().find(connection.id).await.unwrap().unwrap();
            credentials.access_token = sealed(&connection, access, None).access_token;
            unit.credentials().put(&mut credentials).await.unwrap();
            stored.cursor = None;
            stored.linked(at(1_000));
            unit.connections().update(&mut stored).await.unwrap();
            unit.commit().await.unwrap();
        });
    }
}

#[tokio::test]
async fn what_was_read_by_an_old_grant_is_not_stored_for_the_new_one() {
    let mut bench = Bench::open().await;
    bench.links_anew_meanwhile("other");
    bench.bank.will_tell(Ok(Changes::Page(page(vec![row("a", "1", 3)], "old", false))));
    let run = bench.sync(at(1_000)).await;
    assert_eq!((run.state, run.counts), (SyncState::Completed, counts(0, 0, 0)));
    assert!(run.notes[0].contains("linked anew"), "{:?}", run.notes);
    assert!(bench.shown("a").await.is_empty());
    let connection = bench.connection().await;
    assert_eq!((connection.cursor, connection.next_sync_at), (None, Some(at(1_000))), "it is due at once");

    bench.bank.will_tell(Ok(Changes::Page(page(vec![row("a", "2", 3)], "new", false))));
    assert_eq!(bench.sync(at(2_000)).await.counts, counts(1, 0, 0));
    assert_eq!(bench.places(), [None, None]);
    assert_eq!(bench.connection().await.cursor, place("new"));
}

/// A bank that has told four rows of two accounts, and then loses the place.
async fn lost() -> Bench {
    let mut bench = Bench::open().await;
    let rows = vec![row("a", "1", 3), row("a", "2", 2), row("a", "old", 40), row("b", "3", 2)];
    bench.bank.will_tell(Ok(Changes::Page(page(rows, "c1", false))));
    bench.sync(at(1_000)).await;
    bench.bank.will_tell(Ok(Changes::CursorUnknown));
    bench
}

#[tokio::test]
async fn what_a_listing_of_everything_does_not_show_is_gone() {
    let mut bench = lost().await;
    bench.bank.has_history_of(30);
    bench
        .bank
        .will_tell(Ok(Changes::Page(page(vec![row("a", "1", 3)], "d1", true))))
        .will_tell(Ok(Changes::Page(page(vec![row("a", "4", 0)], "d2", false))));
    let run = bench.sync(at(5_000)).await;
    assert_eq!(run.counts, counts(1, 0, 2), "one of each account, that of another among them");
    assert_eq!(bench.shown("a").await, ["Row 4", "Row 1", "Row old"], "what is older may be cut off");
    assert!(bench.shown("b").await.is_empty());
    // And it is asked once: the next listing says only what changed.
    bench.bank.will_tell(Ok(Changes::Page(page(Vec::new(), "d3", false))));
    assert_eq!(bench.sync(at(9_000)).await.counts, counts(0, 0, 0));
    assert_eq!(bench.shown("a").await.len(), 3);
}

#[tokio::test]
async fn where_something_is_left_out_or_still_to_come_nothing_is_gone() {
    let unread = |account: Option<&str>, external_id: Option<&str>| RefusedChange {
        account: account.map(str::to_owned),
        row: RefusedRow {
            external_id: external_id.map(str::to_owned),
            day: None,
            reason: "amount is missing".to_owned(),
        },
    };
    let told = || page(vec![row("a", "1", 3)], "d1", false);
    for listing in [
        ChangesPage { partial: true, ..told() },
        ChangesPage { soon: true, ..told() },
        ChangesPage { refused: vec![unread(Some("a"), None)], ..told() },
        ChangesPage { refused: vec![unread(None, Some("2"))], ..told() },
    ] {
        let mut bench = lost().await;
        bench.bank.will_tell(Ok(Changes::Page(listing.clone())));
        assert_eq!(bench.sync(at(5_000)).await.counts.removed, 0, "{listing:?}");
        assert_eq!((bench.shown("a").await.len(), bench.shown("b").await.len()), (3, 1));
    }
    // A row that cannot be read is still there.
    let mut bench = lost().await;
    bench
        .bank
        .will_tell(Ok(Changes::Page(ChangesPage { refused: vec![unread(Some("a"), Some("2"))], ..told() })));
    bench.sync(at(5_000)).await;
    assert_eq!(bench.shown("a").await, ["Row 2", "Row 1"]);
}

#[tokio::test]
async fn a_pending_row_that_was_booked_while_the_place_was_lost_keeps_its_id() {
    let mut bench = Bench::open().await;
    let mut pending = row("a", "p", 1);
    pending.row.status = TransactionStatus::Pending;
    bench.bank.will_tell(Ok(Changes::Page(page(vec![pending], "c1", false))));
    bench.sync(at(1_000)).await;
    let before = bench.rows("a", None).await;
    bench.bank.will_tell(Ok(Changes::CursorUnknown)).will_tell(Ok(Changes::Page(page(
        vec![row("a", "t", 1)],
        "d1",
        false,
    ))));
    bench.sync(at(5_000)).await;
    let after = bench.rows("a", None).await;
    assert_eq!((after.len(), &after[0].0, &after[0].1), (1, &"Row t".to_owned(), &before[0].1));
}
