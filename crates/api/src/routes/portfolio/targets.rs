//! `GET /api/v1/portfolio/targets`: lists what parts a portfolio shall be made of.

use actix_web::web::Data;
use dashtam_application::portfolio::{ListTargets, Portfolio};

use crate::{answer, cursor::Ordinal, openapi::ListProblems, prelude::*, views::TargetView};

endpoint!(ListTargets, limits: [Default]);

/// List what parts your portfolio shall be made of, in the order in which they were set.
#[utoipa::path(get, path = "/api/v1/portfolio/targets", tag = "securities",
    responses((status = OK, body = List<TargetView>), ListProblems))]
async fn handle(call: CallFor<ListTargets>, portfolio: Data<Portfolio>) -> Answered {
    let targets = portfolio.targets(&call, ListTargets).await?;
    Ok(answer::list(targets.as_slice(), None::<&Ordinal>, TargetView::SIZE, TargetView::from))
}
