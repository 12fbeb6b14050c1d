//! Thirty callers at once on accounts and transactions.

use dashtam_domain::{page::Limit, store::Storage};

use crate::{
    builders::{self, day},
    storage::{begin, races::race, store, stored_account, stored_user},
};

/// Many see the same account at once; there is one.
pub async fn one_account_is_made_by_many_writers(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let ids = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let id = unit.accounts().upsert(&builders::file_account(owner, "1")).await.unwrap();
        unit.commit().await.unwrap();
        id
    })
    .await;
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(storage.queries.accounts(owner, None, None, Limit::default()).await.unwrap().items.len(), 1);
}

/// The same rows from many imports at once are stored once.
pub async fn one_of_many_adds_a_transaction(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let added = race(storage, |storage, _| {
        let rows: Vec<_> =
            (0..20).map(|n| builders::transaction(&account, &format!("row {n}"), day(n))).collect();
        async move { store(&storage, &rows).await }
    })
    .await;
    assert_eq!(added.iter().sum::<u64>(), 20);
}
