//! What clients keep between sign-ins: marks in cookies whose prefix binds them to this host and to https.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};
use chrono::TimeDelta;
use dashtam_domain::{
    identity::SignInBudget,
    secret::{OpaqueSecret, SecretKind},
};

/// Where a browser keeps what marks it as known.
const KNOWN: &str = "__Host-dashtam_kc";
/// Where a browser keeps what it was given when it asked for a login link.
const BINDING: &str = "__Host-dashtam_ll";

/// What an earlier sign-in marked this client with.
pub(super) fn known(request: &HttpRequest) -> Option<OpaqueSecret> {
    OpaqueSecret::parse(SecretKind::KnownClient, request.cookie(KNOWN)?.value())
}

/// What this client was given when it asked for a login link.
pub(super) fn binding(request: &HttpRequest) -> Option<OpaqueSecret> {
    OpaqueSecret::parse(SecretKind::ClientBinding, request.cookie(BINDING)?.value())
}

/// The mark of a known client, to keep as long as it counts.
pub(super) fn keep_known(mark: &OpaqueSecret) -> Cookie<'static> {
    keep(KNOWN, mark, SignInBudget::KNOWN_FOR)
}

/// What a link is bound to, to keep for a day: links that were asked for lately may come late.
pub(super) fn keep_binding(binding: &OpaqueSecret) -> Cookie<'static> {
    keep(BINDING, binding, TimeDelta::days(1))
}

fn keep(name: &'static str, secret: &OpaqueSecret, time: TimeDelta) -> Cookie<'static> {
    Cookie::build(name, secret.expose().to_owned())
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .max_age(Duration::seconds(time.num_seconds()))
        .finish()
}
