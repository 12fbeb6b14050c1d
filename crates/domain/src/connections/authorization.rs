//! An authorization under way: what binds the institution's callback to the user who began it.

use crate::{
    id::{ConnectionId, UserId},
    secret::{Sealed, SecretHash, SecretText},
    time::Timestamp,
};

/// An authorization that was begun and waits for its callback, or for the end of a session at the institution. Works once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingAuthorization {
    /// Row id, to which what is sealed is bound.
    pub id: uuid::Uuid,
    /// SHA-256 of the `state` parameter.
    pub state: SecretHash,
    /// Who began it.
    pub owner: UserId,
    /// For which connection.
    pub connection: ConnectionId,
    /// What only we know of it, sealed: the PKCE verifier, or the key of the session at the institution.
    pub verifier: Sealed,
    /// When it was begun.
    pub created_at: Timestamp,
    /// Last instant at which it can be completed (inclusive).
    pub expires_at: Timestamp,
}

/// What a provider needs to build the address the user is sent to.
#[derive(Debug, Clone)]
pub struct AuthorizationRequest {
    /// The `state` parameter.
    pub state: SecretText,
    /// The PKCE verifier, of which the challenge is sent.
    pub verifier: SecretText,
}

/// What came back from the institution, to be exchanged for credentials.
#[derive(Debug, Clone)]
pub struct AuthorizationGrant {
    /// The authorization code, decoded once.
    pub code: SecretText,
    /// The PKCE verifier of the request.
    pub verifier: SecretText,
}
