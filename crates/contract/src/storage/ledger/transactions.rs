//! Transactions as they are written.

use dashtam_domain::connections::{Absence, TransactionWindow};
use dashtam_domain::{
    id::{ImportId, SyncRunId},
    ledger::{
        Announced, AssetClass, Exchange, KnownAs, Leg, LegKind, OptionTerms, PositionEffect, References,
        Shown, Trade, Transaction, TransactionDetails, TransactionFilter, TransactionFlag, TransactionKind,
        TransactionStatus,
    },
    page::Limit,
    store::{Storage, StoreError},
};

use crate::builders::{self, at, day, decimal};
use crate::storage::{begin, store, stored_account, stored_user};

/// The transaction as lists show it.
fn listed(transaction: &Transaction) -> Transaction {
    let TransactionDetails { payee, category, .. } = transaction.details.clone();
    let details = TransactionDetails { payee, category, ..TransactionDetails::default() };
    Transaction { details, ..without_raw(transaction) }
}

/// The transaction as it is held against what an institution shows.
fn without_raw(transaction: &Transaction) -> Transaction {
    Transaction { raw: None, ..transaction.clone() }
}

/// Everything a transaction can be made of, with figures that a binary float would change.
fn details() -> TransactionDetails {
    let leg =
        |kind, amount: &str| Leg { amount: Some(decimal(amount)), ..Leg::new(kind, "JPY".parse().unwrap()) };
    TransactionDetails {
        payee: Some("Uncle \"Frank\" & Söhne".to_owned()),
        category: Some("Kaffee & \"Kuchen\"".to_owned()),
        fee: Some(decimal("0.10")),
        legs: vec![
            Leg {
                label: Some("SALE".to_owned()),
                symbol: Some("ACME".to_owned()),
                name: Some("Acme".to_owned()),
                asset_class: Some(AssetClass::Option),
                quantity: Some(decimal("-3.0000000000000000000000001")),
                price: Some(decimal("10.10")),
                effect: Some(PositionEffect::Closing),
                option: Some(OptionTerms {
                    multiplier: Some(decimal("100")),
                    ..OptionTerms::of_symbol("ACME  260918P00012500").unwrap()
                }),
                ..leg(LegKind::Security, "30.300")
            },
            leg(LegKind::Fee, "-0.10"),
            Leg { amount: None, ..leg(LegKind::Other, "0") },
        ],
        exchange: Some(Exchange {
            currency: "EUR".parse().unwrap(),
            rate: Some(decimal("1.0700")),
            is_converted: true,
        }),
        flags: vec![
            TransactionFlag::LegsDoNotAddUp,
            TransactionFlag::StatusUnknown,
            TransactionFlag::AmountFromLegs,
            TransactionFlag::SignContradictsKind,
            TransactionFlag::CurrencyUnknown,
        ],
        references: References {
            order: Some("1".to_owned()),
            position: Some("2".to_owned()),
            sub_account: Some("MARGIN".to_owned()),
        },
    }
}

/// Every field survives, to the last zero; lists leave out what a transaction is made of, and only the single
/// look-up shows the raw row.
pub async fn a_transaction_comes_back_as_stored(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let full = Transaction {
        ordinal: 3,
        occurred_at: Some(at(7)),
        currency: "JPY".parse().unwrap(),
        kind: TransactionKind::Trade,
        status: TransactionStatus::Pending,
        memo: Some("memo".to_owned()),
        check_number: Some("0042".to_owned()),
        announced: Some(Announced { amount: decimal("-2.500"), day: day(1) }),
        trade: Some(Trade {
            security: None,
            symbol: Some("ACME".to_owned()),
            name: Some("Acme".to_owned()),
            asset_class: AssetClass::Etf,
            quantity: decimal("-3.000"),
            price: Some(decimal("10.10")),
            fees: Some(decimal("0.01")),
        }),
        details: details(),
        import: Some(ImportId(builders::id())),
        seen_in: Some(SyncRunId(builders::id())),
        ..builders::transaction(&account, "full", day(2))
    };
    let bare = Transaction {
        occurred_at: None,
        raw: None,
        trade: Some(Trade {
            security: None,
            symbol: None,
            name: None,
            asset_class: AssetClass::Other,
            quantity: decimal("1"),
            price: None,
            fees: None,
        }),
        ..builders::transaction(&account, "bare", day(1))
    };
    assert_eq!(store(storage, &[bare.clone(), full.clone()]).await, 2);
    for row in [&full, &bare] {
        assert_eq!(storage.queries.transaction(owner, row.id).await.unwrap().as_ref(), Some(row));
    }
    let all = TransactionFilter::default();
    let list = storage.queries.transactions(owner, all, None, Limit::default()).await.unwrap();
    assert_eq!(list.items, [listed(&full), listed(&bare)]);
    let stored = storage.queries.transaction(owner, full.id).await.unwrap().unwrap().details;
    assert_eq!(stored.legs[0].amount.unwrap().to_string(), "30.300");
    let mut unit = begin(storage).await;
    let ids = ["full".to_owned(), "unknown".to_owned()];
    let found = unit.transactions().with_source_ids(owner, account.id, &ids).await.unwrap();
    assert_eq!(found, [without_raw(&full)]);
    assert_eq!(unit.transactions().with_source_ids(owner, account.id, &[]).await.unwrap(), []);
}

/// Of the account and the days alone, with what they are made of; rows of the one import are left out, those of no
/// import are not.
pub async fn what_days_hold_leaves_one_import_out(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let beside = stored_account(storage, owner, "2").await;
    let (this, other) = (ImportId(builders::id()), ImportId(builders::id()));
    let of = |id: &str, on: i64, import| Transaction {
        import,
        details: details(),
        ..builders::transaction(&account, id, day(on))
    };
    let rows = [
        of("synced", 1, None),
        of("earlier", 3, Some(other)),
        of("this", 1, Some(this)),
        of("another day", 2, None),
        builders::transaction(&beside, "elsewhere", day(1)),
    ];
    store(storage, &rows).await;
    let stranger = stored_user(storage).await.id;
    let mut unit = begin(storage).await;
    let mut found = unit.transactions().on_days(owner, account.id, &[day(1), day(3)], this).await.unwrap();
    found.sort_by_key(|row| row.day);
    assert_eq!(found, [without_raw(&rows[0]), without_raw(&rows[1])]);
    assert_eq!(unit.transactions().on_days(stranger, account.id, &[day(1)], this).await.unwrap(), []);
    assert_eq!(unit.transactions().on_days(owner, account.id, &[], this).await.unwrap(), []);
}

/// Counted as not new.
pub async fn known_transactions_are_left_as_they_are(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let other = stored_account(storage, owner, "2").await;
    let first = builders::transaction(&account, "a", day(1));
    assert_eq!(store(storage, std::slice::from_ref(&first)).await, 1);
    let again = Transaction { amount: decimal("99"), ..builders::transaction(&account, "a", day(5)) };
    let twice = builders::transaction(&account, "b", day(1));
    let elsewhere = builders::transaction(&other, "a", day(1));
    let rows = [again.clone(), twice.clone(), builders::transaction(&account, "b", day(1)), elsewhere];
    assert_eq!(store(storage, &rows).await, 2);
    assert_eq!(store(storage, &rows).await, 0);
    assert_eq!(store(storage, &[]).await, 0);
    assert_eq!(storage.queries.transaction(owner, first.id).await.unwrap(), Some(first));
    assert_eq!(storage.queries.transaction(owner, again.id).await.unwrap(), None);
    assert_eq!(storage.queries.transaction(owner, twice.id).await.unwrap(), Some(twice));
}

/// One source id, several rows.
pub async fn ordinals_tell_equal_ids_apart(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let rows: Vec<_> = (0..3)
        .map(|ordinal| Transaction { ordinal, ..builders::transaction(&account, "h:same", day(1)) })
        .collect();
    assert_eq!(store(storage, &rows).await, 3);
    let mut unit = begin(storage).await;
    let mut found =
        unit.transactions().with_source_ids(owner, account.id, &["h:same".to_owned()]).await.unwrap();
    found.sort_by_key(|row| row.ordinal);
    assert_eq!(found, rows.iter().map(without_raw).collect::<Vec<_>>());
}

/// What its source says counts, and nothing else; not of a row that is gone, or that shares its id.
pub async fn a_row_is_known_by_what_its_source_says(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let other = stored_account(storage, owner, "2").await;
    let stranger = stored_user(storage).await.id;
    let seen_in = Some(SyncRunId(builders::id()));
    let of = |id: &str| Transaction { seen_in, ..builders::transaction(&account, id, day(1)) };
    let full = Transaction { details: details(), memo: Some("Memo".to_owned()), ..of("full") };
    let second = Transaction { ordinal: 1, ..of("gone") };
    let elsewhere = Transaction { seen_in, ..builders::transaction(&other, "elsewhere", day(1)) };
    let unseen = Transaction { seen_in: None, ..of("unseen") };
    let rows =
        [full.clone(), of("changed"), of("gone"), second.clone(), unseen.clone(), of("other"), elsewhere];
    store(storage, &rows).await;
    let changed = Transaction { amount: decimal("-12.31"), ..rows[1].clone() };
    let mut unit = begin(storage).await;
    let transactions = unit.transactions();
    transactions.update(std::slice::from_ref(&changed)).await.unwrap();
    transactions.remove(owner, account.id, "gone", at(1)).await.unwrap();
    unit.commit().await.unwrap();

    let ids = ["full", "changed", "gone", "unseen", "elsewhere", "unknown"].map(str::to_owned);
    let mut unit = begin(storage).await;
    let transactions = unit.transactions();
    let mut known = transactions.known(owner, account.id, &ids).await.unwrap();
    known.sort_by_key(|row| rows.iter().position(|of| of.id == row.id));
    let nameless = |row: &Transaction| KnownAs { fingerprint: None, ..KnownAs::from(row) };
    let expected = [
        KnownAs::from(&full),
        KnownAs::from(&changed),
        nameless(&rows[2]),
        nameless(&second),
        nameless(&unseen),
    ];
    assert_eq!(known, expected);
    assert_ne!(known[1].fingerprint, KnownAs::from(&rows[1]).fingerprint);
    assert_eq!(transactions.known(owner, account.id, &[]).await.unwrap(), []);
    assert_eq!(transactions.known(stranger, account.id, &ids).await.unwrap(), []);
}

/// A pending row becomes the posted one; a raw row that is not given stays.
pub async fn a_changed_transaction_is_written(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let pending = Transaction {
        status: TransactionStatus::Pending,
        ..builders::transaction(&account, "pending-1", day(1))
    };
    let other = builders::transaction(&account, "other", day(1));
    store(storage, &[pending.clone(), other.clone()]).await;
    let posted = Transaction {
        source_id: "posted-1".to_owned(),
        day: day(3),
        amount: decimal("-12.34"),
        status: TransactionStatus::Posted,
        memo: Some("now it has one".to_owned()),
        details: details(),
        updated_at: at(90),
        raw: None,
        ..pending.clone()
    };
    let with_raw = Transaction { raw: Some("new raw".to_owned()), updated_at: at(91), ..other };
    let mut unit = begin(storage).await;
    unit.transactions().update(&[posted.clone(), with_raw.clone()]).await.unwrap();
    unit.transactions().update(&[]).await.unwrap();
    unit.commit().await.unwrap();
    let expected = Transaction { raw: pending.raw, ..posted };
    assert_eq!(storage.queries.transaction(owner, expected.id).await.unwrap(), Some(expected));
    assert_eq!(storage.queries.transaction(owner, with_raw.id).await.unwrap(), Some(with_raw));
}

/// An update adds nothing.
pub async fn a_vanished_transaction_is_not_written(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let never_stored = builders::transaction(&account, "a", day(1));
    let mut unit = begin(storage).await;
    let refused = unit.transactions().update(std::slice::from_ref(&never_stored)).await;
    assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    drop(unit);
    assert_eq!(storage.queries.transaction(owner, never_stored.id).await.unwrap(), None);
}

/// In these days, of this account, not from a file.
pub async fn what_a_run_did_not_see_is_removed(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let other = stored_account(storage, owner, "2").await;
    let (old_run, run) = (SyncRunId(builders::id()), SyncRunId(builders::id()));
    let row = |id: &str, number| Transaction {
        seen_in: Some(old_run),
        ..builders::transaction(&account, id, day(number))
    };
    let marked = row("marked", 5);
    let just_seen = Transaction { seen_in: Some(run), ..row("just seen", 6) };
    let imported = Transaction { import: Some(ImportId(builders::id())), ..row("imported", 5) };
    let elsewhere = builders::transaction(&other, "elsewhere", day(5));
    let same = row("same", 4);
    let (first, last) = (row("first", 2), Transaction { seen_in: None, ..row("last", 8) });
    let (before, after) = (row("before", 1), row("after", 9));
    let shown = Shown { run, unchanged: [same.id].into() };
    let kept = [marked, just_seen, imported, elsewhere, before, after, same];
    store(storage, &kept).await;
    store(storage, &[first.clone(), last.clone()]).await;
    let mut unit = begin(storage).await;
    let transactions = unit.transactions();
    transactions.mark_seen(owner, &[kept[0].id], run).await.unwrap();
    transactions.mark_seen(owner, &[], run).await.unwrap();
    assert_eq!(
        transactions
            .remove_unseen(
                owner,
                account.id,
                TransactionWindow { from: day(2), to: day(8) },
                &shown,
                Absence::Removed,
                at(99)
            )
            .await
            .unwrap(),
        2
    );
    assert_eq!(
        transactions
            .remove_unseen(
                owner,
                account.id,
                TransactionWindow { from: day(2), to: day(8) },
                &shown,
                Absence::Removed,
                at(100)
            )
            .await
            .unwrap(),
        0
    );
    unit.commit().await.unwrap();
    let [marked, rest @ ..] = kept;
    let expected = [Transaction { seen_in: Some(run), ..marked }].into_iter().chain(rest);
    let removed =
        |row: Transaction| Transaction { status: TransactionStatus::Removed, updated_at: at(99), ..row };
    for row in expected.chain([removed(first), removed(last)]) {
        assert_eq!(storage.queries.transaction(owner, row.id).await.unwrap(), Some(row));
    }
}

/// All rows with that id, once.
pub async fn one_transaction_is_removed_by_its_source_id(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let (row, neighbour) =
        (builders::transaction(&account, "a", day(1)), builders::transaction(&account, "b", day(1)));
    store(storage, &[row.clone(), neighbour.clone()]).await;
    let mut unit = begin(storage).await;
    assert_eq!(unit.transactions().remove(owner, account.id, "unknown", at(1)).await.unwrap(), 0);
    assert_eq!(unit.transactions().remove(owner, account.id, "a", at(1)).await.unwrap(), 1);
    assert_eq!(unit.transactions().remove(owner, account.id, "a", at(2)).await.unwrap(), 0);
    unit.commit().await.unwrap();
    let row = Transaction { status: TransactionStatus::Removed, updated_at: at(1), ..row };
    assert_eq!(storage.queries.transaction(owner, row.id).await.unwrap(), Some(row));
    assert_eq!(storage.queries.transaction(owner, neighbour.id).await.unwrap(), Some(neighbour));
}

/// More rows and more ids than a statement takes values.
pub async fn many_transactions_go_in_at_once(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let rows: Vec<_> =
        (0..5_001).map(|n| builders::transaction(&account, &format!("row {n}"), day(n % 365))).collect();
    assert_eq!(store(storage, &rows).await, 5_001);
    assert_eq!(store(storage, &rows[4_000..]).await, 0);
    let source_ids: Vec<_> = rows.iter().map(|row| row.source_id.clone()).collect();
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let run = SyncRunId(builders::id());
    let mut unit = begin(storage).await;
    let mut found = unit.transactions().with_source_ids(owner, account.id, &source_ids).await.unwrap();
    assert_eq!(found.len(), 5_001);
    for row in &mut found {
        row.amount = decimal("5.00");
    }
    unit.transactions().update(&found).await.unwrap();
    unit.transactions().mark_seen(owner, &ids, run).await.unwrap();
    assert_eq!(
        unit.transactions()
            .remove_unseen(
                owner,
                account.id,
                TransactionWindow { from: day(0), to: day(365) },
                &run.into(),
                Absence::Removed,
                at(1)
            )
            .await
            .unwrap(),
        0
    );
    unit.commit().await.unwrap();
    let last = storage.queries.transaction(owner, ids[5_000]).await.unwrap().unwrap();
    assert_eq!((last.amount, last.seen_in), (decimal("5.00"), Some(run)));
}
