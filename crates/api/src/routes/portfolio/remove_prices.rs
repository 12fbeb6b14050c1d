//! `DELETE /api/v1/portfolio/prices`: removes prices of a person's own.

use actix_web::web::Data;
use dashtam_application::portfolio::{Portfolio, RemovePrices};

use super::{price_source, security};
use crate::{openapi::ListProblems, prelude::*, views::PricesRemovedView};

endpoint!(RemovePrices, limits: [Import]);

/// Which prices.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `RemovalQuery`")]
struct RemovalParams {
    /// Those of this series.
    #[param(min_length = 1, max_length = 64, pattern = r"^[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    source: String,
    /// Only of this security.
    #[param(value_type = Option<String>, format = Uuid)]
    security_id: Option<String>,
}

/// The prices that shall go; `None` where no series is named.
struct RemovalQuery(Option<RemovePrices>);

impl FromParams for RemovalQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let source = price_source(params);
        if !params.has("source") {
            params.refuse("source", "missing", "Say which series shall go.");
        }
        let security = security(params);
        Self(source.map(|source| RemovePrices { source, security }))
    }
}

/// Remove the prices of a series, of one security or of all.
///
/// The securities stay. A series that is not there has no prices, so that none are removed.
#[utoipa::path(delete, path = "/api/v1/portfolio/prices", tag = "securities", params(RemovalParams),
    responses((status = OK, body = PricesRemovedView), ListProblems))]
async fn handle(
    call: CallFor<RemovePrices>,
    query: Query<RemovalQuery>,
    portfolio: Data<Portfolio>,
) -> Answered {
    let missing = || Problem::field("source", "missing", "Say which series shall go.");
    let removed = portfolio.remove_prices(&call, query.0.0.ok_or_else(missing)?).await?;
    Ok(Answer::ok(&PricesRemovedView { removed }))
}
