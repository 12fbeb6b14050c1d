//! What recurring streams are made of, and what people said of them.

use dashtam_domain::{
    id::{StreamId, UserId},
    ledger::{Transaction, TransactionChange, TransactionStatus, recurring::StreamMark},
    store::Storage,
};

use crate::builders::{self, at, day, decimal};
use crate::storage::{
    begin,
    races::{CALLERS, race},
    store, stored_account, stored_user,
};

async fn put(storage: &Storage, mark: &StreamMark) {
    let mut unit = begin(storage).await;
    unit.streams().put_mark(mark).await.unwrap();
    unit.commit().await.unwrap();
}

async fn marks(storage: &Storage, owner: UserId) -> Vec<StreamMark> {
    storage.queries.stream_marks(owner).await.unwrap()
}

/// What is said of a stream comes back, the last time it is said, to nobody else.
pub async fn what_is_said_of_a_stream_comes_back(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let said = builders::stream_mark(&account);
    put(storage, &said).await;
    assert_eq!(marks(storage, owner).await, std::slice::from_ref(&said));
    let other = StreamMark { verdict: None, name: None, updated_at: at(9), ..said.clone() };
    put(storage, &StreamMark { created_at: at(7), ..other.clone() }).await;
    assert_eq!(marks(storage, owner).await, std::slice::from_ref(&other));
    let stranger = stored_user(storage).await.id;
    let mut unit = begin(storage).await;
    assert_eq!(unit.streams().mark(owner, said.id).await.unwrap(), Some(other));
    assert_eq!(unit.streams().mark(owner, StreamId(builders::id())).await.unwrap(), None);
    assert_eq!(unit.streams().mark(stranger, said.id).await.unwrap(), None);
    unit.commit().await.unwrap();
    assert_eq!(marks(storage, stranger).await, []);
    let mut unit = begin(storage).await;
    let foreign = StreamMark { owner: stranger, ..said };
    assert!(unit.streams().put_mark(&foreign).await.is_err());
}

/// What may come back is what is posted and shown, by the values that people are shown; its transactions are found by id.
pub async fn what_may_come_back_is_found(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let row = |id: &str, on| Transaction { raw: None, ..builders::transaction(&account, id, day(on)) };
    let (old, pending) = (row("old", 1), Transaction { status: TransactionStatus::Pending, ..row("p", 5) });
    let (mut shown, mut hidden) = (row("shown", 3), row("hidden", 5));
    let (now, change) = (at(5), TransactionChange::default);
    hidden.correct(TransactionChange { hidden: Some(Some(true)), ..change() }, now);
    let merchant = Some(Some("Films".parse().unwrap()));
    let day_of = Some(Some(day(6)));
    shown.correct(TransactionChange { merchant, day: day_of, ..change() }, now);
    store(storage, &[old.clone(), pending, shown.clone(), hidden]).await;
    let rows = storage.queries.stream_rows(owner, day(4)).await.unwrap();
    let [found] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((found.id, found.account, found.day), (shown.id, account.id, day(6)));
    assert_eq!((found.amount, found.currency), (decimal("-12.30"), account.currency));
    assert_eq!((found.merchant.as_deref(), found.description.as_str()), (Some("Films"), "Coffee & Söhne"));
    assert_eq!(storage.queries.stream_rows(stored_user(storage).await.id, day(1)).await.unwrap(), []);
    let ids = [old.id, shown.id];
    let found = storage.queries.transactions_of(owner, &ids).await.unwrap();
    assert_eq!(found, [shown, old]);
    assert_eq!(storage.queries.transactions_of(owner, &[]).await.unwrap(), []);
    assert_eq!(storage.queries.transactions_of(stored_user(storage).await.id, &ids).await.unwrap(), []);
}

/// Of many that say something at once each adds to what is said.
pub async fn what_many_say_of_a_stream_is_all_kept(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let fresh = StreamMark { name: None, verdict: None, ..builders::stream_mark(&account) };
    let said = race(storage, |storage, _| {
        let fresh = fresh.clone();
        async move {
            let mut unit = begin(&storage).await;
            let before = unit.streams().mark(fresh.owner, fresh.id).await.unwrap().unwrap_or(fresh);
            let length = before.name.as_ref().map_or(0, |name| name.as_str().len());
            let name = Some("x".repeat(length + 1).parse().unwrap());
            unit.streams().put_mark(&StreamMark { name, ..before }).await.unwrap();
            unit.commit().await.unwrap();
        }
    })
    .await;
    assert_eq!(said.len(), CALLERS);
    assert_eq!(marks(storage, owner).await[0].name.as_ref().map(|name| name.as_str().len()), Some(CALLERS));
}
