//! Rows of the reference system as what Dashtam stores, or the reason why they cannot be.
//!
//! Reasons name columns and rules, never a value: they are printed, and values are personal or secret.

use std::net::IpAddr;

use chrono::TimeDelta;
use dashtam_application::authorization::seal_credentials;
use dashtam_domain::{
    connections::{Connection, ConnectionState, Credentials, ProviderKey, SealedCredentials},
    id::{AuditId, ConnectionId, UserId},
    identity::{
        Attributes, AuditAction, AuditEntry, EmailAddress, FieldCipher, FieldContext, PersonName, User,
    },
    secret::{Sealed, SecretText},
    time::Timestamp,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    ReferenceAuditLine, ReferenceConnection, ReferenceLink, ReferenceProvider, ReferenceToken, ReferenceUser,
};

/// Told to the user whose connection came without its tokens.
const LINK_AGAIN: &str = "The authorization could not be taken over; link the account again.";
/// Longest `User-Agent` that is kept, in characters.
const USER_AGENT: usize = 512;
/// Longest text that is kept in place of an address, in characters.
const ADDRESS: usize = 64;

/// A provider with everything about it, ready to be stored.
pub(super) struct Link {
    pub(super) provider: Uuid,
    /// The connection it becomes, as it was in the reference system.
    pub(super) whole: Result<Connection, String>,
    /// The row of the connection's state, and what is wrong with it.
    pub(super) state: Option<(Uuid, Result<(), String>)>,
    /// The row of the tokens, and those sealed by our newest key.
    pub(super) token: Option<(Uuid, Result<SealedCredentials, String>)>,
}

impl Link {
    /// The connection to be stored. Without tokens nothing can be fetched, and what needs them has to be linked
    /// again: that is what `expired` says.
    pub(super) fn to_store(&self, now: Timestamp) -> Result<Connection, String> {
        let mut connection = self.whole.clone()?;
        let works = matches!(self.token, Some((_, Ok(_))));
        if !works && matches!(connection.state, ConnectionState::Active | ConnectionState::Error) {
            connection.state = ConnectionState::Expired;
            connection.error_message = Some(LINK_AGAIN.to_owned());
            connection.next_sync_at = None;
            connection.updated_at = now;
        }
        Ok(connection)
    }
}

fn instant(column: &str, text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| format!("{column} is not an instant"))
}

fn maybe_instant(column: &str, text: Option<&str>) -> Result<Option<Timestamp>, String> {
    text.map(|text| instant(column, text)).transpose()
}

/// A network address, with or without a mask.
fn address(text: &str) -> Option<IpAddr> {
    text.split('/').next()?.trim().parse().ok()
}

fn cut(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}

/// The account. A blank name becomes the first half of the address, which is what the reference system showed.
pub(super) fn user(row: &ReferenceUser) -> Result<User, String> {
    let email: EmailAddress = row.email.parse().map_err(|error| format!("email {error}"))?;
    let name = match row.name.trim() {
        "" => email.as_str().split('@').next().unwrap_or_default(),
        name => name,
    };
    let name: PersonName = name.parse().map_err(|error| format!("name {error}"))?;
    let created_at = instant("created_at", &row.created_at)?;
    let verified_at = maybe_instant("email_verified_at", row.verified_at.as_deref())?.unwrap_or(created_at);
    let password = row.password.clone().filter(|hash| !hash.as_str().is_empty());
    Ok(User {
        email_verified_at: row.is_verified.then_some(verified_at),
        is_active: row.is_active,
        token_version: row.token_version,
        last_login_at: maybe_instant("last_login_at", row.last_login_at.as_deref())?,
        last_login_address: row.last_login_address.as_deref().and_then(address),
        updated_at: maybe_instant("updated_at", row.updated_at.as_deref())?.unwrap_or(created_at),
        password,
        ..User::without_password(UserId(row.id), email, name, created_at)
    })
}

/// A provider with its connection and tokens; the tokens are opened and sealed anew.
pub(super) fn link(cipher: &dyn FieldCipher, owner: UserId, row: &ReferenceLink, now: Timestamp) -> Link {
    let mut whole = provider(owner, &row.provider);
    let state = row.connection.as_ref().map(|state| {
        let checked = with_state(&mut whole, state);
        (state.id, checked)
    });
    let token = row
        .token
        .as_ref()
        .map(|token| (token.id, credentials(cipher, ConnectionId(row.provider.id), owner, token, now)));
    Link { provider: row.provider.id, whole, state, token }
}

fn provider(owner: UserId, row: &ReferenceProvider) -> Result<Connection, String> {
    if row.is_deleted {
        return Err("it was deleted there".to_owned());
    }
    // The reference system meant to store keys so and did not.
    let key: ProviderKey =
        row.key.trim().to_lowercase().parse().map_err(|error| format!("provider_key {error}"))?;
    let alias = row.alias.parse().map_err(|error| format!("alias {error}"))?;
    let created_at = instant("created_at", &row.created_at)?;
    Ok(Connection {
        updated_at: maybe_instant("updated_at", row.updated_at.as_deref())?.unwrap_or(created_at),
        metadata: metadata(row.metadata.as_ref()),
        ..Connection::new(ConnectionId(row.id), owner, key, alias, created_at)
    })
}

/// What was noted of a provider. More than can be noted today is kept as it is; what is no object says nothing.
fn metadata(noted: Option<&Value>) -> Attributes {
    match noted {
        Some(Value::Object(object)) if !object.is_empty() => Attributes::keep(object.clone())
            .unwrap_or_else(|_| Attributes::stored(Some(Value::Object(object.clone()).to_string()))),
        _ => Attributes::default(),
    }
}

/// Puts the state of the connection's row in, unless something is wrong with that row.
fn with_state(whole: &mut Result<Connection, String>, row: &ReferenceConnection) -> Result<(), String> {
    if row.is_deleted {
        return Err("it was deleted there".to_owned());
    }
    let status = row.status.trim().to_ascii_lowercase();
    let state: ConnectionState = status.parse().map_err(|_| "status is unknown".to_owned())?;
    let minutes = Some(row.sync_frequency_minutes).filter(|minutes| *minutes > 0);
    let minutes = minutes.ok_or("sync_frequency_minutes is not a number of minutes")?;
    let connected_at = maybe_instant("connected_at", row.connected_at.as_deref())?;
    let last_sync_at = maybe_instant("last_sync_at", row.last_sync_at.as_deref())?;
    let next_sync_at = maybe_instant("next_sync_at", row.next_sync_at.as_deref())?;
    let updated_at = maybe_instant("updated_at", row.updated_at.as_deref())?;
    if let Ok(connection) = whole {
        let goes_on = matches!(state, ConnectionState::Active | ConnectionState::Error);
        connection.state = state;
        connection.connected_at = connected_at;
        connection.last_sync_at = last_sync_at;
        connection.next_sync_at = next_sync_at.filter(|_| goes_on);
        connection.sync_frequency_minutes = minutes;
        connection.error_message = row.error_message.clone();
        connection.error_count = row.error_count.max(0);
        connection.accounts_count = row.accounts_count.max(0);
        connection.updated_at = updated_at.unwrap_or(connection.updated_at);
    }
    Ok(())
}

fn credentials(
    cipher: &dyn FieldCipher,
    connection: ConnectionId,
    owner: UserId,
    row: &ReferenceToken,
    now: Timestamp,
) -> Result<SealedCredentials, String> {
    if row.is_deleted {
        return Err("it was deleted there".to_owned());
    }
    let open = |column, value: &Option<Sealed>| {
        let open = |value| cipher.open(value, FieldContext::elsewhere(column, row.id));
        let not_empty = value.as_ref().filter(|value| !value.as_str().is_empty());
        not_empty.map(open).transpose().map_err(|_| {
            format!(
                "{column}: no key of the ring opens it; add reference:<ENCRYPTION_KEY>, or \
                 reference-secret:<SECRET_KEY> if there was none, to security.encryption_keys"
            )
        })
    };
    let access_token = open("access_token_encrypted", &row.access_token)?;
    let refresh_token = open("refresh_token_encrypted", &row.refresh_token)?;
    if access_token.is_none() && refresh_token.is_none() {
        return Err("it holds no token".to_owned());
    }
    let created_at = instant("created_at", &row.created_at)?;
    // One that never ends may be stored as the end of time.
    let end = row.expires_at.as_deref().filter(|text| *text != "infinity");
    let expires_at = match access_token {
        Some(_) => maybe_instant("expires_at", end)?,
        // There is nothing to use before the first refresh.
        None => Some(now.plus(TimeDelta::seconds(-1))),
    };
    let fresh = Credentials {
        access_token: access_token.unwrap_or_else(|| SecretText::new("")),
        refresh_token,
        id_token: row.id_token.clone().filter(|token| !token.expose().is_empty()),
        token_type: match row.token_type.trim() {
            "" => "Bearer".to_owned(),
            kind => kind.to_owned(),
        },
        scope: row.scope.clone(),
        expires_at,
        grant_expires_at: None,
    };
    let sealed = seal_credentials(cipher, &fresh, connection, owner, None, now);
    let sealed = sealed.map_err(|_| "the newest key of the ring cannot seal it".to_owned())?;
    Ok(SealedCredentials {
        last_refreshed_at: maybe_instant("last_refreshed_at", row.last_refreshed_at.as_deref())?,
        refresh_count: row.refresh_count.max(0),
        created_at,
        updated_at: maybe_instant("updated_at", row.updated_at.as_deref())?.unwrap_or(created_at),
        ..sealed
    })
}

/// A line of the trail. An address that is none stays readable among the details.
pub(super) fn audit_entry(owner: UserId, row: &ReferenceAuditLine) -> Result<AuditEntry, String> {
    let provider = row.provider.ok_or("its connection is missing or of another user")?;
    let action = AuditAction::parse(row.action.trim()).ok_or("action is unknown")?;
    let at = instant("created_at", &row.created_at)?;
    let text = row.address.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let found = text.and_then(address);
    let mut details = match &row.details {
        Value::Null => json!({}),
        details => details.clone(),
    };
    if let (Some(text), None, Value::Object(details)) = (text, found, &mut details) {
        details.entry("ip_address").or_insert_with(|| Value::String(cut(text, ADDRESS)));
    }
    Ok(AuditEntry {
        id: AuditId(dated(row.id, at)),
        at,
        action,
        user: Some(owner),
        connection: Some(ConnectionId(provider)),
        address: found,
        user_agent: row.user_agent.as_deref().map(|agent| cut(agent, USER_AGENT)),
        details,
    })
}

/// The id of an audit line with its time in front, as a UUIDv7: the trail is shown in the order of ids, and those
/// of the reference system are random. The same line gets the same id.
fn dated(id: Uuid, at: Timestamp) -> Uuid {
    const RANDOM: u128 = (1 << 76) - 1;
    const TIME: u128 = (1 << 48) - 1;
    let milliseconds = u128::try_from(at.as_micros() / 1_000).unwrap_or(0) & TIME;
    Uuid::from_u128(milliseconds << 80 | 0x7 << 76 | id.as_u128() & RANDOM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dated_ids_follow_time_and_differ_by_their_random_part() {
        let at = |text| Timestamp::parse(text).unwrap();
        let (early, late) = (at("2025-01-01T00:00:00.001Z"), at("2025-01-01T00:00:00.002Z"));
        let low = "00000000-0000-4000-8000-000000000001".parse().unwrap();
        let high = "ffffffff-ffff-4fff-bfff-ffffffffffff".parse().unwrap();
        assert_eq!(dated(high, early), dated(high, early));
        assert!(dated(high, early) < dated(low, late));
        assert_ne!(dated(high, early), dated(low, early));
        for id in [dated(low, early), dated(high, late)] {
            assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
        }
        // 2025-01-01T00:00:00.001Z is 1735689600001 ms, 0x01941f297c01.
        assert_eq!(dated(low, early).to_string(), "01941f29-7c01-7000-8000-000000000001");
    }

    #[test]
    fn addresses_may_have_a_mask() {
        assert_eq!(address("192.0.2.7/32"), Some([192, 0, 2, 7].into()));
        assert_eq!(address(" 2001:db8::1 "), "2001:db8::1".parse().ok());
        assert_eq!(address("testclient"), None);
    }
}
