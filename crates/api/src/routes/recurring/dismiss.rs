//! `POST /api/v1/recurring/{stream_id}/dismiss`: says that a recurring stream is none.

use actix_web::web::Data;
use dashtam_application::recurring::{DismissStream, Recurring};
use dashtam_domain::id::StreamId;

use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, RecurringView},
};

endpoint!(DismissStream, limits: [Correction]);

/// Say that a recurring stream is none.
///
/// Lists leave it out from now on, unless they are asked for `dismissed=with`. Confirm it to have it back.
#[utoipa::path(post, path = "/api/v1/recurring/{stream_id}/dismiss", tag = "recurring",
    params(("stream_id" = views::Id, Path)),
    responses((status = OK, body = RecurringView), ChangeProblems))]
async fn handle(asked: Asked<DismissStream, ()>, id: Id<StreamId>, recurring: Data<Recurring>) -> Answered {
    let (call, ()) = asked.into_parts();
    let stream = recurring.dismiss(&call, DismissStream { stream: id.0 }).await?;
    Ok(Answer::ok(&RecurringView::from(&stream)))
}
