//! `DELETE /api/v1/admin/mails/{mail_id}`: removes a mail that was given up.

use actix_web::web::Data;
use dashtam_application::delivery::{Delivery, DropDeadLetter};
use dashtam_domain::id::OutboxId;

use crate::{
    openapi::AdminUserProblems,
    prelude::*,
    views::{self, Message},
};

endpoint!(DropDeadLetter, limits: [Administration]);

/// Remove a mail that was given up: it is never sent. For administrators.
#[utoipa::path(delete, path = "/api/v1/admin/mails/{mail_id}", tag = "administration",
    params(("mail_id" = views::Id, Path)), responses((status = OK, body = Message), AdminUserProblems))]
async fn handle(call: CallFor<DropDeadLetter>, id: Id<OutboxId>, delivery: Data<Delivery>) -> Answered {
    delivery.drop_dead_letter(&call, DropDeadLetter { id: id.0 }).await?;
    Ok(Answer::ok(&Message { message: "The mail was removed." }))
}
