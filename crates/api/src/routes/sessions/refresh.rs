//! `POST /api/v1/auth/refresh`: exchanges a refresh token for a new pair.

use actix_web::{HttpRequest, web::Data};
use dashtam_application::sessions::{Refresh, Sessions};
use dashtam_domain::secret::SecretText;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    extract::limit_by_secret, openapi::SignInProblems, prelude::*, rate_limits::Rule, views::TokensView,
};

endpoint!(Refresh, limits: [Refresh, RefreshToken]);

/// A refresh token.
#[derive(Deserialize, ToSchema)]
struct RefreshBody {
    #[serde(default)]
    #[schema(value_type = String, required)]
    refresh_token: Text,
}

impl RefreshBody {
    fn parse(self) -> Result<Refresh, Problem> {
        let mut checks = Checks::default();
        let token = checks.text("refresh_token", self.refresh_token).ok_or_else(|| checks.into_problem())?;
        Ok(Refresh { refresh_token: SecretText::new(token) })
    }
}

/// Exchange a refresh token for a new pair.
///
/// Every refresh token works once; showing a spent one ends its session. A session that another client than the one it
/// began on goes on with (another `User-Agent`, but for an update of a program that can be told by its name; another address
/// alone is none) is noted in the audit trail, and its owner is mailed about the first such client.
#[utoipa::path(post, path = "/api/v1/auth/refresh", tag = "auth", request_body = RefreshBody,
    responses((status = OK, body = TokensView), SignInProblems))]
async fn handle(
    request: HttpRequest,
    asked: Asked<Refresh, Json<RefreshBody>>,
    sessions: Data<Sessions>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let refresh = body.parse()?;
    limit_by_secret(&request, Rule::RefreshToken, refresh.refresh_token.expose()).await?;
    Ok(Answer::ok(&TokensView::from(&sessions.refresh(&call, refresh).await?)))
}
