//! Statement files through the API.

mod cases;
mod figures;
mod numbers;
mod overlap;
mod reconcile;
mod refusals;
mod samples;
mod tables;
mod undo;

use dashtam_tests::User;
use serde_json::Value;

/// What a user has of the ledger: accounts and rows.
pub(crate) async fn ledger(user: &User) -> (Vec<Value>, Vec<Value>) {
    (user.api.all("/api/v1/accounts").await, user.api.all("/api/v1/transactions").await)
}
