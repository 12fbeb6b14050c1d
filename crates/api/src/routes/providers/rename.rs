//! `PATCH /api/v1/providers/{provider_id}`

use actix_web::web::Data;
use dashtam_application::{
    Request,
    connections::{Connections, RenameConnection},
};
use dashtam_domain::{connections::Alias, id::ConnectionId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::alias_code;
use crate::{
    answer::Answer,
    extract::{Asked, Checks, Id, Json, Text},
    openapi::ChangeProblems,
    problem::Problem,
    routes::Answered,
    views::{self, ProviderView},
};

/// A new name.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RenameProviderBody {
    #[serde(default)]
    #[schema(value_type = String, required, min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    alias: Text,
}

impl RenameProviderBody {
    fn parse(self) -> Result<Alias, Problem> {
        let mut checks = Checks::default();
        checks.parse("alias", self.alias, alias_code).ok_or_else(|| checks.into_problem())
    }
}

/// Give a provider instance another name.
#[utoipa::path(patch, path = "/api/v1/providers/{provider_id}", tag = "providers",
    operation_id = RenameConnection::NAME, params(("provider_id" = views::Id, Path)),
    request_body = RenameProviderBody, responses((status = OK, body = ProviderView), ChangeProblems))]
pub(crate) async fn rename(
    asked: Asked<RenameConnection, Json<RenameProviderBody>>,
    id: Id<ConnectionId>,
    connections: Data<Connections>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let request = RenameConnection { connection: id.0, alias: body.parse()? };
    Ok(Answer::ok(&ProviderView::new(&connections.rename(&call, request).await?, call.now)))
}
