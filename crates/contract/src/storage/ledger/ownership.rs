//! Whose things are whose.

use dashtam_domain::connections::{Absence, TransactionWindow};
use dashtam_domain::{
    id::SyncRunId,
    ledger::{Transaction, TransactionFilter},
    page::Limit,
    store::{Storage, StoreError},
};

use crate::builders::{self, at, day};
use crate::storage::{begin, connected_account, store, stored_connection, stored_user};

/// No look-up and no list tells another user anything, and no write touches it.
pub async fn what_is_somebody_elses_is_not_there(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let connection = stored_connection(storage, owner, "Mine").await;
    let account = connected_account(storage, &connection, "1").await;
    let row = builders::transaction(&account, "a", day(1));
    store(storage, std::slice::from_ref(&row)).await;
    let import = builders::import(owner);
    let mut unit = begin(storage).await;
    unit.credentials().put(&mut builders::credentials(&connection)).await.unwrap();
    unit.holdings().replace(owner, account.id, &[builders::holding(&account, "h")]).await.unwrap();
    unit.imports().insert(&import).await.unwrap();
    unit.commit().await.unwrap();

    let queries = &storage.queries;
    for (user, visible) in [(owner, true), (other, false)] {
        let all = TransactionFilter::default();
        let of_account = TransactionFilter { account: Some(account.id), ..all.clone() };
        let limit = Limit::default();
        for (what, seen) in [
            ("connection", queries.connection(user, connection.id).await.unwrap().is_some()),
            ("connections", !queries.connections(user, None, limit).await.unwrap().items.is_empty()),
            ("credentials", queries.credentials(user, connection.id).await.unwrap().is_some()),
            ("account", queries.account(user, account.id).await.unwrap().is_some()),
            ("accounts", !queries.accounts(user, None, None, limit).await.unwrap().items.is_empty()),
            (
                "accounts of the connection",
                !queries.accounts(user, Some(connection.id), None, limit).await.unwrap().items.is_empty(),
            ),
            ("transaction", queries.transaction(user, row.id).await.unwrap().is_some()),
            (
                "transactions",
                !queries.transactions(user, all.clone(), None, limit).await.unwrap().items.is_empty(),
            ),
            (
                "transactions of the account",
                !queries.transactions(user, of_account.clone(), None, limit).await.unwrap().items.is_empty(),
            ),
            ("holdings", !queries.holdings(user, account.id).await.unwrap().is_empty()),
            ("import", queries.import(user, import.id).await.unwrap().is_some()),
        ] {
            assert_eq!(seen, visible, "{what}");
        }
    }

    let run = SyncRunId(builders::id());
    let mut unit = begin(storage).await;
    assert_eq!(unit.connections().find(other, connection.id).await.unwrap(), None);
    assert!(!unit.connections().delete(other, connection.id).await.unwrap());
    assert_eq!(unit.accounts().deactivate_others(other, connection.id, &[], at(1)).await.unwrap(), 0);
    let transactions = unit.transactions();
    assert_eq!(transactions.with_source_ids(other, account.id, &["a".to_owned()]).await.unwrap(), []);
    transactions.mark_seen(other, &[row.id], run).await.unwrap();
    assert_eq!(
        transactions
            .remove_unseen(
                other,
                account.id,
                TransactionWindow { from: day(0), to: day(9) },
                &run.into(),
                Absence::Removed,
                at(1)
            )
            .await
            .unwrap(),
        0
    );
    assert_eq!(transactions.remove(other, account.id, "a", at(1)).await.unwrap(), 0);
    unit.holdings().replace(other, account.id, &[]).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.transaction(owner, row.id).await.unwrap(), Some(row));
    assert_eq!(storage.queries.holdings(owner, account.id).await.unwrap().len(), 1);
}

/// A row cannot be of one user and in another's account, and a stranger's update is refused.
pub async fn nobody_writes_into_somebody_elses_account(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let connection = stored_connection(storage, owner, "Mine").await;
    let account = connected_account(storage, &connection, "1").await;
    let row = builders::transaction(&account, "a", day(1));
    store(storage, std::slice::from_ref(&row)).await;
    let foreign = Transaction { owner: other, ..builders::transaction(&account, "b", day(1)) };
    let mut unit = begin(storage).await;
    assert!(unit.transactions().insert(&[foreign]).await.is_err());
    let mut unit = begin_after(storage, unit).await;
    let taken = Transaction { owner: other, description: "theirs".to_owned(), ..row.clone() };
    assert!(matches!(unit.transactions().update(&[taken]).await, Err(StoreError::Stale)));
    let mut unit = begin_after(storage, unit).await;
    assert!(unit.holdings().replace(other, account.id, &[builders::holding(&account, "h")]).await.is_err());
    let mut unit = begin_after(storage, unit).await;
    let mut credentials = builders::credentials(&connection);
    credentials.owner = other;
    assert!(unit.credentials().put(&mut credentials).await.is_err());
    drop(unit);
    assert_eq!(storage.queries.transaction(owner, row.id).await.unwrap(), Some(row));
}

/// The next unit, once this one is over: a store may have room for one writer only.
async fn begin_after(
    storage: &Storage,
    unit: Box<dyn dashtam_domain::store::UnitOfWork>,
) -> Box<dyn dashtam_domain::store::UnitOfWork> {
    drop(unit);
    begin(storage).await
}
