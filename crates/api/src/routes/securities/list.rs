//! `GET /api/v1/securities`: lists the securities that sources tell of.

use actix_web::web::Data;
use dashtam_application::portfolio::{ListSecurities, Portfolio};
use dashtam_domain::id::SecurityId;

use crate::{
    answer,
    openapi::{ListProblems, PageParams},
    prelude::*,
    views::SecurityView,
};

endpoint!(ListSecurities);

/// List the securities that your institutions and files tell of, in the order in which they were first told.
///
/// The same security of several sources is one: it is known by its number (ISIN, CUSIP, FIGI), else by the source's own id,
/// else by its symbol and exchange, or currency where no exchange is told.
#[utoipa::path(get, path = "/api/v1/securities", tag = "securities", params(PageParams),
    responses((status = OK, body = List<SecurityView>), ListProblems))]
async fn handle(
    call: CallFor<ListSecurities>,
    query: Query<Listing<SecurityId>>,
    portfolio: Data<Portfolio>,
) -> Answered {
    let Listing { after, limit } = query.0;
    let page = portfolio.securities(&call, ListSecurities { after, limit }).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), SecurityView::SIZE, SecurityView::from))
}
