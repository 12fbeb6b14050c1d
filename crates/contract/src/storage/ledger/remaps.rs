//! Rows that are kept as they were sent, to be read again.

use dashtam_domain::{
    id::AccountId,
    ledger::{
        Import, ImportState, KeptPayload, PayloadSort, RemapPlace, Transaction, TransactionChange,
        TransactionKey, TransactionStatus,
    },
    page::Limit,
    store::Storage,
};

use crate::builders::{self, at, day};
use crate::storage::{
    begin, connected_account, ledger::corrections::correct, store, stored_account, stored_connection,
    stored_user,
};

/// Accounts by their ids, and the rows of one by their days, with what says who reads them.
pub async fn kept_rows_come_in_the_order_of_days(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let connected = connected_account(storage, &connection, "1").await;
    let of_files = stored_account(storage, owner, "2").await;
    let import =
        Import { state: ImportState::Completed, finished_at: Some(at(1)), ..builders::import(owner) };
    let mut unit = begin(storage).await;
    unit.imports().insert(&import).await.unwrap();
    unit.commit().await.unwrap();
    let row = |id: &str, of: i64| builders::transaction(&of_files, id, day(of));
    let rows = [
        row("c", 3),
        Transaction { import: Some(import.id), ..row("a", 1) },
        Transaction { raw: None, ..row("bare", 1) },
        Transaction { status: TransactionStatus::Removed, ..row("gone", 2) },
        Transaction { status: TransactionStatus::Pending, ..row("b", 2) },
        builders::transaction(&connected, "other", day(1)),
    ];
    assert_eq!(store(storage, &rows).await, 6);
    // Shown on another day, it is read among those of its own.
    let later = TransactionChange { day: Some(Some(day(9))), ..TransactionChange::default() };
    correct(storage, &rows[1], later, 3).await;

    let (mut from, mut seen) = (AccountId(uuid::Uuid::nil()), Vec::new());
    loop {
        let page = storage.queries.kept_accounts(from, Limit::new(2).unwrap()).await.unwrap();
        let own = page.items.iter().filter(|account| account.owner == owner);
        seen.extend(own.cloned());
        match page.items.get(1) {
            Some(next) if page.next.is_some() || page.items.len() == 2 => from = next.id,
            _ => break,
        }
    }
    seen.dedup();
    assert_eq!(seen.iter().map(|account| account.id).collect::<Vec<_>>(), [connected.id, of_files.id]);
    assert_eq!(seen[0].provider.as_ref(), Some(&connection.provider));
    assert_eq!((&seen[1].provider, seen[1].currency), (&None, of_files.currency));

    let (mut after, mut found) = (None, Vec::new());
    loop {
        let limit = Limit::new(2).unwrap();
        let page = storage.queries.kept_rows(owner, of_files.id, after, limit).await.unwrap();
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let shown: Vec<_> =
        found.iter().map(|kept| (kept.transaction.source_id.as_str(), kept.format.as_deref())).collect();
    assert_eq!(shown, [("a", Some("ofx")), ("b", None), ("c", None)]);
    assert_eq!(found[2].transaction, rows[0]);
    let stranger = stored_user(storage).await.id;
    let limit = Limit::default();
    assert_eq!(storage.queries.kept_rows(stranger, of_files.id, None, limit).await.unwrap().items, []);

    let mut unit = begin(storage).await;
    let ids = [rows[0].id, rows[5].id];
    assert_eq!(unit.transactions().kept(owner, of_files.id, &ids).await.unwrap(), [rows[0].clone()]);
    assert_eq!(unit.transactions().kept(stranger, of_files.id, &ids).await.unwrap(), []);
    unit.commit().await.unwrap();
}

/// One for each scope, until it is forgotten.
pub async fn a_place_is_kept_until_it_is_forgotten(storage: &Storage) {
    let account = AccountId(builders::id());
    let key =
        TransactionKey { day: day(3), id: builders::transaction(&file(), "a", day(3)).id, amount: None };
    let place = |after| RemapPlace { mappers: "1.0".to_owned(), account, after };
    let mut unit = begin(storage).await;
    assert_eq!(unit.remaps().place("ofx").await.unwrap(), None);
    unit.remaps().keep("ofx", Some(&place(None)), at(1)).await.unwrap();
    unit.remaps().keep("*", Some(&place(None)), at(1)).await.unwrap();
    unit.remaps().keep("ofx", Some(&place(Some(key))), at(2)).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = begin(storage).await;
    assert_eq!(unit.remaps().place("ofx").await.unwrap(), Some(place(Some(key))));
    assert_eq!(unit.remaps().place("*").await.unwrap(), Some(place(None)));
    unit.remaps().keep("ofx", None, at(3)).await.unwrap();
    assert_eq!(unit.remaps().place("ofx").await.unwrap(), None);
    assert_eq!(unit.remaps().place("*").await.unwrap(), Some(place(None)));
    unit.remaps().keep("*", None, at(3)).await.unwrap();
    unit.commit().await.unwrap();
}

/// Of each account itself and its positions, each in the place of the former; they go with the account.
pub async fn what_was_sent_of_an_account_is_kept(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let stranger = stored_user(storage).await.id;
    let (one, other) = (stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await);
    let payload = |position: Option<&str>, raw: &str| KeptPayload {
        position: position.map(str::to_owned),
        raw: raw.to_owned(),
    };
    let own = payload(None, "{\"id\":1}");
    let held = [payload(Some("b"), "{\"b\":2}"), payload(Some("a"), "{}")];
    let mut unit = begin(storage).await;
    for account in [&one, &other] {
        let remaps = unit.remaps();
        let (sort, payloads) = (PayloadSort::Account, std::slice::from_ref(&own));
        remaps.keep_payloads(owner, account.id, sort, payloads).await.unwrap();
        remaps.keep_payloads(owner, account.id, PayloadSort::Positions, &held).await.unwrap();
    }
    unit.commit().await.unwrap();
    let mut unit = begin(storage).await;
    let kept = unit.remaps().payloads(owner, one.id).await.unwrap();
    assert_eq!(kept, [own.clone(), held[1].clone(), held[0].clone()]);
    assert_eq!(unit.remaps().payloads(stranger, one.id).await.unwrap(), []);
    let later = [payload(Some("c"), "{}"), payload(Some("c"), "{\"c\":3}")];
    unit.remaps().keep_payloads(owner, one.id, PayloadSort::Positions, &later).await.unwrap();
    assert_eq!(unit.remaps().payloads(owner, one.id).await.unwrap(), [own.clone(), later[1].clone()]);
    assert_eq!(unit.remaps().payloads(owner, other.id).await.unwrap().len(), 3);
    unit.commit().await.unwrap();
}

fn file() -> dashtam_domain::ledger::Account {
    builders::file_account(builders::user().id, "1")
}
