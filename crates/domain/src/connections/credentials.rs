//! What an institution gave us to act for a user.

use chrono::TimeDelta;

use crate::{
    id::{ConnectionId, UserId},
    secret::{Sealed, SecretText},
    time::Timestamp,
};

/// Credentials in the clear; they live only while they are used.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Bearer token of the institution's API.
    pub access_token: SecretText,
    /// For new access tokens, if the institution gives one.
    pub refresh_token: Option<SecretText>,
    /// OpenID Connect token, if the institution gives one.
    pub id_token: Option<SecretText>,
    /// Usually `Bearer`.
    pub token_type: String,
    /// What was granted.
    pub scope: Option<String>,
    /// When the access token ends; `None` when it does not.
    pub expires_at: Option<Timestamp>,
    /// When the grant itself ends and the user has to link again, if the institution sets such a deadline.
    /// A refresh that does not move it leaves it `None`.
    pub grant_expires_at: Option<Timestamp>,
}

impl Credentials {
    /// A token that neither ends nor can be refreshed.
    pub fn bearer(access_token: SecretText) -> Self {
        Self {
            access_token,
            refresh_token: None,
            id_token: None,
            token_type: "Bearer".to_owned(),
            scope: None,
            expires_at: None,
            grant_expires_at: None,
        }
    }
}

/// How the right to refresh credentials was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshRight {
    /// Nobody held it: it was never taken, or given back.
    Free,
    /// Its holder let its time run out, and is taken for dead.
    Inherited,
}

/// Credentials as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedCredentials {
    /// Of which connection; also the row's id.
    pub connection: ConnectionId,
    /// The user it belongs to.
    pub owner: UserId,
    /// Sealed access token.
    pub access_token: Sealed,
    /// Sealed refresh token.
    pub refresh_token: Option<Sealed>,
    /// Sealed id token.
    pub id_token: Option<Sealed>,
    /// Usually `Bearer`.
    pub token_type: String,
    /// What was granted.
    pub scope: Option<String>,
    /// When the access token ends; `None` when it does not.
    pub expires_at: Option<Timestamp>,
    /// When the grant itself ends, if the institution sets a deadline; a refresh does not move it.
    pub grant_expires_at: Option<Timestamp>,
    /// Last refresh.
    pub last_refreshed_at: Option<Timestamp>,
    /// Refreshes since the link.
    pub refresh_count: i32,
    /// When first stored.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
    /// Counts the writes; an update of an outdated copy is refused.
    pub revision: i32,
}

impl SealedCredentials {
    /// A token this close to its end is refreshed before it is used: 5 minutes.
    pub const EXPIRING_SOON: TimeDelta = TimeDelta::minutes(5);

    /// Whether the access token has ended.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| now >= end)
    }

    /// Whether the access token ends within five minutes.
    pub fn is_expiring_soon(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| now.plus(Self::EXPIRING_SOON) >= end)
    }

    /// A proactive refresh is due this long before the token's end, earlier than anybody's own need for it.
    pub const AHEAD: TimeDelta = TimeDelta::minutes(10);
    /// Tokens of a shorter life are refreshed when they are needed only.
    pub const LONG_ENOUGH: TimeDelta = TimeDelta::minutes(15);

    /// When the access token should be refreshed although nobody needs it: ten minutes before its end. `None`
    /// without a refresh token, and for tokens that do not end or live for less than a quarter of an hour.
    pub fn refresh_due_at(&self) -> Option<Timestamp> {
        let end = self.expires_at.filter(|_| self.refresh_token.is_some())?;
        (end.since(self.updated_at) >= Self::LONG_ENOUGH).then(|| end.plus(-Self::AHEAD))
    }

    /// A right to refresh that is held for longer than this from now on was taken by a clock that was ahead.
    pub const LONGEST_HOLD: TimeDelta = TimeDelta::minutes(10);

    /// Whether the token must be refreshed before use. What a clock that was ahead wrote of its end says nothing.
    pub fn needs_refresh(&self, now: Timestamp) -> bool {
        let misdated = self.expires_at.is_some() && self.updated_at.since(now) > Timestamp::SKEW;
        misdated || self.is_expired(now) || self.is_expiring_soon(now)
    }
}
