#![doc = include_str!("../README.md")]

mod columns;
mod m20261122_0001_identity;
mod m20261122_0002_connections;
mod m20261122_0003_ledger;
mod m20261122_0004_delivery;
mod m20261122_0005_growing_identity;
mod m20261122_0007_imported_rows;
mod m20261122_0008_token_life;
mod m20261122_0009_payload_details;
mod m20261122_0010_attempts;
mod m20261122_0011_rate_limit_denials;
mod m20261122_0012_recovery;
mod m20261122_0013_sessions;
mod m20261122_0014_keystore;
mod m20261122_0015_account_flags;
mod m20261122_0016_second_factors;
mod m20261122_0017_challenges;
mod m20261122_0018_api_keys;
mod m20261122_0019_administration;
mod m20261122_0020_mail_requests;
mod m20261129_0022_secret_marks;
mod m20261129_0024_accounts;
mod m20261129_0025_earlier_links;
mod m20261129_0026_file_accounts;
mod m20261129_0028_told_by_institutions;
mod m20261129_0030_rare_statuses;
mod m20261129_0031_masked_rows;
mod m20261129_0032_scheduled_syncs;
mod m20261129_0033_user_clocks;
mod m20261129_0034_account_days;
mod m20261129_0035_fx_rates;
mod m20261129_0036_corrections;
mod m20261129_0037_transaction_aliases;
mod m20261129_0038_decisions;
mod m20261129_0039_undone_imports;
mod m20261129_0040_remap_places;
mod m20261129_0041_linked_accounts;
mod m20261129_0042_securities;
mod m20261129_0043_holding_days;
mod m20261129_0044_categories;
mod m20261129_0045_rules;
mod m20261129_0046_rule_runs;
mod m20261129_0047_payees;
mod m20261129_0048_transfers;
mod m20261129_0050_recurring_marks;
mod m20261129_0051_tags;
mod m20261129_0052_search;
mod m20261129_0053_saved_views;
mod m20261129_0055_account_terms;
mod m20261129_0056_kept_payloads;
mod m20261129_0057_stated_balances;
mod m20261129_0059_transfer_sides;
mod m20261130_0058_failing_runs;
mod m20261130_0060_live_events;
mod m20261130_0061_webhooks;
mod m20261130_0063_change_cursors;
mod m20261130_0064_fingerprints;
mod m20261130_0065_bounds;
mod m20261130_0066_grants;
mod m20261130_0067_allocation_targets;
mod m20261130_0068_bulk_edits;
mod m20261130_0069_saved_layouts;
mod m20261130_0070_transfer_sums;
mod m20261130_0071_notifications;
mod m20261130_0072_security_prices;
mod m20261130_0073_export_jobs;
mod m20261130_0074_off_by_administrator;

use sea_orm_migration::{
    prelude::*,
    sea_orm::{
        ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, RuntimeErr,
        SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
    },
};

/// Any number does, as long as nothing else in the database locks by it.
const LOCK: i64 = 0x6461_7368_7461_6d01;

/// The migrations in order.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_0001_identity::Migration),
            Box::new(m20261122_0002_connections::Migration),
            Box::new(m20261122_0003_ledger::Migration),
            Box::new(m20261122_0004_delivery::Migration),
            Box::new(m20261122_0005_growing_identity::Migration),
            Box::new(m20261122_0007_imported_rows::Migration),
            Box::new(m20261122_0008_token_life::Migration),
            Box::new(m20261122_0009_payload_details::Migration),
            Box::new(m20261122_0010_attempts::Migration),
            Box::new(m20261122_0011_rate_limit_denials::Migration),
            Box::new(m20261122_0012_recovery::Migration),
            Box::new(m20261122_0013_sessions::Migration),
            Box::new(m20261122_0014_keystore::Migration),
            Box::new(m20261122_0015_account_flags::Migration),
            Box::new(m20261122_0016_second_factors::Migration),
            Box::new(m20261122_0017_challenges::Migration),
            Box::new(m20261122_0018_api_keys::Migration),
            Box::new(m20261122_0019_administration::Migration),
            Box::new(m20261122_0020_mail_requests::Migration),
            Box::new(m20261129_0022_secret_marks::Migration),
            Box::new(m20261129_0024_accounts::Migration),
            Box::new(m20261129_0025_earlier_links::Migration),
            Box::new(m20261129_0026_file_accounts::Migration),
            Box::new(m20261129_0028_told_by_institutions::Migration),
            Box::new(m20261129_0030_rare_statuses::Migration),
            Box::new(m20261129_0031_masked_rows::Migration),
            Box::new(m20261129_0032_scheduled_syncs::Migration),
            Box::new(m20261129_0033_user_clocks::Migration),
            Box::new(m20261129_0034_account_days::Migration),
            Box::new(m20261129_0035_fx_rates::Migration),
            Box::new(m20261129_0036_corrections::Migration),
            Box::new(m20261129_0037_transaction_aliases::Migration),
            Box::new(m20261129_0038_decisions::Migration),
            Box::new(m20261129_0039_undone_imports::Migration),
            Box::new(m20261129_0040_remap_places::Migration),
            Box::new(m20261129_0041_linked_accounts::Migration),
            Box::new(m20261129_0042_securities::Migration),
            Box::new(m20261129_0043_holding_days::Migration),
            Box::new(m20261129_0044_categories::Migration),
            Box::new(m20261129_0045_rules::Migration),
            Box::new(m20261129_0046_rule_runs::Migration),
            Box::new(m20261129_0047_payees::Migration),
            Box::new(m20261129_0048_transfers::Migration),
            Box::new(m20261129_0050_recurring_marks::Migration),
            Box::new(m20261129_0051_tags::Migration),
            Box::new(m20261129_0052_search::Migration),
            Box::new(m20261129_0053_saved_views::Migration),
            Box::new(m20261129_0055_account_terms::Migration),
            Box::new(m20261129_0056_kept_payloads::Migration),
            Box::new(m20261129_0057_stated_balances::Migration),
            Box::new(m20261130_0058_failing_runs::Migration),
            Box::new(m20261129_0059_transfer_sides::Migration),
            Box::new(m20261130_0060_live_events::Migration),
            Box::new(m20261130_0061_webhooks::Migration),
            Box::new(m20261130_0063_change_cursors::Migration),
            Box::new(m20261130_0064_fingerprints::Migration),
            Box::new(m20261130_0065_bounds::Migration),
            Box::new(m20261130_0066_grants::Migration),
            Box::new(m20261130_0067_allocation_targets::Migration),
            Box::new(m20261130_0068_bulk_edits::Migration),
            Box::new(m20261130_0069_saved_layouts::Migration),
            Box::new(m20261130_0070_transfer_sums::Migration),
            Box::new(m20261130_0071_notifications::Migration),
            Box::new(m20261130_0072_security_prices::Migration),
            Box::new(m20261130_0073_export_jobs::Migration),
            Box::new(m20261130_0074_off_by_administrator::Migration),
        ]
    }
}

/// The schema could not be changed or read.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A newer program was here.
    #[error(
        "the database schema is newer than this program: it has migrations that this program does not know ({}); \
         install the newer version again, or undo them with it",
        .0.join(", ")
    )]
    Newer(Vec<String>),
    /// The role may use the database and not change its schema, as any role since Postgres 15 that does not own it.
    #[error(
        "the role in the database address may not make tables; make it the owner of the database \
         (ALTER DATABASE name OWNER TO role)"
    )]
    NotAllowed(#[source] DbErr),
    /// The database failed.
    #[error("the database failed while its schema was changed or read")]
    Database(#[source] DbErr),
}

impl From<DbErr> for MigrateError {
    fn from(error: DbErr) -> Self {
        let denied = match &error {
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => {
                error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "42501")
            }
            _ => false,
        };
        if denied { Self::NotAllowed(error) } else { Self::Database(error) }
    }
}

/// Applies every migration that is missing. Safe to call from several programs at once: the others wait.
pub async fn up(db: &DatabaseConnection) -> Result<(), MigrateError> {
    let locked = lock(db).await?;
    known(&locked).await?;
    Migrator::up(&locked, None).await?;
    Ok(locked.commit().await?)
}

/// Undoes the last `steps` migrations, with all data they hold.
pub async fn down(db: &DatabaseConnection, steps: u32) -> Result<(), MigrateError> {
    let locked = lock(db).await?;
    known(&locked).await?;
    Migrator::down(&locked, Some(steps)).await?;
    Ok(locked.commit().await?)
}

/// Every migration in order and whether it is applied. Changes nothing.
pub async fn status(db: &DatabaseConnection) -> Result<Vec<(String, bool)>, MigrateError> {
    let applied = known(db).await?;
    let all = Migrator::migrations();
    Ok(all.iter().map(|m| (m.name().to_owned(), applied.iter().any(|name| name == m.name()))).collect())
}

/// A transaction that no other migration runs beside. Its end, however it comes, gives the lock back.
async fn lock(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let immediate = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let transaction = db.begin_with_options(immediate).await?;
    if db.get_database_backend() == DbBackend::Postgres {
        // Waiting for another replica and rewriting a big table both take longer than a request may.
        transaction.execute_unprepared("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0").await?;
        transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    }
    Ok(transaction)
}

/// Names of the applied migrations, if this program knows them all.
async fn known<C: ConnectionTrait>(db: &C) -> Result<Vec<String>, MigrateError> {
    let engine = db.get_database_backend();
    let exists = match engine {
        DbBackend::Postgres => {
            "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'seaql_migrations'"
        }
        _ => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'",
    };
    if db.query_one_raw(Statement::from_string(engine, exists)).await?.is_none() {
        return Ok(Vec::new());
    }
    let all = Statement::from_string(engine, "SELECT version FROM seaql_migrations ORDER BY version");
    let rows = db.query_all_raw(all).await?;
    let applied = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<String>, _>>()?;
    let ours = Migrator::migrations();
    let foreign = |name: &&String| !ours.iter().any(|migration| migration.name() == name.as_str());
    let unknown: Vec<String> = applied.iter().filter(foreign).cloned().collect();
    if unknown.is_empty() { Ok(applied) } else { Err(MigrateError::Newer(unknown)) }
}
