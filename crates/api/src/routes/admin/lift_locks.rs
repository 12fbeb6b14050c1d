//! `DELETE /api/v1/admin/users/{user_id}/lock`: lifts the locks on an account.

use actix_web::web::Data;
use dashtam_application::administration::{Administration, LiftLocks};
use dashtam_domain::id::UserId;

use crate::{
    openapi::AdminUserProblems,
    prelude::*,
    views::{self, Message},
};

endpoint!(LiftLocks, limits: [Administration]);

/// Lift the locks that wrong passwords and wrong codes put on an account. For administrators.
///
/// `sign_in_locked_until` and `second_factor_locked_until` of the account tell them.
#[utoipa::path(delete, path = "/api/v1/admin/users/{user_id}/lock", tag = "administration",
    params(("user_id" = views::Id, Path)), responses((status = OK, body = Message), AdminUserProblems))]
async fn handle(call: CallFor<LiftLocks>, id: Id<UserId>, administration: Data<Administration>) -> Answered {
    let message = match administration.lift_locks(&call, LiftLocks { user: id.0 }).await? {
        true => "The account has all its tries back.",
        false => "There was no lock on the account.",
    };
    Ok(Answer::ok(&Message { message }))
}
