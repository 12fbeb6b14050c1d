//! The page a mail about a sign-in by an unknown client links to. Looking at it changes nothing; its button sends the
//! token.

use actix_web::HttpResponse;

use super::{SCRIPT, file};

const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

pub(super) async fn page() -> HttpResponse {
    super::page(POLICY, include_str!("not_me.html"))
}

pub(super) async fn script() -> HttpResponse {
    file(SCRIPT, include_str!("not_me.js"))
}
