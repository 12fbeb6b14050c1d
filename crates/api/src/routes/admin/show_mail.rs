//! `GET /api/v1/admin/mails/{mail_id}`: shows a mail that was given up.

use actix_web::web::Data;
use dashtam_application::delivery::{Delivery, GetDeadLetter};
use dashtam_domain::id::OutboxId;

use crate::{
    openapi::AdminUserProblems,
    prelude::*,
    views::{self, DeadMailView},
};

endpoint!(GetDeadLetter);

/// Show a mail that was given up. For administrators.
#[utoipa::path(get, path = "/api/v1/admin/mails/{mail_id}", tag = "administration",
    params(("mail_id" = views::Id, Path)), responses((status = OK, body = DeadMailView), AdminUserProblems))]
async fn handle(call: CallFor<GetDeadLetter>, id: Id<OutboxId>, delivery: Data<Delivery>) -> Answered {
    let letter = delivery.dead_letter(&call, GetDeadLetter { id: id.0 }).await?;
    Ok(Answer::ok(&DeadMailView::from(&letter)))
}
