//! What is known of transactions that may be one.

use dashtam_domain::{
    ledger::{Account, Alias, Transaction},
    store::Storage,
};

use super::{
    begin,
    races::{CALLERS, race},
    store, stored_account, stored_user,
};
use crate::builders::{self, day};

async fn aliases(storage: &Storage, account: &Account, ids: &[&str]) -> Vec<Alias> {
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let mut unit = begin(storage).await;
    let mut found = unit.reconciliations().aliases(account.owner, account.id, &ids).await.unwrap();
    unit.commit().await.unwrap();
    found.sort();
    found
}

async fn put(storage: &Storage, aliases: &[Alias]) {
    let mut unit = begin(storage).await;
    unit.reconciliations().put_aliases(aliases).await.unwrap();
    unit.commit().await.unwrap();
}

/// An alias leads from its account, and from no other, to one transaction, the last it was given.
pub async fn an_alias_leads_to_one_transaction(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let (account, other) =
        (stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await);
    let row = builders::transaction(&account, "q", day(1));
    let second = builders::transaction(&account, "r", day(1));
    assert_eq!(store(storage, &[row.clone(), second.clone()]).await, 2);
    let alias = |row: &Transaction, id: &str, ordinal| {
        let source_id = id.to_owned();
        Alias { source_id, ordinal, merged: None, ..Alias::of(row, row.id) }
    };
    let first = [alias(&row, "p", 0), alias(&row, "p", 1), alias(&row, "o", 0)];
    put(storage, &[]).await;
    put(storage, &first).await;
    assert_eq!(aliases(storage, &account, &["p", "q"]).await, first[..2]);
    assert_eq!(aliases(storage, &other, &["p"]).await, []);
    assert_eq!(aliases(storage, &account, &[]).await, []);
    let moved = Alias { merged: Some(row.id), ..alias(&second, "p", 1) };
    put(storage, std::slice::from_ref(&moved)).await;
    assert_eq!(aliases(storage, &account, &["o", "p"]).await, [first[2].clone(), first[0].clone(), moved]);

    let mut unit = begin(storage).await;
    let stranger = builders::id();
    let ids = [row.id, dashtam_domain::id::TransactionId(stranger)];
    let found = unit.transactions().find_all(owner, &ids).await.unwrap();
    assert_eq!(found, [row]);
    assert_eq!(unit.transactions().find_all(owner, &[]).await.unwrap(), []);
    unit.commit().await.unwrap();
}

/// Whoever looks up what leads to a transaction has the owner's transactions for itself: of many that add a row unless it
/// is known, one does.
pub async fn one_of_many_finds_nothing_and_adds_it(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let answers = race(storage, |storage, number| {
        let account = account.clone();
        async move {
            let mut unit = begin(&storage).await;
            let known =
                unit.reconciliations().aliases(account.owner, account.id, &["p".to_owned()]).await.unwrap();
            if !known.is_empty() {
                unit.commit().await.unwrap();
                return 0;
            }
            let row = builders::transaction(&account, &format!("q{number}"), day(1));
            let added = unit.transactions().insert(std::slice::from_ref(&row)).await.unwrap();
            let alias = Alias { source_id: "p".to_owned(), ..Alias::of(&row, row.id) };
            unit.reconciliations().put_aliases(&[alias]).await.unwrap();
            unit.commit().await.unwrap();
            added
        }
    })
    .await;
    assert_eq!((answers.len(), answers.iter().sum::<u64>()), (CALLERS, 1));
    assert_eq!(aliases(storage, &account, &["p"]).await.len(), 1);
}
