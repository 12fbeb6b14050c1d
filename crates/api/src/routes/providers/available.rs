//! `GET /api/v1/providers/available`: every institution of this installation.

use actix_web::web::Data;
use dashtam_application::connections::Connections;

use super::catalogue;
use crate::{answer::Answer, endpoint::endpoint, extract::Limited, views::ProviderTypeView};

endpoint!(public "connections.available", limits: [PublicRead]);

/// Every institution of this installation.
#[utoipa::path(get, path = "/api/v1/providers/available", tag = "providers",
    responses((status = OK, body = Vec<ProviderTypeView>)))]
async fn handle(_: Limited, connections: Data<Connections>) -> Answer {
    catalogue(&connections.available())
}
