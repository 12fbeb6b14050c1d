//! `POST /api/v1/auth/{provider_id}/link`: links a provider instance by secrets.

use std::collections::BTreeMap;

use actix_web::web::Data;
use dashtam_application::authorization::{Authorization, LinkWithSecret};
use dashtam_domain::{fault::FieldError, id::ConnectionId, secret::SecretText};

use crate::{
    openapi::InstitutionProblems,
    prelude::*,
    views::{self, LinkedView},
};

endpoint!(LinkWithSecret, limits: [Authorize]);

/// The texts of a body; anything else is named. What is absent the provider asks for.
fn secrets(body: BTreeMap<String, Text>) -> Result<BTreeMap<String, SecretText>, Problem> {
    let mut secrets = BTreeMap::new();
    let mut wrong = Vec::new();
    for (name, value) in body {
        match value {
            Text::Given(value) => {
                secrets.insert(name, SecretText::new(value));
            }
            Text::Wrong => wrong.push(FieldError::new(name, "wrong_type", "This field must be a string.")),
            Text::Missing => {}
        }
    }
    if wrong.is_empty() { Ok(secrets) } else { Err(Problem::invalid(wrong)) }
}

/// Link a provider instance by secrets instead of a redirect, e.g. `{"setup_token": "…"}`.
#[utoipa::path(post, path = "/api/v1/auth/{provider_id}/link", tag = "authorization",
    params(("provider_id" = views::Id, Path)), request_body = BTreeMap<String, String>,
    responses((status = OK, body = LinkedView), InstitutionProblems))]
async fn handle(
    asked: Asked<LinkWithSecret, Json<BTreeMap<String, Text>>>,
    id: Id<ConnectionId>,
    authorization: Data<Authorization>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let request = LinkWithSecret { connection: id.0, secrets: secrets(body)? };
    let linked = authorization.link_with_secret(&call, request).await?;
    Ok(Answer::ok(&LinkedView::new(&linked, call.now)))
}
