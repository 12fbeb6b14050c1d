//! What the program says of itself.

use dashtam_domain::identity::PublicJwk;
use serde::Serialize;
use utoipa::ToSchema;

/// Whether the program can do its work.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health<'a> {
    /// `healthy` or `degraded`.
    pub(crate) status: &'static str,
    /// `connected` or `disconnected`.
    pub(crate) database: &'static str,
    /// There only when nothing can be stored, and why: `full`, `read-only`, `locked`, `unreachable`, `damaged` or
    /// `failing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    pub(crate) storage: Option<&'static str>,
    /// `connected` or `disconnected`; null where Redis is not used.
    pub(crate) redis: Option<&'static str>,
    pub(crate) version: &'a str,
}

/// The program runs.
#[derive(Serialize, ToSchema)]
pub(crate) struct Live<'a> {
    /// Always `healthy`.
    pub(crate) status: &'static str,
    pub(crate) version: &'a str,
}

/// What this is and where things are.
#[derive(Serialize, ToSchema)]
pub(crate) struct Root<'a> {
    pub(crate) name: &'static str,
    pub(crate) version: &'a str,
    /// Always `running`.
    pub(crate) status: &'static str,
    /// Where the documentation is, or `disabled`.
    pub(crate) docs: &'static str,
    pub(crate) api: Versions,
}

/// The versions of the API.
#[derive(Serialize, ToSchema)]
pub(crate) struct Versions {
    pub(crate) v1: &'static str,
    pub(crate) endpoints: Areas,
}

/// Where the areas of the API are.
#[derive(Serialize, ToSchema)]
pub(crate) struct Areas {
    pub(crate) providers: &'static str,
    pub(crate) auth: &'static str,
    pub(crate) accounts: &'static str,
    pub(crate) transactions: &'static str,
    pub(crate) imports: &'static str,
    pub(crate) health: &'static str,
}

/// Public keys, as RFC 7517 writes them.
#[derive(Serialize, ToSchema)]
pub(crate) struct Jwks<'a> {
    pub(crate) keys: Vec<Jwk<'a>>,
}

/// A public RSA key.
#[derive(Serialize, ToSchema)]
pub(crate) struct Jwk<'a> {
    /// Always `RSA`.
    pub(crate) kty: &'static str,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub(crate) purpose: &'static str,
    /// Always `RS256`.
    pub(crate) alg: &'static str,
    /// SHA-256 thumbprint (RFC 7638).
    pub(crate) kid: &'a str,
    /// Modulus, big-endian in base64url.
    pub(crate) n: &'a str,
    /// Exponent, big-endian in base64url.
    pub(crate) e: &'a str,
}

impl<'a> Jwk<'a> {
    pub(crate) fn new(key: &'a PublicJwk) -> Self {
        Self { kty: "RSA", purpose: "sig", alg: "RS256", kid: key.id.as_str(), n: &key.n, e: &key.e }
    }
}
