//! `GET /api/v1/securities/{security_id}`: shows a security.

use actix_web::web::Data;
use dashtam_application::portfolio::{GetSecurity, Portfolio};
use dashtam_domain::id::SecurityId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, SecurityView},
};

endpoint!(GetSecurity);

/// Show a security.
#[utoipa::path(get, path = "/api/v1/securities/{security_id}", tag = "securities",
    params(("security_id" = views::Id, Path)),
    responses((status = OK, body = SecurityView), ThingProblems))]
async fn handle(call: CallFor<GetSecurity>, id: Id<SecurityId>, portfolio: Data<Portfolio>) -> Answered {
    let security = portfolio.security(&call, GetSecurity { security: id.0 }).await?;
    Ok(Answer::ok(&SecurityView::from(&security)))
}
