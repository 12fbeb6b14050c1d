//! `POST /api/v1/recurring/{stream_id}/confirm`: says that a recurring stream is one.

use actix_web::web::Data;
use dashtam_application::recurring::{ConfirmStream, Recurring};
use dashtam_domain::id::StreamId;

use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, RecurringView},
};

endpoint!(ConfirmStream, limits: [Correction]);

/// Say that a recurring stream is one.
#[utoipa::path(post, path = "/api/v1/recurring/{stream_id}/confirm", tag = "recurring",
    params(("stream_id" = views::Id, Path)),
    responses((status = OK, body = RecurringView), ChangeProblems))]
async fn handle(asked: Asked<ConfirmStream, ()>, id: Id<StreamId>, recurring: Data<Recurring>) -> Answered {
    let (call, ()) = asked.into_parts();
    let stream = recurring.confirm(&call, ConfirmStream { stream: id.0 }).await?;
    Ok(Answer::ok(&RecurringView::from(&stream)))
}
