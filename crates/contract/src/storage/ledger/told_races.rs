//! Units that are rolled back, and imports that many undo at once.

use dashtam_domain::{
    ledger::{ImportFilter, Transaction, Undone},
    page::Limit,
    store::Storage,
};

use crate::builders::{self, at, day};
use crate::storage::{
    begin,
    ledger::told::{brought, day_of, ended_import},
    races::{race, winners},
    store, stored_account, stored_user,
};

/// Nothing of it is there once that returns, and the next unit does not wait.
pub async fn a_unit_that_is_rolled_back_leaves_nothing(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let clock = storage.queries.clock(owner).await.unwrap();
    let mut unit = begin(storage).await;
    unit.imports().insert(&builders::import(owner)).await.unwrap();
    unit.transactions().insert(&[builders::transaction(&account, "a", day(1))]).await.unwrap();
    unit.roll_back().await;
    let list = storage.queries.imports(owner, ImportFilter::default(), None, Limit::default()).await;
    assert_eq!(list.unwrap().items, []);
    assert_eq!(day_of(storage, &account).await, None);
    assert_eq!(storage.queries.clock(owner).await.unwrap(), clock);
    assert_eq!(store(storage, &[builders::transaction(&account, "a", day(1))]).await, 1);
}

/// Thirty callers undo one import: one does it, and the rows go once.
pub async fn one_of_many_undoes_an_import(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let import = ended_import(storage, &account, true, 10).await;
    let rows: Vec<Transaction> =
        (0..50).map(|number| brought(&account, &import, &number.to_string())).collect();
    assert_eq!(store(storage, &rows).await, 50);
    let answers = race(storage, |storage, number| {
        let id = import.id;
        async move {
            let mut unit = begin(&storage).await;
            let found = unit.imports().find(owner, id).await.unwrap().unwrap();
            let back = unit.told().take_back_rows(owner, id, at(90)).await.unwrap();
            let undone = Undone {
                at: at(100 + i64::try_from(number).unwrap()),
                removed: i64::try_from(back.removed).unwrap(),
                kept: 0,
                restored: 0,
                accounts: 0,
            };
            let won = unit.imports().undo(owner, id, undone).await.unwrap();
            assert_eq!((won, back.removed), (found.undone.is_none(), if won { 50 } else { 0 }));
            unit.commit().await.unwrap();
            won
        }
    })
    .await;
    assert_eq!(winners(&answers), 1);
    let stored = storage.queries.import(owner, import.id).await.unwrap().unwrap();
    assert_eq!(stored.undone.unwrap().removed, 50);
    assert_eq!(day_of(storage, &account).await, None);
}
