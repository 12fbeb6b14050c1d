//! What the store in memory promises beyond the contract.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::sync::{Arc, Mutex};

use dashtam_contract::builders;
use dashtam_domain::{
    page::Limit,
    store::{Storage, StoreError},
};
use dashtam_memory::MemoryStore;

async fn stored_user(storage: &Storage) -> dashtam_domain::identity::User {
    let user = builders::user();
    let mut unit = storage.store.begin().await.unwrap();
    unit.users().insert_if_absent(&user).await.unwrap();
    unit.commit().await.unwrap();
    user
}

#[tokio::test]
async fn clones_are_one_store_and_new_ones_are_empty() {
    let store = MemoryStore::new();
    let user = stored_user(&store.clone().storage()).await;
    assert_eq!(store.storage().queries.user(user.id).await.unwrap(), Some(user.clone()));
    assert_eq!(MemoryStore::default().storage().queries.user(user.id).await.unwrap(), None);
    assert_eq!(format!("{store:?}"), "MemoryStore", "it shows nothing of what it holds");
}

#[tokio::test]
async fn a_task_that_panics_with_an_open_unit_leaves_no_trace_and_no_lock() {
    let storage = MemoryStore::new().storage();
    let lost = builders::user();
    let (inside, user) = (storage.clone(), lost.clone());
    let panicked = tokio::spawn(async move {
        let mut unit = inside.store.begin().await.unwrap();
        unit.users().insert_if_absent(&user).await.unwrap();
        panic!("on purpose");
    });
    assert!(panicked.await.is_err());
    let other = stored_user(&storage).await;
    assert_eq!(storage.queries.user(lost.id).await.unwrap(), None);
    assert!(storage.queries.user(other.id).await.unwrap().is_some());
}

#[tokio::test]
async fn writers_get_their_turns_in_the_order_they_asked() {
    let storage = MemoryStore::new().storage();
    let first = storage.store.begin().await.unwrap();
    let turns = Arc::new(Mutex::new(Vec::new()));
    let mut waiting = Vec::new();
    for number in 0..5 {
        let (storage, turns) = (storage.clone(), Arc::clone(&turns));
        waiting.push(tokio::spawn(async move {
            let unit = storage.store.begin().await.unwrap();
            turns.lock().unwrap().push(number);
            unit.commit().await.unwrap();
        }));
        // Each has asked before the next one does.
        tokio::task::yield_now().await;
    }
    drop(first);
    for task in waiting {
        task.await.unwrap();
    }
    assert_eq!(*turns.lock().unwrap(), [0, 1, 2, 3, 4]);
}

/// What a database refuses by its keys is refused here too, and nothing of the unit stays.
#[tokio::test]
async fn rows_that_belong_to_nothing_and_keys_that_are_taken_are_refused() {
    let storage = MemoryStore::new().storage();
    let (user, stranger) = (stored_user(&storage).await, builders::user());
    let account = builders::file_account(user.id, "1");
    let foreign = builders::connection(stranger.id, "Foreign");
    for attempt in 0..4 {
        let mut unit = storage.store.begin().await.unwrap();
        unit.accounts().upsert(&account).await.unwrap();
        let refused = match attempt {
            0 => unit.connections().insert_if_absent(&foreign).await.map(drop),
            1 => unit.sync_runs().insert_if_idle(&builders::sync_run(&foreign, 0)).await.map(drop),
            2 => {
                let row = builders::transaction(&account, "row", builders::day(1));
                let same_id =
                    dashtam_domain::ledger::Transaction { source_id: "other".to_owned(), ..row.clone() };
                unit.transactions().insert(&[row, same_id]).await.map(drop)
            }
            _ => {
                unit.balances()
                    .record(&[builders::balance(&builders::file_account(stranger.id, "2"), "1", 0)])
                    .await
            }
        };
        assert!(matches!(refused, Err(StoreError::Database(_))), "{attempt}: {refused:?}");
        assert!(matches!(unit.commit().await, Err(StoreError::Aborted)));
    }
    let kept = storage.queries.accounts(user.id, None, None, Limit::default()).await.unwrap();
    assert_eq!(kept.items, []);
}

/// Who looks after others cannot be erased before them.
#[tokio::test]
async fn a_manager_of_somebody_stays() {
    let storage = MemoryStore::new().storage();
    let mut manager = stored_user(&storage).await;
    let sub = dashtam_domain::identity::User { managed_by: Some(manager.id), ..builders::user() };
    let mut unit = storage.store.begin().await.unwrap();
    unit.users().insert_if_absent(&sub).await.unwrap();
    manager.schedule_deletion(builders::at(0));
    unit.users().update(&mut manager).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = storage.store.begin().await.unwrap();
    let late = builders::at(30 * 86_400);
    assert!(matches!(unit.erasure().erase_user(manager.id, late).await, Err(StoreError::Database(_))));
    drop(unit);
    assert!(storage.queries.user(manager.id).await.unwrap().is_some());
}
