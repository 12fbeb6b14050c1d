//! Lifetimes and addresses an operator may set.

use chrono::TimeDelta;
use url::Url;

/// How accounts come to be. The first one, by the link of the start, and administrators that the host's command line makes are
/// possible in every mode, and whoever began before the mode changed finishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationMode {
    /// Everybody makes one on their own.
    Open,
    /// Administrators make them for others, and managers for their sub-users; nobody makes one on their own.
    Invitation,
    /// Nobody makes one, neither on their own nor for others.
    Closed,
}

impl RegistrationMode {
    /// Whether administrators and managers make accounts for others.
    pub fn lets_invite(self) -> bool {
        match self {
            Self::Open | Self::Invitation => true,
            Self::Closed => false,
        }
    }
}

/// Lifetimes and addresses an operator may set.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Lifetime of an access token.
    pub access_token: TimeDelta,
    /// Lifetime of an unused refresh token.
    pub refresh_token: TimeDelta,
    /// Longest life of a session, however active.
    pub session: TimeDelta,
    /// How accounts come to be.
    pub registration: RegistrationMode,
    /// Lifetime of a mailed verification token.
    pub verification: TimeDelta,
    /// Lifetime of a mailed token for a new password.
    pub password_reset: TimeDelta,
    /// Whether mailed links sign in.
    pub login_links: bool,
    /// Lifetime of a mailed link that signs in.
    pub login_link: TimeDelta,
    /// Lifetime of a mailed token that proves another address.
    pub email_change: TimeDelta,
    /// Age at which the key pair of access tokens is replaced.
    pub signing_key: TimeDelta,
    /// How long "this was not me" works after a sign-in from an unknown client.
    pub not_me: TimeDelta,
    /// Where people use Dashtam; links in mails begin with it.
    pub front_end: Url,
}

impl Policy {
    /// The defaults, with links that begin with `front_end`.
    pub fn new(front_end: Url) -> Self {
        Self {
            access_token: TimeDelta::minutes(30),
            refresh_token: TimeDelta::days(30),
            session: TimeDelta::days(730),
            registration: RegistrationMode::Open,
            verification: TimeDelta::hours(24),
            password_reset: TimeDelta::hours(1),
            login_links: true,
            login_link: TimeDelta::minutes(15),
            email_change: TimeDelta::hours(2),
            signing_key: TimeDelta::days(90),
            not_me: TimeDelta::days(7),
            front_end,
        }
    }

    /// A page of the front end.
    pub(crate) fn page(&self, path: &str) -> Url {
        let mut url = self.front_end.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{path}"));
        url
    }
}
