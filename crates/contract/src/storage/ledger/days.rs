//! What moved an account on each day: kept right whatever happens to its transactions.

use std::collections::BTreeMap;

use dashtam_domain::{
    connections::{Absence, TransactionWindow},
    id::SyncRunId,
    ledger::{
        Account, BalancePoint, BalanceSource, DaySum, Transaction, TransactionFilter, TransactionStatus,
        transfer::TransferSide,
    },
    money::{Currency, Decimal},
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

fn row(account: &Account, source_id: &str, of: i64, amount: &str) -> Transaction {
    Transaction { amount: decimal(amount), ..builders::transaction(account, source_id, day(of)) }
}

async fn sums(storage: &Storage, account: &Account) -> BTreeMap<(Day, Currency), (Decimal, i64)> {
    let sums = storage.queries.day_sums(account.owner, account.id).await.unwrap();
    assert!(sums.is_sorted_by_key(|(_, sum)| sum.day), "{sums:?}");
    let pair = |(currency, DaySum { day, sum, count })| ((day, currency), (sum, count));
    sums.into_iter().map(pair).collect()
}

/// Posted transactions count, on their day and in their currency; changes and removals are followed, and nothing is left
/// of a day on which nothing moves any more.
pub async fn days_add_up_whatever_changes(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let other = stored_account(storage, owner, "2").await;
    let euros: Currency = "EUR".parse().unwrap();
    let pending = TransactionStatus::Pending;
    let rows = [
        row(&account, "a", 1, "10.25"),
        row(&account, "b", 1, "-0.25"),
        Transaction { currency: euros, ..row(&account, "c", 1, "7") },
        Transaction { status: pending, ..row(&account, "d", 2, "99") },
        row(&account, "e", 3, "5"),
        row(&other, "a", 1, "1000"),
    ];
    assert_eq!(store(storage, &rows).await, 6);
    // The same rows again add nothing.
    assert_eq!(store(storage, &rows).await, 0);
    let own = account.currency;
    let expected = |days: &[(i64, Currency, &str, i64)]| -> BTreeMap<(Day, Currency), (Decimal, i64)> {
        days.iter()
            .map(|(of, currency, sum, count)| ((day(*of), *currency), (decimal(sum), *count)))
            .collect()
    };
    let all = expected(&[(1, own, "10.00", 2), (1, euros, "7", 1), (3, own, "5", 1)]);
    assert_eq!(sums(storage, &account).await, all);
    assert_eq!(sums(storage, &other).await, expected(&[(1, own, "1000", 1)]));

    // One posts, one moves to another day and another amount, one becomes pending.
    let mut unit = begin(storage).await;
    let changed = [
        Transaction { status: TransactionStatus::Posted, ..rows[3].clone() },
        Transaction { day: day(5), amount: decimal("-1"), ..rows[4].clone() },
        Transaction { status: pending, ..rows[1].clone() },
    ];
    unit.transactions().update(&changed).await.unwrap();
    unit.commit().await.unwrap();
    let all = expected(&[(1, own, "10.25", 1), (1, euros, "7", 1), (2, own, "99", 1), (5, own, "-1", 1)]);
    assert_eq!(sums(storage, &account).await, all);

    // What a unit that was given up did never counts.
    let mut unit = begin(storage).await;
    unit.transactions().insert(&[row(&account, "f", 6, "1")]).await.unwrap();
    drop(unit);
    assert_eq!(sums(storage, &account).await, all);

    let mut unit = begin(storage).await;
    assert_eq!(unit.transactions().remove(owner, account.id, "c", at(1)).await.unwrap(), 1);
    unit.commit().await.unwrap();
    let all = expected(&[(1, own, "10.25", 1), (2, own, "99", 1), (5, own, "-1", 1)]);
    assert_eq!(sums(storage, &account).await, all);

    let mut unit = begin(storage).await;
    let (window, run) = (TransactionWindow { from: day(2), to: day(4) }, SyncRunId(builders::id()));
    unit.transactions()
        .remove_unseen(owner, account.id, window, &run.into(), Absence::Removed, at(2))
        .await
        .unwrap();
    unit.commit().await.unwrap();
    let all = expected(&[(1, own, "10.25", 1), (5, own, "-1", 1)]);
    assert_eq!(sums(storage, &account).await, all);
    let stranger = stored_user(storage).await.id;
    assert_eq!(storage.queries.day_sums(stranger, account.id).await.unwrap(), []);
    assert_eq!(storage.queries.balance_points(stranger, account.id).await.unwrap(), []);
}

/// What is kept of the days of an account is what its transactions come to, and a look at it changes nothing. What a person
/// states is not what a source told last.
pub async fn days_that_are_right_are_left_alone(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let rows = [
        row(&account, "a", 1, "10.25"),
        Transaction { status: TransactionStatus::Pending, ..row(&account, "b", 20, "99") },
        Transaction { currency: "EUR".parse().unwrap(), ..row(&account, "c", 100, "7") },
        row(&account, "d", 100, "-7"),
    ];
    assert_eq!(store(storage, &rows).await, 4);
    let before = sums(storage, &account).await;
    assert_eq!(before.len(), 3);
    for repair in [false, true] {
        let mut unit = begin(storage).await;
        assert_eq!(unit.balances().check_days(owner, account.id, repair).await.unwrap(), []);
        unit.commit().await.unwrap();
    }
    assert_eq!(sums(storage, &account).await, before);

    let told = builders::balance(&account, "3", 4);
    let stated = BalancePoint { source: BalanceSource::User, ..builders::balance(&account, "9", 90) };
    let mut unit = begin(storage).await;
    unit.balances().record(&[told.clone(), stated.clone()]).await.unwrap();
    assert_eq!(unit.balances().latest(owner, account.id).await.unwrap(), Some(told.clone()));
    unit.commit().await.unwrap();
    let points = storage.queries.balance_points(owner, account.id).await.unwrap();
    assert_eq!(points, [told.clone(), stated.clone()]);
    let mut unit = begin(storage).await;
    let user = BalanceSource::User;
    let removed = unit.balances().remove(owner, account.id, user, &[told.as_of, stated.as_of]).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(removed, 1);
    assert_eq!(storage.queries.balance_points(owner, account.id).await.unwrap(), [told]);
}

/// Nothing is passed over at either end of the days that there are, and nothing goes round in a circle there.
pub async fn the_first_and_the_last_day_are_days_like_others(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let ends = [Day::FIRST, Day::LAST];
    let on = |source_id: &str, day: Day| Transaction {
        amount: decimal("3"),
        ..builders::transaction(&account, source_id, day)
    };
    let rows = [on("a", Day::FIRST), on("b", day(1)), on("c", Day::LAST.plus_days(-1)), on("d", Day::LAST)];
    assert_eq!(store(storage, &rows).await, 4);
    let before = sums(storage, &account).await;
    assert_eq!(before.len(), 4);
    for repair in [false, true] {
        let mut unit = begin(storage).await;
        let check = unit.balances().check_days(owner, account.id, repair);
        let checked = tokio::time::timeout(std::time::Duration::from_secs(20), check).await;
        assert_eq!(checked.expect("it ends").unwrap(), []);
        unit.commit().await.unwrap();
    }
    assert_eq!(sums(storage, &account).await, before);

    let mut unit = begin(storage).await;
    let days = unit.transactions().posted_days(owner, account.id, Day::FIRST, Day::LAST).await.unwrap();
    assert_eq!(days, rows.each_ref().map(|row| row.day));
    for end in ends {
        let around: Vec<Day> = (-2..=2).map(|apart| end.plus_days(apart)).collect();
        let open = unit.transfers().open_on(owner, TransferSide::To, &around).await.unwrap();
        assert!(open.iter().any(|row| row.day == end), "{end}");
        let posted = unit.transactions().posted_on(owner, account.id, &around).await.unwrap();
        assert!(posted.iter().any(|row| row.day == end), "{end}");
    }
    drop(unit);
    for end in ends {
        let filter = TransactionFilter { from: Some(end), to: Some(end), ..TransactionFilter::default() };
        let listed = storage.queries.transactions(owner, filter, None, Limit::default()).await.unwrap();
        assert_eq!(listed.items.iter().map(|row| row.day).collect::<Vec<_>>(), [end]);
        let records = storage.queries.account_records(owner, end).await.unwrap();
        assert!(records[0].sums.iter().any(|sum| sum.day == end), "{end}");
    }
    let kept = storage.queries.kept_rows(owner, account.id, None, Limit::default()).await.unwrap();
    assert_eq!(kept.items.iter().map(|row| row.transaction.day).collect::<Vec<_>>(), days);
}

/// Thirty writers to one day of one account.
pub async fn a_day_of_many_writers_adds_up(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    race(storage, |storage, number| {
        let rows = [
            row(&account, &format!("{number}/1"), 1, "1.10"),
            row(&account, &format!("{number}/2"), 1, "0.90"),
        ];
        async move { store(&storage, &rows).await }
    })
    .await;
    let count = i64::try_from(CALLERS).unwrap();
    let expected = ((day(1), account.currency), (Decimal::from(2 * count), 2 * count));
    assert_eq!(sums(storage, &account).await, [expected].into());
}
