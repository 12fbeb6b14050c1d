//! Credentials in and out of their sealed form; each ciphertext is bound to its column and row.

use dashtam_domain::{
    connections::{Credentials, Linking, Provider, SealedCredentials},
    id::{ConnectionId, UserId},
    identity::{FieldCipher, FieldContext},
    secret::{SealError, Sealed, SecretText},
    time::Timestamp,
};
use uuid::Uuid;

const TABLE: &str = "provider_credentials";

fn place(column: &'static str, connection: ConnectionId) -> FieldContext {
    FieldContext { table: TABLE, column, row: connection.0 }
}

/// Where the PKCE verifier of an authorization under way stands.
pub(crate) fn verifier_place(row: Uuid) -> FieldContext {
    FieldContext { table: "pending_authorizations", column: "verifier_encrypted", row }
}

/// Credentials in the clear.
pub(crate) fn open(cipher: &dyn FieldCipher, sealed: &SealedCredentials) -> Result<Credentials, SealError> {
    let open = |value: &Sealed, column| cipher.open(value, place(column, sealed.connection));
    Ok(Credentials {
        access_token: open(&sealed.access_token, "access_token_encrypted")?,
        refresh_token: sealed
            .refresh_token
            .as_ref()
            .map(|value| open(value, "refresh_token_encrypted"))
            .transpose()?,
        id_token: sealed.id_token.as_ref().map(|value| open(value, "id_token_encrypted")).transpose()?,
        token_type: sealed.token_type.clone(),
        scope: sealed.scope.clone(),
        expires_at: sealed.expires_at,
        grant_expires_at: sealed.grant_expires_at,
    })
}

/// New credentials sealed for their row. What the institution left out of a refresh or a repeated
/// authorization stays as it was in `previous`.
pub(crate) fn seal(
    cipher: &dyn FieldCipher,
    fresh: &Credentials,
    connection: ConnectionId,
    owner: UserId,
    previous: Option<SealedCredentials>,
    now: Timestamp,
) -> Result<SealedCredentials, SealError> {
    let seal = |value: &SecretText, column| cipher.seal(value, place(column, connection));
    let access_token = seal(&fresh.access_token, "access_token_encrypted")?;
    let refresh_token =
        fresh.refresh_token.as_ref().map(|value| seal(value, "refresh_token_encrypted")).transpose()?;
    let id_token = fresh.id_token.as_ref().map(|value| seal(value, "id_token_encrypted")).transpose()?;
    Ok(match previous {
        Some(previous) => SealedCredentials {
            access_token,
            refresh_token: refresh_token.or(previous.refresh_token),
            id_token: id_token.or(previous.id_token),
            token_type: fresh.token_type.clone(),
            scope: fresh.scope.clone().or(previous.scope),
            expires_at: fresh.expires_at,
            grant_expires_at: fresh.grant_expires_at.or(previous.grant_expires_at),
            updated_at: now,
            ..previous
        },
        None => SealedCredentials {
            connection,
            owner,
            access_token,
            refresh_token,
            id_token,
            token_type: fresh.token_type.clone(),
            scope: fresh.scope.clone(),
            expires_at: fresh.expires_at,
            grant_expires_at: fresh.grant_expires_at,
            last_refreshed_at: None,
            refresh_count: 0,
            created_at: now,
            updated_at: now,
            revision: 0,
        },
    })
}

/// Asks the institution to forget a grant whose credentials are deleted already. A courtesy: when it does not
/// work, the log says so.
pub(crate) async fn revoke(cipher: &dyn FieldCipher, sealed: &SealedCredentials, provider: &dyn Provider) {
    let Linking::OAuth(link) = provider.linking() else { return };
    match open(cipher, sealed) {
        Ok(credentials) => {
            if let Err(error) = link.revoke(&credentials).await {
                tracing::warn!(%error, "the institution did not confirm the revocation");
            }
        }
        Err(error) => tracing::warn!(%error, "the grant could not be revoked at the institution"),
    }
}
