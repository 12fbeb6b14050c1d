//! What every store promises, by area. The macros that make tests of it are in the crate's root.

mod areas;
pub mod clock;
pub mod connections;
pub mod delivery;
pub mod identity;
pub mod ledger;
mod ledger_areas;
pub mod live;
pub mod races;
pub mod sealed;
pub mod unit_of_work;

use dashtam_domain::{
    connections::Connection,
    id::UserId,
    identity::User,
    ledger::{Account, AccountSource, Transaction},
    store::{Inserted, Storage, UnitOfWork},
};

use crate::builders;

/// Opens a unit of work.
pub async fn begin(storage: &Storage) -> Box<dyn UnitOfWork> {
    storage.store.begin().await.unwrap()
}

/// A user that is stored.
async fn stored_user(storage: &Storage) -> User {
    let user = builders::user();
    let mut unit = begin(storage).await;
    assert_eq!(unit.users().insert_if_absent(&user).await.unwrap(), Inserted::New);
    unit.commit().await.unwrap();
    user
}

/// A connection of this user that is stored.
async fn stored_connection(storage: &Storage, owner: UserId, alias: &str) -> Connection {
    let connection = builders::connection(owner, alias);
    let mut unit = begin(storage).await;
    assert_eq!(unit.connections().insert_if_absent(&connection).await.unwrap(), Inserted::New);
    unit.commit().await.unwrap();
    connection
}

/// An account of this user that is stored.
async fn stored_account(storage: &Storage, owner: UserId, number: &str) -> Account {
    store_account(storage, builders::file_account(owner, number)).await
}

/// An account of this connection that is stored.
async fn connected_account(storage: &Storage, connection: &Connection, external_id: &str) -> Account {
    let source = AccountSource::Connection(connection.id);
    store_account(storage, builders::account(connection.owner, source, external_id)).await
}

async fn store_account(storage: &Storage, account: Account) -> Account {
    let mut unit = begin(storage).await;
    assert_eq!(unit.accounts().upsert(&account).await.unwrap(), account.id);
    unit.commit().await.unwrap();
    account
}

/// Stores transactions; how many were new.
async fn store(storage: &Storage, transactions: &[Transaction]) -> u64 {
    let mut unit = begin(storage).await;
    let added = unit.transactions().insert(transactions).await.unwrap();
    unit.commit().await.unwrap();
    added
}
