//! Sessions: authenticate a request, exchange a refresh token, list, note, end, sign out.

mod authenticate;
mod disown;
mod end;
mod flush_activity;
mod list;
mod note;
mod refresh;
mod replace;
mod sign_out;

use std::sync::Arc;

use dashtam_domain::{
    delivery::WorkSignal,
    identity::{
        AccessTokens, ActivityLog, ClientDescriber, GuestTokens, IdentityQueries, InvalidAccessToken,
        RefreshSecrets, SessionCache,
    },
    sources::Sources,
    store::Store,
};

use crate::{
    Policy,
    errors::{CommonError, faults},
};

pub use authenticate::{Authenticated, Shown};
pub use disown::DisownSession;
pub use end::{EndSession, EndSessions, Which};
pub use flush_activity::FlushActivity;
pub use list::{ListSessions, ListedSessions};
pub use note::NoteOnSession;
pub use refresh::Refresh;
pub use replace::EndReplaced;
pub use sign_out::SignOut;

/// Sessions and their tokens.
pub struct Sessions {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn IdentityQueries>,
    pub(crate) sources: Sources,
    pub(crate) access_tokens: Arc<dyn AccessTokens>,
    pub(crate) guests: Option<Arc<dyn GuestTokens>>,
    pub(crate) refresh_secrets: Arc<dyn RefreshSecrets>,
    pub(crate) clients: Arc<dyn ClientDescriber>,
    pub(crate) cache: Arc<dyn SessionCache>,
    pub(crate) activity: Arc<dyn ActivityLog>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) policy: Policy,
}

/// Why a credential does not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The access token is not good, whatever the reason.
    #[error("The access token is not valid or its session has ended.")]
    InvalidAccessToken,
    /// A write by cookie that does not prove that it comes from a page of the session.
    #[error("A write by cookie needs the token of its session in the header X-CSRF-Token.")]
    NoCsrfProof,
    /// The refresh token is unknown, expired, or its session has ended.
    #[error("The refresh token is invalid, expired or revoked.")]
    InvalidRefreshToken,
    /// The refresh token was spent before; its session has been ended.
    #[error("The refresh token was used before. Its session has been ended; sign in again.")]
    RefreshTokenReused,
    /// No such session, or somebody else's.
    #[error("There is no such session.")]
    NotFound,
    /// The session of the call itself, which is ended by signing out.
    #[error("You cannot revoke current session here; sign out instead.")]
    CurrentSession,
    /// It had ended before.
    #[error("This session was already revoked.")]
    AlreadyEnded,
    /// The token of a "this was not me" link is unknown, used, replaced or expired.
    #[error("The link is invalid, expired or was already used.")]
    InvalidLink,
    /// Signing failed.
    #[error("The access token could not be made.")]
    Token(#[from] InvalidAccessToken),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    SessionError {
        Self::InvalidAccessToken => Unauthenticated: "invalid-access-token",
        Self::InvalidRefreshToken => Unauthenticated: "invalid-refresh-token",
        Self::RefreshTokenReused => Unauthenticated: "refresh-token-reused",
        Self::NoCsrfProof => Forbidden: "csrf-failed",
        Self::NotFound => NotFound: "not-found",
        Self::CurrentSession => Malformed: "current-session",
        Self::AlreadyEnded => Malformed: "session-already-revoked",
        Self::InvalidLink => Malformed: "invalid-or-expired-token",
        Self::Token(_) => Internal: "internal",
    }
}
