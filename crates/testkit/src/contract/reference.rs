//! Which rows of the reference system were copied.

use dashtam_domain::{reference::ReferenceTable, store::Storage};

use super::begin;
use crate::builders::{at, id};

/// Once for all, per table.
pub async fn an_imported_row_is_noted_once(storage: &Storage) {
    let (one, two) = (id(), id());
    let mut unit = begin(storage).await;
    assert_eq!(unit.imported_rows().note(ReferenceTable::Users, &[one], at(0)).await.unwrap(), [one]);
    assert!(unit.imported_rows().note(ReferenceTable::Users, &[], at(0)).await.unwrap().is_empty());
    unit.commit().await.unwrap();
    let mut unit = begin(storage).await;
    assert_eq!(unit.imported_rows().note(ReferenceTable::Users, &[one, two], at(1)).await.unwrap(), [two]);
    assert_eq!(unit.imported_rows().note(ReferenceTable::Tokens, &[one], at(1)).await.unwrap(), [one]);
    drop(unit);
    // What was not committed was not noted.
    let mut unit = begin(storage).await;
    assert_eq!(unit.imported_rows().note(ReferenceTable::Users, &[one, two], at(2)).await.unwrap(), [two]);
}

/// Taken back, of this table only.
pub async fn a_forgotten_row_can_be_noted_again(storage: &Storage) {
    let (one, two) = (id(), id());
    let mut unit = begin(storage).await;
    for table in [ReferenceTable::Providers, ReferenceTable::Tokens] {
        unit.imported_rows().note(table, &[one, two], at(0)).await.unwrap();
    }
    unit.imported_rows().forget(ReferenceTable::Tokens, &[one]).await.unwrap();
    unit.imported_rows().forget(ReferenceTable::Tokens, &[]).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = begin(storage).await;
    assert_eq!(unit.imported_rows().note(ReferenceTable::Tokens, &[one, two], at(1)).await.unwrap(), [one]);
    let others = unit.imported_rows().note(ReferenceTable::Providers, &[one, two], at(1)).await.unwrap();
    assert!(others.is_empty());
}

/// More than fit into one statement.
pub async fn many_rows_are_noted_at_once(storage: &Storage) {
    let ids: Vec<_> = (0..1_201).map(|_| id()).collect();
    let mut unit = begin(storage).await;
    unit.imported_rows().note(ReferenceTable::AuditLogs, &ids[..700], at(0)).await.unwrap();
    let mut fresh = unit.imported_rows().note(ReferenceTable::AuditLogs, &ids, at(1)).await.unwrap();
    fresh.sort();
    assert_eq!(fresh, ids[700..]);
    unit.imported_rows().forget(ReferenceTable::AuditLogs, &ids).await.unwrap();
    let again = unit.imported_rows().note(ReferenceTable::AuditLogs, &ids, at(2)).await.unwrap();
    assert_eq!(again.len(), ids.len());
}
