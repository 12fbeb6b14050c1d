//! Rows that break a rule: their neighbours come.

use std::collections::BTreeSet;

use dashtam_domain::{
    ledger::TransactionFilter,
    page::Limit,
    store::{Storage, StoreError},
};
use dashtam_testkit::builders::{self, day};
use sea_orm::ConnectionTrait;

use super::{both, fill, raw, texts};

#[tokio::test(flavor = "multi_thread")]
async fn one_unreadable_row_leaves_its_neighbours_in_every_list() {
    for (database, guard) in both("one_unreadable_row_leaves_its_neighbours_in_every_list").await {
        let Storage { store, queries } = &database.storage;
        let user = fill(&database.storage).await;
        let (account, connection) =
            (builders::file_account(user.id, "2"), builders::connection(user.id, "Other"));
        let session = builders::session(&user);
        let mut unit = store.begin().await.unwrap();
        unit.accounts().upsert(&account).await.unwrap();
        unit.connections().insert_if_absent(&connection).await.unwrap();
        unit.sessions().insert(&session).await.unwrap();
        unit.transactions().insert(&[builders::transaction(&account, "b", day(2))]).await.unwrap();
        let holdings = [builders::holding(&account, "h"), builders::holding(&account, "i")];
        unit.holdings().replace(user.id, account.id, &holdings).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(database.unreadable().await.unwrap(), []);

        let db = raw(&guard).await;
        let mut expected = BTreeSet::new();
        for (table, column, of) in [
            ("transactions", "amount", "day = (SELECT MAX(day) FROM transactions)".to_owned()),
            ("accounts", "source", "id = (SELECT id FROM accounts ORDER BY id DESC LIMIT 1)".to_owned()),
            (
                "providers",
                "provider_key",
                "id = (SELECT id FROM providers ORDER BY id DESC LIMIT 1)".to_owned(),
            ),
            ("sessions", "ip_address", "id = (SELECT id FROM sessions ORDER BY id DESC LIMIT 1)".to_owned()),
            ("holdings", "quantity", "external_id = 'i'".to_owned()),
        ] {
            let broken = format!("UPDATE {table} SET {column} = '#hunter2' WHERE {of}");
            assert_eq!(db.execute_unprepared(&broken).await.unwrap().rows_affected(), 1, "{broken}");
            expected.insert(table);
        }
        let all = TransactionFilter::default();
        let every = Limit::default();
        assert_eq!(queries.transactions(user.id, all, None, every).await.unwrap().items.len(), 1);
        assert_eq!(queries.accounts(user.id, None, None, every).await.unwrap().items.len(), 1);
        assert_eq!(queries.connections(user.id, None, every).await.unwrap().items.len(), 1);
        assert_eq!(queries.holdings(user.id, account.id).await.unwrap().len(), 1);
        assert_eq!(queries.all_sessions(user.id, None, every).await.unwrap().items.len(), 1);
        assert_eq!(queries.all_transactions(user.id, false, None, every).await.unwrap().items.len(), 1);

        // Who looks after them is told which they are, and nothing of what they hold.
        let found = database.unreadable().await.unwrap();
        assert_eq!(found.iter().map(|row| row.table).collect::<BTreeSet<_>>(), expected);
        assert!(found.iter().all(|row| row.id.is_some() && !row.reason.contains("hunter2")), "{found:?}");
        // One that is asked for by itself is an error, not a gap.
        let id = found.iter().find(|row| row.table == "accounts").and_then(|row| row.id).unwrap();
        let asked = queries.account(user.id, dashtam_domain::id::AccountId(id)).await;
        assert!(matches!(asked, Err(StoreError::Corrupt { .. })), "{asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_go_on_past_rows_that_cannot_be_read() {
    for (database, guard) in both("pages_go_on_past_rows_that_cannot_be_read").await {
        let user = builders::user();
        let account = builders::file_account(user.id, "1");
        let rows: Vec<_> = (0..60)
            .map(|row| builders::transaction(&account, &format!("row {row:02}"), day(i64::from(row / 7))))
            .collect();
        let mut unit = database.storage.store.begin().await.unwrap();
        unit.users().insert_if_absent(&user).await.unwrap();
        unit.accounts().upsert(&account).await.unwrap();
        unit.transactions().insert(&rows).await.unwrap();
        unit.commit().await.unwrap();
        let db = raw(&guard).await;
        for broken in ["1 = 0", "source_id = 'row 30'", "source_id BETWEEN 'row 20' AND 'row 49'", "1 = 1"] {
            let sql = format!("UPDATE transactions SET amount = 'hunter2' WHERE {broken}");
            db.execute_unprepared(&sql).await.unwrap();
            let readable = "SELECT source_id FROM transactions WHERE amount <> 'hunter2' \
                ORDER BY day DESC, id DESC";
            let expected = texts(&db, readable).await;
            for limit in [1, 7, 20, 500] {
                let (mut seen, mut after) = (Vec::new(), None);
                loop {
                    let (all, limit) = (TransactionFilter::default(), Limit::new(limit).unwrap());
                    let page =
                        database.storage.queries.transactions(user.id, all, after, limit).await.unwrap();
                    assert!(page.next.is_none() || page.items.len() == limit.get());
                    seen.extend(page.items.into_iter().map(|row| row.source_id));
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                assert_eq!(seen, expected, "{broken}, {limit} a page");
            }
        }
    }
}
