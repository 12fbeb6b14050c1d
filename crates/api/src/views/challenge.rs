//! Sign-ins that are not complete.

use dashtam_application::sign_in::{Challenged, LoginLinkRequested, SteppedUp};
use serde::Serialize;
use utoipa::ToSchema;

use super::Moment;

/// The first factor was right; the second one is asked for.
#[derive(Serialize, ToSchema)]
#[schema(as = Challenge)]
pub(crate) struct ChallengeView<'a> {
    /// Always `second_factor_required`.
    status: &'static str,
    /// To be shown with the second factor; good for nothing else.
    challenge_token: &'a str,
    /// What may be shown: `totp`, `email` or `backup_code`.
    methods: Vec<&'static str>,
    /// Seconds left for it.
    expires_in: i64,
}

impl<'a> From<&'a Challenged> for ChallengeView<'a> {
    fn from(challenged: &'a Challenged) -> Self {
        Self {
            status: "second_factor_required",
            challenge_token: challenged.token.expose(),
            methods: challenged.methods.iter().map(|method| method.as_str()).collect(),
            expires_in: challenged.expires_in,
        }
    }
}

/// A session whose holder proved again who it is.
#[derive(Serialize, ToSchema)]
#[schema(as = SteppedUp)]
pub(crate) struct SteppedUpView {
    /// When; what asks for a fresh proof takes it for five minutes.
    authenticated_at: Moment,
    /// How well: `aal1` with one factor, `aal2` with two.
    assurance: &'static str,
}

impl From<&SteppedUp> for SteppedUpView {
    fn from(stepped_up: &SteppedUp) -> Self {
        Self { authenticated_at: Moment(stepped_up.at), assurance: stepped_up.assurance.as_str() }
    }
}

/// A login link may be on its way.
#[derive(Serialize, ToSchema)]
#[schema(as = LinkRequested)]
pub(crate) struct LinkRequestedView<'a> {
    /// Always `sent_if_known`.
    status: &'static str,
    /// A sentence for people.
    message: &'static str,
    /// To be shown with the token of the link, by programs that keep no cookies.
    binding: &'a str,
    /// When another link may be asked for; so says `Retry-After` in seconds.
    next_mail_at: Moment,
}

impl<'a> From<&'a LoginLinkRequested> for LinkRequestedView<'a> {
    fn from(asked: &'a LoginLinkRequested) -> Self {
        Self {
            status: "sent_if_known",
            message: "If there is an account with this address, a link to sign in is on its way.",
            binding: asked.binding.expose(),
            next_mail_at: Moment(asked.next_at),
        }
    }
}
