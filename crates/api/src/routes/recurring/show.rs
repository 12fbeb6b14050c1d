//! `GET /api/v1/recurring/{stream_id}`: shows a recurring stream.

use actix_web::web::Data;
use dashtam_application::recurring::{GetStream, Recurring};
use dashtam_domain::id::StreamId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, RecurringDetailView},
};

endpoint!(GetStream, limits: [Report]);

/// Show a recurring stream with its transactions, the latest 500 of them, the latest first.
#[utoipa::path(get, path = "/api/v1/recurring/{stream_id}", tag = "recurring",
    params(("stream_id" = views::Id, Path)),
    responses((status = OK, body = RecurringDetailView), ThingProblems))]
async fn handle(call: CallFor<GetStream>, id: Id<StreamId>, recurring: Data<Recurring>) -> Answered {
    let (stream, transactions) = recurring.get(&call, GetStream { stream: id.0 }).await?;
    Ok(Answer::ok(&RecurringDetailView::new(&stream, &transactions)))
}
