//! Users and tokens.

use dashtam_application::{
    recovery::ResetState,
    sign_in::{SignedIn, Tokens},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Moment, UserView};

/// Something worth saying.
#[derive(Serialize, ToSchema)]
pub(crate) struct Message {
    /// A sentence for people.
    pub(crate) message: &'static str,
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

/// Tokens and who they are for.
#[derive(Serialize, ToSchema)]
#[schema(as = Login)]
pub(crate) struct LoginView<'a> {
    #[serde(flatten)]
    tokens: Option<TokensView<'a>>,
    user: UserView<'a>,
}

impl<'a> From<&'a SignedIn> for LoginView<'a> {
    fn from(signed_in: &'a SignedIn) -> Self {
        Self { tokens: signed_in.tokens().map(Into::into), user: (&signed_in.user).into() }
    }
}
