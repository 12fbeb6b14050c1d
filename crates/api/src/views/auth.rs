//! Users and tokens.

use dashtam_application::{
    recovery::ResetState,
    sign_in::{Held, SignedIn, Tokens},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment, UserView};

/// Something worth saying.
#[derive(Serialize, ToSchema)]
pub(crate) struct Message {
    /// A sentence for people.
    pub(crate) message: &'static str,
}

/// A mail was asked for.
#[derive(Serialize, ToSchema)]
#[schema(as = MailAskedFor)]
pub(crate) struct AskedForView {
    /// A sentence for people.
    pub(crate) message: &'static str,
    /// When the same mail may be asked for again, whoever has the address; so says `Retry-After` in seconds.
    pub(crate) next_mail_at: Moment,
}

/// An account that was given up.
#[derive(Serialize, ToSchema)]
#[schema(as = Deletion)]
pub(crate) struct DeletionView {
    /// A sentence for people.
    pub(crate) message: &'static str,
    /// When it is erased.
    pub(crate) deletion_due_at: Moment,
}

/// Whether a mailed token works.
#[derive(Serialize, ToSchema)]
#[schema(as = ResetState)]
pub(crate) struct ResetStateView {
    valid: bool,
    /// Last instant it works; null when it does not.
    expires_at: Option<Moment>,
}

impl From<ResetState> for ResetStateView {
    fn from(state: ResetState) -> Self {
        Self { valid: state.expires_at.is_some(), expires_at: state.expires_at.map(Moment) }
    }
}

/// What a client holds after a sign-in or a refresh.
#[derive(Serialize, ToSchema)]
#[schema(as = Tokens)]
pub(crate) struct TokensView<'a> {
    /// For requests.
    access_token: &'a str,
    /// For the next pair; works once.
    refresh_token: &'a str,
    /// Always `bearer`.
    token_type: &'static str,
    /// Seconds the access token works.
    expires_in: i64,
}

impl<'a> From<&'a Tokens> for TokensView<'a> {
    fn from(tokens: &'a Tokens) -> Self {
        Self {
            access_token: tokens.access_token.expose(),
            refresh_token: tokens.refresh_token.expose(),
            token_type: "bearer",
            expires_in: tokens.expires_in,
        }
    }
}

/// A sign-in, by how its session is held.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Login)]
pub(crate) enum LoginView<'a> {
    /// By tokens.
    Tokens(TokenLoginView<'a>),
    /// By a cookie.
    Cookie(CookieLoginView<'a>),
}

/// Tokens and who they are for.
#[derive(Serialize, ToSchema)]
#[schema(as = TokenLogin)]
pub(crate) struct TokenLoginView<'a> {
    #[serde(flatten)]
    tokens: TokensView<'a>,
    user: UserView<'a>,
}

/// A session whose secret is in a cookie, and who it is for.
#[derive(Serialize, ToSchema)]
#[schema(as = CookieLogin)]
pub(crate) struct CookieLoginView<'a> {
    session_id: Id,
    /// To be sent as `X-CSRF-Token` with every request that is not `GET` or `HEAD`.
    csrf_token: &'a str,
    user: UserView<'a>,
}

impl<'a> From<&'a SignedIn> for LoginView<'a> {
    fn from(signed_in: &'a SignedIn) -> Self {
        let user = (&signed_in.user).into();
        match &signed_in.holds {
            Held::Tokens(tokens) => Self::Tokens(TokenLoginView { tokens: tokens.into(), user }),
            Held::Cookie(session) => Self::Cookie(CookieLoginView {
                session_id: Id(signed_in.session.0),
                csrf_token: session.csrf.expose(),
                user,
            }),
        }
    }
}
