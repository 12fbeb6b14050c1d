//! `GET /health/ready`: whether requests should be sent here.

use actix_web::web::Data;

use super::examine;
use crate::{answer::Answer, endpoint::endpoint, extract::Plain, options::ApiOptions, views::Health};

endpoint!(public "system.ready", limits: []);

/// Whether requests should be sent here: as `/health`.
#[utoipa::path(get, path = "/health/ready", tag = "system",
    responses((status = OK, body = Health), (status = SERVICE_UNAVAILABLE, body = Health)))]
async fn handle(_: Plain, options: Data<ApiOptions>) -> Answer {
    examine(&options).await
}
