//! What the program says of itself: where things are, and whether it can work.

mod api_health;
mod health;
mod jwks;
mod live;
mod ready;
mod root;

use actix_web::http::StatusCode;
use dashtam_domain::store::StorageTrouble;

use crate::{answer::Answer, endpoint::Endpoint, options::ApiOptions, views::Health};

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    root::ENDPOINT,
    health::ENDPOINT,
    ready::ENDPOINT,
    live::ENDPOINT,
    api_health::ENDPOINT,
    jwks::ENDPOINT,
];

pub(super) async fn examine(options: &ApiOptions) -> Answer {
    let readiness = &options.readiness;
    let (database, redis) = (readiness.database().await, readiness.redis().await);
    let trouble = if database { readiness.storage().await } else { Some(StorageTrouble::Unreachable) };
    let word = |connected| if connected { "connected" } else { "disconnected" };
    // Without Redis each replica goes on by itself: that is worth knowing, and no reason to send requests elsewhere.
    let view = Health {
        status: if trouble.is_none() && redis != Some(false) { "healthy" } else { "degraded" },
        database: word(database),
        storage: trouble.map(StorageTrouble::as_str),
        redis: redis.map(word),
        version: &options.version,
    };
    Answer::new(if trouble.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, &view)
}
