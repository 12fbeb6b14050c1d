//! `GET /api/v1/providers/configured`: the institutions that are set up.

use actix_web::web::Data;
use dashtam_application::connections::Connections;

use super::catalogue;
use crate::{answer::Answer, endpoint::endpoint, extract::Limited, views::ProviderTypeView};

endpoint!(public "connections.configured", limits: [PublicRead]);

/// The institutions that are set up.
#[utoipa::path(get, path = "/api/v1/providers/configured", tag = "providers",
    responses((status = OK, body = Vec<ProviderTypeView>)))]
async fn handle(_: Limited, connections: Data<Connections>) -> Answer {
    catalogue(&connections.configured())
}
