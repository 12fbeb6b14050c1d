//! `POST /api/v1/auth/logout`: ends the caller's session.

use actix_web::{HttpRequest, web::Data};
use dashtam_application::sessions::{Sessions, SignOut};
use dashtam_domain::secret::SecretText;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{cookies, openapi::UserProblems, prelude::*, views::Message};

endpoint!(SignOut);

/// What else to end.
#[derive(Default, Deserialize, ToSchema)]
struct LogoutBody {
    /// The session of this token ends too, if it is the caller's.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    refresh_token: Text,
}

impl LogoutBody {
    fn parse(self) -> Result<SignOut, Problem> {
        let mut checks = Checks::default();
        let token = checks.optional_text("refresh_token", self.refresh_token);
        checks.finish()?;
        Ok(SignOut { refresh_token: token.map(SecretText::new) })
    }
}

/// End the caller's session.
///
/// A browser's cookies are cleared, also those of a session that was over before.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "auth", request_body = Option<LogoutBody>,
    responses((status = OK, body = Message), UserProblems))]
async fn handle(
    asked: Result<Asked<SignOut, Option<Json<LogoutBody>>>, Problem>,
    request: HttpRequest,
    sessions: Data<Sessions>,
) -> Answered {
    let by_cookie = cookies::values(request.headers(), cookies::SESSION).next().is_some();
    match asked {
        Ok(asked) => {
            let (call, body) = asked.into_parts();
            let body = body.map(|Json(body)| body).unwrap_or_default();
            sessions.sign_out(&call, body.parse()?).await?;
        }
        Err(problem) if by_cookie && problem.code() == "invalid-access-token" => {}
        Err(problem) => return Err(problem),
    }
    let answer = Answer::ok(&Message { message: "You are signed out." });
    Ok(if by_cookie { answer.with_cookies(cookies::cleared()).forgetting() } else { answer })
}
