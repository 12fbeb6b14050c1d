//! The tags that transactions have.

use dashtam_domain::{
    ledger::{Tags, Transaction, TransactionChange, TransactionField, TransactionStatus},
    page::Limit,
    store::Storage,
};

use crate::{
    builders::day,
    storage::{
        begin,
        ledger::corrections::{correct, found, told},
        store, stored_account, stored_user,
    },
};

/// Each once in any case, as the latest of its transactions writes it, whatever moves these transactions, and gone with the
/// last of them.
pub async fn tags_are_those_that_transactions_have(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let account = stored_account(storage, owner, "1").await;
    let elses = stored_account(storage, other, "1").await;
    let rows = [told(&account, "a", 3), told(&account, "b", 4), told(&elses, "c", 5)];
    store(storage, &rows).await;
    let tags = |tags: &[&str]| TransactionChange {
        tags: Some(Tags::new(tags.iter().map(|tag| tag.parse().unwrap()))),
        ..TransactionChange::default()
    };
    let counted = async |owner| -> Vec<(String, u64)> {
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let page = storage.queries.tags(owner, after, Limit::new(2).unwrap()).await.unwrap();
            names.extend(page.items.iter().map(|used| (used.tag.as_str().to_owned(), used.transactions)));
            match page.next {
                None => return names,
                next => after = next,
            }
        }
    };
    let names =
        async |owner| -> Vec<String> { counted(owner).await.into_iter().map(|(name, _)| name).collect() };
    correct(storage, &rows[0], tags(&["Trip", "work", "Äpfel", "旅行"]), 1).await;
    correct(storage, &rows[1], tags(&["TRIP"]), 2).await;
    correct(storage, &rows[2], tags(&["Other"]), 2).await;
    assert_eq!(names(owner).await, ["TRIP", "work", "Äpfel", "旅行"]);
    let numbers: Vec<u64> = counted(owner).await.into_iter().map(|(_, number)| number).collect();
    assert_eq!(numbers, [2, 1, 1, 1]);
    assert_eq!(names(other).await, ["Other"]);
    // The day that a person or the institution gives a transaction moves its tags.
    let later = TransactionChange { day: Some(Some(day(9))), ..TransactionChange::default() };
    correct(storage, &rows[0], later, 3).await;
    assert_eq!(names(owner).await[0], "Trip");
    let now = Transaction { day: day(12), ..rows[1].clone() };
    let mut unit = begin(storage).await;
    unit.transactions().update(&[now]).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(names(owner).await[0], "TRIP");
    // What the institution took back has none.
    let gone = Transaction { status: TransactionStatus::Removed, ..found(storage, &rows[0]).await };
    let mut unit = begin(storage).await;
    unit.transactions().update(std::slice::from_ref(&gone)).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(counted(owner).await, [("TRIP".to_owned(), 1)]);
    let back = Transaction { status: TransactionStatus::Posted, ..gone };
    let mut unit = begin(storage).await;
    unit.transactions().update(&[back]).await.unwrap();
    unit.commit().await.unwrap();
    correct(storage, &rows[0], tags(&["work"]), 4).await;
    correct(storage, &rows[1], TransactionChange::take_back(TransactionField::Tags), 5).await;
    assert_eq!(names(owner).await, ["work"]);
    correct(storage, &rows[0], tags(&[]), 6).await;
    assert!(found(storage, &rows[0]).await.tags().is_empty());
    assert_eq!(names(owner).await, [""; 0]);
}
