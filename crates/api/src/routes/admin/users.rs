//! `/api/v1/admin/users…`, and the answer of an owner who keeps a second factor.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::{
    Request,
    administration::{
        Administration, CancelSecondFactorReset, CreateUser, DeleteUser, EndUserSessions, GetUser, LiftLocks,
        ListUsers, StartPasswordReset, StartSecondFactorReset, UpdateUser,
    },
};
use dashtam_domain::{
    id::UserId,
    identity::{User, UserFilter, UserSearch},
    secret::SecretText,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{NewUserForm, UserChangeForm, body::UserBody};
use crate::{
    answer::Answer,
    extract::{Asked, CallFor, Checks, FromParams, Id, Json, Params, Query, Text},
    openapi::{AdminListProblems, AdminUserProblems, IdempotencyHeader, LinkProblems, UsersParams},
    routes::Answered,
    views::{self, DeletionView, List, ManagedUserDetailView, ManagedUserView, Message, Moment, RevokedMany},
};

/// Which page of which users.
pub(crate) struct UsersQuery(ListUsers);

impl FromParams for UsersQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let mut answer = |name| {
            let message = "This parameter must be true or false.";
            params.read(name, "wrong_type", message, |text| text.parse::<bool>().ok())
        };
        let (disabled, administrator) = (answer("disabled"), answer("administrator"));
        let managed_by = params.id("managed_by");
        let email = params.text("email").map(|text| text.trim().to_lowercase());
        let name = params.text("name").map(|text| text.trim().to_ascii_lowercase());
        let search = match (email, name) {
            (Some(_), Some(_)) => {
                params.refuse("name", "too_many", "Search by address or by name, not by both.");
                UserSearch::Everybody
            }
            (Some(email), None) => UserSearch::Email(email),
            (None, Some(name)) => UserSearch::Name(name),
            (None, None) => UserSearch::Everybody,
        };
        let filter = UserFilter { search, disabled, administrator, managed_by };
        Self(ListUsers { filter, after: params.cursor(), limit: params.limit() })
    }
}

/// List accounts: all of them for administrators, for managers those of their sub-users.
#[utoipa::path(get, path = "/api/v1/admin/users", tag = "administration", operation_id = ListUsers::NAME,
    params(UsersParams), responses((status = OK, body = List<ManagedUserView>), AdminListProblems))]
pub(crate) async fn list_users(
    call: CallFor<ListUsers>,
    query: Query<UsersQuery>,
    administration: Data<Administration>,
) -> Answered {
    let page = administration.list_users(&call, query.0.0).await?;
    Ok(views::list(&page.items, page.next.as_ref(), 600, ManagedUserView::from))
}

fn present(user: &User) -> Answer {
    let view = ManagedUserView::from(user);
    Answer::new(StatusCode::CREATED, &view).at(format!("/api/v1/admin/users/{}", user.id))
}

/// Make an account for somebody, who chooses its password by a mailed link. A manager makes sub-users.
#[utoipa::path(post, path = "/api/v1/admin/users", tag = "administration", operation_id = CreateUser::NAME,
    params(IdempotencyHeader), request_body = NewUserForm,
    responses((status = CREATED, body = ManagedUserView, headers(("Location" = String))), AdminUserProblems))]
pub(crate) async fn create_user(
    asked: Asked<CreateUser, Json<UserBody>>,
    administration: Data<Administration>,
) -> Answered {
    let (call, Json(body)) = asked.once(present);
    Ok(present(&administration.create_user(&call, body.wanted()?).await?))
}

/// Show an account, without anything its owner keeps there.
#[utoipa::path(get, path = "/api/v1/admin/users/{user_id}", tag = "administration", operation_id = GetUser::NAME,
    params(("user_id" = views::Id, Path)), responses((status = OK, body = ManagedUserDetailView), AdminUserProblems))]
pub(crate) async fn get_user(
    call: CallFor<GetUser>,
    id: Id<UserId>,
    administration: Data<Administration>,
) -> Answered {
    let found = administration.get_user(&call, GetUser { user: id.0 }).await?;
    Ok(Answer::ok(&ManagedUserDetailView::from(&found)))
}

/// Change an account. Managers switch their sub-users off and on, and keep them from more.
#[utoipa::path(patch, path = "/api/v1/admin/users/{user_id}", tag = "administration",
    operation_id = UpdateUser::NAME, params(("user_id" = views::Id, Path)), request_body = UserChangeForm,
    responses((status = OK, body = ManagedUserView), AdminUserProblems))]
pub(crate) async fn update_user(
    asked: Asked<UpdateUser, Json<UserBody>>,
    id: Id<UserId>,
    administration: Data<Administration>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let request = UpdateUser { user: id.0, change: body.changed()? };
    Ok(Answer::ok(&ManagedUserView::from(&administration.update_user(&call, request).await?)))
}

/// Close an account; it is erased seven days later, unless it is switched on before. For administrators.
#[utoipa::path(delete, path = "/api/v1/admin/users/{user_id}", tag = "administration",
    operation_id = DeleteUser::NAME, params(("user_id" = views::Id, Path)),
    responses((status = OK, body = DeletionView), AdminUserProblems))]
pub(crate) async fn delete_user(
    call: CallFor<DeleteUser>,
    id: Id<UserId>,
    administration: Data<Administration>,
) -> Answered {
    let due = administration.delete_user(&call, DeleteUser { user: id.0 }).await?;
    let message = "The account is closed and will be erased. Until then, switching it on keeps it.";
    Ok(Answer::ok(&DeletionView { message, deletion_due_at: Moment(due) }))
}

/// Mail the owner of an account a link to choose a new password.
#[utoipa::path(post, path = "/api/v1/admin/users/{user_id}/password-reset", tag = "administration",
    operation_id = StartPasswordReset::NAME, params(("user_id" = views::Id, Path)),
    responses((status = ACCEPTED, body = Message), AdminUserProblems))]
pub(crate) async fn reset_password(
    call: CallFor<StartPasswordReset>,
    id: Id<UserId>,
    administration: Data<Administration>,
) -> Answered {
    administration.start_password_reset(&call, StartPasswordReset { user: id.0 }).await?;
    let message = "The owner of the account gets a mail with a link.";
    Ok(Answer::new(StatusCode::ACCEPTED, &Message { message }))
}

/// A second factor that will be taken away.
#[derive(Serialize, ToSchema)]
#[schema(as = SecondFactorReset)]
pub(crate) struct SecondFactorResetView {
    /// A sentence for people.
    message: &'static str,
    /// When it takes effect, unless the owner objects.
    due_at: Moment,
}

/// Begin the reset of a second factor that was lost; its owner has a day to object. For administrators.
#[utoipa::path(post, path = "/api/v1/admin/users/{user_id}/second-factor-reset", tag = "administration",
    operation_id = StartSecondFactorReset::NAME, params(("user_id" = views::Id, Path)),
    responses((status = ACCEPTED, body = SecondFactorResetView), AdminUserProblems))]
pub(crate) async fn reset_second_factor(
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

/// Sign somebody out everywhere. For administrators.
#[utoipa::path(delete, path = "/api/v1/admin/users/{user_id}/sessions", tag = "administration",
    operation_id = EndUserSessions::NAME, params(("user_id" = views::Id, Path)),
    responses((status = OK, body = RevokedMany), AdminUserProblems))]
pub(crate) async fn end_sessions(
    call: CallFor<EndUserSessions>,
    id: Id<UserId>,
    administration: Data<Administration>,
) -> Answered {
    let ended = administration.end_user_sessions(&call, EndUserSessions { user: id.0 }).await?;
    let message = "Every session of the account was ended, API keys included.";
    Ok(Answer::ok(&RevokedMany { message, revoked_count: ended }))
}

/// Lift the locks that wrong passwords and wrong codes put on an account. For administrators.
///
/// `sign_in_locked_until` and `second_factor_locked_until` of the account tell them.
#[utoipa::path(delete, path = "/api/v1/admin/users/{user_id}/lock", tag = "administration",
    operation_id = LiftLocks::NAME, params(("user_id" = views::Id, Path)),
    responses((status = OK, body = Message), AdminUserProblems))]
pub(crate) async fn lift_locks(
    call: CallFor<LiftLocks>,
    id: Id<UserId>,
    administration: Data<Administration>,
) -> Answered {
    let message = match administration.lift_locks(&call, LiftLocks { user: id.0 }).await? {
        true => "The account has all its tries back.",
        false => "There was no lock on the account.",
    };
    Ok(Answer::ok(&Message { message }))
}

/// A mailed token.
#[derive(Deserialize, ToSchema)]
pub(crate) struct KeepSecondFactorBody {
    #[serde(default)]
    #[schema(value_type = String, required)]
    token: Text,
}

/// Keep a second factor that is going to be reset, by the mailed token.
#[utoipa::path(post, path = "/api/v1/auth/second-factor/reset/cancel", tag = "auth", security(()),
    operation_id = CancelSecondFactorReset::NAME, request_body = KeepSecondFactorBody,
    responses((status = OK, body = Message), LinkProblems))]
pub(crate) async fn cancel_second_factor_reset(
    asked: Asked<CancelSecondFactorReset, Json<KeepSecondFactorBody>>,
    administration: Data<Administration>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let mut checks = Checks::default();
    let token = checks.text("token", body.token).ok_or_else(|| checks.into_problem())?;
    let request = CancelSecondFactorReset { token: SecretText::new(token) };
    administration.cancel_second_factor_reset(&call, request).await?;
    Ok(Answer::ok(&Message { message: "Your second factor stays as it is." }))
}
