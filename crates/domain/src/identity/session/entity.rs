//! Sessions: one row per sign-in.

use std::{net::IpAddr, str::FromStr};

use chrono::TimeDelta;

use crate::{
    id::{SessionId, UserId},
    identity::{Activity, Assurance, Scopes, TokenFloor, User},
    secret::SecretHash,
    text::{LONGEST_NAME, NameError, name},
    time::Timestamp,
    words::words,
};

use ipnet::IpNet;

words! {
/// How a session's credential travels; fixed when the session begins.
Transport {
    /// Access token and refresh token.
    Token = "token",
    /// Browser cookie.
    Cookie = "cookie",
    /// Personal API key.
    ApiKey = "api_key",
}
}

words! {
/// Why a session ended.
EndReason {
    /// Signed out.
    SignedOut = "signed_out",
    /// A spent refresh token came back.
    RefreshReuse = "refresh_reuse",
    /// The password was changed.
    PasswordChanged = "password_changed",
    /// A new password was chosen by a mailed link.
    PasswordReset = "password_reset",
    /// A change of the e-mail address was taken back.
    EmailChangeUndone = "email_change_undone",
    /// The account is going to be deleted.
    AccountDeletion = "account_deletion",
    /// Ended by its owner from another session.
    Revoked = "revoked",
    /// Its owner said by mail that it was somebody else's.
    NotMe = "not_me",
    /// All tokens of the user were made void.
    Rotated = "rotated",
    /// An administrator or manager disabled the account or ended its sessions.
    Administered = "administered",
    /// The account's second factor was changed in another session.
    SecondFactorChanged = "second_factor_changed",
    /// What was set before the mailbox was proved does not count.
    MailboxProved = "mailbox_proved",
    /// A newer API key took its place, or a new sign-in of the same browser.
    Replaced = "replaced",
}
}

/// One sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id; the `jti` of its access tokens.
    pub id: SessionId,
    /// The user it is about.
    pub user: UserId,
    /// How its credential travels.
    pub transport: Transport,
    /// When false, the session also ends after [`Session::IDLE_LIMIT`] without a request.
    pub long_lived: bool,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends for good; never moved later.
    pub expires_at: Timestamp,
    /// When and why it was ended early.
    pub ended: Option<(Timestamp, EndReason)>,
    /// Its last request.
    pub last_seen_at: Timestamp,
    /// The user's token version when it began.
    pub token_version: i32,
    /// The installation's token version when it began.
    pub global_version: i32,
    /// Authenticated requests made with it, as far as they were written.
    pub api_calls: i64,
    /// Address of the sign-in.
    pub address: Option<IpAddr>,
    /// Software of the sign-in, cut to 512 characters.
    pub user_agent: Option<String>,
    /// Browser and system of the sign-in, e.g. `Chrome on macOS`.
    pub device: String,
    /// `City, Country` of the sign-in, when known.
    pub location: Option<String>,
    /// See [`fingerprint`](crate::identity::fingerprint).
    pub fingerprint: SecretHash,
    /// Whether its owner trusts the device.
    pub is_trusted: bool,
    /// The name its owner gave it; API keys always have one.
    pub label: Option<SessionLabel>,
    /// When its holder last proved who it is.
    pub authenticated_at: Timestamp,
    /// How surely the person was known.
    pub assurance: Assurance,
    /// Hash of what the holder shows, unless that is an access token: the cookie's secret or the API key.
    pub credential: Option<SecretHash>,
    /// Hash of what a page of a cookie session shows with every write.
    pub csrf: Option<SecretHash>,
    /// What an API key is kept to; `None` for every other transport.
    pub key: Option<ApiKeyTerms>,
}

/// What an API key is kept to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyTerms {
    /// What it may do.
    pub scopes: Scopes,
    /// Its last four characters, to tell keys apart.
    pub hint: String,
    /// Where it may be used; empty: everywhere.
    pub networks: Vec<IpNet>,
    /// The key that took its place; it may go on beside that for a while.
    pub replaced_by: Option<SessionId>,
}

impl ApiKeyTerms {
    /// Whether the key may be used from this address. An unknown address is in no network.
    pub fn admits(&self, address: Option<IpAddr>) -> bool {
        self.networks.is_empty()
            || address.is_some_and(|address| {
                let address = address.to_canonical();
                self.networks.iter().any(|network| network.contains(&address))
            })
    }
}

impl Session {
    /// How long a session that is not long-lived survives without a request: 168 hours.
    pub const IDLE_LIMIT: TimeDelta = TimeDelta::hours(168);

    /// Whether the session is good at this instant. Both ends are inclusive, the idle limit is not.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.created_at <= now
            && self.expires_at >= now
            && self.ended.is_none()
            && (self.long_lived || now.since(self.last_seen_at) < Self::IDLE_LIMIT)
    }

    /// Whether a client of this description and fingerprint is the one the session began on. A program stays the same
    /// when it is updated, so that a device that can be told by its name is known by it; where it is, does not matter.
    pub fn began_on(&self, device: &str, fingerprint: &SecretHash) -> bool {
        let named = !device.starts_with("Unknown");
        *fingerprint == self.fingerprint || (named && device == self.device)
    }

    /// The session with what it did since it was written. Never moves its last request backwards.
    #[must_use]
    pub fn with_activity(mut self, activity: Option<Activity>) -> Self {
        if let Some(activity) = activity {
            self.last_seen_at = self.last_seen_at.max(activity.last_seen);
            self.api_calls += activity.calls;
        }
        self
    }
}

/// What the holder of a session proved once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reauthentication {
    /// When it happened.
    pub at: Timestamp,
    /// How surely the person was known.
    pub assurance: Assurance,
    /// Hash of the secret the session is held by from now on; `None` leaves it.
    pub credential: Option<SecretHash>,
}

/// Place of a session in the list: the newest request first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionKey {
    /// Its last request.
    pub last_seen_at: Timestamp,
    /// Its id.
    pub id: SessionId,
}

/// What an owner notes on a session; `None` leaves a thing as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionNote {
    /// Another name; `Some(None)` takes the name away.
    pub label: Option<Option<SessionLabel>>,
    /// Whether the device is trusted.
    pub is_trusted: Option<bool>,
}

/// The name an owner gives a session: 1 to 100 characters, trimmed, without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionLabel(String);

impl SessionLabel {
    /// Longest name, in characters.
    pub const MAX: usize = LONGEST_NAME;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SessionLabel {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        name(text).map(Self)
    }
}

/// A session with its user, as one look-up finds them: what a request needs to be authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSnapshot {
    /// The session itself.
    pub session: Session,
    /// Its user.
    pub user: User,
    /// The lowest version that counts, for everybody.
    pub floor: TokenFloor,
}

impl SessionSnapshot {
    /// Whether a token of this session may act now: session valid, account active, no version outdated.
    pub fn admits(&self, token_version: i32, now: Timestamp) -> bool {
        self.session.is_valid(now) && self.permits(token_version, now)
    }

    /// Like [`admits`](Self::admits), for a session that was also seen at an instant not yet written.
    pub fn admits_seen(&self, token_version: i32, seen: Option<Timestamp>, now: Timestamp) -> bool {
        let idle = seen.is_some_and(|seen| now.since(seen) < Session::IDLE_LIMIT);
        if !idle || self.session.long_lived {
            return self.admits(token_version, now);
        }
        let session = Session { long_lived: true, ..self.session.clone() };
        session.is_valid(now) && self.permits(token_version, now)
    }

    fn permits(&self, token_version: i32, now: Timestamp) -> bool {
        self.user.is_usable(now)
            && token_version >= self.user.token_version
            && self.floor.admits(self.session.global_version, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(t: Timestamp) -> Session {
        Session {
            id: SessionId(uuid::Uuid::nil()),
            user: UserId(uuid::Uuid::nil()),
            transport: Transport::Token,
            long_lived: true,
            created_at: t,
            expires_at: t.plus(TimeDelta::hours(730 * 24)),
            ended: None,
            last_seen_at: t,
            token_version: 1,
            global_version: 1,
            api_calls: 0,
            address: None,
            user_agent: None,
            device: "Unknown Device".to_owned(),
            location: None,
            fingerprint: SecretHash::of(""),
            is_trusted: false,
            label: None,
            authenticated_at: t,
            assurance: Assurance::OneFactor,
            credential: None,
            csrf: None,
            key: None,
        }
    }

    #[test]
    fn a_client_is_the_same_after_an_update_and_another_when_it_cannot_be_told() {
        let t = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let began = |device: &str| Session { device: device.to_owned(), ..session(t) };
        let (same, other) = (SecretHash::of(""), SecretHash::of("x"));
        let chrome = began("Chrome on macOS");
        assert!(chrome.began_on("Chrome on macOS", &same) && chrome.began_on("Chrome on macOS", &other));
        assert!(!chrome.began_on("curl on Unknown OS", &other));
        for unknown in ["Unknown Browser on Unknown OS", crate::identity::UNKNOWN_DEVICE] {
            assert!(began(unknown).began_on(unknown, &same) && !began(unknown).began_on(unknown, &other));
        }
    }

    /// Rows of the validity table, in hours and microseconds after `t`.
    #[test]
    fn validity_follows_the_table() {
        let t = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let at = |hours: i64, micros: i64| t.plus(TimeDelta::hours(hours) + TimeDelta::microseconds(micros));
        let base = Session { expires_at: at(730 * 24, 0), ..session(t) };
        let idle = |seen| Session { long_lived: false, last_seen_at: seen, ..base.clone() };
        let ended = Session { ended: Some((at(1, 0), EndReason::SignedOut)), ..base.clone() };
        for (session, now, expected) in [
            (base.clone(), t, true),
            (Session { created_at: at(0, 1), ..base.clone() }, t, false),
            (base.clone(), at(730 * 24, 0), true),
            (base.clone(), at(730 * 24, 1), false),
            (base.clone(), at(400 * 24, 0), true),
            (idle(t), at(168, -1), true),
            (idle(t), at(168, 0), false),
            (idle(at(100, 0)), at(200, 0), true),
            (ended, at(1, 0), false),
        ] {
            assert_eq!(session.is_valid(now), expected, "{session:?} at {now}");
        }
    }
}
