//! Sessions: one row per sign-in.

use std::net::IpAddr;

use chrono::TimeDelta;

use crate::{
    id::{SessionId, UserId},
    time::Timestamp,
    words::words,
};

use super::User;

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
}
}

/// One sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id; the `jti` of its access tokens.
    pub id: SessionId,
    /// Whose.
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
    /// Address of the sign-in.
    pub address: Option<IpAddr>,
    /// Software of the sign-in, cut to 512 characters.
    pub user_agent: Option<String>,
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
}

/// A session with its user, as one look-up finds them: what a request needs to be authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSnapshot {
    /// The session.
    pub session: Session,
    /// Its user.
    pub user: User,
}

impl SessionSnapshot {
    /// Whether a token of this session may act now: session valid, account active, version not outdated.
    pub fn admits(&self, token_version: i32, now: Timestamp) -> bool {
        self.session.is_valid(now) && self.user.is_active && token_version >= self.user.token_version
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of the validity table, in hours and microseconds after `t`.
    #[test]
    fn validity_follows_the_table() {
        let t = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let at = |hours: i64, micros: i64| t.plus(TimeDelta::hours(hours) + TimeDelta::microseconds(micros));
        let base = Session {
            id: SessionId(uuid::Uuid::nil()),
            user: UserId(uuid::Uuid::nil()),
            transport: Transport::Token,
            long_lived: true,
            created_at: t,
            expires_at: at(730 * 24, 0),
            ended: None,
            last_seen_at: t,
            token_version: 1,
            address: None,
            user_agent: None,
        };
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
