//! The caller's API keys.

mod create;
mod list;
mod revoke;
mod rotate;

use actix_web::http::StatusCode;
use dashtam_application::api_keys::MadeKey;
use dashtam_domain::delivery::idempotency::StoredAnswer;

use crate::{answer::Answer, endpoint::Endpoint, views::NewApiKeyView};

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] =
    &[list::ENDPOINT, create::ENDPOINT, revoke::ENDPOINT, rotate::ENDPOINT];

/// What a repeated request gets: the key itself is nowhere kept.
fn kept(made: &MadeKey) -> StoredAnswer {
    Answer::new(StatusCode::CREATED, &NewApiKeyView::without_key(made)).to_stored()
}
