//! The list of parts against the schema: what is added to the schema is archived, or left out by purpose.

use std::collections::{BTreeMap, BTreeSet};

use dashtam_domain::time::Timestamp;
use serde_json::json;
use sqlx::{Row as _, SqlitePool};

use super::{cell::Kind, parts};
use crate::{Options, connect, pool::Pool};

/// Tables that no archive has, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("audit_chains", "the trail belongs to the server that wrote it"),
    ("audit_log", "the trail belongs to the server that wrote it; an archive tells its lines for people"),
    ("auth_challenges", "a sign-in under way"),
    ("export_chunks", "files that a server keeps for two days"),
    ("export_jobs", "files that a server keeps for two days"),
    ("fx_rates", "nobody's: the operator of each server takes them in"),
    ("idempotency_keys", "answers to requests of another server"),
    ("imported_rows", "what was copied from the earlier system, for the copying alone"),
    ("keystore", "keys of the server"),
    ("keystore_published", "keys of the server"),
    ("live_events", "told to those who listened"),
    ("live_floors", "belongs to the events"),
    ("mail_budgets", "of an address, at one server"),
    ("mail_requests", "mails under way"),
    ("one_time_tokens", "secrets"),
    ("outbox", "mails under way"),
    ("pending_authorizations", "secrets of a link under way"),
    ("provider_credentials", "secrets"),
    ("rate_limit_denials", "a log of the server"),
    ("refresh_generations", "secrets"),
    ("remap_places", "how far a command of the server is"),
    ("seaql_migrations", "the schema itself"),
    ("second_factor_resets", "of a second factor, which is a secret"),
    ("second_factors", "secrets"),
    ("secret_marks", "of the server's keys"),
    ("security_config", "of the server"),
    ("sessions", "sign-ins and API keys are secrets; an archive tells of them for people"),
    ("sign_in_budgets", "of sign-ins at one server"),
    ("sync_runs", "a log of the server's work for a connection, which has to be linked again"),
    ("transaction_docs", "follows transactions by triggers (SQLite)"),
    ("transaction_tags", "follows transactions by triggers"),
    ("webhook_deliveries", "messages under way, and a log of them"),
];
/// The index of texts on SQLite, which follows transactions by triggers, and the tables it is made of.
const SEARCH: &str = "transaction_texts";

/// A new SQLite file.
async fn pool() -> (SqlitePool, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dashtam.db").display().to_string();
    let database = connect(Options::new(file)).await.unwrap();
    database.migrate().await.unwrap();
    match database.writer() {
        Pool::Sqlite(pool) => (pool.clone(), folder),
        Pool::Postgres(_) => unreachable!("a file is SQLite's"),
    }
}

/// Each table with its columns and their types.
async fn schema(pool: &SqlitePool) -> BTreeMap<String, BTreeMap<String, String>> {
    let columns = "SELECT m.name, c.name, lower(c.type) FROM sqlite_schema m, pragma_table_info(m.name) c \
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'";
    let mut tables: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for row in sqlx::query(columns).fetch_all(pool).await.unwrap() {
        let [table, column, kind]: [String; 3] = [0_usize, 1, 2].map(|at| row.try_get(at).unwrap());
        if !table.starts_with(SEARCH) {
            tables.entry(table).or_default().insert(column, kind);
        }
    }
    tables
}

fn kind_of(declared: &str) -> Kind {
    match declared {
        "uuid_text" => Kind::Id,
        "date_text" => Kind::Day,
        "timestamp_with_timezone_text" => Kind::Time,
        "boolean" => Kind::Flag,
        "double" => Kind::Real,
        "integer" | "bigint" => Kind::Whole,
        text if text == "text" || text.starts_with("varchar") => Kind::Text,
        other => panic!("columns of the type {other} need a kind in an archive"),
    }
}

#[tokio::test]
async fn every_column_of_the_schema_is_archived_or_left_out_by_purpose() {
    let (pool, _folder) = pool().await;
    let schema = schema(&pool).await;
    assert!(schema.len() >= parts::all().count() + LEFT_OUT.len(), "{schema:?}");
    for (table, columns) in &schema {
        let part = parts::all().find(|part| part.table == table);
        let left_out = LEFT_OUT.iter().find(|(name, _)| name == table);
        let part = match (part, left_out) {
            (Some(part), None) => part,
            (None, Some((_, why))) => {
                assert!(!why.is_empty());
                continue;
            }
            (Some(_), Some((_, why))) => panic!("{table} is archived and left out ({why})"),
            (None, None) => panic!(
                "the table {table} is new: give it an entry in whole_account/parts, or say in LEFT_OUT why no \
                 archive has it"
            ),
        };
        let named: Vec<&str> = part
            .told()
            .map(|(name, _)| name)
            .chain(part.given.iter().map(|(name, _)| *name))
            .chain(part.dropped.iter().copied())
            .chain(part.owner)
            .collect();
        let once: BTreeSet<&str> = named.iter().copied().collect();
        assert_eq!(once.len(), named.len(), "{table} names a column twice: {named:?}");
        let there: BTreeSet<&str> = columns.keys().map(String::as_str).collect();
        assert_eq!(once, there, "{table}: archived, given or dropped on the left, there on the right");
        for (name, kind) in part.told() {
            assert_eq!(kind, kind_of(&columns[name]), "{table}.{name}");
        }
        for (column, _) in part.told_as {
            assert!(part.told().any(|(name, _)| name == *column), "{table}.{column} is not told");
        }
        for (column, named) in part.names {
            assert!(
                columns.contains_key(*column) && schema[*named].contains_key("user_id"),
                "{table}.{column}"
            );
        }
    }
    for table in parts::all().map(|part| part.table).chain(LEFT_OUT.iter().map(|(table, _)| *table)) {
        assert!(schema.contains_key(table), "there is no table {table}");
    }
}

/// A row is there before any that refers to it.
#[tokio::test]
async fn parts_come_behind_those_they_refer_to() {
    let (pool, _folder) = pool().await;
    let tables: Vec<&str> = parts::all().map(|part| part.table).collect();
    for (at, part) in parts::all().enumerate() {
        let references = "SELECT \"from\", \"table\" FROM pragma_foreign_key_list($1)";
        for row in sqlx::query(references).bind(part.table).fetch_all(&pool).await.unwrap() {
            let [column, to]: [String; 2] = [0_usize, 1].map(|at| row.try_get(at).unwrap());
            if part.dropped.contains(&column.as_str()) {
                continue;
            }
            let place = tables.iter().position(|table| *table == to);
            assert!(place.is_some_and(|place| place < at), "{}.{column} refers to {to}", part.table);
        }
    }
}

/// Every kind comes back as what it was, and nothing is taken for what it is not.
#[test]
fn values_come_back_as_they_were() {
    let at = Timestamp::new("2026-11-30T10:20:30.123456Z".parse().unwrap());
    let id = uuid::Uuid::from_u128(7);
    for (kind, json, value) in [
        (Kind::Id, json!(id.to_string()), sea_orm::Value::from(id)),
        (Kind::Text, json!("a \u{1f600} b"), "a \u{1f600} b".into()),
        (Kind::Day, json!("2026-02-28"), chrono::NaiveDate::from_ymd_opt(2026, 2, 28).unwrap().into()),
        (Kind::Time, json!("2026-11-30T10:20:30.123456Z"), at.as_chrono().into()),
        (Kind::Whole, json!(i64::MIN), i64::MIN.into()),
        (Kind::Flag, json!(true), true.into()),
        (Kind::Real, json!("0.1"), 0.1_f64.into()),
    ] {
        assert_eq!(kind.bind(Some(&json)), Some(value), "{kind:?}");
        assert_eq!(Kind::of(kind.letter()), Some(kind));
        for wrong in [json!([]), json!({}), json!(1.5)] {
            assert_eq!(kind.bind(Some(&wrong)), None, "{kind:?} {wrong}");
        }
        assert_eq!(kind.bind(None), kind.bind(Some(&json!(null))), "{kind:?}");
    }
    for odd in ["+12345-01-01", "0000-01-01", "-0001-01-01"] {
        assert_eq!(Kind::Day.bind(Some(&json!(odd))), None, "{odd}");
    }
    for odd in ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2026-12-31T23:59:60Z"] {
        assert_eq!(Kind::Time.bind(Some(&json!(odd))), None, "{odd}");
    }
    for endless in ["NaN", "inf"] {
        assert_eq!(Kind::Real.bind(Some(&json!(endless))), None);
    }
}
