//! The page a verification mail links to. Looking at it changes nothing; its button sends the token.

use actix_web::HttpResponse;

use super::{SCRIPT, file};

const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

pub(super) async fn page() -> HttpResponse {
    super::page(POLICY, include_str!("verify_email.html"))
}

pub(super) async fn script() -> HttpResponse {
    file(SCRIPT, include_str!("verify_email.js"))
}
