//! Categories of users' own, and lists of what has which.

use dashtam_domain::{
    id::{TransactionId, UserId},
    ledger::meaning::{
        CategorizedBy, CategoryChoice, CategoryFilter, CategoryKey, DefaultCategory, Flow, OwnCategory,
    },
    ledger::{
        SplitPart, Transaction, TransactionChange, TransactionDetails, TransactionFilter, TransactionKind,
        TransactionStatus,
    },
    page::Limit,
    store::Storage,
};

use crate::{
    builders::{self, at, day, decimal},
    storage::{begin, ledger::corrections::correct, races::race, store, stored_account, stored_user},
};

pub(in crate::storage) fn category(owner: UserId, label: &str, group: Option<&str>) -> OwnCategory {
    OwnCategory { group: group.map(|group| group.parse().unwrap()), ..builders::category(owner, label) }
}

pub(in crate::storage) async fn put(storage: &Storage, category: &OwnCategory) {
    let mut unit = begin(storage).await;
    unit.categories().put(category).await.unwrap();
    unit.commit().await.unwrap();
}

async fn remove(storage: &Storage, category: &OwnCategory) -> bool {
    let mut unit = begin(storage).await;
    let removed = unit.categories().remove_unused(category.owner, category.id).await.unwrap();
    unit.commit().await.unwrap();
    removed
}

/// Of whoever owns them, by id, and as they are written last.
pub async fn categories_come_back_as_stored(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let other = stored_user(storage).await.id;
    let mut hobbies = category(owner, "Hobbies", None);
    let trains = OwnCategory {
        flow: Flow::Transfer,
        is_archived: true,
        ..category(owner, "Model \"trains\"", Some(&hobbies.id.to_string()))
    };
    let tea = category(owner, "Tea", Some("food"));
    let elses = category(other, "Tea", Some("food"));
    for category in [&hobbies, &trains, &tea, &elses] {
        put(storage, category).await;
    }
    hobbies = OwnCategory { label: "Pastimes".parse().unwrap(), updated_at: at(9), ..hobbies };
    put(storage, &hobbies).await;
    let all = [hobbies, trains, tea];
    assert_eq!(storage.queries.categories(owner).await.unwrap(), all);
    assert_eq!(storage.queries.categories(other).await.unwrap(), [elses]);
    let mut unit = begin(storage).await;
    assert_eq!(unit.categories().hold_all(owner).await.unwrap(), all);
    unit.commit().await.unwrap();
}

async fn listed(storage: &Storage, owner: UserId, filter: &TransactionFilter) -> Vec<TransactionId> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = storage.queries.transactions(owner, filter.clone(), after, Limit::new(2).unwrap());
        let page = page.await.unwrap();
        ids.extend(page.items.iter().map(|row| row.id));
        match page.next {
            None => return ids,
            next => after = next,
        }
    }
}

fn chosen(text: &str) -> TransactionChange {
    TransactionChange {
        category: Some(Some(text.parse::<CategoryChoice>().unwrap())),
        ..TransactionChange::default()
    }
}

/// By whoever decided it, page by page, and one range for each category however many are asked for.
pub async fn lists_follow_what_is_categorized(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let another = stored_account(storage, owner, "2").await;
    let own = category(owner, "Trains", Some("shopping"));
    put(storage, &own).await;
    let row = |account, source_id, on, code: Option<&str>| {
        let category = code.map(str::to_owned);
        let details = TransactionDetails { category, ..TransactionDetails::default() };
        Transaction { details, ..builders::transaction(account, source_id, day(on)) }
    };
    let told = row(&account, "told", 1, Some("FOOD_AND_DRINK_COFFEE"));
    let unknown = row(&account, "unknown", 2, Some("Kaffee"));
    let fee =
        Transaction { kind: TransactionKind::Fee, amount: decimal("-3.00"), ..row(&another, "fee", 3, None) };
    let pending = Transaction { status: TransactionStatus::Pending, ..row(&account, "pending", 4, None) };
    let mine = row(&another, "mine", 5, Some("FOOD_AND_DRINK_COFFEE"));
    let none = row(&account, "none", 6, Some("FOOD_AND_DRINK_COFFEE"));
    let rows = [&told, &unknown, &fee, &pending, &mine, &none].map(Clone::clone);
    store(storage, &rows).await;
    correct(storage, &pending, chosen("food"), 1).await;
    correct(storage, &mine, chosen(&own.id.to_string()), 2).await;
    correct(storage, &none, chosen("none"), 3).await;

    let found = storage.queries.transaction(owner, told.id).await.unwrap().unwrap();
    assert_eq!(
        found.category().map(|(key, by)| (key.to_string(), by)),
        Some(("food.coffee".to_owned(), CategorizedBy::Institution))
    );
    let list = storage.queries.transactions(owner, TransactionFilter::default(), None, Limit::default());
    let list = list.await.unwrap().items;
    let by = |row: &Transaction| {
        list.iter().find(|other| other.id == row.id).unwrap().category().map(|(_, by)| by)
    };
    assert_eq!(by(&told), Some(CategorizedBy::Institution));
    assert_eq!((by(&unknown), by(&none)), (None, None));
    assert_eq!((by(&fee), by(&mine)), (Some(CategorizedBy::Kind), Some(CategorizedBy::User)));

    let key = |text: &str| text.parse::<CategoryKey>().unwrap();
    let filter = |category| TransactionFilter { category, ..TransactionFilter::default() };
    let among = |keys: Vec<CategoryKey>| filter(CategoryFilter::Among(keys));
    assert_eq!(listed(storage, owner, &filter(CategoryFilter::Uncategorized)).await, [none.id, unknown.id]);
    assert_eq!(listed(storage, owner, &among(vec![key("food.coffee")])).await, [told.id]);
    assert_eq!(listed(storage, owner, &among(vec![])).await, []);
    let some = among(vec![key("food"), key("food.coffee"), CategoryKey::Own(own.id)]);
    assert_eq!(listed(storage, owner, &some).await, [mine.id, pending.id, told.id]);
    let all: Vec<CategoryKey> = DefaultCategory::all().iter().map(CategoryKey::Default).collect();
    assert!(all.len() > 100);
    let all = among(all.into_iter().chain([CategoryKey::Own(own.id)]).collect());
    assert_eq!(listed(storage, owner, &all).await, [mine.id, pending.id, fee.id, told.id]);
    let of_account = TransactionFilter { account: Some(another.id), ..all.clone() };
    assert_eq!(listed(storage, owner, &of_account).await, [mine.id, fee.id]);
    let of_status = TransactionFilter { status: Some(TransactionStatus::Pending), ..all.clone() };
    assert_eq!(listed(storage, owner, &of_status).await, [pending.id]);
    let of_days = TransactionFilter { from: Some(day(3)), to: Some(day(4)), ..all };
    assert_eq!(listed(storage, owner, &of_days).await, [pending.id, fee.id]);

    // What the institution says is there again when the choice is taken back.
    let back = TransactionChange { category: Some(None), ..TransactionChange::default() };
    correct(storage, &none, back, 4).await;
    assert_eq!(listed(storage, owner, &among(vec![key("food.coffee")])).await, [none.id, told.id]);
}

/// What a transaction has, or a part of one, or what holds another, stays.
pub async fn a_category_that_nothing_has_goes(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let other = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let row = builders::transaction(&account, "a", day(1));
    store(storage, std::slice::from_ref(&row)).await;
    let group = category(owner, "Group", None);
    let whole = category(owner, "Whole", Some(&group.id.to_string()));
    let part = category(owner, "Part", None);
    let unused = category(owner, "Unused", Some("food"));
    for category in [&group, &whole, &part, &unused] {
        put(storage, category).await;
    }
    let half = |category| SplitPart { amount: decimal("-1.00"), description: None, category };
    let split = TransactionChange {
        split: Some(Some(vec![half(None), half(Some(CategoryKey::Own(part.id)))])),
        ..chosen(&whole.id.to_string())
    };
    correct(storage, &row, split, 1).await;
    for used in [&group, &whole, &part] {
        assert!(!remove(storage, used).await, "{}", used.label.as_str());
    }
    assert!(!remove(storage, &OwnCategory { owner: other, ..unused.clone() }).await);
    assert!(remove(storage, &unused).await && !remove(storage, &unused).await);
    correct(
        storage,
        &row,
        TransactionChange { category: Some(None), split: Some(None), ..TransactionChange::default() },
        2,
    )
    .await;
    assert!(remove(storage, &whole).await && remove(storage, &group).await && remove(storage, &part).await);
    assert_eq!(storage.queries.categories(owner).await.unwrap(), []);
}

/// Of many callers that remove one category, one does.
pub async fn one_of_many_removes_a_category(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let category = category(owner, "Tea", None);
    put(storage, &category).await;
    let removed = race(storage, |storage, _| {
        let category = category.clone();
        async move { remove(&storage, &category).await }
    });
    let removed = removed.await;
    assert_eq!(removed.into_iter().filter(|removed| *removed).count(), 1);
}

/// Whoever removes a category and whoever gives it to a transaction do not meet: nothing has a category that is not there.
pub async fn a_category_that_is_chosen_meanwhile_stays(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let row = builders::transaction(&account, "a", day(1));
    store(storage, std::slice::from_ref(&row)).await;
    let category = category(owner, "Tea", None);
    put(storage, &category).await;
    let done = race(storage, |storage, number| {
        let (category, id) = (category.clone(), row.id);
        async move {
            if number % 2 == 0 {
                return remove(&storage, &category).await;
            }
            let mut unit = begin(&storage).await;
            let mut held = unit.corrections().hold_transaction(owner, id).await.unwrap().unwrap();
            let is_there = unit.categories().hold_all(owner).await.unwrap().contains(&category);
            if is_there {
                held.correct(chosen(&category.id.to_string()), at(3));
                unit.corrections().correct_transaction(&held).await.unwrap();
            }
            unit.commit().await.unwrap();
            is_there
        }
    });
    let done = done.await;
    let is_there = storage.queries.categories(owner).await.unwrap().contains(&category);
    let found = storage.queries.transaction(owner, row.id).await.unwrap().unwrap();
    assert_eq!(found.category().is_some(), is_there, "{done:?}");
    // Somebody was the first, and it is theirs: either nobody removed it, or nobody could choose it.
    let removed = done.iter().step_by(2).filter(|removed| **removed).count();
    let chosen = done.iter().skip(1).step_by(2).filter(|chosen| **chosen).count();
    assert_eq!((removed, chosen > 0), (usize::from(!is_there), is_there));
}
