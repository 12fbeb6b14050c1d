//! The change feed: every change once, in the order of the commits, whoever writes beside whom.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use dashtam_domain::{
    connections::{Absence, TransactionWindow},
    id::UserId,
    ledger::{Account, Change, ChangeKey, ChangeKind, ChangedRow, Holding, LedgerClock, Transaction},
    page::Limit,
    store::Storage,
};
use uuid::Uuid;

use crate::builders::{self, at, day};
use crate::storage::{
    begin, connected_account, races::race, store, stored_account, stored_connection, stored_user,
};

/// Everything behind a place, up to where the clock stands, and that end.
async fn changes_after(storage: &Storage, owner: UserId, after: ChangeKey) -> (Vec<Change>, ChangeKey) {
    let LedgerClock { seq: until, .. } = storage.queries.clock(owner).await.unwrap();
    let limit = Limit::new(25).unwrap();
    let mut found = Vec::new();
    for kind in ChangeKind::ALL {
        let mut from = after;
        loop {
            let page = storage.queries.changes(owner, kind, from, until, limit).await.unwrap();
            assert!(page.items.iter().all(|change| change.key > from && change.key.seq <= until));
            assert!(page.items.is_sorted_by_key(|change| change.key));
            found.extend(page.items);
            let Some(next) = page.next else { break };
            from = next;
        }
        let removals = storage.queries.removals(owner, kind, after, until, Limit::default()).await.unwrap();
        found.extend(removals.items);
    }
    found.sort_unstable_by_key(|change| change.key);
    (found, ChangeKey::end_of(until))
}

/// What a change says: sort, id, whether it was made after `place`, whether it is gone.
fn told(changes: &[Change], place: ChangeKey) -> BTreeSet<(ChangeKind, Uuid, bool, bool)> {
    let told = |change: &Change| {
        let is_gone = change.row == ChangedRow::Removed;
        (change.key.kind, change.key.id, change.is_new_after(place), is_gone)
    };
    changes.iter().map(told).collect()
}

/// Each write of each repository shows, with the row as it is now, and nothing else does.
pub async fn every_change_shows_and_nothing_else(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    assert_eq!(storage.queries.clock(owner).await.unwrap(), LedgerClock::default());
    let connection = stored_connection(storage, owner, "Mine").await;
    let account = connected_account(storage, &connection, "1").await;
    let other = stored_account(storage, owner, "2").await;
    let row = |source_id: &str| builders::transaction(&account, source_id, day(3));
    let (kept, gone) = (row("kept"), row("gone"));
    let (first, second) = (builders::holding(&account, "A"), builders::holding(&account, "B"));
    let balance = builders::balance(&account, "12.50", 5);
    let mut unit = begin(storage).await;
    unit.transactions().insert(&[kept.clone(), gone.clone()]).await.unwrap();
    unit.holdings().replace(owner, account.id, &[first.clone(), second.clone()]).await.unwrap();
    unit.balances().record(std::slice::from_ref(&balance)).await.unwrap();
    unit.commit().await.unwrap();

    let (changes, place) = changes_after(storage, owner, ChangeKey::START).await;
    use ChangeKind::{Account as A, Balance as B, Holding as H, Transaction as T};
    let all = [
        (A, account.id.0, true, false),
        (A, other.id.0, true, false),
        (H, first.id.0, true, false),
        (H, second.id.0, true, false),
        (T, kept.id.0, true, false),
        (T, gone.id.0, true, false),
        (B, balance.id.0, true, false),
    ];
    assert_eq!(told(&changes, ChangeKey::START), all.into());
    let shown = changes.iter().find(|change| change.key.id == kept.id.0).unwrap();
    let expected = Transaction { raw: None, ..kept.clone() };
    assert_eq!(shown.row, ChangedRow::Transaction(Box::new(expected)));
    assert_eq!(changes_after(storage, owner, place).await, (Vec::new(), place));

    // What a synchronisation notes of a row it has seen again is no change of it, nor is a unit that was given up.
    let run = builders::sync_run(&connection, 0);
    let mut unit = begin(storage).await;
    unit.sync_runs().insert_if_idle(&run).await.unwrap();
    unit.transactions().mark_seen(owner, &[kept.id], run.id).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = begin(storage).await;
    unit.accounts().upsert(&Account { name: "Other".to_owned(), ..account.clone() }).await.unwrap();
    drop(unit);
    assert_eq!(changes_after(storage, owner, place).await, (Vec::new(), place));

    let mut unit = begin(storage).await;
    unit.transactions()
        .update(&[Transaction { description: "Other".to_owned(), ..kept.clone() }])
        .await
        .unwrap();
    unit.transactions().remove(owner, account.id, "gone", at(7)).await.unwrap();
    let moved = Holding { quantity: builders::decimal("7"), ..first.clone() };
    unit.holdings().replace(owner, account.id, &[moved]).await.unwrap();
    unit.commit().await.unwrap();
    let (changes, next) = changes_after(storage, owner, place).await;
    let expected =
        [(H, first.id.0, false, false), (H, second.id.0, true, true), (T, kept.id.0, false, false)];
    let expected = BTreeSet::from(expected).into_iter().chain([(T, gone.id.0, false, true)]).collect();
    assert_eq!(told(&changes, place), expected);

    // One unit has one number, however many rows it writes.
    assert_eq!(next.seq, place.seq + 1);
    let mut unit = begin(storage).await;
    let window = TransactionWindow { from: day(0), to: day(365) };
    unit.transactions()
        .remove_unseen(
            owner,
            account.id,
            window,
            &builders::sync_run(&connection, 1).id.into(),
            Absence::Removed,
            at(8),
        )
        .await
        .unwrap();
    unit.accounts().deactivate_others(owner, connection.id, &[], at(8)).await.unwrap();
    unit.commit().await.unwrap();
    let (changes, place) = changes_after(storage, owner, next).await;
    let expected = [(A, account.id.0, false, false), (T, kept.id.0, false, true)];
    assert_eq!(told(&changes, next), expected.into());

    // With a connection its accounts go, and with them what they held.
    let mut unit = begin(storage).await;
    assert!(unit.connections().delete(owner, connection.id).await.unwrap());
    unit.commit().await.unwrap();
    let (changes, _) = changes_after(storage, owner, place).await;
    assert_eq!(told(&changes, place), [(A, account.id.0, true, true)].into());

    // Nobody else hears of any of it.
    let stranger = stored_user(storage).await.id;
    assert_eq!(changes_after(storage, stranger, ChangeKey::START).await.0, Vec::new());
}

/// Thirty writers to two ledgers, and somebody who follows each: everything is told, and no number before its time.
pub async fn followers_miss_nothing_of_many_writers(storage: &Storage) {
    let mut accounts = Vec::new();
    for _ in 0..2 {
        let owner = stored_user(storage).await.id;
        accounts.push(stored_account(storage, owner, "1").await);
    }
    let done = Arc::new(AtomicBool::new(false));
    let followers: Vec<_> = accounts
        .iter()
        .map(|account| {
            let (storage, owner, done) = (storage.clone(), account.owner, Arc::clone(&done));
            tokio::spawn(async move {
                let mut place = ChangeKey::START;
                let mut seen = BTreeMap::new();
                loop {
                    let last = done.load(Ordering::SeqCst);
                    let (changes, next) = changes_after(&storage, owner, place).await;
                    for Change { key, row, .. } in changes {
                        if let ChangedRow::Transaction(row) = row {
                            seen.insert(key.id, row.description);
                        }
                    }
                    place = next;
                    if last {
                        return seen;
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            })
        })
        .collect();
    let written = race(storage, |storage, number| {
        let account = accounts[number % accounts.len()].clone();
        async move {
            let mut written = BTreeMap::new();
            for unit in 0..5 {
                let rows: Vec<Transaction> = (0..=unit % 3)
                    .map(|row| builders::transaction(&account, &format!("{number}/{unit}/{row}"), day(3)))
                    .collect();
                store(&storage, &rows).await;
                let changed = Transaction { description: format!("changed {number}"), ..rows[0].clone() };
                let mut work = begin(&storage).await;
                work.transactions().update(std::slice::from_ref(&changed)).await.unwrap();
                work.commit().await.unwrap();
                written.extend(rows.into_iter().map(|row| (row.id.0, row.description)));
                written.insert(changed.id.0, changed.description);
            }
            (account.owner, written)
        }
    })
    .await;
    done.store(true, Ordering::SeqCst);
    for (follower, account) in followers.into_iter().zip(&accounts) {
        let of_owner = written.iter().filter(|(owner, _)| *owner == account.owner);
        let expected: BTreeMap<Uuid, String> = of_owner.flat_map(|(_, rows)| rows.clone()).collect();
        assert_eq!(follower.await.unwrap(), expected);
    }
}
