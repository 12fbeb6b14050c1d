//! Signing in by a password, and signing out.

use askama::Template;
use dashtam_api::{Problem, visit};
use dashtam_application::{
    registration::ResendVerification,
    sessions::SignOut,
    sign_in::{Holding, SignInStep, SignInWithPassword},
};
use dashtam_domain::identity::{Identifier, PlainPassword};

use super::second_factor;
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::{Visit, own_place},
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page<'a> {
    frame: Frame,
    identifier: &'a str,
    next: &'a str,
    error: Option<String>,
    unverified: bool,
    loses_cookies: bool,
    awaits_set_up: bool,
    /// What else is possible here.
    can_register: bool,
    by_link: bool,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let awaits_set_up = visit.dashtam().registration().awaits_set_up().await?;
    Reply::page(&Page {
        frame: visit.frame("Sign in", ""),
        identifier: "",
        next: own_place(visit.query.text("next")),
        error: None,
        unverified: false,
        loses_cookies: visit.loses_cookies(),
        awaits_set_up,
        can_register: !awaits_set_up && visit.dashtam().registration().is_open(),
        by_link: !awaits_set_up && visit.dashtam().link_sign_in().is_enabled(),
    })
}

pub(crate) async fn send(visit: Visit) -> Outcome {
    let next = own_place(visit.form.text("next"));
    match signed_in(&visit, next).await {
        Ok(reply) => Ok(reply),
        Err(problem) if problem.status().is_server_error() => Err(problem),
        Err(problem) => {
            let page = Page {
                frame: visit.frame("Sign in", ""),
                identifier: visit.form.text("identifier"),
                next,
                error: Some(told(&problem)),
                unverified: problem.code() == "email-not-verified",
                loses_cookies: visit.loses_cookies(),
                awaits_set_up: false,
                can_register: visit.dashtam().registration().is_open(),
                by_link: visit.dashtam().link_sign_in().is_enabled(),
            };
            Ok(Reply::page(&page)?.with_status(problem.status()))
        }
    }
}

/// What keeps somebody out, in words that say what to do.
fn told(problem: &Problem) -> String {
    match (problem.code(), problem.retry_after()) {
        ("sign-in-throttled", Some(seconds)) => {
            let minutes = seconds.div_ceil(60);
            let unit = if minutes == 1 { "minute" } else { "minutes" };
            format!("Too many wrong passwords. Try again in {minutes} {unit}, or choose a new password.")
        }
        ("invalid-credentials", _) => "The address or the password is wrong.".to_owned(),
        _ => problem.detail().to_owned(),
    }
}

async fn signed_in(visit: &Visit, next: &str) -> Outcome {
    let wrong = || Problem::new(dashtam_domain::fault::FaultKind::Unauthenticated, "invalid-credentials", "");
    let typed = visit.form.text("identifier");
    // What can be nobody's address or name is as wrong as an address that is nobody's.
    let identifier = match typed.contains('@') {
        true => typed.parse().map(Identifier::Email).map_err(|_| wrong())?,
        false => typed.parse().map(Identifier::Login).map_err(|_| wrong())?,
    };
    let password = PlainPassword::presented(visit.form.raw("password")).ok_or_else(wrong)?;
    let long_lived = visit.form.has("remember");
    let wanted = SignInWithPassword {
        identifier,
        password,
        mark: visit::mark(&visit.request),
        holding: Holding::Cookie { long_lived },
    };
    let step = visit.dashtam().password_sign_in().sign_in(&visit.call, wanted).await?;
    begin(visit, step, next).await
}

/// Goes on after a first factor that was right.
pub(crate) async fn begin(visit: &Visit, step: SignInStep, next: &str) -> Outcome {
    match step {
        SignInStep::SignedIn(done) => {
            let sessions = visit.dashtam().sessions();
            let cookies = visit::cookies_of(&visit.request, &visit.call, sessions, &done).await?;
            Ok(Reply::to(next).with_cookies(cookies))
        }
        SignInStep::Challenged(challenged) => Ok(second_factor::ask(&challenged, next)),
    }
}

/// Mails another link to prove an address. The answer is the same whoever asks.
pub(crate) async fn resend(visit: Visit) -> Outcome {
    if let Ok(email) = visit.form.text("email").parse() {
        let request = ResendVerification { email };
        visit.dashtam().registration().resend_verification(&visit.call, request).await?;
    }
    Ok(Reply::to("/sign-in?said=link-sent"))
}

pub(crate) async fn sign_out(visit: Visit) -> Outcome {
    visit.dashtam().sessions().sign_out(&visit.call, SignOut { refresh_token: None }).await?;
    Ok(Reply::to("/sign-in?said=signed-out").with_cookies(visit::cleared()))
}
