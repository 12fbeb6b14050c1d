//! Measures what the storage costs beside the bare driver: rows stored per second and pages read per second.
//!
//! `cargo run --release -p dashtam-persistence --example measure -- [rows]` measures SQLite in a temporary file and
//! Postgres on the server that tests use, with so many transactions of one user (a million).

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops at what goes wrong"
)]

use std::{
    future::Future,
    time::{Duration, Instant},
};

use dashtam_domain::{
    id::{ImportId, SyncRunId, TransactionId, UserId},
    ledger::{Account, AssetClass, Trade, Transaction, TransactionFilter, TransactionKey},
    page::Limit,
    store::Storage,
};
use dashtam_persistence::{Options, connect};
use dashtam_testkit::{
    builders::{self, day, decimal},
    servers::Postgres,
};
use sqlx::Row as _;

const CALLERS: usize = 8;
const SQL: &str = "SELECT t.id, t.user_id, t.account_id, t.source_id, t.ordinal, t.day, t.occurred_at, t.amount, \
    t.currency, t.description, t.kind, t.status, t.memo, t.check_number, t.trade_symbol, t.trade_name, \
    t.trade_asset_class, t.trade_quantity, t.trade_price, t.trade_fees, t.import_id, t.seen_in, t.created_at, \
    t.updated_at FROM transactions t WHERE t.user_id = $1 AND t.day >= $2 AND (t.day, t.id) < ($3, $4) \
    AND t.status <> 'removed' ORDER BY t.day DESC, t.id DESC LIMIT $5";

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("measure.db").display().to_string();
    let rows = std::env::args().nth(1).map_or(1_000_000, |rows| rows.parse().unwrap());
    measure(&file, rows).await;
    match Postgres::start_or_connect() {
        Ok(server) => {
            let empty = server.template("measure", async |_| Ok::<(), String>(())).await;
            measure(&server.clone_database(&empty).await.url, rows).await;
        }
        Err(skip) => skip.announce("Postgres"),
    }
}

async fn measure(url: &str, rows: i64) {
    let database = connect(Options::new(url)).await.unwrap();
    database.migrate().await.unwrap();
    let storage = database.storage.clone();
    println!("{:?}", database.engine());
    let (small, large) = (filled(&storage, 10_000).await, filled(&storage, rows).await);
    if url.starts_with("postgres") {
        let pool = sqlx::PgPool::connect(url).await.unwrap();
        sqlx::query("ANALYZE").execute(&pool).await.unwrap();
    }
    let middle = Some(TransactionKey { day: day(500), id: TransactionId(uuid::Uuid::nil()), amount: None });
    let cases = [(small, None), (small, middle), (large, None), (large, middle)];
    let [first, deep, large_first, large_deep] = latencies(&storage, cases).await;
    println!("  page of 100 out of 10000: first {first:?}, in the middle {deep:?}");
    println!("  page of 100 out of {rows}: first {large_first:?}, in the middle {large_deep:?}");
    for round in 0..3 {
        let ours = with(&storage, move |storage| page(storage, small)).await;
        let bare = bare_rate(url, small).await;
        let accounts = with(&storage, move |storage| accounts(storage, small)).await;
        println!(
            "  round {round}: {ours:.0} pages/s, bare driver {bare:.0} pages/s, ratio {:.2}; accounts {accounts:.0}/s",
            ours / bare
        );
    }
}

async fn filled(storage: &Storage, rows: i64) -> UserId {
    let user = builders::user();
    let accounts: Vec<Account> = (0..10).map(|n| builders::file_account(user.id, &n.to_string())).collect();
    let mut unit = storage.store.begin().await.unwrap();
    unit.users().insert_if_absent(&user).await.unwrap();
    for account in &accounts {
        unit.accounts().upsert(account).await.unwrap();
    }
    unit.commit().await.unwrap();
    let row = |n: i64| Transaction {
        memo: Some("a memo of some length".to_owned()),
        check_number: Some(n.to_string()),
        trade: (n % 10 == 0).then(|| Trade {
            security: None,
            symbol: Some("ACME".to_owned()),
            name: Some("Acme Corporation".to_owned()),
            asset_class: AssetClass::Equity,
            quantity: decimal("12.5"),
            price: Some(decimal("99.99")),
            fees: Some(decimal("1.00")),
        }),
        import: Some(ImportId(builders::id())),
        seen_in: Some(SyncRunId(builders::id())),
        ..builders::transaction(
            &accounts[usize::try_from(n % 10).unwrap()],
            &format!("source {n}"),
            day(n % 1_000),
        )
    };
    let mut spent = Duration::ZERO;
    for start in (0..rows).step_by(10_000) {
        let batch: Vec<Transaction> = (start..start + 10_000).map(row).collect();
        let begun = Instant::now();
        let mut unit = storage.store.begin().await.unwrap();
        for chunk in batch.chunks(1_000) {
            unit.transactions().insert(chunk).await.unwrap();
        }
        unit.commit().await.unwrap();
        spent += begun.elapsed();
    }
    println!("  {rows} rows stored at {:.0} rows/s", rows as f64 / spent.as_secs_f64());
    user.id
}

async fn page(storage: Storage, user: UserId) {
    let all = TransactionFilter::default();
    let page = storage.queries.transactions(user, all, None, Limit::default()).await.unwrap();
    assert_eq!(page.items.len(), 100);
}

async fn accounts(storage: Storage, user: UserId) {
    let page = storage.queries.accounts(user, None, None, Limit::default()).await.unwrap();
    assert_eq!(page.items.len(), 10);
}

/// Medians of one caller's page reads; the cases take turns, so that what else the machine does meets all alike.
async fn latencies<const N: usize>(
    storage: &Storage,
    cases: [(UserId, Option<TransactionKey>); N],
) -> [Duration; N] {
    let mut times = cases.map(|_| Vec::new());
    for _ in 0..500 {
        for (times, (user, after)) in times.iter_mut().zip(cases) {
            let (begun, all) = (Instant::now(), TransactionFilter::default());
            let page = storage.queries.transactions(user, all, after, Limit::default()).await.unwrap();
            assert_eq!(page.items.len(), 100);
            times.push(begun.elapsed());
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    })
}

/// Calls per second of eight callers in three seconds.
async fn rate<F: Future<Output = ()> + Send + 'static>(call: impl Fn() -> F + Clone + Send + 'static) -> f64 {
    let end = Instant::now() + Duration::from_secs(3);
    let tasks: Vec<_> = (0..CALLERS)
        .map(|_| {
            let call = call.clone();
            tokio::spawn(async move {
                let mut done = 0u32;
                while Instant::now() < end {
                    call().await;
                    done += 1;
                }
                done
            })
        })
        .collect();
    let mut total = 0;
    for task in tasks {
        total += task.await.unwrap();
    }
    f64::from(total) / 3.0
}

/// As [`rate`], for calls that need the store.
async fn with<F: Future<Output = ()> + Send + 'static>(
    storage: &Storage,
    call: impl Fn(Storage) -> F + Clone + Send + 'static,
) -> f64 {
    let storage = storage.clone();
    rate(move || call(storage.clone())).await
}

macro_rules! bare {
    ($pool:expr, $user:expr) => {{
        let (pool, user) = ($pool, $user);
        rate(move || {
            let pool = pool.clone();
            async move {
                let rows = sqlx::query(SQL)
                    .bind(user.0)
                    .bind(day(-10_000).0)
                    .bind(day(10_000).0)
                    .bind(uuid::Uuid::max())
                    .bind(101i64)
                    .fetch_all(&pool)
                    .await
                    .unwrap();
                let read: Vec<_> = rows
                    .iter()
                    .map(|row| {
                        let ids: [uuid::Uuid; 3] = [row.get(0), row.get(1), row.get(2)];
                        let texts: [String; 6] = [3, 7, 8, 9, 10, 11].map(|n| row.get(n));
                        let maybe: [Option<String>; 8] = [12, 13, 14, 15, 16, 17, 18, 19].map(|n| row.get(n));
                        let more: [Option<uuid::Uuid>; 2] = [row.get(20), row.get(21)];
                        let at: Option<chrono::DateTime<chrono::Utc>> = row.get(6);
                        let times: [chrono::DateTime<chrono::Utc>; 2] = [row.get(22), row.get(23)];
                        let day: chrono::NaiveDate = row.get(5);
                        (ids, texts, maybe, more, at, times, day, row.get::<i32, _>(4))
                    })
                    .collect();
                assert_eq!(read.len(), 101);
            }
        })
        .await
    }};
}

async fn bare_rate(url: &str, user: UserId) -> f64 {
    if url.starts_with("postgres") {
        let options = sqlx::postgres::PgPoolOptions::new().max_connections(10);
        bare!(options.connect(url).await.unwrap(), user)
    } else {
        let options = sqlx::sqlite::SqlitePoolOptions::new().max_connections(10);
        bare!(options.connect(&format!("sqlite://{url}")).await.unwrap(), user)
    }
}
