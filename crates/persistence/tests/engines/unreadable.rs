//! Rows that break a rule: their neighbours come.

use std::collections::BTreeSet;

use dashtam_domain::{
    delivery::notification::{NotificationPreferences, NotificationSettings, NotificationSwitches},
    id::UserId,
    ledger::TransactionFilter,
    ledger::meaning::rule::{Rule, RuleTerms},
    page::Limit,
    store::{Storage, StoreError},
};
use dashtam_testkit::builders::{self, at, day};
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

/// Who is told by mail does not wait for somebody whose settings are damaged; these are an error only to their owner.
#[tokio::test(flavor = "multi_thread")]
async fn unreadable_settings_keep_nobody_else_uninformed() {
    for (database, guard) in both("unreadable_settings_keep_nobody_else_uninformed").await {
        let Storage { store, queries } = &database.storage;
        let owners = [builders::user(), builders::user()];
        let switches = NotificationSwitches { weekly_summary: true, ..NotificationSwitches::default() };
        let wanted = NotificationPreferences::new(switches, Vec::new(), Vec::new()).unwrap();
        let mut unit = store.begin().await.unwrap();
        for user in &owners {
            unit.users().insert_if_absent(user).await.unwrap();
            let settings = NotificationSettings::new(user.id, wanted.clone(), 0, at(0));
            let settings = NotificationSettings { weekly_due_at: Some(at(1)), ..settings };
            unit.notifications().put(&settings).await.unwrap();
        }
        unit.commit().await.unwrap();
        let behind = async || -> Vec<UserId> {
            let found = queries.notifications_behind(at(2), 100).await.unwrap();
            found.into_iter().map(|settings| settings.owner).collect()
        };
        assert_eq!(behind().await.len(), 2);
        let [broken, whole] = owners.map(|user| user.id);
        let sql = "UPDATE notification_settings SET preferences = '{\"weather\":true}' \
             WHERE user_id = (SELECT user_id FROM notification_settings ORDER BY user_id LIMIT 1)";
        let db = raw(&guard).await;
        assert_eq!(db.execute_unprepared(sql).await.unwrap().rows_affected(), 1);
        assert_eq!(behind().await, [whole]);
        let asked = queries.notification_settings(broken).await;
        assert!(matches!(asked, Err(StoreError::Corrupt { .. })), "{asked:?}");
    }
}

/// By a program that knows more, or damaged: whoever stores rows goes on with the others, and it stays as it is stored.
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_cannot_be_read_stops_nobody() {
    for (database, guard) in both("a_rule_that_cannot_be_read_stops_nobody").await {
        let Storage { store, queries } = &database.storage;
        let user = fill(&database.storage).await;
        let rules = [builders::rule(user.id, 1), builders::rule(user.id, 2)];
        let payee = builders::payee(user.id, "Tea Shop");
        let mut unit = store.begin().await.unwrap();
        unit.rules().put(&rules).await.unwrap();
        unit.payees().put(std::slice::from_ref(&payee)).await.unwrap();
        unit.commit().await.unwrap();
        let db = raw(&guard).await;
        for (column, broken) in [
            ("conditions", "[{\"field\":\"mood\",\"operator\":\"contains\",\"values\":[\"a\"]}]"),
            ("actions", "{\"category\":\"no such thing\"}"),
            ("matching", "most"),
            ("conditions", "["),
        ] {
            let sql = format!("UPDATE rules SET {column} = '{broken}' WHERE position = 1");
            assert_eq!(db.execute_unprepared(&sql).await.unwrap().rows_affected(), 1, "{sql}");
            let listed = queries.rules(user.id).await.unwrap();
            assert_eq!(listed[1], rules[1]);
            assert_eq!(listed[0], Rule { terms: RuleTerms::unreadable(), ..rules[0].clone() }, "{sql}");
            let mut unit = store.begin().await.unwrap();
            let mut held = unit.rules().hold_all(user.id).await.unwrap();
            assert_eq!(held, listed);
            held[0].is_enabled = !held[0].is_enabled;
            unit.rules().put(&held).await.unwrap();
            unit.rules().put(&held[..1]).await.unwrap();
            unit.rules().put(&[Rule { is_enabled: !held[0].is_enabled, ..held[0].clone() }]).await.unwrap();
            unit.commit().await.unwrap();
            let stored = texts(&db, &format!("SELECT {column} FROM rules ORDER BY position LIMIT 1")).await;
            assert_eq!(stored, [broken]);
        }
        let sql = "UPDATE payees SET votes = '[[\"no such thing\",3],[\"travel\",2]]'";
        db.execute_unprepared(sql).await.unwrap();
        let mut unit = store.begin().await.unwrap();
        let found = unit.payees().named(user.id, std::slice::from_ref(&payee.name)).await.unwrap();
        assert_eq!(found[0].votes, [("travel".parse().unwrap(), 2)]);
        unit.commit().await.unwrap();
        db.execute_unprepared("UPDATE payees SET votes = '#'").await.unwrap();
        assert_eq!(queries.payees(user.id, None, Limit::default()).await.unwrap().items[0].votes, []);
        assert_eq!(database.unreadable().await.unwrap(), []);
    }
}
