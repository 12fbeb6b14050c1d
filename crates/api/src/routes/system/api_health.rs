//! `GET /api/v1/health`: health under the prefix of the API.

use actix_web::web::Data;

use super::examine;
use crate::{answer::Answer, endpoint::endpoint, extract::Plain, options::ApiOptions, views::Health};

endpoint!(public "system.api_health", limits: []);

/// As `/health`, under the prefix of the API.
#[utoipa::path(get, path = "/api/v1/health", tag = "system",
    responses((status = OK, body = Health), (status = SERVICE_UNAVAILABLE, body = Health)))]
async fn handle(_: Plain, options: Data<ApiOptions>) -> Answer {
    examine(&options).await
}
