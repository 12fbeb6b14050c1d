//! `GET /health/live`: whether the program runs.

use actix_web::web::Data;

use crate::{answer::Answer, endpoint::endpoint, extract::Plain, options::ApiOptions, views::Live};

endpoint!(public "system.live", limits: []);

/// The program runs; nothing else is looked at.
#[utoipa::path(get, path = "/health/live", tag = "system", responses((status = OK, body = Live)))]
async fn handle(_: Plain, options: Data<ApiOptions>) -> Answer {
    Answer::ok(&Live { status: "healthy", version: &options.version })
}
