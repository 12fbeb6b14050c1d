//! `POST /api/v1/providers/create`: makes a provider instance.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::connections::{Connections, CreateConnection};
use dashtam_domain::{connections::ConnectionOverview, text::NameError};
use serde::Deserialize;
use utoipa::ToSchema;

use super::location;
use crate::{
    openapi::{ChangeProblems, IdempotencyHeader},
    prelude::*,
    views::ProviderView,
};

endpoint!(CreateConnection, limits: [Providers]);

/// A provider instance wanted.
#[derive(Deserialize, ToSchema)]
struct CreateProviderBody {
    /// Key of the provider in the catalogue.
    #[serde(default)]
    #[schema(value_type = String, required, min_length = 1, max_length = 50)]
    provider_key: Text,
    /// Your own name for it.
    #[serde(default)]
    #[schema(value_type = String, required, min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    alias: Text,
}

impl CreateProviderBody {
    fn parse(self) -> Result<CreateConnection, Problem> {
        let mut checks = Checks::default();
        let provider_key = checks.text("provider_key", self.provider_key).filter(|key| {
            let fits = (1..=50).contains(&key.chars().count());
            if !fits {
                checks.broken("provider_key", "length", "This field must be 1 to 50 characters long.");
            }
            fits
        });
        let alias = checks.parse("alias", self.alias, NameError::code);
        match (provider_key, alias) {
            (Some(provider_key), Some(alias)) => Ok(CreateConnection { provider_key, alias }),
            _ => Err(checks.into_problem()),
        }
    }
}

fn present(overview: &ConnectionOverview) -> Answer {
    let view = ProviderView::new(overview, overview.connection.created_at);
    Answer::new(StatusCode::CREATED, &view).at(location(overview.connection.id))
}

/// Make a provider instance that waits to be linked.
#[utoipa::path(post, path = "/api/v1/providers/create", tag = "providers", params(IdempotencyHeader),
    request_body = CreateProviderBody,
    responses((status = CREATED, body = ProviderView, headers(("Location" = String))), ChangeProblems))]
async fn handle(
    asked: Asked<CreateConnection, Json<CreateProviderBody>>,
    connections: Data<Connections>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    Ok(present(&connections.create(&call, body.parse()?, |made| present(made).to_stored()).await?))
}
