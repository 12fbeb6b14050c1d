//! How many rows a list looks at, as Postgres counts them: a filter that finds little reads little, however long the
//! history is. SQLite cannot be asked that; what its planner does is tested beside the statements.

use std::time::{Duration, Instant};

use dashtam_domain::{
    ledger::{TransactionFilter, TransactionStatus},
    page::Limit,
    time::Day,
};
use dashtam_persistence::{Database, Engine};
use dashtam_testkit::builders::{self, day};
use sea_orm::ConnectionTrait;

use super::{both, raw, texts};

/// Rows of the history.
const HISTORY: u32 = 6_000;
/// What a page of ten may read: the page, one row more, and what the planner looks at for itself.
const FEW: i64 = 60;

/// Rows of a table that were read so far, once all that was done has been counted.
async fn rows_read(guard: &super::Guard, table: &str) -> i64 {
    let db = raw(guard).await;
    let sql = format!(
        "SELECT (seq_tup_read + coalesce(idx_tup_fetch, 0))::text FROM pg_stat_user_tables WHERE relname = '{table}'"
    );
    texts(&db, &sql).await[0].parse().unwrap()
}

/// Waits until the connections of a closed database have handed in their counts; how many rows of a table they read.
pub(super) async fn settled(guard: &super::Guard, table: &str) -> i64 {
    let db = raw(guard).await;
    let alone = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() \
                 AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND application_name = 'dashtam'";
    let deadline = Instant::now() + Duration::from_secs(20);
    while texts(&db, alone).await[0] != "0" {
        assert!(Instant::now() < deadline, "the connections of a closed database are still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    rows_read(guard, table).await
}

async fn fill(database: &Database) -> (dashtam_domain::ledger::Account, Day) {
    let user = builders::user();
    let account = builders::file_account(user.id, "1");
    let mut unit = database.storage.store.begin().await.unwrap();
    unit.users().insert_if_absent(&user).await.unwrap();
    unit.accounts().upsert(&account).await.unwrap();
    let rows: Vec<_> =
        (0..HISTORY).map(|n| builders::transaction(&account, &n.to_string(), day(1))).collect();
    for rows in rows.chunks(500) {
        unit.transactions().insert(rows).await.unwrap();
    }
    unit.commit().await.unwrap();
    (account, day(1))
}

/// Alone, with account and with days: the filter finds nothing and reads next to nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_finds_nothing_does_not_read_the_history() {
    for (database, guard) in both("a_filter_that_finds_nothing_does_not_read_the_history").await {
        if database.engine() == Engine::Sqlite {
            continue;
        }
        let (account, day) = fill(&database).await;
        raw(&guard).await.execute_unprepared("VACUUM ANALYZE transactions").await.unwrap();
        database.close().await;
        for status in [TransactionStatus::Pending, TransactionStatus::Removed] {
            for (of, from, to) in [
                (None, None, None),
                (Some(account.id), None, None),
                (None, Some(day), None),
                (Some(account.id), None, Some(day)),
            ] {
                let before = settled(&guard, "transactions").await;
                let again = dashtam_persistence::connect(dashtam_persistence::Options::new(guard.url()))
                    .await
                    .unwrap();
                let filter = TransactionFilter {
                    account: of,
                    from,
                    to,
                    status: Some(status),
                    ..TransactionFilter::default()
                };
                let page = again
                    .storage
                    .queries
                    .transactions(account.owner, filter.clone(), None, Limit::new(10).unwrap())
                    .await
                    .unwrap();
                assert!(page.items.is_empty());
                again.close().await;
                let read = settled(&guard, "transactions").await - before;
                assert!(read <= FEW, "{filter:?} read {read} rows of {HISTORY} to find none");
            }
        }
    }
}
