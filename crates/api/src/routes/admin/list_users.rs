//! `GET /api/v1/admin/users`: lists accounts.

use actix_web::web::Data;
use dashtam_application::administration::{Administration, ListUsers};
use dashtam_domain::identity::{UserFilter, UserSearch};

use crate::{answer, openapi::AdminListProblems, prelude::*, views::ManagedUserView};

endpoint!(ListUsers);

/// Which page of which users.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `UsersQuery`")]
struct UsersParams {
    /// Only addresses that begin with this; the list is ordered by address then.
    #[param(min_length = 1, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    email: Option<String>,
    /// Only names that begin with this; the list is ordered by name then.
    #[param(min_length = 1, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    name: Option<String>,
    /// Only accounts that are switched off, or that are not.
    disabled: Option<bool>,
    /// Only administrators, or everybody else.
    administrator: Option<bool>,
    /// Only sub-users of this manager.
    #[param(value_type = Option<String>, format = Uuid)]
    managed_by: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before; an empty one is the first page.
    cursor: Option<String>,
}

/// The users that are asked for, and the page of them.
struct UsersQuery(ListUsers);

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
#[utoipa::path(get, path = "/api/v1/admin/users", tag = "administration", params(UsersParams),
    responses((status = OK, body = List<ManagedUserView>), AdminListProblems))]
async fn handle(
    call: CallFor<ListUsers>,
    query: Query<UsersQuery>,
    administration: Data<Administration>,
) -> Answered {
    let page = administration.list_users(&call, query.0.0).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), 600, ManagedUserView::from))
}
