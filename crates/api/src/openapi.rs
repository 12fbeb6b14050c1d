//! The OpenAPI document: gathered from the handlers.

mod strict;

use std::collections::BTreeMap;

use utoipa::{
    IntoParams, IntoResponses, Modify, OpenApi, ToSchema,
    openapi::{
        self, Content, Ref, RefOr, Response,
        path::{Operation, PathItem},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use strict::Strict;

use crate::{
    cookies::SESSION,
    problem::{FieldProblem, PROBLEM_JSON, ProblemView},
    rate_limits::Described,
    routes::{
        admin, api_keys, audit, auth, authorization, changes, imports, ledger, password_resets, providers,
        second_factor, sessions, system, token_rotation,
    },
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Dashtam",
        description = "The financial data aggregator you host yourself. Amounts are exact decimals as strings, \
            instants are RFC 3339 in UTC, and every refusal is an RFC 9457 problem.",
        license(name = "MIT OR Apache-2.0")
    ),
    paths(
        system::root, system::health, system::live, system::ready, system::api_health, system::jwks,
        auth::register, auth::verify_email, auth::login, auth::request_login_link, auth::consume_login_link,
        auth::second_step, auth::resend_code, auth::step_up, auth::ask_step_up_code, auth::refresh, auth::logout, auth::me,
        auth::resend_verification, auth::update_me, auth::delete_me, auth::cancel_deletion, auth::change_password,
        auth::change_email, auth::confirm_email, auth::undo_email_change, auth::export,
        password_resets::request, password_resets::check, password_resets::complete,
        second_factor::status, second_factor::enrol_totp, second_factor::confirm_totp,
        second_factor::disable_totp, second_factor::enrol_email, second_factor::confirm_email,
        second_factor::disable_email, second_factor::replace_backup_codes,
        sessions::list, sessions::note, sessions::revoke, sessions::revoke_others, sessions::revoke_all,
        sessions::disown, token_rotation::user, token_rotation::global, token_rotation::security_config,
        audit::own, audit::all, api_keys::list, api_keys::create, api_keys::revoke, api_keys::rotate,
        auth::my_profile,
        admin::list_users, admin::create_user, admin::get_user, admin::update_user, admin::delete_user,
        admin::reset_password, admin::reset_second_factor, admin::end_sessions, admin::lift_locks, admin::rotate_signing_key,
        admin::cancel_second_factor_reset,
        providers::available, providers::configured, providers::create, providers::list, providers::get,
        providers::update, providers::delete, providers::sync,
        authorization::authorize, authorization::redirect, authorization::callback, authorization::status,
        authorization::refresh, authorization::disconnect, authorization::link, providers::audit_log,
        ledger::list_accounts, ledger::get_account, ledger::list_account_transactions, ledger::list_holdings,
        ledger::list_transactions, ledger::get_transaction, ledger::list_balances, changes::list,
        imports::create, imports::formats, imports::get,
    ),
    components(schemas(ProblemView, FieldProblem)),
    security(("bearer" = []), ("cookie" = [])),
    modifiers(&Bearer, &Strict, &Described),
)]
struct Document;

/// The description of every route of the API.
pub fn openapi() -> openapi::OpenApi {
    Document::openapi()
}

/// The ways to show who calls.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("The access token of a sign-in, or an API key."))
            .build();
        let cookie = ApiKeyValue::with_description(
            SESSION,
            "The session of a browser. A request that is not GET or HEAD also needs X-CSRF-Token. Together with an \
             Authorization header it is refused.",
        );
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        // Whatever looks into the database may find that it cannot be used, and many a read writes something, too.
        for item in document.paths.paths.values_mut() {
            let methods = [&mut item.get, &mut item.post, &mut item.patch, &mut item.put, &mut item.delete];
            for operation in methods.into_iter().flatten() {
                if operation.tags.as_ref().is_some_and(|tags| tags.iter().any(|tag| tag == "system")) {
                    continue;
                }
                for (status, refusal) in [503, 507].map(problem) {
                    operation.responses.responses.entry(status).or_insert(refusal);
                }
            }
        }
        // What needs a caller can be refused to this one: to an API key, or to a write without its token.
        for (_, operation) in document.paths.paths.values_mut().flat_map(operations) {
            if operation.security.is_none() {
                let (status, refusal) = problem(403);
                operation.responses.responses.entry(status).or_insert(refusal);
            }
        }
    }
}

/// The operations of a path, each with its method.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, post, patch, put, delete, .. } = item;
    [("GET", get), ("POST", post), ("PATCH", patch), ("PUT", put), ("DELETE", delete)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Which page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `Listing`")]
pub(crate) struct PageParams {
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// Which page of whose audit trail.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `AuditQuery`")]
pub(crate) struct AuditParams {
    /// Only what concerns this user's account.
    #[param(value_type = Option<String>, format = Uuid)]
    user_id: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// Which page of which users.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `UsersQuery`")]
pub(crate) struct UsersParams {
    /// Only addresses that begin with this; the list is ordered by address then.
    #[param(min_length = 1)]
    email: Option<String>,
    /// Only names that begin with this; the list is ordered by name then.
    #[param(min_length = 1)]
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
    /// The `next_cursor` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// Which accounts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `AccountsQuery`")]
pub(crate) struct AccountsParams {
    /// Only of this provider instance.
    #[param(value_type = Option<String>, format = Uuid)]
    provider_id: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// Which transactions of one account.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `AccountTransactionsQuery`")]
pub(crate) struct AccountTransactionParams {
    /// From this day on.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// Up to and including this day.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<String>,
    /// `pending`, `posted` or `removed`; removed ones are shown only when asked for.
    #[param(pattern = "^(pending|posted|removed)$")]
    status: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// Which transactions.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `TransactionsQuery`")]
pub(crate) struct TransactionParams {
    /// Only of this account.
    #[param(value_type = Option<String>, format = Uuid)]
    account_id: Option<String>,
    /// From this day on.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// Up to and including this day.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<String>,
    /// `pending`, `posted` or `removed`; removed ones are shown only when asked for.
    #[param(pattern = "^(pending|posted|removed)$")]
    status: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// Which changes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `ChangesQuery`")]
pub(crate) struct ChangesParams {
    /// Only of these sorts of rows, divided by commas: `account`, `holding`, `transaction`, `balance`. Without it those
    /// that the credential may read.
    #[param(pattern = "^(account|holding|transaction|balance)(,(account|holding|transaction|balance))*$")]
    types: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the answer before. Without it, and with an empty one, everything there is.
    cursor: Option<String>,
}

/// What comes back from the institution.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `Callback`")]
pub(crate) struct CallbackParams {
    /// As given out with the address of the authorization.
    state: Option<String>,
    /// The authorization code.
    code: Option<String>,
    /// There when the authorization was not granted.
    error: Option<String>,
}

/// For requests that take effect once.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "describes `Keyed`")]
pub(crate) struct IdempotencyHeader {
    /// Your name for this request: sent again with the same content, it gets the same answer.
    #[param(rename = "Idempotency-Key", max_length = 255)]
    idempotency_key: Option<String>,
}

/// A form with a file.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the multipart form")]
pub(crate) struct UploadForm {
    /// The statement file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// For a file that does not say which account it is about: the id of one of the caller's accounts of imported
    /// files, or `new`.
    account_id: Option<String>,
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident: $($status:literal)+;)+) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                [$($status),+].into_iter().map(problem).collect()
            }
        }
    )+};
}

problems! {
    /// Refusals of public routes with a body.
    PublicProblems: 400 413 415 422 503;
    /// Refusals of sign-in.
    LoginProblems: 400 401 403 413 415 422 429 503;
    /// Refusals of second steps of a sign-in.
    SecondStepProblems: 400 401 403 409 413 415 422 429 503;
    /// Refusals of requests for a login link.
    LinkRequestProblems: 400 403 413 415 422;
    /// Refusals of sign-ins by a mailed link.
    LinkSignInProblems: 400 403 409 413 415 422;
    /// Refusals of changes to the caller's account.
    ProfileProblems: 400 401 409 413 415 422 429 503;
    /// Refusals of changes to the second factor.
    FactorProblems: 400 401 403 409 413 415 422 429 503;
    /// Refusals of mailed links.
    LinkProblems: 400 409 413 415 422;
    /// Refusals of refresh.
    SignInProblems: 400 401 403 413 415 422 503;
    /// Refusals of the caller's own account.
    UserProblems: 400 401 413 415 422;
    /// Refusals of lists.
    ListProblems: 401 422;
    /// Refusals of the change feed.
    FeedProblems: 401 403 410 422;
    /// Refusals of a revocation.
    RevokeProblems: 400 401 404 422;
    /// Refusals of what only administrators see.
    AdminListProblems: 401 403 422;
    /// Refusals of what only administrators change.
    AdminChangeProblems: 400 401 403 404 413 415 422;
    /// Refusals of what is done to other people's accounts.
    AdminUserProblems: 400 401 403 404 409 413 415 422 429;
    /// Refusals of one thing.
    ThingProblems: 401 404 409 422;
    /// Refusals where an institution has a say.
    InstitutionProblems: 400 401 404 409 413 415 422 502;
    /// Refusals of changes.
    ChangeProblems: 400 401 404 409 413 415 422;
    /// Refusals of files.
    UploadProblems: 400 401 413 415 422;
    /// Refusals of callbacks.
    CallbackProblems: 400 403 404 409 422 502;
}

/// The refusal with this status.
pub(crate) fn problem(status: u16) -> (String, RefOr<Response>) {
    let description = match status {
        400 => "The request could not be understood.",
        401 => "Nobody is signed in, or the credential is not valid.",
        403 => "The caller may not do this.",
        404 => "There is no such thing, or not for this caller.",
        408 => "The body took too long to arrive.",
        409 => "The present state does not allow it.",
        410 => "It was there, and will not be again.",
        413 => "The body is too large.",
        415 => "The body's media type or format is not one that is read.",
        422 => "The request breaks a rule; see errors.",
        429 => "Too many attempts; Retry-After says when to come back.",
        502 => "The institution gave an answer that cannot be used.",
        507 => "There is no room left to store anything.",
        _ => "The server is busy, or its database cannot be used; Retry-After says when to try again.",
    };
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    let mut response = Response::new(description);
    response.content.insert(PROBLEM_JSON.to_owned(), content.into());
    (status.to_string(), response.into())
}
