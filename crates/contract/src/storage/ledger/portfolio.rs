//! What portfolios are reckoned from.

use dashtam_domain::{
    id::UserId,
    ledger::{
        AssetClass, Transaction, TransactionChange, TransactionStatus,
        portfolio::{Target, TargetOf, Targets},
    },
    money::Currency,
    page::Limit,
    store::Storage,
};

use crate::builders::{self, at, day, decimal};
use crate::storage::{begin, races::race, store, stored_account, stored_user};

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

async fn put(storage: &Storage, owner: UserId, targets: &Targets) {
    let mut unit = begin(storage).await;
    unit.allocation_targets().put_all(owner, targets, at(5)).await.unwrap();
    unit.commit().await.unwrap();
}

fn target(of: TargetOf, percent: &str) -> Target {
    Target { of, currency: Currency::USD, percent: decimal(percent) }
}

/// They come back as they were set, in their order, and what is set anew takes the place of all of them.
pub async fn targets_are_set_as_a_whole(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let stranger = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    assert_eq!(storage.queries.targets(owner).await.unwrap(), Targets::default());
    let first = Targets::new(vec![
        target(TargetOf::Class(AssetClass::MutualFund), "60.0001"),
        target(TargetOf::Account(account.id), "10"),
        Target { currency: Currency::EUR, ..target(TargetOf::Class(AssetClass::MutualFund), "100") },
    ]);
    let first = first.unwrap();
    put(storage, owner, &first).await;
    assert_eq!(storage.queries.targets(owner).await.unwrap(), first);
    assert_eq!(storage.queries.targets(stranger).await.unwrap(), Targets::default());
    let second = Targets::new(vec![target(TargetOf::Class(AssetClass::Equity), "5")]).unwrap();
    put(storage, owner, &second).await;
    assert_eq!(storage.queries.targets(owner).await.unwrap(), second);
    put(storage, owner, &Targets::default()).await;
    assert_eq!(storage.queries.targets(owner).await.unwrap(), Targets::default());
}

/// Of many that set them at once, those of one are there, and no mixture.
pub async fn targets_of_many_callers_are_those_of_one(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let of = |caller: usize| {
        let percent = (caller + 1).to_string();
        let classes = [AssetClass::Equity, AssetClass::Etf];
        Targets::new(classes.map(|class| target(TargetOf::Class(class), &percent)).to_vec()).unwrap()
    };
    let set = race(storage, |storage, caller| async move {
        let targets = of(caller);
        put(&storage, owner, &targets).await;
        targets
    });
    let set = set.await;
    let found = storage.queries.targets(owner).await.unwrap();
    assert!(set.contains(&found), "{found:?}");
}

/// Many that set one of two sides each keep what the others set, because they hold all while they add to them.
pub async fn targets_are_held_while_one_side_is_set(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let classes = [AssetClass::Equity, AssetClass::Etf, AssetClass::MutualFund];
    race(storage, |storage, caller| async move {
        let mut unit = begin(&storage).await;
        let held = unit.allocation_targets().hold_all(owner).await.unwrap();
        let mine = TargetOf::Class(classes[caller % classes.len()]);
        let others = held.as_slice().iter().filter(|target| target.of != mine).copied();
        let all = others.chain([target(mine, "5")]).collect();
        unit.allocation_targets().put_all(owner, &Targets::new(all).unwrap(), at(6)).await.unwrap();
        unit.commit().await.unwrap();
    })
    .await;
    assert_eq!(storage.queries.targets(owner).await.unwrap().as_slice().len(), classes.len());
}
