//! What is written into an access token, whatever signs it.

use std::borrow::Cow;

use dashtam_domain::identity::AccessClaims;
use serde::{Deserialize, Serialize};

use super::{ACCESS, seconds};

/// The payload. Types are strict: a number is no string, and a claim given twice is an error.
#[derive(Serialize, Deserialize)]
pub(crate) struct Claims<'a> {
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    email: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    iat: i64,
    exp: i64,
    version: i32,
    #[serde(borrow)]
    jti: Cow<'a, str>,
    /// The issuer. Tokens made here always have it.
    #[serde(borrow)]
    pub(crate) iss: Option<Cow<'a, str>>,
    /// The audience. Tokens made here always have it.
    #[serde(borrow)]
    pub(crate) aud: Option<Cow<'a, str>>,
}

impl<'a> Claims<'a> {
    /// The payload of a token made by `issuer` for `audience`.
    pub(crate) fn new(claims: &'a AccessClaims, issuer: &'a str, audience: &'a str) -> Self {
        Self {
            sub: claims.user.to_string().into(),
            email: claims.email.as_deref().map(Cow::from),
            kind: ACCESS.into(),
            iat: claims.issued_at.as_seconds(),
            exp: claims.expires_at.as_seconds(),
            version: claims.version,
            jti: claims.session.to_string().into(),
            iss: Some(issuer.into()),
            aud: Some(audience.into()),
        }
    }

    /// What they say, if they are those of an access token. Issuer, audience and times are the caller's to judge.
    pub(crate) fn of_access_token(self) -> Option<AccessClaims> {
        (self.kind == ACCESS).then_some(())?;
        Some(AccessClaims {
            user: self.sub.parse().ok()?,
            session: self.jti.parse().ok()?,
            email: self.email.map(Cow::into_owned),
            version: self.version,
            issued_at: seconds(self.iat)?,
            expires_at: seconds(self.exp)?,
        })
    }
}
