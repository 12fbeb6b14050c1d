//! What imports told, and how one is taken back without what others told too.

use dashtam_domain::{
    id::{ImportId, SyncRunId, UserId},
    ledger::{
        Account, BalancePoint, BalanceSource, ChangeKey, ChangeKind, ChangedRow, Import, ImportFilter,
        ImportState, ImportedBalance, TakenBack, ToldAccount, ToldFate, ToldRow, Transaction,
        TransactionStatus, Undone,
    },
    page::Limit,
    store::Storage,
};

use crate::builders::{self, at, day, decimal};
use crate::storage::{begin, store, stored_account, stored_user};

/// An import that has ended and told of this account.
pub(in crate::storage) async fn ended_import(
    storage: &Storage,
    account: &Account,
    made: bool,
    seconds: i64,
) -> Import {
    let import = Import {
        state: ImportState::Completed,
        created_at: at(seconds),
        finished_at: Some(at(seconds + 1)),
        ..builders::import(account.owner)
    };
    let mut unit = begin(storage).await;
    unit.imports().insert(&import).await.unwrap();
    let told = ToldAccount::of(account, import.id, made, import.created_at);
    unit.told().note_account(&told).await.unwrap();
    unit.commit().await.unwrap();
    import
}

pub(in crate::storage) fn brought(account: &Account, import: &Import, source_id: &str) -> Transaction {
    Transaction { import: Some(import.id), ..builders::transaction(account, source_id, day(3)) }
}

async fn note(storage: &Storage, account: &Account, import: &Import, rows: &[ToldRow]) {
    let mut unit = begin(storage).await;
    unit.told().note_rows(account.owner, import.id, account.id, rows).await.unwrap();
    // Told again, it stays as it is.
    unit.told().note_rows(account.owner, import.id, account.id, rows).await.unwrap();
    unit.commit().await.unwrap();
}

fn known(row: &Transaction) -> ToldRow {
    ToldRow { transaction: row.id, fate: ToldFate::Known }
}

fn removed(row: &Transaction, former: Option<TransactionStatus>) -> ToldRow {
    ToldRow { transaction: row.id, fate: ToldFate::Removed { former } }
}

async fn take_back(storage: &Storage, owner: UserId, import: &Import) -> TakenBack {
    let mut unit = begin(storage).await;
    let back = unit.told().take_back_rows(owner, import.id, at(90)).await.unwrap();
    unit.told().forget(owner, import.id).await.unwrap();
    unit.commit().await.unwrap();
    back
}

async fn stored(storage: &Storage, row: &Transaction) -> Option<Transaction> {
    storage.queries.transaction(row.owner, row.id).await.unwrap()
}

/// Sum and count of the one day on which all rows are.
pub(in crate::storage) async fn day_of(storage: &Storage, account: &Account) -> Option<(String, i64)> {
    let sums = storage.queries.day_sums(account.owner, account.id).await.unwrap();
    sums.first().map(|(_, sum)| (sum.sum.normalize().to_string(), sum.count))
}

/// Newest first, each once, without problems, by state and by account.
pub async fn imports_are_listed_newest_first(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let (one, other) = (stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await);
    let running = builders::import(owner);
    let mut unit = begin(storage).await;
    unit.imports().insert(&running).await.unwrap();
    unit.commit().await.unwrap();
    let completed = ended_import(storage, &one, true, 1).await;
    let cut = ended_import(storage, &other, true, 2).await;
    let undone = ended_import(storage, &one, false, 3).await;
    let mut unit = begin(storage).await;
    let state = ImportState::Interrupted;
    unit.imports().update(&Import { state, ..cut.clone() }).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = begin(storage).await;
    let undoing = Undone { at: at(9), removed: 1, kept: 2, restored: 3, accounts: 4 };
    assert!(unit.imports().undo(owner, undone.id, undoing).await.unwrap());
    unit.told().forget(owner, undone.id).await.unwrap();
    unit.commit().await.unwrap();

    let list = async |filter: ImportFilter, limit: u16| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let limit = Limit::new(limit).unwrap();
            let page = storage.queries.imports(owner, filter, after, limit).await.unwrap();
            assert!(page.items.len() <= limit.get() && page.items.iter().all(|one| one.problems.is_empty()));
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                return found.iter().map(|import: &Import| import.id).collect::<Vec<_>>();
            }
        }
    };
    let all = [undone.id, cut.id, completed.id, running.id];
    for limit in [1, 3, 4, 500] {
        assert_eq!(list(ImportFilter::default(), limit).await, all);
    }
    for (state, id) in [
        (ImportState::Running, running.id),
        (ImportState::Completed, completed.id),
        (ImportState::Interrupted, cut.id),
        (ImportState::Undone, undone.id),
    ] {
        assert_eq!(list(ImportFilter { state: Some(state), account: None }, 2).await, [id], "{state:?}");
        let shown = storage.queries.import(owner, id).await.unwrap().unwrap();
        assert_eq!((shown.state, shown.undone), (state, (id == undone.id).then_some(undoing)));
    }
    let of_account = |account: &Account| ImportFilter { state: None, account: Some(account.id) };
    assert_eq!(list(of_account(&one), 1).await, [completed.id]);
    assert_eq!(list(of_account(&other), 1).await, [cut.id]);
    let state = Some(ImportState::Completed);
    assert_eq!(list(ImportFilter { state, ..of_account(&other) }, 1).await, []);
    let stranger = stored_user(storage).await.id;
    let limit = Limit::default();
    assert_eq!(storage.queries.imports(stranger, of_account(&one), None, limit).await.unwrap().items, []);
}

/// Only an import that has ended, and once; what the unit finds is what was committed.
pub async fn an_import_is_undone_once_and_after_its_end(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let running = builders::import(owner);
    let undone = |seconds| Undone { at: at(seconds), removed: 0, kept: 0, restored: 0, accounts: 0 };
    let mut unit = begin(storage).await;
    unit.imports().insert(&running).await.unwrap();
    assert!(unit.imports().goes_on(owner, running.id).await.unwrap());
    assert!(!unit.imports().undo(owner, running.id, undone(1)).await.unwrap());
    let ended = Import { state: ImportState::Completed, finished_at: Some(at(2)), ..running.clone() };
    unit.imports().update(&ended).await.unwrap();
    assert!(!unit.imports().goes_on(owner, running.id).await.unwrap());
    assert_eq!(unit.imports().in_doubt(owner, ended.id).await.unwrap(), None);
    unit.commit().await.unwrap();
    let stranger = stored_user(storage).await.id;
    let mut unit = begin(storage).await;
    assert!(!unit.imports().undo(stranger, ended.id, undone(3)).await.unwrap());
    assert_eq!(unit.imports().find(stranger, ended.id).await.unwrap(), None);
    assert_eq!(unit.imports().find(owner, ended.id).await.unwrap(), Some(ended.clone()));
    assert!(unit.imports().undo(owner, ended.id, undone(4)).await.unwrap());
    assert!(!unit.imports().undo(owner, ended.id, undone(5)).await.unwrap());
    unit.commit().await.unwrap();
    let stored = storage.queries.import(owner, ended.id).await.unwrap().unwrap();
    assert_eq!(stored, Import { state: ImportState::Undone, undone: Some(undone(4)), ..ended });
}

/// Rows that nobody else told go, with their part of the day's sum, and the feed tells; the others stay.
pub async fn what_only_one_import_brought_goes(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let first = ended_import(storage, &account, true, 10).await;
    let second = ended_import(storage, &account, false, 20).await;
    let third = ended_import(storage, &account, false, 30).await;
    let run = SyncRunId(builders::id());
    let rows = [
        brought(&account, &first, "alone"),
        brought(&account, &first, "shared"),
        Transaction { seen_in: Some(run), ..brought(&account, &first, "seen") },
        brought(&account, &second, "other"),
        builders::transaction(&account, "nobody's", day(3)),
    ];
    assert_eq!(store(storage, &rows).await, 5);
    let [alone, shared, seen, other, nobodys] = &rows;
    note(storage, &account, &third, &[known(shared), known(nobodys)]).await;
    note(storage, &account, &second, &[known(shared)]).await;
    note(storage, &account, &first, &[known(other)]).await;
    let seq = storage.queries.clock(owner).await.unwrap().seq;
    assert_eq!(day_of(storage, &account).await, Some(("-61.5".to_owned(), 5)));

    assert_eq!(take_back(storage, owner, &first).await, TakenBack { removed: 1, kept: 2, restored: 0 });
    assert_eq!(stored(storage, alone).await, None);
    let handed = |row: &Transaction, import: Option<ImportId>| {
        Some(Transaction { import, updated_at: at(90), ..row.clone() })
    };
    assert_eq!(stored(storage, shared).await, handed(shared, Some(second.id)));
    assert_eq!(stored(storage, seen).await, handed(seen, None));
    for row in [other, nobodys] {
        assert_eq!(stored(storage, row).await.as_ref(), Some(row));
    }
    assert_eq!(day_of(storage, &account).await, Some(("-49.2".to_owned(), 4)));
    let until = storage.queries.clock(owner).await.unwrap().seq;
    let (kind, place, limit) = (ChangeKind::Transaction, ChangeKey::end_of(seq), Limit::default());
    let gone = storage.queries.removals(owner, kind, place, until, limit).await.unwrap().items;
    assert_eq!(gone.iter().map(|change| change.key.id).collect::<Vec<_>>(), [alone.id.0]);
    assert!(gone.iter().all(|change| change.row == ChangedRow::Removed));
    let changed = storage.queries.changes(owner, kind, place, until, limit).await.unwrap().items;
    let mut changed: Vec<_> = changed.iter().map(|change| change.key.id).collect();
    changed.sort_unstable();
    let mut expected = [shared.id.0, seen.id.0];
    expected.sort_unstable();
    assert_eq!(changed, expected);

    // What was handed over goes with the one it was handed to, unless yet another told it.
    assert_eq!(take_back(storage, owner, &second).await, TakenBack { removed: 1, kept: 1, restored: 0 });
    assert_eq!(stored(storage, shared).await.unwrap().import, Some(third.id));
    assert_eq!(take_back(storage, owner, &third).await, TakenBack { removed: 1, kept: 0, restored: 0 });
    assert_eq!(day_of(storage, &account).await, Some(("-24.6".to_owned(), 2)));
    // The same rows can be stored again.
    let again = Transaction { id: builders::transaction(&account, "x", day(3)).id, ..alone.clone() };
    assert_eq!(store(storage, &[again]).await, 1);
    let stranger = stored_user(storage).await.id;
    assert_eq!(take_back(storage, stranger, &first).await, TakenBack::default());
}

/// A row that a correction took back is there again, unless another import's correction takes it back too.
pub async fn corrections_are_taken_back(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let first = ended_import(storage, &account, true, 10).await;
    let second = ended_import(storage, &account, false, 20).await;
    let third = ended_import(storage, &account, false, 30).await;
    let rows = [
        brought(&account, &first, "posted"),
        Transaction { status: TransactionStatus::Pending, ..brought(&account, &first, "pending") },
        brought(&account, &first, "twice"),
        brought(&account, &second, "own"),
    ];
    assert_eq!(store(storage, &rows).await, 4);
    let [posted, pending, twice, own] = &rows;
    let mut unit = begin(storage).await;
    for row in &rows {
        assert_eq!(unit.transactions().remove(owner, account.id, &row.source_id, at(5)).await.unwrap(), 1);
    }
    unit.commit().await.unwrap();
    let told: Vec<ToldRow> = rows.iter().map(|row| removed(row, Some(row.status))).collect();
    note(storage, &account, &second, &told).await;
    note(storage, &account, &third, &[removed(twice, None)]).await;
    assert_eq!(day_of(storage, &account).await, None);

    assert_eq!(take_back(storage, owner, &second).await, TakenBack { removed: 1, kept: 0, restored: 2 });
    let status = async |row: &Transaction| stored(storage, row).await.map(|row| row.status);
    assert_eq!(status(posted).await, Some(TransactionStatus::Posted));
    assert_eq!(status(pending).await, Some(TransactionStatus::Pending));
    assert_eq!(status(twice).await, Some(TransactionStatus::Removed));
    assert_eq!(status(own).await, None);
    assert_eq!(day_of(storage, &account).await, Some(("-12.3".to_owned(), 1)));
    // Who takes it back still remembers what it was.
    assert_eq!(take_back(storage, owner, &third).await, TakenBack { removed: 0, kept: 0, restored: 1 });
    assert_eq!(status(twice).await, Some(TransactionStatus::Posted));
    // A row that somebody's correction speaks of is kept for it.
    let fourth = ended_import(storage, &account, false, 40).await;
    note(storage, &account, &fourth, &[removed(twice, Some(TransactionStatus::Posted))]).await;
    assert_eq!(take_back(storage, owner, &first).await, TakenBack { removed: 2, kept: 1, restored: 0 });
    assert_eq!(stored(storage, twice).await.unwrap().import, Some(fourth.id));
}

/// What was told of accounts and balances comes back, the later where an import told twice.
pub async fn what_imports_told_of_an_account_comes_back(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let first = ended_import(storage, &account, true, 10).await;
    let second = ended_import(storage, &account, false, 20).await;
    let renamed = Account { name: "Later".to_owned(), mask: None, institution: None, ..account.clone() };
    let told = |import: &Import, amount: &str, available: Option<&str>| ImportedBalance {
        import: import.id,
        point: BalancePoint {
            available: available.map(decimal),
            source: BalanceSource::Statement,
            created_at: import.created_at,
            ..builders::balance(&account, amount, 7)
        },
    };
    let balances = [told(&first, "2.50", Some("1")), told(&second, "3", None)];
    let mut unit = begin(storage).await;
    let again = ToldAccount::of(&renamed, first.id, false, first.created_at);
    unit.told().note_account(&again).await.unwrap();
    unit.told().note_balance(&told(&first, "1", None)).await.unwrap();
    for told in &balances {
        unit.told().note_balance(told).await.unwrap();
    }
    unit.commit().await.unwrap();
    let mut unit = begin(storage).await;
    assert_eq!(unit.told().accounts(owner, first.id).await.unwrap(), [account.id]);
    let mut tellings = unit.told().of_account(owner, account.id).await.unwrap();
    tellings.accounts.sort_unstable_by_key(|told| told.at);
    let told =
        [ToldAccount { made: true, ..again }, ToldAccount::of(&account, second.id, false, second.created_at)];
    assert_eq!(tellings.accounts, told);
    tellings.balances.sort_unstable_by_key(|told| told.point.created_at);
    assert_eq!(tellings.balances.len(), 2);
    for (found, told) in tellings.balances.iter().zip(&balances) {
        let point = BalancePoint { id: found.point.id, ..told.point.clone() };
        assert_eq!((found.import, &found.point), (told.import, &point));
    }
    unit.told().forget(owner, first.id).await.unwrap();
    let left = unit.told().of_account(owner, account.id).await.unwrap();
    assert_eq!((left.accounts.len(), left.balances.len()), (1, 1));
    assert_eq!(unit.told().accounts(owner, first.id).await.unwrap(), []);
    unit.commit().await.unwrap();
}

/// Figures are written as they are given, and an account goes once nothing is in it, with a word in the feed.
pub async fn an_account_is_restated_and_goes_when_it_is_empty(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let import = ended_import(storage, &account, true, 10).await;
    let statement = |amount: &str, seconds| BalancePoint {
        source: BalanceSource::Statement,
        ..builders::balance(&account, amount, seconds)
    };
    let points = [statement("1", 5), statement("2", 6), builders::balance(&account, "3", 4)];
    let mut unit = begin(storage).await;
    unit.balances().record(&points).await.unwrap();
    unit.transactions().insert(&[brought(&account, &import, "a")]).await.unwrap();
    unit.commit().await.unwrap();

    let mut unit = begin(storage).await;
    assert_eq!(unit.accounts().find(owner, account.id).await.unwrap().as_ref(), Some(&account));
    assert_eq!(unit.balances().latest(owner, account.id).await.unwrap().as_ref(), Some(&points[1]));
    let source = BalanceSource::Statement;
    let gone = unit.balances().remove(owner, account.id, source, &[at(6), at(4)]).await.unwrap();
    assert_eq!(gone, 1, "what a synchronisation told of that instant stays");
    assert_eq!(unit.balances().latest(owner, account.id).await.unwrap().as_ref(), Some(&points[0]));
    let restated = Account {
        name: "Other".to_owned(),
        institution: None,
        balance: None,
        available: None,
        balance_as_of: None,
        last_synced_at: None,
        updated_at: at(50),
        ..account.clone()
    };
    unit.accounts().restate(&restated).await.unwrap();
    assert!(!unit.accounts().remove_empty(owner, account.id).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.account(owner, account.id).await.unwrap(), Some(restated));
    let seq = storage.queries.clock(owner).await.unwrap().seq;

    let stranger = stored_user(storage).await.id;
    let mut unit = begin(storage).await;
    assert_eq!(unit.accounts().find(stranger, account.id).await.unwrap(), None);
    unit.balances().remove(owner, account.id, source, &[at(5)]).await.unwrap();
    unit.balances().remove(owner, account.id, BalanceSource::Sync, &[at(4)]).await.unwrap();
    unit.told().take_back_rows(owner, import.id, at(60)).await.unwrap();
    assert!(!unit.accounts().remove_empty(owner, account.id).await.unwrap(), "an import tells of it");
    unit.told().forget(owner, import.id).await.unwrap();
    assert!(!unit.accounts().remove_empty(stranger, account.id).await.unwrap());
    assert!(unit.accounts().remove_empty(owner, account.id).await.unwrap());
    assert!(!unit.accounts().remove_empty(owner, account.id).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.account(owner, account.id).await.unwrap(), None);
    let until = storage.queries.clock(owner).await.unwrap().seq;
    let (place, limit) = (ChangeKey::end_of(seq), Limit::default());
    let gone = storage.queries.removals(owner, ChangeKind::Account, place, until, limit).await.unwrap();
    assert_eq!(gone.items.iter().map(|change| change.key.id).collect::<Vec<_>>(), [account.id.0]);
}
