//! `POST /api/v1/admin/users/{user_id}/second-factor-reset`: begins the reset of a second factor that was lost.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::administration::{Administration, StartSecondFactorReset};
use dashtam_domain::id::UserId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    openapi::AdminUserProblems,
    prelude::*,
    views::{self, Moment},
};

endpoint!(StartSecondFactorReset, limits: [Administration]);

/// A second factor that will be taken away.
#[derive(Serialize, ToSchema)]
#[schema(as = SecondFactorReset)]
struct SecondFactorResetView {
    /// A sentence for people.
    message: &'static str,
    /// When it takes effect, unless the owner objects.
    due_at: Moment,
}

/// Begin the reset of a second factor that was lost; its owner has a day to object. For administrators.
#[utoipa::path(post, path = "/api/v1/admin/users/{user_id}/second-factor-reset", tag = "administration",
    params(("user_id" = views::Id, Path)),
    responses((status = ACCEPTED, body = SecondFactorResetView), AdminUserProblems))]
async fn handle(
    call: CallFor<StartSecondFactorReset>,
    id: Id<UserId>,
    administration: Data<Administration>,
) -> Answered {
    let request = StartSecondFactorReset { user: id.0 };
    let reset = administration.start_second_factor_reset(&call, request).await?;
    let message = "The owner is told, and can keep the second factor until then.";
    let view = SecondFactorResetView { message, due_at: Moment(reset.due_at) };
    Ok(Answer::new(StatusCode::ACCEPTED, &view))
}
