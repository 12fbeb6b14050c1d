//! `GET /.well-known/jwks.json`: the keys that verify access tokens.

use actix_web::web::Data;
use dashtam_application::keystore::Signing;
use dashtam_domain::identity::Keystore;

use crate::{
    answer::Answer,
    endpoint::endpoint,
    extract::Plain,
    views::{Jwk, Jwks},
};

endpoint!(public "system.jwks", limits: []);

/// The public keys that verify access tokens (RFC 7517); none when they are signed with HS256.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "system", responses((status = OK, body = Jwks)))]
async fn handle(_: Plain, signing: Data<Signing>) -> Answer {
    let published = signing.published();
    let keys = published.iter().map(Jwk::new).collect();
    Answer::ok(&Jwks { keys }).public(Keystore::PUBLISHED_AHEAD).tagged()
}
