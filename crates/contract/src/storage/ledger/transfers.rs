//! Transfers between a user's own accounts.

use dashtam_domain::{
    id::{DecisionId, ImportId, SyncRunId, TransactionId, UserId},
    ledger::{
        Account, DecidedBy, Decision, DecisionState, Transaction, TransactionFilter, TransactionKind,
        matching::{Scores, Tier},
        meaning::{CategorizedBy, CategoryFilter},
        transfer::{Glance, TransferKind, TransferPlace, TransferSide, TransferTerms},
    },
    page::Limit,
    store::Storage,
    time::Day,
};

use crate::builders::{self, at, day, decimal};
use crate::storage::{
    begin,
    races::{CALLERS, race},
    store, stored_account, stored_user,
};

fn limit(of: u16) -> Limit {
    Limit::new(of).unwrap()
}

fn row(account: &Account, id: &str, on: i64, amount: &str) -> Transaction {
    let (amount, kind) = (decimal(amount), TransactionKind::Other);
    Transaction { amount, kind, ..builders::transaction(account, id, day(on)) }
}

/// A suggestion about two rows.
fn suggestion(from: &Transaction, to: &Transaction) -> Decision {
    let terms = TransferTerms {
        kind: TransferKind::LiabilityPayment,
        from_currency: from.currency,
        to_currency: to.currency,
        fee: Some(decimal("0.50")),
        rate: None,
    };
    let scores = Scores { text: 667, amount: 1000, day: 800 };
    let id = DecisionId(builders::id());
    Decision::transfer(id, Some(Tier::Exact), (from, to), (Some(scores), terms), at(20))
}

pub(in crate::storage) fn applied(from: &Transaction, to: &Transaction) -> Decision {
    Decision { state: DecisionState::Applied, ..suggestion(from, to) }
}

/// Stores a decision, and that these rows are its sides.
pub(in crate::storage) async fn link(storage: &Storage, decision: &Decision, rows: [&Transaction; 2]) {
    let mut unit = begin(storage).await;
    unit.reconciliations().insert(std::slice::from_ref(decision)).await.unwrap();
    let linked =
        rows.map(|row| Transaction { transfer: decision.transfer_link(), updated_at: at(30), ..row.clone() });
    unit.transfers().write(&linked).await.unwrap();
    unit.commit().await.unwrap();
}

pub(in crate::storage) async fn find(storage: &Storage, row: &Transaction) -> Transaction {
    storage.queries.transaction(row.owner, row.id).await.unwrap().unwrap()
}

async fn transfers(storage: &Storage, owner: UserId, state: Option<DecisionState>) -> Vec<Decision> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = storage.queries.transfers(owner, state, after, limit(1)).await.unwrap();
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

/// The sides of a transfer say so, are found by what follows from it, and keep it whatever their institutions say; parted
/// they are what they were.
pub async fn sides_of_a_transfer_come_back_as_stored(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let (one, two) = (stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await);
    let (from, to) = (row(&one, "a", 1, "-5"), row(&two, "b", 2, "5"));
    store(storage, &[from.clone(), to.clone()]).await;
    let decision = applied(&from, &to);
    link(storage, &decision, [&from, &to]).await;
    for side in [&from, &to] {
        let found = find(storage, side).await;
        assert_eq!(found.transfer, decision.transfer_link());
        assert_eq!(found.category().map(|(_, by)| by), Some(CategorizedBy::Transfer));
    }
    // Whoever read them before changes what their institutions say, and nothing else.
    let mut unit = begin(storage).await;
    let changed = Transaction { description: "Other".to_owned(), ..from.clone() };
    unit.transactions().update(std::slice::from_ref(&changed)).await.unwrap();
    unit.commit().await.unwrap();
    let now = find(storage, &from).await;
    assert_eq!(now, Transaction { transfer: decision.transfer_link(), ..changed.clone() });
    let category = CategoryFilter::Among(vec!["transfer_out.account".parse().unwrap()]);
    let filter = TransactionFilter { category, ..TransactionFilter::default() };
    let page = storage.queries.transactions(owner, filter.clone(), None, limit(5)).await.unwrap();
    assert_eq!(page.items.iter().map(|row| row.id).collect::<Vec<_>>(), [from.id]);

    let mut unit = begin(storage).await;
    let about = unit.transfers().about(owner, &[to.id]).await.unwrap();
    assert_eq!(about, std::slice::from_ref(&decision));
    assert_eq!(unit.transfers().about(owner, &[]).await.unwrap(), []);
    // What makes one transaction of two is something else.
    assert_eq!(unit.reconciliations().about(owner, &[from.id, to.id]).await.unwrap(), []);
    assert_eq!(unit.reconciliations().dismiss(owner, &[from.id], at(40)).await.unwrap(), 0);
    assert_eq!(unit.reconciliations().across(owner, one.id, limit(5)).await.unwrap(), []);
    let parted = Transaction { transfer: None, ..now };
    unit.transfers().write(std::slice::from_ref(&parted)).await.unwrap();
    unit.transfers().write(&[]).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(find(storage, &from).await, parted);
    assert_eq!(storage.queries.transactions(owner, filter, None, limit(5)).await.unwrap().items, []);
}

/// Transfers are listed newest first and by where they stand, each user's to nobody else.
pub async fn transfers_are_listed_page_by_page(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let (one, two) = (stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await);
    let (from, to) = (row(&one, "a", 1, "-5"), row(&two, "b", 2, "5"));
    store(storage, &[from.clone(), to.clone()]).await;
    let mut all = [suggestion(&from, &to), applied(&from, &to), suggestion(&from, &to)];
    all[2].state = DecisionState::Rejected;
    all[2].by = DecidedBy::User;
    let mut unit = begin(storage).await;
    unit.reconciliations().insert(&all).await.unwrap();
    unit.commit().await.unwrap();
    all.sort_by_key(|decision| std::cmp::Reverse(decision.id));
    assert_eq!(transfers(storage, owner, None).await, all);
    for state in [DecisionState::Suggested, DecisionState::Applied, DecisionState::Rejected] {
        let those: Vec<_> = all.iter().filter(|decision| decision.state == state).cloned().collect();
        assert_eq!(transfers(storage, owner, Some(state)).await, those);
    }
    let stranger = stored_user(storage).await.id;
    assert_eq!(transfers(storage, stranger, None).await, []);
    // What makes one transaction of two is listed apart.
    assert_eq!(storage.queries.decisions(owner, None, None, limit(5)).await.unwrap().items, []);
}

async fn changed(
    storage: &Storage,
    owner: UserId,
    most: usize,
) -> (Vec<TransactionId>, Option<TransferPlace>) {
    let mut unit = begin(storage).await;
    let (rows, place) = unit.transfers().changed(owner, most).await.unwrap();
    unit.transfers().looked_through(owner, place.unwrap_or(TransferPlace::Now)).await.unwrap();
    unit.commit().await.unwrap();
    (rows.iter().map(|row| row.id).collect(), place)
}

async fn waits(storage: &Storage, owner: UserId) -> bool {
    let mut unit = begin(storage).await;
    let waits = unit.transfers().waits(owner).await.unwrap();
    unit.commit().await.unwrap();
    waits
}

/// Every change is looked through once, in its order, and what is written meanwhile is looked through with it.
pub async fn changes_are_looked_through_once(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    assert!(!waits(storage, owner).await);
    let mut rows: Vec<Transaction> = (0..5).map(|n| row(&account, &format!("r{n}"), n, "-1")).collect();
    store(storage, &rows).await;
    rows.sort_by_key(|row| row.id);
    let ids: Vec<TransactionId> = rows.iter().map(|row| row.id).collect();
    assert!(waits(storage, owner).await && !waits(storage, stored_user(storage).await.id).await);
    let (first, place) = changed(storage, owner, 3).await;
    assert!(first == ids[..3] && place.is_some() && waits(storage, owner).await);
    let (rest, place) = changed(storage, owner, 3).await;
    assert!(rest == ids[3..] && place.is_none() && !waits(storage, owner).await);

    let mut unit = begin(storage).await;
    unit.transactions().update(&rows[1..2]).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = begin(storage).await;
    let (again, _) = unit.transfers().changed(owner, 3).await.unwrap();
    assert_eq!(again, [Glance::from(&rows[1])]);
    unit.transfers().write(&rows[2..3]).await.unwrap();
    unit.transfers().looked_through(owner, TransferPlace::Now).await.unwrap();
    unit.commit().await.unwrap();
    assert!(!waits(storage, owner).await);
    store(storage, &[row(&account, "new", 9, "-1")]).await;
    assert!(waits(storage, owner).await);
}

/// What is open on some days is found in all accounts of the owner: what is not removed and in no transfer.
pub async fn open_rows_are_found_by_day(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let (one, two) = (stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await);
    let (from, to) = (row(&one, "a", 1, "-5"), row(&two, "b", 2, "5"));
    let (open, far) = (row(&two, "c", 2, "7.50"), row(&one, "d", 9, "7.50"));
    let (gone, out) = (row(&one, "e", 2, "7.50"), row(&one, "f", 3, "-7.50"));
    store(storage, &[from.clone(), to.clone(), open.clone(), far, gone, out.clone()]).await;
    let mut unit = begin(storage).await;
    unit.transactions().remove(owner, one.id, "e", at(9)).await.unwrap();
    unit.commit().await.unwrap();
    link(storage, &applied(&from, &to), [&from, &to]).await;
    let mut unit = begin(storage).await;
    let days = [day(1), day(2), day(3)];
    let mut open_on = async |side, days: &[Day]| unit.transfers().open_on(owner, side, days).await.unwrap();
    assert_eq!(open_on(TransferSide::To, &days).await, [Glance::from(&open)]);
    assert_eq!(open_on(TransferSide::From, &days).await, [Glance::from(&out)]);
    assert_eq!(open_on(TransferSide::To, &[]).await, []);
    unit.commit().await.unwrap();
}

/// Before an account goes, or what an import brought, their transfers are found.
pub async fn transfers_of_accounts_and_imports_are_found(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let (one, two) = (stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await);
    let import = ImportId(builders::id());
    let (from, to) = (row(&one, "a", 1, "-5"), row(&two, "b", 2, "5"));
    let from = Transaction { import: Some(import), seen_in: None, ..from };
    let (other, asked) = (row(&one, "c", 1, "-6"), row(&two, "d", 2, "6"));
    store(storage, &[from.clone(), to.clone(), other.clone(), asked.clone()]).await;
    let (decision, suggested) = (applied(&from, &to), suggestion(&other, &asked));
    link(storage, &decision, [&from, &to]).await;
    let mut unit = begin(storage).await;
    unit.reconciliations().insert(std::slice::from_ref(&suggested)).await.unwrap();
    let mut both = [decision.clone(), suggested];
    both.sort_by_key(|decision| decision.id);
    for account in [&one, &two] {
        assert_eq!(unit.transfers().of_account(owner, account.id, limit(5)).await.unwrap(), both);
    }
    assert_eq!(
        unit.transfers().of_import(owner, import, limit(5)).await.unwrap(),
        std::slice::from_ref(&decision)
    );
    assert_eq!(unit.transfers().of_import(owner, ImportId(builders::id()), limit(5)).await.unwrap(), []);
    // A row that a run saw too stays, and what it is a side of.
    let seen = Transaction { seen_in: Some(SyncRunId(builders::id())), ..from.clone() };
    unit.transactions().update(std::slice::from_ref(&seen)).await.unwrap();
    assert_eq!(unit.transfers().of_import(owner, import, limit(5)).await.unwrap(), []);
    unit.transactions().update(std::slice::from_ref(&from)).await.unwrap();
    let undone = Decision { state: DecisionState::Undone, ..decision };
    assert!(unit.reconciliations().settle(&undone, DecisionState::Applied).await.unwrap());
    assert_eq!(unit.transfers().of_import(owner, import, limit(5)).await.unwrap(), []);
    unit.commit().await.unwrap();
}

/// Whoever looks for changes has the owner's transactions for itself: of many that look at once one finds them.
pub async fn one_of_many_looks_through_a_change(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    store(storage, &[row(&account, "a", 1, "-5")]).await;
    let found = race(storage, |storage, _| async move { changed(&storage, owner, 5).await.0.len() }).await;
    assert_eq!((found.len(), found.iter().sum::<usize>()), (CALLERS, 1));
}
