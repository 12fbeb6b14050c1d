//! `POST /api/v1/admin/mails/{mail_id}/retry`: sends a mail again that was given up.

use actix_web::web::Data;
use dashtam_application::delivery::{Delivery, RetryDeadLetter};
use dashtam_domain::id::OutboxId;

use crate::{
    openapi::AdminUserProblems,
    prelude::*,
    views::{self, Message},
};

endpoint!(RetryDeadLetter, limits: [Administration]);

/// Send a mail again that was given up. For administrators.
///
/// It is due at once, and tried as often as before; it is given up again when it is refused for good once more.
#[utoipa::path(post, path = "/api/v1/admin/mails/{mail_id}/retry", tag = "administration",
    params(("mail_id" = views::Id, Path)), responses((status = OK, body = Message), AdminUserProblems))]
async fn handle(call: CallFor<RetryDeadLetter>, id: Id<OutboxId>, delivery: Data<Delivery>) -> Answered {
    delivery.retry_dead_letter(&call, RetryDeadLetter { id: id.0 }).await?;
    Ok(Answer::ok(&Message { message: "The mail is sent again." }))
}
