//! Signing in, by one factor or two, and proving again who one is.

mod ask_step_up_code;
mod factor;
mod holding;
mod request_link;
mod resend_code;
mod step_up;
mod with_link;
mod with_password;
mod with_second_factor;

pub(crate) use holding::{cookies_of, mark};

use actix_web::HttpRequest;
use dashtam_domain::secret::{OpaqueSecret, SecretKind};

use crate::{
    cookies,
    endpoint::Endpoint,
    extract::{Checks, Text},
};

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    with_password::ENDPOINT,
    with_second_factor::ENDPOINT,
    resend_code::ENDPOINT,
    request_link::ENDPOINT,
    with_link::ENDPOINT,
    step_up::ENDPOINT,
    ask_step_up_code::ENDPOINT,
];

/// What the client shows of an earlier request, in the body or else in its cookie. What is no such thing binds nothing.
fn binding(checks: &mut Checks, text: Text, request: &HttpRequest) -> Option<OpaqueSecret> {
    match checks.optional_text("binding", text) {
        Some(text) => OpaqueSecret::parse(SecretKind::ClientBinding, &text),
        None => cookies::binding(request),
    }
}
