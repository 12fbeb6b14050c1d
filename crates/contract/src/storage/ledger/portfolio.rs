//! What portfolios are reckoned from.

use dashtam_domain::{
    ledger::{Transaction, TransactionChange, TransactionStatus},
    page::Limit,
    store::Storage,
};

use crate::builders::{self, at, day};
use crate::storage::{store, stored_account, stored_user};

/// What is posted and shown of an account is read from its beginning, by the days that people are shown, with what it is
/// made of.
pub async fn the_history_of_an_account_is_read_page_by_page(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let row = |id: &str, on| Transaction { raw: None, ..builders::transaction(&account, id, day(on)) };
    let (late, early, mut moved, mut hidden) =
        (row("late", 9), row("early", 2), row("moved", 3), row("h", 4));
    let pending = Transaction { status: TransactionStatus::Pending, ..row("p", 5) };
    let change = TransactionChange::default;
    hidden.correct(TransactionChange { hidden: Some(Some(true)), ..change() }, at(5));
    moved.correct(TransactionChange { day: Some(Some(day(12))), ..change() }, at(5));
    store(storage, &[late.clone(), moved.clone(), pending, early.clone(), hidden]).await;
    let two = Limit::new(2).unwrap();
    let page = |owner, after| storage.queries.history(owner, account.id, after, two);
    let first = page(owner, None).await.unwrap();
    assert_eq!((first.items, first.next), (vec![early, late.clone()], Some((day(9), late.id))));
    let second = page(owner, first.next).await.unwrap();
    assert_eq!((second.items, second.next), (vec![moved], None));
    assert_eq!(page(stored_user(storage).await.id, None).await.unwrap().items, []);
}
