//! What is learned of the other sides of transactions.

use dashtam_domain::{
    ledger::Transaction,
    ledger::meaning::{CategorizedBy, Learned, PayeeName, rule::RuleOutcome},
    page::Limit,
    store::Storage,
};

use crate::{
    builders::{self, at, day},
    storage::{begin, store, stored_account, stored_user},
};

/// Of whoever owns them, page by page, by their names, and as they are written last.
pub async fn payees_come_back_as_stored(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let other = stored_user(storage).await.id;
    let choice = |key: &str| Some(key.parse().unwrap());
    let mut cafe = builders::payee(owner, "CAFÉ \"MÜLLER\"");
    let shop = builders::payee(owner, "SHOP");
    let elses = builders::payee(other, "SHOP");
    let mut unit = begin(storage).await;
    unit.payees().put(&[cafe.clone(), shop.clone(), elses.clone()]).await.unwrap();
    for (key, second) in [("food", 1), ("none", 2), ("food", 3)] {
        cafe.vote(None, choice(key), at(second));
    }
    cafe.is_refused = true;
    unit.payees().put(std::slice::from_ref(&cafe)).await.unwrap();
    unit.commit().await.unwrap();

    let mut unit = begin(storage).await;
    let names = [cafe.name.clone(), PayeeName::stored("NOBODY".to_owned())];
    assert_eq!(unit.payees().named(owner, &names).await.unwrap(), std::slice::from_ref(&cafe));
    assert_eq!(unit.payees().hold(owner, shop.id).await.unwrap(), Some(shop.clone()));
    assert_eq!(unit.payees().hold(other, shop.id).await.unwrap(), None);
    assert!(!unit.payees().remove(other, shop.id).await.unwrap());
    unit.commit().await.unwrap();
    let page = storage.queries.payees(owner, None, Limit::new(1).unwrap()).await.unwrap();
    assert_eq!((page.items, page.next), (vec![cafe.clone()], Some(cafe.id)));
    let page = storage.queries.payees(owner, Some(cafe.id), Limit::new(1).unwrap()).await.unwrap();
    assert_eq!((page.items, page.next), (vec![shop.clone()], None));
    let mut unit = begin(storage).await;
    assert!(unit.payees().remove(owner, shop.id).await.unwrap());
    assert!(!unit.payees().remove(owner, shop.id).await.unwrap());
    unit.commit().await.unwrap();
    let page = storage.queries.payees(other, None, Limit::default()).await.unwrap();
    assert_eq!(page.items, [elses]);
}

/// Beside what the institution says, and found by whom it was learned of.
pub async fn what_was_learned_comes_back(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let payee = builders::payee(owner, "SHOP");
    let category = "shopping".parse().unwrap();
    let learned = Learned { payee: payee.id, category, agreed: 4, of: 5, is_given: true };
    let row = |source_id, is_given| {
        let outcome =
            RuleOutcome { learned: Some(Learned { is_given, ..learned }), ..RuleOutcome::default() };
        Transaction { decided: Some(Box::new(outcome)), ..builders::transaction(&account, source_id, day(1)) }
    };
    let (given, proposed) = (row("given", true), row("proposed", false));
    store(storage, &[given.clone(), proposed.clone()]).await;
    let found = async |row: &Transaction| storage.queries.transaction(owner, row.id).await.unwrap().unwrap();
    assert_eq!((found(&given).await, found(&proposed).await), (given.clone(), proposed.clone()));
    let by = |row: &Transaction| row.category().map(|(key, by)| (key.to_string(), by));
    assert_eq!(by(&given), Some(("shopping".to_owned(), CategorizedBy::Payee)));
    assert_eq!(by(&proposed), None);
    let mut unit = begin(storage).await;
    let of = unit.rules().decided_by(owner, payee.id.0, None, Limit::default()).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(of.len(), 2);
}
