//! The list of accounts with their balances.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use rust_decimal::Decimal;
use serde::Serialize;

use super::{DataError, answer, enter, instant, touched};
use crate::{
    bank::Bank,
    faults::Lever,
    grants::Scope,
    world::{Account, AccountKind, World},
};

#[derive(Serialize)]
struct Accounts {
    accounts: Vec<AccountView>,
}

#[derive(Serialize)]
struct AccountView {
    id: String,
    name: &'static str,
    r#type: &'static str,
    number_masked: String,
    currency: &'static str,
    /// Null for an account that is no credit card.
    credit_limit: Option<String>,
    /// Interest for a year on what is owed, in percent.
    interest_rate: Option<&'static str>,
    balances: Balances,
}

#[derive(Serialize)]
struct Balances {
    current: String,
    available: Option<String>,
    as_of: String,
}

/// Answers `GET /v1/accounts`.
pub(crate) async fn list(request: HttpRequest, bank: Data<Bank>) -> HttpResponse {
    answer(read(&request, &bank).await)
}

async fn read(request: &HttpRequest, bank: &Bank) -> Result<Accounts, DataError> {
    let (visit, world) = enter(request, bank, Scope::Accounts).await?;
    // A row that is gone leaves the balance too.
    let gone = visit.history.saw_removed && visit.customer.levers.has(Lever::RemovedRow);
    let removed = world.touched_by(Lever::RemovedRow, visit.linked_on).filter(|_| gone);
    let removed = removed.map_or(Decimal::ZERO, |row| row.amount);
    let view = |account: &Account| {
        let removed = if account.kind == AccountKind::Checking { removed } else { Decimal::ZERO };
        show(&touched::balanced(&visit, &world, account), removed, &world)
    };
    Ok(Accounts { accounts: world.accounts.iter().map(view).collect() })
}

fn show(account: &Account, removed: Decimal, world: &World) -> AccountView {
    AccountView {
        id: account.id.clone(),
        name: account.name,
        r#type: account.kind.as_str(),
        number_masked: account.number_masked.clone(),
        currency: account.currency,
        credit_limit: account.credit_limit.map(|limit| limit.to_string()),
        interest_rate: account.interest_rate,
        balances: Balances {
            current: (account.current_balance() - removed).to_string(),
            available: account.available_balance().map(|available| (available - removed).to_string()),
            as_of: instant(world.as_of()),
        },
    }
}
