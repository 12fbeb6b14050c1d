//! `GET /api/v1/auth/api-keys`: lists the caller's API keys.

use actix_web::web::Data;
use dashtam_application::api_keys::{ApiKeys, ListApiKeys};
use dashtam_domain::id::SessionId;

use crate::{
    answer,
    openapi::{ListProblems, PageParams},
    prelude::*,
    views::ApiKeyView,
};

endpoint!(ListApiKeys, limits: [SessionsRead]);

/// List the caller's API keys that work now, the newest first.
#[utoipa::path(get, path = "/api/v1/auth/api-keys", tag = "api keys", params(PageParams),
    responses((status = OK, body = List<ApiKeyView>), ListProblems))]
async fn handle(
    call: CallFor<ListApiKeys>,
    query: Query<Listing<SessionId>>,
    keys: Data<ApiKeys>,
) -> Answered {
    let found = keys.list(&call, ListApiKeys).await?;
    Ok(answer::page_of(&found, &query.0, |key| key.id, 480, ApiKeyView::from))
}
