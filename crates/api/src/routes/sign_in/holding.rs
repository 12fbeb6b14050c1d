//! How a signed-in client holds its session, for every endpoint that signs in.

use actix_web::{HttpRequest, cookie::Cookie, http::StatusCode};
use dashtam_application::{
    sessions::{EndReplaced, Sessions},
    sign_in::{Held, Holding, SignInStep, SignedIn},
};
use dashtam_domain::{
    call::Call,
    identity::Transport,
    secret::{OpaqueSecret, SecretKind, SecretText},
};
use serde_json::Value;

use crate::{
    cookies,
    extract::from_own_page,
    prelude::*,
    views::{ChallengeView, LoginView},
};

/// Reads the fields `transport` (`token`, which is also meant when it is left out, or `cookie`) and `remember_me`
/// (whether a cookie survives a week without a request).
pub(super) fn holding_of(checks: &mut Checks, transport: Text, remember_me: &Value) -> Option<Holding> {
    let long_lived = checks.optional_flag("remember_me", remember_me).unwrap_or_default();
    let transport = match transport {
        Text::Missing => return Some(Holding::Tokens),
        given => checks.text("transport", given)?,
    };
    match Transport::parse(&transport) {
        Some(Transport::Token) => Some(Holding::Tokens),
        Some(Transport::Cookie) => Some(Holding::Cookie { long_lived }),
        Some(Transport::ApiKey) | None => {
            checks.broken("transport", "unknown", "This field must be token or cookie.");
            None
        }
    }
}

/// Refuses to give a cookie to another site's page. To be asked before anybody is signed in.
pub(super) fn admit_holding(request: &HttpRequest, holding: Holding) -> Result<(), Problem> {
    match holding {
        Holding::Tokens => Ok(()),
        Holding::Cookie { .. } => from_own_page(request),
    }
}

/// Finds what an earlier sign-in marked this client with.
pub(crate) fn mark(request: &HttpRequest) -> Option<OpaqueSecret> {
    cookies::token(request.headers(), cookies::MARK, SecretKind::KnownClient)
}

/// The answer to a first factor that was right: the session, or the question for the second one.
pub(super) async fn answered(
    request: &HttpRequest,
    call: &Call,
    sessions: &Sessions,
    step: &SignInStep,
) -> Answered {
    match step {
        SignInStep::SignedIn(done) => signed_in(request, call, sessions, done).await,
        SignInStep::Challenged(challenged) => {
            Ok(Answer::new(StatusCode::ACCEPTED, &ChallengeView::from(challenged)))
        }
    }
}

/// The answer to a sign-in, with its cookies. A browser that held another session loses that.
pub(super) async fn signed_in(
    request: &HttpRequest,
    call: &Call,
    sessions: &Sessions,
    signed_in: &SignedIn,
) -> Answered {
    let cookies = cookies_of(request, call, sessions, signed_in).await?;
    Ok(Answer::ok(&LoginView::from(signed_in)).with_cookies(cookies))
}

/// The cookies of a sign-in. A browser that held another session loses that.
pub(crate) async fn cookies_of(
    request: &HttpRequest,
    call: &Call,
    sessions: &Sessions,
    signed_in: &SignedIn,
) -> Result<Vec<Cookie<'static>>, Problem> {
    let mut given = vec![cookies::of_mark(&signed_in.mark)];
    if let Held::Cookie(session) = &signed_in.holds {
        for earlier in cookies::values(request.headers(), cookies::SESSION) {
            sessions.end_replaced(call, EndReplaced { cookie: SecretText::new(earlier) }).await?;
        }
        given.extend(cookies::of_session(session, call.now));
    }
    Ok(given)
}
