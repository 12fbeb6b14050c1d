//! `GET /api/v1/admin/health`: shows how all is that the server needs.

use actix_web::web::Data;
use dashtam_application::upkeep::{ShowHealth, Upkeep};

use crate::{openapi::AdminUserProblems, prelude::*, views::FindingsView};

endpoint!(ShowHealth, limits: [Administration]);

/// Show how all is that the server needs: its disk, its keys, its database, the mail server, the institutions. For
/// administrators.
///
/// It takes up to ten seconds where something outside does not answer. What has to read the whole database is looked at by
/// the command `dashtam doctor` alone.
#[utoipa::path(get, path = "/api/v1/admin/health", tag = "administration",
    responses((status = OK, body = FindingsView), AdminUserProblems))]
async fn handle(call: CallFor<ShowHealth>, upkeep: Data<Upkeep>) -> Answered {
    let findings = upkeep.show_health(&call, ShowHealth).await?;
    Ok(Answer::ok(&FindingsView::of(&findings)))
}
