//! The table of routes. The application is built from it, and the OpenAPI document is tested against it.

pub(crate) mod admin;
pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod authorization;
pub(crate) mod changes;
pub(crate) mod imports;
pub(crate) mod ledger;
pub(crate) mod password_resets;
pub(crate) mod providers;
pub(crate) mod second_factor;
pub(crate) mod sessions;
pub(crate) mod system;
pub(crate) mod token_rotation;

use actix_web::{
    HttpResponse, Resource, guard,
    http::Method,
    web::{self, ServiceConfig},
};

use crate::{edge::Template, extract::RouteInputs, problem::Problem, rate_limits::RouteRules};

/// What handlers answer with.
pub(crate) type Answered = Result<crate::answer::Answer, Problem>;

/// A resource that tells other methods which ones it has. Where there is GET, there is HEAD.
pub(crate) fn resource(path: &'static str, allow: &'static str) -> Resource {
    let place = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    web::resource(place)
        .app_data(Template(path))
        .app_data(RouteRules::of(path))
        .app_data(RouteInputs::of(path))
        .default_service(web::to(move || async move {
            Err::<HttpResponse, Problem>(Problem::method_not_allowed(allow))
        }))
}

/// A route for this method.
pub(crate) fn on(method: Method) -> actix_web::Route {
    if method == Method::GET {
        web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
    } else {
        web::method(method)
    }
}

/// The names of a resource's methods as `Allow` lists them.
macro_rules! allow {
    (GET) => { "GET, HEAD" };
    ($method:ident) => { stringify!($method) };
    ($first:ident $($rest:ident)+) => { concat!(allow!($first), ", ", allow!($($rest)+)) };
}

macro_rules! routes {
    ($($path:literal { $($method:ident $handler:path),+ $(,)? })+) => {
        /// Method and path of every route, in the order in which they are tried.
        #[cfg(test)]
        pub(crate) const ROUTES: &[(&str, &str)] = &[$($((stringify!($method), $path),)+)+];

        /// Registers every route.
        pub(crate) fn configure(config: &mut ServiceConfig) {
            $(config.service(
                resource($path, allow!($($method)+))$(.route(on(Method::$method).to($handler)))+
            );)+
        }
    };
}

// Literal segments stand before parameters in the same place.
routes! {
    "/api/v1/transactions" { GET ledger::list_transactions }
    "/api/v1/accounts" { GET ledger::list_accounts }
    "/api/v1/balances" { GET ledger::list_balances }
    "/api/v1/sync" { GET changes::list }
    "/api/v1/auth/me" { GET auth::me, PATCH auth::update_me, DELETE auth::delete_me }
    "/api/v1/auth/me/profile" { GET auth::my_profile }
    "/api/v1/auth/me/audit-log" { GET audit::own }
    "/api/v1/auth/sessions" { GET sessions::list }
    "/api/v1/auth/api-keys" { GET api_keys::list, POST api_keys::create }
    "/api/v1/auth/second-factor" { GET second_factor::status }
    "/api/v1/auth/second-factor/totp" {
        POST second_factor::enrol_totp,
        DELETE second_factor::disable_totp,
    }
    "/api/v1/auth/second-factor/totp/confirm" { POST second_factor::confirm_totp }
    "/api/v1/auth/second-factor/email" {
        POST second_factor::enrol_email,
        DELETE second_factor::disable_email,
    }
    "/api/v1/auth/second-factor/email/confirm" { POST second_factor::confirm_email }
    "/api/v1/auth/second-factor/backup-codes" { POST second_factor::replace_backup_codes }
    "/api/v1/auth/not-me" { POST sessions::disown }
    "/api/v1/auth/login" { POST auth::login }
    "/api/v1/auth/login-links" { POST auth::request_login_link }
    "/api/v1/auth/login-links/consume" { POST auth::consume_login_link }
    "/api/v1/auth/login/second-factor" { POST auth::second_step }
    "/api/v1/auth/login/second-factor/resend" { POST auth::resend_code }
    "/api/v1/auth/step-up" { POST auth::step_up }
    "/api/v1/auth/step-up/code" { POST auth::ask_step_up_code }
    "/api/v1/auth/refresh" { POST auth::refresh }
    "/api/v1/auth/logout" { POST auth::logout }
    "/api/v1/auth/register" { POST auth::register }
    "/api/v1/auth/verify-email" { POST auth::verify_email }
    "/api/v1/auth/resend-verification" { POST auth::resend_verification }
    "/api/v1/auth/me/password" { PATCH auth::change_password }
    "/api/v1/auth/me/email" { POST auth::change_email }
    "/api/v1/auth/me/email/confirm" { POST auth::confirm_email }
    "/api/v1/auth/me/email/undo" { POST auth::undo_email_change }
    "/api/v1/auth/me/deletion/cancel" { POST auth::cancel_deletion }
    "/api/v1/auth/me/export" { GET auth::export }
    "/api/v1/password-resets/" { POST password_resets::request }
    "/api/v1/token-rotation/global" { POST token_rotation::global }
    "/api/v1/token-rotation/security-config" { GET token_rotation::security_config }
    "/api/v1/admin/audit-log" { GET audit::all }
    "/api/v1/admin/users" { GET admin::list_users, POST admin::create_user }
    "/api/v1/admin/signing-key/rotation" { POST admin::rotate_signing_key }
    "/api/v1/auth/second-factor/reset/cancel" { POST admin::cancel_second_factor_reset }
    "/api/v1/providers/available" { GET providers::available }
    "/api/v1/providers/configured" { GET providers::configured }
    "/api/v1/providers/create" { POST providers::create }
    "/api/v1/providers/" { GET providers::list }
    "/api/v1/imports" { POST imports::create }
    "/api/v1/imports/formats" { GET imports::formats }
    "/api/v1/health" { GET system::api_health }
    "/.well-known/jwks.json" { GET system::jwks }
    "/health" { GET system::health }
    "/health/live" { GET system::live }
    "/health/ready" { GET system::ready }
    "/" { GET system::root }
    "/api/v1/auth/sessions/others/revoke" { DELETE sessions::revoke_others }
    "/api/v1/auth/sessions/all/revoke" { DELETE sessions::revoke_all }
    "/api/v1/auth/sessions/{session_id}" { PATCH sessions::note, DELETE sessions::revoke }
    "/api/v1/auth/api-keys/{key_id}" { DELETE api_keys::revoke }
    "/api/v1/auth/api-keys/{key_id}/rotate" { POST api_keys::rotate }
    "/api/v1/token-rotation/users/{user_id}" { POST token_rotation::user }
    "/api/v1/admin/users/{user_id}" {
        GET admin::get_user,
        PATCH admin::update_user,
        DELETE admin::delete_user,
    }
    "/api/v1/admin/users/{user_id}/password-reset" { POST admin::reset_password }
    "/api/v1/admin/users/{user_id}/second-factor-reset" { POST admin::reset_second_factor }
    "/api/v1/admin/users/{user_id}/sessions" { DELETE admin::end_sessions }
    "/api/v1/admin/users/{user_id}/lock" { DELETE admin::lift_locks }
    "/api/v1/transactions/{transaction_id}" { GET ledger::get_transaction }
    "/api/v1/accounts/{account_id}" { GET ledger::get_account }
    "/api/v1/accounts/{account_id}/transactions" { GET ledger::list_account_transactions }
    "/api/v1/accounts/{account_id}/holdings" { GET ledger::list_holdings }
    "/api/v1/imports/{import_id}" { GET imports::get }
    "/api/v1/providers/{provider_id}" {
        GET providers::get,
        PATCH providers::update,
        DELETE providers::delete,
    }
    "/api/v1/password-resets/{token}" { GET password_resets::check, PATCH password_resets::complete }
    "/api/v1/providers/{provider_id}/sync" { POST providers::sync }
    "/api/v1/auth/{provider_id}/authorize" { GET authorization::authorize }
    "/api/v1/auth/{provider_id}/authorize/redirect" { GET authorization::redirect }
    "/api/v1/auth/{provider_id}/callback" { GET authorization::callback }
    "/api/v1/auth/{provider_id}/status" { GET authorization::status }
    "/api/v1/auth/{provider_id}/refresh" { POST authorization::refresh }
    "/api/v1/auth/{provider_id}/disconnect" { DELETE authorization::disconnect }
    "/api/v1/auth/{provider_id}/link" { POST authorization::link }
    "/api/v1/providers/{provider_id}/audit-log" { GET providers::audit_log }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ROUTES;

    #[test]
    fn the_document_has_exactly_these_routes() {
        let document = serde_json::to_value(crate::openapi()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let documented: BTreeSet<_> = paths
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone()))
            })
            .collect();
        let routes: BTreeSet<_> =
            ROUTES.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
        assert_eq!(routes.len(), ROUTES.len(), "a route is registered twice");
        assert_eq!(routes, documented);
    }

    /// A route whose every segment fits an earlier one's would never be reached.
    #[test]
    fn no_route_hides_another() {
        let fits = |earlier: &str, later: &str| {
            earlier == later || (earlier.starts_with('{') && !later.starts_with('{'))
        };
        for (at, (_, later)) in ROUTES.iter().enumerate() {
            for (_, earlier) in &ROUTES[..at] {
                let (a, b): (Vec<_>, Vec<_>) = (earlier.split('/').collect(), later.split('/').collect());
                let hidden = a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| fits(a, b));
                assert!(!hidden || earlier == later, "{earlier} hides {later}");
            }
        }
    }
}
