//! Rows that replace or delete earlier ones.

use dashtam_domain::ledger::{
    Import, ImportCounts, Transaction,
    statement::{Correction, StatementEvent, StatementRow},
};
use dashtam_testkit::{
    builders::{self, day},
    fakes::Recorder,
    mocks::Sequence,
};

use super::{account, begins, ends, import, new_account_id, row, upload, upserts};
use crate::world::World;

fn correcting(line: u64, source_id: &str, delete: bool) -> StatementRow {
    let corrects = Some(Correction { source_id: source_id.to_owned(), delete });
    StatementRow { corrects, ..row(line) }
}

/// A page of these rows, where rows of these ids are stored: what it added, by its source id, and removed, all of it
/// in one unit, and the report.
async fn after(rows: Vec<StatementRow>, known: &[&str]) -> (Vec<String>, Vec<String>, Import) {
    let mut world = World::new();
    let events = std::iter::once(StatementEvent::Account(account()))
        .chain(rows.into_iter().map(StatementEvent::Row))
        .collect();
    let request = upload(&mut world, events);
    begins(&mut world);
    let (id, owner, now) = (new_account_id(), world.owner, world.now);
    let stored = builders::file_account(owner, "1");
    let known: Vec<Transaction> =
        known.iter().map(|source_id| builders::transaction(&stored, source_id, day(1))).collect();
    let (added, removed) = (Recorder::new(), Recorder::new());
    let (new, gone) = (added.clone(), removed.clone());
    world.unit(|unit| drop(upserts(unit, id)));
    let page = world.unit(|unit| {
        super::goes_on(unit);
        // A correction of a row of the same page finds it only after it was added.
        let mut order = Sequence::new();
        unit.knows_no_aliases();
        unit.transactions.expect_with_source_ids().times(1).return_once(|_, _, _| Ok(known));
        unit.transactions.expect_on_days().returning(|_, _, _, _| Ok(Vec::new()));
        unit.transactions.expect_insert().times(1).in_sequence(&mut order).returning(move |rows| {
            rows.iter().for_each(|row: &Transaction| new.push(row.source_id.clone()));
            Ok(rows.len() as u64)
        });
        unit.transactions
            .expect_remove()
            .withf(move |asked, which, _, at| (*asked, *which, *at) == (owner, id, now))
            .times(..=1)
            .in_sequence(&mut order)
            .returning(move |_, _, source_id, _| {
                gone.push(source_id.to_owned());
                Ok(1)
            });
    });
    world.unit(|unit| drop(upserts(unit, id)));
    ends(&mut world);
    let report = import(&mut world, request).await.unwrap();
    assert!(page.is_committed());
    (added.all(), removed.all(), report)
}

#[tokio::test]
async fn a_row_that_replaces_another_is_added_and_the_other_removed() {
    let (added, removed, report) = after(vec![row(1), correcting(2, "fit-1", false)], &[]).await;
    assert_eq!(added, ["fit-1", "fit-2"]);
    assert_eq!(removed, ["fit-1"]);
    assert_eq!(report.counts, ImportCounts { taken: 2, known: 0, refused: 0, accounts: 1 });
}

#[tokio::test]
async fn a_row_that_deletes_another_is_no_transaction_itself() {
    let last = "fit-of-last-month";
    let (added, removed, report) = after(vec![correcting(1, last, true)], &[last]).await;
    assert!(added.is_empty());
    assert_eq!(removed, [last]);
    assert_eq!(report.counts.taken, 1, "the instruction was carried out");
}

#[tokio::test]
async fn a_correction_of_nothing_or_of_several_rows_removes_none_and_is_told() {
    for known in [vec![], vec!["a", "a"]] {
        let (_, removed, report) = after(vec![correcting(1, "a", true)], &known).await;
        assert!(removed.is_empty());
        assert_eq!((report.counts.taken, report.counts.known, report.problems.len()), (0, 1, 1));
        assert_eq!(report.problems[0].line, 1);
    }
}

#[tokio::test]
async fn an_id_that_several_rows_have_is_none_and_that_is_told() {
    let mut world = World::new();
    let second = StatementRow { source_id: Some("fit-1".to_owned()), day: day(9), ..row(2) };
    let events =
        vec![StatementEvent::Account(account()), StatementEvent::Row(row(1)), StatementEvent::Row(second)];
    let request = upload(&mut world, events);
    begins(&mut world);
    let (id, mut added) = (new_account_id(), Recorder::new());
    world.unit(|unit| drop(upserts(unit, id)));
    world.unit(|unit| added = super::stores_page(unit, Vec::new()));
    world.unit(|unit| drop(upserts(unit, id)));
    ends(&mut world);
    let report = import(&mut world, request).await.unwrap();
    assert_eq!(added.only().len(), 2);
    assert!(added.only().iter().all(|row| row.source_id.starts_with("h:") && row.ordinal == 0));
    let [note] = report.problems.as_slice() else { panic!("one note is expected: {:?}", report.problems) };
    assert_eq!(note.line, 2);
    assert_eq!(report.counts.refused, 0);
}
