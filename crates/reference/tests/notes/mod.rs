//! The cases: rows are noted once, with the unit of work that copies them.

use std::sync::Arc;

use dashtam_domain::store::{Inserted, StoreError};
use dashtam_reference::{ImportStore, ImportWork, ReferenceTable};
use dashtam_testkit::builders::{self, at, id};
use tokio::sync::Barrier;

/// The store under test.
type Store = Arc<dyn ImportStore>;

async fn begin(store: &Store) -> Box<dyn ImportWork> {
    store.begin().await.unwrap()
}

/// Once for all, per table.
pub(crate) async fn an_imported_row_is_noted_once(store: &Store) {
    let (one, two) = (id(), id());
    let mut unit = begin(store).await;
    assert_eq!(unit.imported_rows().note(ReferenceTable::Users, &[one], at(0)).await.unwrap(), [one]);
    assert!(unit.imported_rows().note(ReferenceTable::Users, &[], at(0)).await.unwrap().is_empty());
    unit.commit().await.unwrap();
    let mut unit = begin(store).await;
    assert_eq!(unit.imported_rows().note(ReferenceTable::Users, &[one, two], at(1)).await.unwrap(), [two]);
    assert_eq!(unit.imported_rows().note(ReferenceTable::Tokens, &[one], at(1)).await.unwrap(), [one]);
    drop(unit);
    // What was not committed was not noted.
    let mut unit = begin(store).await;
    assert_eq!(unit.imported_rows().note(ReferenceTable::Users, &[one, two], at(2)).await.unwrap(), [two]);
}

/// Taken back, of this table only.
pub(crate) async fn a_forgotten_row_can_be_noted_again(store: &Store) {
    let (one, two) = (id(), id());
    let mut unit = begin(store).await;
    for table in [ReferenceTable::Providers, ReferenceTable::Tokens] {
        unit.imported_rows().note(table, &[one, two], at(0)).await.unwrap();
    }
    unit.imported_rows().forget(ReferenceTable::Tokens, &[one]).await.unwrap();
    unit.imported_rows().forget(ReferenceTable::Tokens, &[]).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = begin(store).await;
    assert_eq!(unit.imported_rows().note(ReferenceTable::Tokens, &[one, two], at(1)).await.unwrap(), [one]);
    let others = unit.imported_rows().note(ReferenceTable::Providers, &[one, two], at(1)).await.unwrap();
    assert!(others.is_empty());
}

/// More than fit into one statement.
pub(crate) async fn many_rows_are_noted_at_once(store: &Store) {
    let ids: Vec<_> = (0..1_201).map(|_| id()).collect();
    let mut unit = begin(store).await;
    unit.imported_rows().note(ReferenceTable::AuditLogs, &ids[..700], at(0)).await.unwrap();
    let mut fresh = unit.imported_rows().note(ReferenceTable::AuditLogs, &ids, at(1)).await.unwrap();
    fresh.sort();
    assert_eq!(fresh, ids[700..]);
    unit.imported_rows().forget(ReferenceTable::AuditLogs, &ids).await.unwrap();
    let again = unit.imported_rows().note(ReferenceTable::AuditLogs, &ids, at(2)).await.unwrap();
    assert_eq!(again.len(), ids.len());
}

/// What is copied and the note of it become visible together, or neither does.
pub(crate) async fn a_note_goes_with_its_unit_of_work(store: &Store) {
    let (user, taken) = (builders::user(), builders::user());
    let mut unit = begin(store).await;
    assert_eq!(unit.unit().users().insert_if_absent(&taken).await.unwrap(), Inserted::New);
    unit.commit().await.unwrap();
    for commits in [false, true] {
        let mut unit = begin(store).await;
        assert_eq!(unit.unit().users().find(user.id).await.unwrap(), None);
        let fresh = unit.imported_rows().note(ReferenceTable::Users, &[user.id.0], at(0)).await.unwrap();
        assert_eq!(fresh, [user.id.0]);
        assert_eq!(unit.unit().users().insert_if_absent(&user).await.unwrap(), Inserted::New);
        if commits {
            unit.commit().await.unwrap();
        }
    }
    let mut unit = begin(store).await;
    assert_eq!(unit.unit().users().find(user.id).await.unwrap(), Some(user.clone()));
    assert!(unit.imported_rows().note(ReferenceTable::Users, &[user.id.0], at(1)).await.unwrap().is_empty());
    // A call that fails is the end of the unit, and of its notes.
    let another = id();
    unit.imported_rows().note(ReferenceTable::Users, &[another], at(1)).await.unwrap();
    let mut stale = user.clone();
    stale.revision += 7;
    assert!(matches!(unit.unit().users().update(&mut stale).await, Err(StoreError::Stale)));
    assert!(matches!(unit.commit().await, Err(StoreError::Aborted)));
    let mut unit = begin(store).await;
    let fresh = unit.imported_rows().note(ReferenceTable::Users, &[another], at(2)).await.unwrap();
    assert_eq!(fresh, [another]);
}

/// A row is copied by one of several runs.
pub(crate) async fn one_of_many_notes_an_imported_row(store: &Store) {
    const CALLERS: usize = 30;
    let row = id();
    let start = Arc::new(Barrier::new(CALLERS));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (start, store) = (start.clone(), store.clone());
            tokio::spawn(async move {
                start.wait().await;
                let mut unit = begin(&store).await;
                let fresh = unit.imported_rows().note(ReferenceTable::Users, &[row], at(0)).await.unwrap();
                unit.commit().await.unwrap();
                fresh == [row]
            })
        })
        .collect();
    let mut winners = 0;
    for caller in callers {
        winners += usize::from(caller.await.unwrap());
    }
    assert_eq!(winners, 1);
}
