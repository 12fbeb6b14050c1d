//! What a client holds after a sign-in.

use dashtam_domain::{
    id::SessionId,
    identity::User,
    secret::{OpaqueSecret, SecretText},
    time::Timestamp,
};

/// What a signed-in client holds.
#[derive(Debug)]
pub struct Tokens {
    /// For requests.
    pub access_token: SecretText,
    /// For the next pair.
    pub refresh_token: OpaqueSecret,
    /// Seconds the access token works.
    pub expires_in: i64,
}

/// What a browser holds.
#[derive(Debug)]
pub struct CookieSession {
    /// For the cookie.
    pub secret: OpaqueSecret,
    /// For the pages, to be shown with every write.
    pub csrf: OpaqueSecret,
    /// Whether the cookie survives the browser's end.
    pub long_lived: bool,
    /// When the session ends for good.
    pub expires_at: Timestamp,
}

/// What a signed-in client holds, by its own choice.
#[derive(Debug)]
pub enum Held {
    /// An access token and a refresh token.
    Tokens(Tokens),
    /// A cookie.
    Cookie(CookieSession),
}

/// A sign-in that worked.
#[derive(Debug)]
pub struct SignedIn {
    /// The session that began.
    pub session: SessionId,
    /// What the client holds now.
    pub holds: Held,
    /// Who signed in.
    pub user: User,
    /// Marks the client as known; to be shown at its next sign-in.
    pub mark: OpaqueSecret,
}

impl SignedIn {
    /// The tokens, if the session is held by tokens.
    pub fn tokens(&self) -> Option<&Tokens> {
        match &self.holds {
            Held::Tokens(tokens) => Some(tokens),
            Held::Cookie(_) => None,
        }
    }
}
