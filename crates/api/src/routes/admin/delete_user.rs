//! `DELETE /api/v1/admin/users/{user_id}`: closes an account.

use actix_web::web::Data;
use dashtam_application::administration::{Administration, DeleteUser};
use dashtam_domain::id::UserId;

use crate::{
    openapi::AdminUserProblems,
    prelude::*,
    views::{self, DeletionView, Moment},
};

endpoint!(DeleteUser, limits: [Administration]);

/// Close an account; it is erased seven days later, unless it is switched on before. For administrators.
#[utoipa::path(delete, path = "/api/v1/admin/users/{user_id}", tag = "administration",
    params(("user_id" = views::Id, Path)), responses((status = OK, body = DeletionView), AdminUserProblems))]
async fn handle(call: CallFor<DeleteUser>, id: Id<UserId>, administration: Data<Administration>) -> Answered {
    let due = administration.delete_user(&call, DeleteUser { user: id.0 }).await?;
    let message = "The account is closed and will be erased. Until then, switching it on keeps it.";
    Ok(Answer::ok(&DeletionView { message, deletion_due_at: Moment(due) }))
}
