//! `GET /api/v1/providers/available` and `GET /api/v1/providers/configured`

use actix_web::web::Data;
use dashtam_application::connections::Connections;
use dashtam_domain::connections::ProviderDescriptor;

use crate::{answer::Answer, extract::Limited, views::ProviderTypeView};

fn present(descriptors: &[ProviderDescriptor]) -> Answer {
    Answer::ok(&descriptors.iter().map(ProviderTypeView::from).collect::<Vec<_>>())
}

/// Every institution of this installation.
#[utoipa::path(get, path = "/api/v1/providers/available", tag = "providers",
    operation_id = "connections.available", security(()),
    responses((status = OK, body = Vec<ProviderTypeView>)))]
pub(crate) async fn available(_: Limited, connections: Data<Connections>) -> Answer {
    present(&connections.available())
}

/// The institutions that are set up.
#[utoipa::path(get, path = "/api/v1/providers/configured", tag = "providers",
    operation_id = "connections.configured", security(()),
    responses((status = OK, body = Vec<ProviderTypeView>)))]
pub(crate) async fn configured(_: Limited, connections: Data<Connections>) -> Answer {
    present(&connections.configured())
}
