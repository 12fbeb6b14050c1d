//! `GET /api/v1/admin/users/{user_id}`: shows an account.

use actix_web::web::Data;
use dashtam_application::administration::{Administration, GetUser};
use dashtam_domain::id::UserId;

use crate::{
    openapi::AdminUserProblems,
    prelude::*,
    views::{self, ManagedUserDetailView},
};

endpoint!(GetUser);

/// Show an account, without anything its owner keeps there.
#[utoipa::path(get, path = "/api/v1/admin/users/{user_id}", tag = "administration",
    params(("user_id" = views::Id, Path)),
    responses((status = OK, body = ManagedUserDetailView), AdminUserProblems))]
async fn handle(call: CallFor<GetUser>, id: Id<UserId>, administration: Data<Administration>) -> Answered {
    let found = administration.get_user(&call, GetUser { user: id.0 }).await?;
    Ok(Answer::ok(&ManagedUserDetailView::from(&found)))
}
