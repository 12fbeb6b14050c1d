//! `GET /api/v1/portfolio/prices`: lists prices of a person's own.

use actix_web::web::Data;
use dashtam_application::portfolio::{ListPrices, Portfolio};

use super::security;
use crate::{answer, openapi::ListProblems, prelude::*, views::SecurityPriceView};

endpoint!(ListPrices);

/// Which prices.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `PricesQuery`")]
struct PricesParams {
    /// Only of this security.
    #[param(value_type = Option<String>, format = Uuid)]
    security_id: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before; an empty one is the first page.
    cursor: Option<String>,
}

/// The prices that are asked for.
struct PricesQuery(ListPrices);

impl FromParams for PricesQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let security = security(params);
        Self(ListPrices { security, after: params.cursor(), limit: params.limit() })
    }
}

/// List the prices that your files told, by security, day and series.
///
/// Prices that institutions tell stand with what is held; see `GET /accounts/{account_id}/holdings/history`.
#[utoipa::path(get, path = "/api/v1/portfolio/prices", tag = "securities", params(PricesParams),
    responses((status = OK, body = List<SecurityPriceView>), ListProblems))]
async fn handle(
    call: CallFor<ListPrices>,
    query: Query<PricesQuery>,
    portfolio: Data<Portfolio>,
) -> Answered {
    let page = portfolio.prices(&call, query.0.0).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), SecurityPriceView::SIZE, SecurityPriceView::from))
}
