//! What people correct, beside what institutions say.

use std::collections::BTreeSet;

use dashtam_domain::{
    connections::{Absence, TransactionWindow},
    id::{AccountId, ImportId, SyncRunId, TransactionId, UserId},
    ledger::{
        Account, AccountChange, AccountKind, ChangeKey, ChangeKind, ChangedRow, Hidden, Sign, SplitPart,
        Tags, Transaction, TransactionChange, TransactionDetails, TransactionField, TransactionFilter,
        TransactionKey, TransactionStatus,
        portfolio::{LotMethod, Pick},
    },
    page::Limit,
    store::{Storage, StoreError},
    time::Day,
};

use crate::builders::{self, at, day, decimal};
use crate::storage::{
    begin,
    races::{CALLERS, race},
    store, stored_account, stored_user,
};

/// Corrects a transaction as a person does; the row as it is then.
pub(in crate::storage) async fn correct(
    storage: &Storage,
    row: &Transaction,
    change: TransactionChange,
    now: i64,
) -> Transaction {
    let mut unit = begin(storage).await;
    let mut held = unit.corrections().hold_transaction(row.owner, row.id).await.unwrap().unwrap();
    held.correct(change, at(now));
    held.updated_at = at(now);
    unit.corrections().correct_transaction(&held).await.unwrap();
    unit.commit().await.unwrap();
    held
}

pub(in crate::storage) async fn found(storage: &Storage, row: &Transaction) -> Transaction {
    storage.queries.transaction(row.owner, row.id).await.unwrap().unwrap()
}

fn everything() -> TransactionChange {
    let part = |amount, text: Option<&str>| SplitPart {
        amount: decimal(amount),
        description: text.map(|text| text.parse().unwrap()),
        category: text.and("food.coffee".parse().ok()),
    };
    TransactionChange {
        description: Some("Joe's \"Pizza\" & Söhne".parse().ok()),
        merchant: Some("Joe".parse().ok()),
        category: Some("food.restaurants".parse().ok()),
        day: Some(Some(day(9))),
        sign: Some(Some(Sign::Positive)),
        note: Some("with Ann\nand Bob".parse().ok()),
        hidden: Some(Some(true)),
        split: Some(Some(vec![part("10.00", Some("Food")), part("2.30", None)])),
        tags: Some(Tags::new(["Trip \"2026\"", "旅行"].map(|tag| tag.parse().unwrap()))),
        lots: Some(Some(vec![Pick { opened_by: TransactionId(builders::id()), units: decimal("0.50") }])),
    }
}

pub(in crate::storage) fn told(account: &Account, source_id: &str, on: i64) -> Transaction {
    let details = TransactionDetails { payee: Some("JOES".to_owned()), ..TransactionDetails::default() };
    Transaction { details, ..builders::transaction(account, source_id, day(on)) }
}

async fn listed(storage: &Storage, owner: UserId, filter: TransactionFilter) -> Vec<TransactionId> {
    let (mut ids, mut after, mut last) = (Vec::new(), None, None);
    loop {
        let limit = Limit::new(2).unwrap();
        let page = storage.queries.transactions(owner, filter.clone(), after, limit).await.unwrap();
        for row in &page.items {
            let key = TransactionKey::of(row);
            let place = (key.day, key.id);
            assert!(last.is_none_or(|last| place < last), "newest first by the day that is shown");
            last = Some(place);
            ids.push(row.id);
        }
        match page.next {
            None => return ids,
            next => after = next,
        }
    }
}

/// To the last letter, in the single look-up, in lists and in the feed; and nothing of what is told is lost.
pub async fn corrections_come_back_beside_what_is_told(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let row = told(&account, "a", 3);
    let plain = told(&account, "b", 3);
    store(storage, &[row.clone(), plain.clone()]).await;
    let before = storage.queries.clock(owner).await.unwrap();
    let corrected = correct(storage, &row, everything(), 50).await;
    assert!(corrected.corrections.is_some() && !corrected.differs(&row));
    let expected = Transaction { raw: row.raw.clone(), ..corrected.clone() };
    assert_eq!(found(storage, &row).await, expected);
    assert_eq!(found(storage, &plain).await, plain);

    let all = TransactionFilter { hidden: Hidden::With, ..TransactionFilter::default() };
    let list = storage.queries.transactions(owner, all, None, Limit::default()).await.unwrap();
    assert_eq!(list.items, [corrected.clone(), Transaction { raw: None, ..plain }]);
    let clock = storage.queries.clock(owner).await.unwrap();
    assert_eq!(clock.seq, before.seq + 1);
    let changes = storage.queries.changes(
        owner,
        ChangeKind::Transaction,
        ChangeKey::end_of(before.seq),
        clock.seq,
        Limit::default(),
    );
    let changes = changes.await.unwrap().items;
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].row, ChangedRow::Transaction(Box::new(corrected)));

    // Taken back one by one, it is what it was.
    for (number, field) in (60..).zip(TransactionField::ALL) {
        correct(storage, &row, TransactionChange::take_back(field), number).await;
    }
    assert_eq!(found(storage, &row).await, Transaction { updated_at: at(69), ..row });
}

/// A synchronisation that read the row before it was corrected writes over nothing, and what it says shows once the
/// correction is taken back.
pub async fn nothing_that_is_told_touches_a_correction(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let row = told(&account, "a", 3);
    store(storage, std::slice::from_ref(&row)).await;
    correct(storage, &row, everything(), 50).await;
    let corrections = found(storage, &row).await.corrections;
    let details = TransactionDetails { payee: Some("JOE S".to_owned()), ..TransactionDetails::default() };
    let now = Transaction {
        source_id: "posted".to_owned(),
        description: "JOE S PIZZA".to_owned(),
        day: day(4),
        amount: decimal("-14.00"),
        details,
        memo: Some("memo".to_owned()),
        updated_at: at(70),
        ..row.clone()
    };
    let mut unit = begin(storage).await;
    unit.transactions().update(std::slice::from_ref(&now)).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(found(storage, &row).await, Transaction { corrections: corrections.clone(), ..now.clone() });
    let mut unit = begin(storage).await;
    let known = unit.transactions().with_source_ids(owner, account.id, &["posted".to_owned()]).await.unwrap();
    assert_eq!(known, [Transaction { raw: None, corrections, ..now.clone() }]);
    unit.transactions().remove(owner, account.id, "posted", at(71)).await.unwrap();
    unit.transactions().update(std::slice::from_ref(&now)).await.unwrap();
    unit.commit().await.unwrap();
    for field in TransactionField::ALL {
        correct(storage, &row, TransactionChange::take_back(field), 70).await;
    }
    assert_eq!(found(storage, &row).await, now);
}

/// Days are those that are shown, and hidden rows are left out, shown among the others, or all there is.
pub async fn lists_follow_what_is_corrected(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let pending = TransactionStatus::Pending;
    let rows: Vec<Transaction> = (0..6)
        .map(|n| Transaction {
            status: if n == 5 { pending } else { TransactionStatus::Posted },
            ..told(&account, &n.to_string(), n)
        })
        .collect();
    store(storage, &rows).await;
    let of_day = |day: Day| TransactionChange { day: Some(Some(day)), ..TransactionChange::default() };
    let hide = || TransactionChange { hidden: Some(Some(true)), ..TransactionChange::default() };
    correct(storage, &rows[0], of_day(day(10)), 1).await;
    correct(storage, &rows[3], hide(), 1).await;
    correct(storage, &rows[5], hide(), 1).await;
    let ids = |places: &[usize]| -> Vec<TransactionId> { places.iter().map(|at| rows[*at].id).collect() };
    for of in [None, Some(account.id)] {
        let filter = |hidden| TransactionFilter { account: of, hidden, ..TransactionFilter::default() };
        assert_eq!(listed(storage, owner, filter(Hidden::Without)).await, ids(&[0, 4, 2, 1]));
        assert_eq!(listed(storage, owner, filter(Hidden::With)).await, ids(&[0, 5, 4, 3, 2, 1]));
        assert_eq!(listed(storage, owner, filter(Hidden::Only)).await, ids(&[5, 3]));
        let from = TransactionFilter { from: Some(day(5)), ..filter(Hidden::With) };
        assert_eq!(listed(storage, owner, from).await, ids(&[0, 5]));
        let to = TransactionFilter { to: Some(day(1)), ..filter(Hidden::With) };
        assert_eq!(listed(storage, owner, to).await, ids(&[1]));
        let of_status = TransactionFilter { status: Some(pending), ..filter(Hidden::Only) };
        assert_eq!(listed(storage, owner, of_status).await, ids(&[5]));
        let of_status = TransactionFilter { status: Some(pending), ..filter(Hidden::Without) };
        assert_eq!(listed(storage, owner, of_status).await, []);
    }
    let archived = storage.queries.all_transactions(owner, false, None, Limit::default()).await.unwrap();
    assert_eq!(archived.items.len(), rows.len(), "an archive has everything");
}

/// The sums of days have the day and the sign that are shown, with hidden rows among them; taken back, they are what
/// they were.
pub async fn days_follow_what_is_corrected(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let row = told(&account, "a", 3);
    store(storage, &[row.clone(), told(&account, "b", 3)]).await;
    let sums = async || -> Vec<(Day, String, i64)> {
        let sums = storage.queries.day_sums(owner, account.id).await.unwrap();
        sums.into_iter().map(|(_, day)| (day.day, day.sum.to_string(), day.count)).collect()
    };
    let before = sums().await;
    assert_eq!(before, [(day(3), "-24.60".to_owned(), 2)]);
    correct(storage, &row, everything(), 50).await;
    let moved = [(day(3), "-12.30".to_owned(), 1), (day(9), "12.30".to_owned(), 1)];
    assert_eq!(sums().await, moved);

    // What the institution says moves what is shown.
    let now = Transaction { amount: decimal("-14.00"), day: day(5), ..row.clone() };
    let mut unit = begin(storage).await;
    unit.transactions().update(&[now]).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(sums().await, [(day(3), "-12.30".to_owned(), 1), (day(9), "14.00".to_owned(), 1)]);
    let mut unit = begin(storage).await;
    unit.transactions().update(std::slice::from_ref(&row)).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(sums().await, moved);
    for field in TransactionField::ALL {
        correct(storage, &row, TransactionChange::take_back(field), 51).await;
    }
    assert_eq!(sums().await, before);
}

/// What a source shows, or no longer shows, of its days is held against the days that it has, wherever a person put the
/// rows.
pub async fn sources_are_asked_by_their_own_days(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let rows = [told(&account, "moved out", 3), told(&account, "moved in", 20), told(&account, "stays", 4)];
    store(storage, &rows).await;
    let of_day = |day: Day| TransactionChange { day: Some(Some(day)), ..TransactionChange::default() };
    correct(storage, &rows[0], of_day(day(20)), 1).await;
    correct(storage, &rows[1], of_day(day(3)), 1).await;
    let names =
        |rows: Vec<Transaction>| -> BTreeSet<String> { rows.into_iter().map(|row| row.source_id).collect() };
    let (none, run) = (ImportId(builders::id()), SyncRunId(builders::id()));
    let mut unit = begin(storage).await;
    let found = unit.transactions().on_days(owner, account.id, &[day(3), day(4)], none).await.unwrap();
    assert_eq!(names(found), ["moved out".to_owned(), "stays".to_owned()].into());
    let window = TransactionWindow { from: day(1), to: day(10) };
    let removed = unit
        .transactions()
        .remove_unseen(owner, account.id, window, &run.into(), Absence::Removed, at(9))
        .await;
    assert_eq!(removed.unwrap(), 2);
    unit.commit().await.unwrap();
    assert_eq!(listed(storage, owner, TransactionFilter::default()).await, [rows[1].id]);
    let days = storage.queries.day_sums(owner, account.id).await.unwrap();
    assert_eq!(days.iter().map(|(_, sum)| (sum.day, sum.count)).collect::<Vec<_>>(), [(day(3), 1)]);
}

/// Its name and sort; a synchronisation goes on telling its own.
pub async fn an_account_is_corrected_beside_what_is_told(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let change = AccountChange {
        name: Some("Household".parse().ok()),
        kind: Some(Some(AccountKind::Savings)),
        in_net_worth: Some(false),
        same_as: Some(Some(AccountId(builders::id()))),
        distinct_from: Some(Some(vec![AccountId(builders::id()), AccountId(builders::id())])),
        lot_method: Some(Some(LotMethod::Hifo)),
    };
    let before = storage.queries.clock(owner).await.unwrap();
    let mut unit = begin(storage).await;
    let mut held = unit.corrections().hold_account(owner, account.id).await.unwrap().unwrap();
    assert_eq!(held, account);
    held.correct(change, at(5));
    held.note_link(AccountId(builders::id()), true, at(5));
    held.updated_at = at(5);
    unit.corrections().correct_account(&held).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.account(owner, account.id).await.unwrap(), Some(held.clone()));
    assert_eq!(storage.queries.clock(owner).await.unwrap().seq, before.seq + 1);

    let now = Account { name: "Giro".to_owned(), updated_at: at(6), ..account.clone() };
    let mut unit = begin(storage).await;
    unit.accounts().upsert(&now).await.unwrap();
    unit.commit().await.unwrap();
    let expected = Account { corrections: held.corrections.clone(), ..now };
    let list = storage.queries.accounts(owner, None, None, Limit::default()).await.unwrap().items;
    assert_eq!(list, [expected]);
    assert_eq!((list[0].shown_name(), list[0].shown_kind()), ("Household", AccountKind::Savings));
    assert_eq!((list[0].lot_method(), list[0].is_in_net_worth()), (LotMethod::Hifo, false));

    let records = storage.queries.account_records(owner, day(0)).await.unwrap();
    let [record] = &records[..] else { panic!("{records:?}") };
    assert_eq!((record.account, record.kind, record.is_counted), (account.id, AccountKind::Savings, false));
    assert_eq!(record.same_as, held.same_as());
}

/// Nor is what is somebody else's.
pub async fn what_is_not_there_is_not_corrected(storage: &Storage) {
    let (owner, stranger) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let account = stored_account(storage, owner, "1").await;
    let row = told(&account, "a", 3);
    store(storage, std::slice::from_ref(&row)).await;
    let mut unit = begin(storage).await;
    assert_eq!(unit.corrections().hold_transaction(stranger, row.id).await.unwrap(), None);
    assert_eq!(unit.corrections().hold_account(stranger, account.id).await.unwrap(), None);
    assert_eq!(
        unit.corrections().hold_transaction(owner, TransactionId(builders::id())).await.unwrap(),
        None
    );
    let theirs = Transaction { owner: stranger, ..row.clone() };
    let refused = unit.corrections().correct_transaction(&theirs).await;
    assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    drop(unit);
    let mut unit = begin(storage).await;
    let refused = unit.corrections().correct_account(&Account { owner: stranger, ..account }).await;
    assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    drop(unit);
    assert_eq!(found(storage, &row).await, row);
}

/// Thirty callers correct one transaction, a third of them each field of their own, while others tell it anew: each
/// field has one of the values that were given, none is lost, and the sums of the days are those of what is shown.
pub async fn corrections_of_many_callers_are_all_kept(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let row = told(&account, "a", 3);
    store(storage, std::slice::from_ref(&row)).await;
    race(storage, |storage, number| {
        let row = row.clone();
        let on = i64::try_from(number).unwrap();
        async move {
            let nothing = TransactionChange::default();
            let change = match number % 3 {
                0 => TransactionChange { note: Some(format!("note {number}").parse().ok()), ..nothing },
                1 => TransactionChange { day: Some(Some(day(on))), ..nothing },
                _ => {
                    let now = Transaction { amount: decimal(&format!("-{}", number + 1)), ..row };
                    let mut unit = begin(&storage).await;
                    unit.transactions().update(&[now]).await.unwrap();
                    return unit.commit().await.unwrap();
                }
            };
            correct(&storage, &row, change, on).await;
        }
    })
    .await;
    let end = found(storage, &row).await;
    let note = end.note().and_then(|note| note.strip_prefix("note ")).unwrap().parse::<usize>().unwrap();
    assert!(note < CALLERS && note.is_multiple_of(3));
    assert_ne!(end.shown_day(), row.day);
    let sums = storage.queries.day_sums(owner, account.id).await.unwrap();
    let sums: Vec<_> = sums.into_iter().map(|(_, sum)| (sum.day, sum.sum, sum.count)).collect();
    assert_eq!(sums, [(end.shown_day(), end.amount, 1)]);
    // One number of the clock for each, none of them twice.
    let clock = storage.queries.clock(owner).await.unwrap();
    assert_eq!(clock.seq, 2 + i64::try_from(CALLERS).unwrap());
}
