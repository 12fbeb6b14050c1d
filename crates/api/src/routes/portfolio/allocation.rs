//! `GET /api/v1/portfolio/allocation`: shows of what a portfolio is made.

use actix_web::web::Data;
use dashtam_application::portfolio::{Portfolio, ShowAllocation};
use dashtam_domain::ledger::portfolio::AllocationBy;

use crate::{answer, cursor::Ordinal, openapi::ListProblems, prelude::*, views::AllocatedView};

endpoint!(ShowAllocation, limits: [Report]);

/// By what it is taken apart.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `AllocationQuery`")]
struct AllocationParams {
    /// `class` (the default), `security`, `currency` or `account`.
    #[param(pattern = "^(class|security|currency|account)$")]
    by: Option<String>,
}

/// The allocation that is asked for.
struct AllocationQuery(ShowAllocation);

impl FromParams for AllocationQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let by = "This parameter must be class, security, currency or account.";
        Self(ShowAllocation { by: params.read("by", "unknown", by, AllocationBy::parse).unwrap_or_default() })
    }
}

/// Show what your positions are worth by one of their sides, the largest part of each currency first.
///
/// They are the positions that institutions last told. Cash is none of them, and currencies are added up apart. What has a target
/// (`PUT /portfolio/targets`) says how far it is from that, also where nothing of it is held.
#[utoipa::path(get, path = "/api/v1/portfolio/allocation", tag = "securities", params(AllocationParams),
    responses((status = OK, body = List<AllocatedView>), ListProblems))]
async fn handle(
    call: CallFor<ShowAllocation>,
    query: Query<AllocationQuery>,
    portfolio: Data<Portfolio>,
) -> Answered {
    let parts = portfolio.allocation(&call, query.0.0).await?;
    Ok(answer::list(&parts, None::<&Ordinal>, AllocatedView::SIZE, AllocatedView::from))
}
