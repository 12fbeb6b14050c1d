//! `GET /api/v1/portfolio/closings/{transaction_id}/lots`: shows the lots that a sale takes.

use actix_web::web::Data;
use dashtam_application::portfolio::{Portfolio, ShowSaleLots};
use dashtam_domain::id::TransactionId;

use super::{numbered, place};
use crate::{
    answer::cut,
    cursor::{self, SaleLotPlace},
    openapi::{PageParams, ThingProblems},
    prelude::*,
    views::{self, SaleLotsView},
};

endpoint!(ShowSaleLots, limits: [Report]);

/// Show the lots that a sale takes, and those that it could take.
///
/// They are those that there are of its security in its account before it, page by page; what is said of the sale is the same on
/// each. A purchase that ends a short position is a sale here; what ends nothing is none (404), and so is a transaction that moves
/// several securities.
#[utoipa::path(get, path = "/api/v1/portfolio/closings/{transaction_id}/lots", tag = "securities",
    params(("transaction_id" = views::Id, Path), PageParams),
    responses((status = OK, body = SaleLotsView), ThingProblems))]
async fn handle(
    call: CallFor<ShowSaleLots>,
    id: Id<TransactionId>,
    listing: Query<Listing<SaleLotPlace>>,
    portfolio: Data<Portfolio>,
) -> Answered {
    let mut found = portfolio.sale_lots(&call, ShowSaleLots { transaction: id.0 }).await?;
    let lots = numbered(std::mem::take(&mut found.lots));
    let (page, next) = cut(&lots, &listing.0, place);
    let lots = page.iter().map(|(_, of)| of);
    Ok(Answer::ok(&SaleLotsView::new(&found, lots, next.as_ref().map(cursor::encode))))
}
