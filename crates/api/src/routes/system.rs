//! What the program says of itself: where things are, and whether it can work.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::signing::Signing;
use dashtam_domain::{identity::Keystore, store::StorageTrouble};

use crate::{
    answer::Answer,
    extract::{EdgeData, Plain},
    views::{Areas, Health, Jwk, Jwks, Live, Root, Versions},
};

/// What this is and where things are.
#[utoipa::path(get, path = "/", tag = "system", operation_id = "system.root", security(()),
    responses((status = OK, body = Root)))]
pub(crate) async fn root(_: Plain, edge: Data<EdgeData>) -> Answer {
    let options = &edge.options;
    Answer::ok(&Root {
        name: "Dashtam",
        version: &options.version,
        status: "running",
        docs: if options.docs { "/docs" } else { "disabled" },
        api: Versions {
            v1: "/api/v1",
            endpoints: Areas {
                providers: "/api/v1/providers",
                auth: "/api/v1/auth",
                accounts: "/api/v1/accounts",
                transactions: "/api/v1/transactions",
                imports: "/api/v1/imports",
                health: "/health",
            },
        },
    })
}

/// Whether the program can do its work: the database answers, and takes what is to be stored.
#[utoipa::path(get, path = "/health", tag = "system", operation_id = "system.health", security(()),
    responses((status = OK, body = Health), (status = SERVICE_UNAVAILABLE, body = Health)))]
pub(crate) async fn health(_: Plain, edge: Data<EdgeData>) -> Answer {
    examine(&edge).await
}

/// Whether requests should be sent here: as `/health`.
#[utoipa::path(get, path = "/health/ready", tag = "system", operation_id = "system.ready", security(()),
    responses((status = OK, body = Health), (status = SERVICE_UNAVAILABLE, body = Health)))]
pub(crate) async fn ready(_: Plain, edge: Data<EdgeData>) -> Answer {
    examine(&edge).await
}

/// As `/health`, under the prefix of the API.
#[utoipa::path(get, path = "/api/v1/health", tag = "system", operation_id = "system.api_health", security(()),
    responses((status = OK, body = Health), (status = SERVICE_UNAVAILABLE, body = Health)))]
pub(crate) async fn api_health(_: Plain, edge: Data<EdgeData>) -> Answer {
    examine(&edge).await
}

/// The program runs; nothing else is looked at.
#[utoipa::path(get, path = "/health/live", tag = "system", operation_id = "system.live", security(()),
    responses((status = OK, body = Live)))]
pub(crate) async fn live(_: Plain, edge: Data<EdgeData>) -> Answer {
    Answer::ok(&Live { status: "healthy", version: &edge.options.version })
}

/// The public keys that verify access tokens (RFC 7517); none when they are signed with HS256.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "system", operation_id = "system.jwks", security(()),
    responses((status = OK, body = Jwks)))]
pub(crate) async fn jwks(_: Plain, signing: Data<Signing>) -> Answer {
    let published = signing.published();
    let keys = published.iter().map(Jwk::new).collect();
    Answer::ok(&Jwks { keys }).public(Keystore::PUBLISHED_AHEAD).tagged()
}

async fn examine(edge: &EdgeData) -> Answer {
    let readiness = &edge.options.readiness;
    let (database, redis) = (readiness.database().await, readiness.redis().await);
    let trouble = if database { readiness.storage().await } else { Some(StorageTrouble::Unreachable) };
    let word = |connected| if connected { "connected" } else { "disconnected" };
    // Without Redis each replica goes on by itself: that is worth knowing, and no reason to send requests elsewhere.
    let view = Health {
        status: if trouble.is_none() && redis != Some(false) { "healthy" } else { "degraded" },
        database: word(database),
        storage: trouble.map(StorageTrouble::as_str),
        redis: redis.map(word),
        version: &edge.options.version,
    };
    Answer::new(if trouble.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, &view)
}
