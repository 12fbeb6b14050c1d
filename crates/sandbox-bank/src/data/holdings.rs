//! What a brokerage account holds.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use serde::Serialize;

use super::{DataError, account, answer, enter, instant};
use crate::{bank::Bank, grants::Scope};

#[derive(Serialize)]
struct Holdings {
    holdings: Vec<HoldingView>,
}

#[derive(Serialize)]
struct HoldingView {
    symbol: &'static str,
    isin: &'static str,
    name: &'static str,
    asset_type: &'static str,
    quantity: String,
    price: String,
    market_value: String,
    cost_basis: String,
    currency: &'static str,
    as_of: String,
}

/// Answers `GET /v1/accounts/{id}/holdings`. The list is empty for accounts that hold no securities.
pub(crate) async fn list(request: HttpRequest, bank: Data<Bank>) -> HttpResponse {
    answer(read(&request, &bank).await)
}

async fn read(request: &HttpRequest, bank: &Bank) -> Result<Holdings, DataError> {
    let (_, world) = enter(request, bank, Scope::Holdings).await?;
    let account = account(request, &world)?;
    let holdings = account.holdings.iter().map(|holding| HoldingView {
        symbol: holding.symbol,
        isin: holding.isin,
        name: holding.name,
        asset_type: holding.asset_type.as_str(),
        quantity: holding.quantity.to_string(),
        price: holding.price.to_string(),
        market_value: holding.market_value.to_string(),
        cost_basis: holding.cost_basis.to_string(),
        currency: account.currency,
        as_of: instant(world.as_of()),
    });
    Ok(Holdings { holdings: holdings.collect() })
}
