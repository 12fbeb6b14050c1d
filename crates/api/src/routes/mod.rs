//! Every endpoint of the API: a folder for each sort of thing, and in it a file for each endpoint.

mod account;
mod accounts;
mod admin;
mod api_keys;
mod authorization;
mod categories;
mod changes;
mod events;
mod exports;
mod flows;
mod imports;
mod mailed;
mod merchants;
mod notifications;
#[cfg(test)]
mod outline_tests;
mod pair;
mod password_resets;
mod portfolio;
mod providers;
mod reconciliations;
mod recurring;
mod registration;
mod rules;
mod second_factor;
mod securities;
mod sessions;
mod sign_in;
mod syncs;
mod system;
mod tags;
#[cfg(test)]
mod tests;
mod token_rotation;
mod transactions;
mod transfers;
mod views;
mod webhooks;
mod worth;

use std::sync::LazyLock;

use actix_web::web::ServiceConfig;
use utoipa::openapi::OpenApi;

use crate::endpoint::{Endpoint, Table};

pub(crate) use authorization::Callback;
pub use exports::ExportWriters;
pub(crate) use imports::{FILE_LIMIT, PART as FILE_PART, read as read_part, refuse as refuse_part};
pub(crate) use sign_in::{cookies_of, mark};

/// The folders, each with its endpoints.
const FOLDERS: &[&[Endpoint]] = &[
    system::ENDPOINTS,
    registration::ENDPOINTS,
    sign_in::ENDPOINTS,
    sessions::ENDPOINTS,
    account::ENDPOINTS,
    second_factor::ENDPOINTS,
    api_keys::ENDPOINTS,
    password_resets::ENDPOINTS,
    providers::ENDPOINTS,
    syncs::ENDPOINTS,
    authorization::ENDPOINTS,
    accounts::ENDPOINTS,
    transactions::ENDPOINTS,
    categories::ENDPOINTS,
    rules::ENDPOINTS,
    merchants::ENDPOINTS,
    flows::ENDPOINTS,
    worth::ENDPOINTS,
    tags::ENDPOINTS,
    views::ENDPOINTS,
    exports::ENDPOINTS,
    securities::ENDPOINTS,
    portfolio::ENDPOINTS,
    changes::ENDPOINTS,
    events::ENDPOINTS,
    reconciliations::ENDPOINTS,
    transfers::ENDPOINTS,
    recurring::ENDPOINTS,
    imports::ENDPOINTS,
    webhooks::ENDPOINTS,
    notifications::ENDPOINTS,
    token_rotation::ENDPOINTS,
    admin::ENDPOINTS,
];

fn endpoints() -> impl Iterator<Item = &'static Endpoint> + Clone {
    FOLDERS.iter().copied().flatten()
}

/// The table of routes, made once per process.
fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::of(endpoints()));
    &TABLE
}

/// Registers every endpoint.
pub(crate) fn configure(config: &mut ServiceConfig) {
    table().configure(config);
}

/// The OpenAPI document of the API.
pub fn openapi() -> OpenApi {
    crate::openapi::document(endpoints())
}
