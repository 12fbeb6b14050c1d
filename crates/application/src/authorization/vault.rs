//! Credentials in and out of their sealed form; each ciphertext is bound to its column and row.

use dashtam_domain::{
    connections::{Credentials, Linking, Provider, SealedCredentials},
    id::{ConnectionId, UserId},
    identity::{FieldCipher, FieldContext},
    sealed::SealedField,
    secret::{SealError, Sealed, SecretText},
    time::Timestamp,
};
use uuid::Uuid;

/// Where the PKCE verifier of an authorization under way stands.
pub(crate) fn verifier_place(row: Uuid) -> FieldContext {
    SealedField::PkceVerifier.at(row)
}

/// Credentials in the clear.
pub(crate) fn open(cipher: &dyn FieldCipher, sealed: &SealedCredentials) -> Result<Credentials, SealError> {
    let open = |value: &Sealed, field: SealedField| cipher.open(value, field.at(sealed.connection.0));
    let maybe = |value: &Option<Sealed>, field| value.as_ref().map(|value| open(value, field)).transpose();
    Ok(Credentials {
        access_token: open(&sealed.access_token, SealedField::AccessToken)?,
        refresh_token: maybe(&sealed.refresh_token, SealedField::RefreshToken)?,
        id_token: maybe(&sealed.id_token, SealedField::IdToken)?,
        token_type: sealed.token_type.clone(),
        scope: sealed.scope.clone(),
        expires_at: sealed.expires_at,
        grant_expires_at: sealed.grant_expires_at,
    })
}

/// New credentials sealed for their row. What the institution left out of a refresh or a repeated
/// authorization stays as it was in `previous`, unless no key opens it: then it would only stand in the way of what
/// is good.
pub fn seal(
    cipher: &dyn FieldCipher,
    fresh: &Credentials,
    connection: ConnectionId,
    owner: UserId,
    previous: Option<SealedCredentials>,
    now: Timestamp,
) -> Result<SealedCredentials, SealError> {
    let seal = |value: &SecretText, field: SealedField| cipher.seal(value, field.at(connection.0));
    let maybe = |value: &Option<SecretText>, field| value.as_ref().map(|v| seal(v, field)).transpose();
    let access_token = seal(&fresh.access_token, SealedField::AccessToken)?;
    let refresh_token = maybe(&fresh.refresh_token, SealedField::RefreshToken)?;
    let id_token = maybe(&fresh.id_token, SealedField::IdToken)?;
    // A rotation of the keys may have passed since `previous` was read: its old value must not come back.
    let keep = |value: Option<Sealed>, field: SealedField| {
        let opened = value.and_then(|value| cipher.open(&value, field.at(connection.0)).ok());
        opened.map(|plain| seal(&plain, field)).transpose()
    };
    let (kept_refresh, kept_id) = match &previous {
        Some(previous) => (
            keep(previous.refresh_token.clone(), SealedField::RefreshToken)?,
            keep(previous.id_token.clone(), SealedField::IdToken)?,
        ),
        None => (None, None),
    };
    Ok(match previous {
        Some(previous) => SealedCredentials {
            access_token,
            refresh_token: refresh_token.or(kept_refresh),
            id_token: id_token.or(kept_id),
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
    let linking = provider.linking();
    if matches!(linking, Linking::Secret(_)) {
        return;
    }
    let credentials = match open(cipher, sealed) {
        Ok(credentials) => credentials,
        Err(error) => {
            tracing::warn!(%error, "the grant could not be revoked at the institution");
            return;
        }
    };
    let revoked = match linking {
        Linking::OAuth(link) => link.revoke(&credentials).await,
        Linking::Hosted(link) => link.revoke(&credentials).await,
        _ => return,
    };
    if let Err(error) = revoked {
        tracing::warn!(%error, "the institution did not confirm the revocation");
    }
}

#[cfg(test)]
mod tests {
    use dashtam_testkit::{
        builders::{self, at},
        fakes::NumberedKeys,
    };

    use super::*;

    #[test]
    fn what_is_kept_moves_to_the_newest_key_and_what_no_key_opens_is_dropped() {
        let connection = builders::connection(UserId(builders::id()), "Mine");
        let under =
            |key, plain, field: SealedField| NumberedKeys::sealed_by(key, plain, field.at(connection.id.0));
        let fresh = Credentials {
            access_token: SecretText::new("fresh"),
            refresh_token: None,
            id_token: None,
            token_type: "Bearer".to_owned(),
            scope: None,
            expires_at: None,
            grant_expires_at: None,
        };
        // Read before the keys were rotated; the id token is under a key that was lost.
        let previous = SealedCredentials {
            refresh_token: Some(under(1, "refresh", SealedField::RefreshToken)),
            id_token: Some(under(9, "id", SealedField::IdToken)),
            ..builders::credentials(&connection)
        };
        let ring = NumberedKeys(vec![2, 1]);
        let next = seal(&ring, &fresh, connection.id, connection.owner, Some(previous), at(1)).unwrap();
        assert_eq!(next.access_token, under(2, "fresh", SealedField::AccessToken));
        assert_eq!(next.refresh_token, Some(under(2, "refresh", SealedField::RefreshToken)));
        assert_eq!(next.id_token, None);
    }
}
