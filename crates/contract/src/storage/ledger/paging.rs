//! Lists, page by page.

use dashtam_domain::{
    id::{TransactionId, UserId},
    ledger::{Transaction, TransactionDetails, TransactionFilter, TransactionStatus},
    page::Limit,
    store::Storage,
};

use crate::builders::{self, day};
use crate::storage::{begin, connected_account, store, stored_account, stored_connection, stored_user};

fn limit(number: u16) -> Limit {
    Limit::new(number).unwrap()
}

/// Every id of the list, read in pages of this size.
async fn read_all(
    storage: &Storage,
    owner: UserId,
    filter: TransactionFilter,
    size: u16,
) -> Vec<TransactionId> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = storage.queries.transactions(owner, filter.clone(), after, limit(size)).await.unwrap();
        assert!(page.items.len() <= usize::from(size));
        ids.extend(page.items.iter().map(|row| row.id));
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

/// Newest day first, within a day the newest id first.
async fn expected(rows: &[Transaction]) -> Vec<TransactionId> {
    let mut keys: Vec<_> = rows.iter().map(|row| (row.day, row.id)).collect();
    keys.sort_unstable();
    keys.into_iter().rev().map(|(_, id)| id).collect()
}

/// In order, without gaps or repetitions, whatever the page size.
pub async fn transactions_come_newest_first_and_each_once(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    assert_eq!(read_all(storage, owner, TransactionFilter::default(), 10).await, []);
    let rows: Vec<_> =
        (0..30).map(|n| builders::transaction(&account, &n.to_string(), day(n * 7 % 5))).collect();
    store(storage, &rows).await;
    for size in [1, 7, 10, 29, 30, 31, 500] {
        let all = read_all(storage, owner, TransactionFilter::default(), size).await;
        assert_eq!(all, expected(&rows).await, "pages of {size}");
    }
}

/// A row added while somebody reads is shown at most once and displaces none.
pub async fn pages_stay_stable_while_rows_are_added(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let rows: Vec<_> = (0..20).map(|n| builders::transaction(&account, &n.to_string(), day(n))).collect();
    store(storage, &rows).await;
    let (mut seen, mut after, mut number) = (Vec::new(), None, 100);
    loop {
        let all = TransactionFilter::default();
        let page = storage.queries.transactions(owner, all, after, limit(3)).await.unwrap();
        seen.extend(page.items.iter().map(|row| row.id));
        let newest = builders::transaction(&account, &number.to_string(), day(number));
        let between = builders::transaction(&account, &(number + 1).to_string(), day(10));
        store(storage, &[newest, between]).await;
        number += 2;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let distinct: std::collections::HashSet<_> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len());
    let first: Vec<_> = seen.iter().filter(|id| rows.iter().any(|row| row.id == **id)).copied().collect();
    assert_eq!(first, expected(&rows).await);
}

/// By account, by days with both ends, and by both together with a place in the list.
pub async fn filters_narrow_the_list(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let (one, two) = (stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await);
    let rows: Vec<_> = (0..40)
        .map(|n| builders::transaction(if n % 2 == 0 { &one } else { &two }, &n.to_string(), day(n / 4)))
        .collect();
    store(storage, &rows).await;
    for account in [None, Some(one.id), Some(two.id)] {
        for from in [None, Some(day(-5)), Some(day(3)), Some(day(50))] {
            for to in [None, Some(day(-1)), Some(day(3)), Some(day(6)), Some(day(50))] {
                let filter = TransactionFilter { account, from, to, ..TransactionFilter::default() };
                let matching: Vec<_> = rows
                    .iter()
                    .filter(|row| account.is_none_or(|account| row.account == account))
                    .filter(|row| {
                        from.is_none_or(|from| row.day >= from) && to.is_none_or(|to| row.day <= to)
                    })
                    .cloned()
                    .collect();
                for size in [3, 100] {
                    let found = read_all(storage, owner, filter.clone(), size).await;
                    assert_eq!(found, expected(&matching).await, "{filter:?}");
                }
            }
        }
    }
}

/// Removed rows are left out unless asked for.
pub async fn removed_transactions_show_only_when_asked_for(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let statuses = [TransactionStatus::Pending, TransactionStatus::Posted, TransactionStatus::Removed];
    let rows: Vec<_> = (0..9)
        .map(|n| Transaction {
            status: statuses[n % 3],
            ..builders::transaction(&account, &n.to_string(), day(1))
        })
        .collect();
    store(storage, &rows).await;
    for account in [None, Some(account.id)] {
        for status in [None, Some(statuses[0]), Some(statuses[1]), Some(statuses[2])] {
            let filter = TransactionFilter { account, status, ..TransactionFilter::default() };
            let shown = |row: &&Transaction| match status {
                None => row.status != TransactionStatus::Removed,
                Some(status) => row.status == status,
            };
            let matching: Vec<_> = rows.iter().filter(shown).cloned().collect();
            assert_eq!(read_all(storage, owner, filter, 2).await, expected(&matching).await, "{status:?}");
        }
    }
}

/// Those that are there and those that were removed, each with its parts.
pub async fn an_archive_tells_what_transactions_are_made_of(storage: &Storage) {
    let (owner, stranger) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let account = stored_account(storage, owner, "1").await;
    let statuses = [TransactionStatus::Pending, TransactionStatus::Posted, TransactionStatus::Removed];
    let rows: Vec<_> = (0..9)
        .map(|n| Transaction {
            status: statuses[n % 3],
            details: TransactionDetails {
                payee: Some(format!("payee {n}")),
                ..TransactionDetails::default()
            },
            ..builders::transaction(&account, &n.to_string(), day(1))
        })
        .collect();
    store(storage, &rows).await;
    for removed in [false, true] {
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let page = storage.queries.all_transactions(owner, removed, after, limit(2)).await.unwrap();
            read.extend(page.items);
            match page.next {
                Some(last) => after = Some(last),
                None => break,
            }
        }
        let shown = |row: &&Transaction| removed == (row.status == TransactionStatus::Removed);
        let matching: Vec<_> = rows.iter().filter(shown).cloned().collect();
        let ids: Vec<_> = read.iter().map(|row| row.id).collect();
        assert_eq!(ids, expected(&matching).await);
        for row in &read {
            let stored = rows.iter().find(|stored| stored.id == row.id).unwrap();
            assert_eq!(row.details, stored.details);
        }
        let foreign = storage.queries.all_transactions(stranger, removed, None, limit(2)).await.unwrap();
        assert_eq!(foreign.items, []);
    }
}

/// All of them, or one connection's.
pub async fn accounts_come_oldest_first(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let mut accounts = Vec::new();
    for n in 0..5 {
        accounts.push(connected_account(storage, &connection, &n.to_string()).await);
        accounts.push(stored_account(storage, owner, &n.to_string()).await);
    }
    for of in [None, Some(connection.id)] {
        let matching = accounts.iter().filter(|one| of.is_none() || one.source.connection() == of);
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = storage.queries.accounts(owner, of, after, limit(2)).await.unwrap();
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, matching.cloned().collect::<Vec<_>>());
    }
}

/// Positions of all accounts, account by account, each once, whatever the size of the pages; nobody else's.
pub async fn positions_of_all_accounts_come_account_by_account(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let other = stored_user(storage).await.id;
    let mut expected = Vec::new();
    for (of, number) in [(owner, "1"), (other, "1"), (owner, "2"), (owner, "3")] {
        let account = stored_account(storage, of, number).await;
        let held: Vec<_> = match number {
            "2" => Vec::new(),
            _ => ["a", "b", "c:d"].iter().map(|id| builders::holding(&account, id)).collect(),
        };
        let mut unit = begin(storage).await;
        unit.holdings().replace(of, account.id, &held).await.unwrap();
        unit.commit().await.unwrap();
        if of == owner {
            expected.extend(held);
        }
    }
    for size in [1, 2, 3, 6, 7] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = storage.queries.all_holdings(owner, after, limit(size)).await.unwrap();
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "by {size}");
    }
}

/// Each with its newest run.
pub async fn connections_come_oldest_first(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mut expected = Vec::new();
    for n in 0..5 {
        let connection = stored_connection(storage, owner, &format!("Number {n}")).await;
        let run = builders::sync_run(&connection, n);
        if n % 2 == 0 {
            let mut unit = begin(storage).await;
            unit.sync_runs().insert_if_idle(&run).await.unwrap();
            unit.commit().await.unwrap();
        }
        expected.push((connection, (n % 2 == 0).then_some(run)));
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = storage.queries.connections(owner, after, limit(2)).await.unwrap();
        found.extend(page.items.into_iter().map(|one| (one.connection, one.latest_run)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, expected);
}
