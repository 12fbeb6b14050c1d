//! Pages of 500 rows, each stored in a unit of work of its own.

use dashtam_application::{errors::CommonError, imports::ImportError};
use dashtam_domain::ledger::{
    ImportCounts, ToldFate, ToldRow, Transaction, TransactionStatus, statement::StatementEvent,
};
use dashtam_testkit::{builders, builders::day};

use super::{account, begins, ends, import, new_account_id, problem, row, stores_page, upload, upserts};
use crate::world::{World, assert_refused, broken};

fn rows(count: u64) -> Vec<StatementEvent> {
    let rows = (1..=count).map(|line| StatementEvent::Row(row(line)));
    std::iter::once(StatementEvent::Account(account())).chain(rows).collect()
}

#[tokio::test]
async fn five_hundred_rows_make_a_page_and_each_page_is_committed_by_itself() {
    let mut world = World::new();
    let request = upload(&mut world, rows(1_001));
    begins(&mut world);
    let id = new_account_id();
    world.unit(|unit| drop(upserts(unit, id)));
    let mut pages = Vec::new();
    for _ in 0..3 {
        let mut added = Default::default();
        let unit = world.unit(|unit| added = stores_page(unit, Vec::new()));
        pages.push((unit, added));
    }
    world.unit(|unit| drop(upserts(unit, id)));
    ends(&mut world);
    let report = import(&mut world, request).await.unwrap();

    let sizes: Vec<usize> = pages.iter().map(|(_, added)| added.only().len()).collect();
    assert_eq!(sizes, [500, 500, 1]);
    assert!(pages.iter().all(|(unit, _)| unit.is_committed()));
    assert_eq!(report.counts, ImportCounts { taken: 1_001, known: 0, refused: 0, accounts: 1 });

    let first = &pages[0].1.only()[0];
    assert_eq!((first.account, first.owner, first.import), (id, world.owner, Some(report.id)));
    assert_eq!((first.source_id.as_str(), first.ordinal), ("fit-1", 0));
    assert_eq!((first.status, first.description.as_str()), (TransactionStatus::Posted, "Shop 1"));
    assert_eq!((first.day, first.raw.as_deref()), (day(3), Some("<STMTTRN>1")));
}

#[tokio::test]
async fn a_full_last_page_is_not_followed_by_an_empty_one() {
    let mut world = World::new();
    let request = upload(&mut world, rows(500));
    begins(&mut world);
    let id = new_account_id();
    world.unit(|unit| drop(upserts(unit, id)));
    world.unit(|unit| drop(stores_page(unit, Vec::new())));
    world.unit(|unit| drop(upserts(unit, id)));
    ends(&mut world);
    assert_eq!(import(&mut world, request).await.unwrap().counts.taken, 500);
}

#[tokio::test]
async fn when_a_page_fails_the_ones_before_it_stay_and_the_import_is_not_completed() {
    let mut world = World::new();
    let request = upload(&mut world, rows(1_000));
    begins(&mut world);
    world.unit(|unit| drop(upserts(unit, new_account_id())));
    let first = world.unit(|unit| drop(stores_page(unit, Vec::new())));
    let second = world.unit(|unit| {
        super::goes_on(unit);
        unit.knows_no_aliases();
        unit.transactions.expect_with_source_ids().returning(|_, _, _| Ok(Vec::new()));
        unit.transactions.expect_on_days().returning(|_, _, _, _| Ok(Vec::new()));
        unit.transactions.expect_insert().returning(|_| Err(broken()));
    });
    // No further unit is expected: neither the report nor its line in the trail is written.
    let result = import(&mut world, request).await;
    assert_refused!(result, ImportError::Common(CommonError::Store(_)));
    assert!(first.is_committed());
    assert!(!second.is_committed());
}

#[tokio::test]
async fn rows_that_are_stored_already_are_counted_and_not_added() {
    let mut world = World::new();
    let request = upload(&mut world, rows(2));
    begins(&mut world);
    let id = new_account_id();
    let mut stored = builders::file_account(world.owner, "1");
    stored.id = id;
    let known = Transaction {
        amount: row(1).amount,
        description: "Shop 1".to_owned(),
        memo: None,
        check_number: None,
        ..builders::transaction(&stored, "fit-1", day(3))
    };
    let (mut added, owner, known_id) = (Default::default(), world.owner, known.id);
    world.unit(|unit| drop(upserts(unit, id)));
    world.unit(|unit| {
        unit.told
            .expect_note_rows()
            .withf(move |asked, _, which, rows| {
                let row = ToldRow { transaction: known_id, fate: ToldFate::Known };
                (*asked, *which) == (owner, id) && rows == [row]
            })
            .times(1)
            .returning(|_, _, _, _| Ok(()));
        super::goes_on(unit);
        unit.knows_no_aliases();
        unit.transactions
            .expect_with_source_ids()
            .withf(move |asked, which, ids| {
                let given: Vec<_> = ids.iter().filter(|id| !id.starts_with("h:")).collect();
                (*asked, *which) == (owner, id) && given == ["fit-1", "fit-2"] && ids.len() == 4
            })
            .times(1)
            .return_once(|_, _, _| Ok(vec![known]));
        unit.transactions.expect_on_days().returning(|_, _, _, _| Ok(Vec::new()));
        let rows = dashtam_testkit::fakes::Recorder::new();
        let seen = rows.clone();
        unit.transactions.expect_insert().times(1).returning(move |new| {
            seen.push(new.to_vec());
            Ok(new.len() as u64)
        });
        added = rows;
    });
    world.unit(|unit| drop(upserts(unit, id)));
    ends(&mut world);
    let report = import(&mut world, request).await.unwrap();
    assert_eq!((report.counts.taken, report.counts.known), (1, 1));
    let added: Vec<String> = added.only().into_iter().map(|row| row.source_id).collect();
    assert_eq!(added, ["fit-2"]);
}

#[tokio::test]
async fn a_row_before_any_account_is_refused_and_the_others_are_stored() {
    let mut world = World::new();
    let events = [vec![StatementEvent::Row(row(1))], rows(1)].concat();
    let request = upload(&mut world, events);
    begins(&mut world);
    let id = new_account_id();
    world.unit(|unit| drop(upserts(unit, id)));
    world.unit(|unit| drop(stores_page(unit, Vec::new())));
    world.unit(|unit| drop(upserts(unit, id)));
    ends(&mut world);
    let report = import(&mut world, request).await.unwrap();
    assert_eq!((report.counts.taken, report.counts.refused), (1, 1));
    assert_eq!(report.problems[0].reason, "The row belongs to no account.");
}

#[tokio::test]
async fn a_report_counts_every_refused_row_and_lists_the_first_thousand() {
    let mut world = World::new();
    let events = (1..=1_001).map(|line| StatementEvent::Refused(problem(line))).collect();
    let request = upload(&mut world, events);
    begins(&mut world);
    ends(&mut world);
    let report = import(&mut world, request).await.unwrap();
    assert_eq!((report.counts.refused, report.problems.len()), (1_001, 1_000));
    assert_eq!(report.problems.last(), Some(&problem(1_000)));
}
