//! `PATCH /api/v1/providers/{provider_id}`: changes a provider instance.

use actix_web::web::Data;
use dashtam_application::connections::{ConnectionChange, Connections, UpdateConnection};
use dashtam_domain::{id::ConnectionId, text::NameError};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, ProviderView},
};

endpoint!(UpdateConnection, limits: [ProviderChange]);

/// What shall be different; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
struct UpdateProviderBody {
    /// Your own name for it.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    alias: Text,
    /// A JSON Merge Patch (RFC 7396) for what you noted of it; null removes all of it. At most 4000 characters as JSON;
    /// names that begin with `_` are left out.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Field,
    /// Switched on or off. While it is off, nothing is synchronised and no tokens are refreshed; a synchronisation that
    /// waits or is under way is stopped. What was stored stays.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    is_active: Field,
    /// Planned minutes between synchronisations, within what the institution takes.
    #[serde(default)]
    #[schema(value_type = i32, required = false, minimum = 1, maximum = 525600)]
    sync_frequency_minutes: Field,
}

impl UpdateProviderBody {
    fn parse(self) -> Result<ConnectionChange, Problem> {
        let mut checks = Checks::default();
        let alias = match self.alias {
            Text::Missing => None,
            alias => checks.parse("alias", alias, NameError::code),
        };
        let change = ConnectionChange {
            alias,
            metadata: checks.clearable_object("metadata", self.metadata),
            is_active: checks.given_flag("is_active", &self.is_active),
            sync_frequency_minutes: checks.given_number(
                "sync_frequency_minutes",
                &self.sync_frequency_minutes,
                1..=525_600,
            ),
        };
        checks.finish()?;
        Ok(change)
    }
}

/// Change a provider instance: its name, metadata, frequency, and whether it is switched on.
#[utoipa::path(patch, path = "/api/v1/providers/{provider_id}", tag = "providers",
    params(("provider_id" = views::Id, Path)), request_body = UpdateProviderBody,
    responses((status = OK, body = ProviderView), ChangeProblems))]
async fn handle(
    asked: Asked<UpdateConnection, Json<UpdateProviderBody>>,
    id: Id<ConnectionId>,
    connections: Data<Connections>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let request = UpdateConnection { connection: id.0, change: body.parse()? };
    Ok(Answer::ok(&ProviderView::new(&connections.update(&call, request).await?, call.now)))
}
