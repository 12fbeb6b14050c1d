//! `GET /health`: whether the program can do its work.

use actix_web::web::Data;

use super::examine;
use crate::{answer::Answer, endpoint::endpoint, extract::Plain, options::ApiOptions, views::Health};

endpoint!(public "system.health", limits: []);

/// Whether the program can do its work: the database answers, and takes what is to be stored.
#[utoipa::path(get, path = "/health", tag = "system",
    responses((status = OK, body = Health), (status = SERVICE_UNAVAILABLE, body = Health)))]
async fn handle(_: Plain, options: Data<ApiOptions>) -> Answer {
    examine(&options).await
}
