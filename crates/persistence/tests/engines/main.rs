//! What the ports do not show: the schema, what is really stored, and how failures of a database look.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a failure here is a failed test")]

mod audit_trail;
mod condition;
mod connections;
mod faults;
mod ledger;
mod listing;
mod live;
mod lost_servers;
mod migrations;
mod rows;
mod rows_read;
#[path = "../support/mod.rs"]
mod support;
mod unreadable;
mod whole_account;

use dashtam_domain::store::Storage;
use dashtam_persistence::Database;
use dashtam_testkit::builders::{self, at, day};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use support::{Guard, postgres, sqlite};

/// Both engines that can be had, migrated.
async fn both(test: &str) -> Vec<(Database, Guard)> {
    [Some(sqlite().await), postgres(test).await].into_iter().flatten().collect()
}

/// A connection past the ports.
async fn raw(guard: &Guard) -> DatabaseConnection {
    let url = match guard {
        Guard::File(_) => format!("sqlite://{}", guard.url()),
        Guard::Clone(_) => guard.url(),
    };
    sea_orm::Database::connect(url).await.unwrap()
}

/// The first column of every row, as text.
async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn count(db: &DatabaseConnection, table: &str) -> i64 {
    let statement =
        Statement::from_string(db.get_database_backend(), format!("SELECT COUNT(*) FROM {table}"));
    db.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// Something of every kind that belongs to a user.
async fn fill(storage: &Storage) -> dashtam_domain::identity::User {
    let user = builders::user();
    let session = builders::session(&user);
    let connection = builders::connection(user.id, "Mine");
    let account = builders::file_account(user.id, "1");
    let mut unit = storage.store.begin().await.unwrap();
    unit.users().insert_if_absent(&user).await.unwrap();
    unit.sessions().insert(&session).await.unwrap();
    unit.refresh_tokens().insert(&builders::generation(&session, 0)).await.unwrap();
    assert!(unit.one_time_tokens().issue(&builders::one_time_token(&user)).await.unwrap());
    unit.challenges().insert(&builders::challenge(&user)).await.unwrap();
    unit.connections().insert_if_absent(&connection).await.unwrap();
    unit.credentials().put(&mut builders::credentials(&connection)).await.unwrap();
    unit.authorizations().replace(&builders::pending_authorization(&connection)).await.unwrap();
    unit.sync_runs().insert_if_idle(&builders::sync_run(&connection, 0)).await.unwrap();
    unit.accounts().upsert(&account).await.unwrap();
    unit.transactions().insert(&[builders::transaction(&account, "a", day(1))]).await.unwrap();
    unit.holdings().replace(user.id, account.id, &[builders::holding(&account, "h")]).await.unwrap();
    unit.balances().record(&[builders::balance(&account, "1.00", 0)]).await.unwrap();
    unit.imports().insert(&builders::import(user.id)).await.unwrap();
    let event = dashtam_domain::event::DomainEvent::EmailVerified { user: user.id };
    unit.outbox().push(builders::outbox_id(), event, at(0)).await.unwrap();
    unit.commit().await.unwrap();
    user
}
