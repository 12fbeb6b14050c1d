//! Making an account on one's own, and the mails that help somebody in: a new password, a link that signs in.

use actix_web::http::StatusCode;
use askama::Template;
use dashtam_api::{Problem, visit};
use dashtam_application::{
    RegistrationMode,
    recovery::RequestReset,
    registration::{Register, Registered},
    sign_in::RequestLoginLink,
};
use dashtam_domain::{delivery::idempotency::StoredAnswer, identity::EmailAddress};

use super::set_up;
use crate::{
    forms::{self, Wrong},
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
};

/// Where somebody is who registered.
const SENT: &str = "/sign-in?said=registered";

#[derive(Template)]
#[template(path = "register.html")]
struct Page {
    frame: Frame,
    mode: RegistrationMode,
    once: String,
    name: String,
    email: String,
    wrong: Wrong,
    loses_cookies: bool,
}

#[derive(Template)]
#[template(path = "mailed.html")]
struct Mailed {
    frame: Frame,
    action: &'static str,
    words: &'static str,
    email: String,
    error: Option<String>,
}

fn page(visit: &Visit, wrong: Wrong) -> Outcome {
    let mode = visit.dashtam().registration().mode();
    let title = match mode {
        RegistrationMode::Open => "Create an account",
        RegistrationMode::Invitation => "Accounts are by invitation here",
        RegistrationMode::Closed => "Nobody can register here",
    };
    let page = Page {
        frame: visit.frame(title, ""),
        mode,
        once: visit.once(),
        name: visit.form.text("name").to_owned(),
        email: visit.form.text("email").to_owned(),
        wrong,
        loses_cookies: visit.loses_cookies(),
    };
    let reply = page.wrong.shown(&page)?;
    Ok(match mode {
        RegistrationMode::Open => reply,
        RegistrationMode::Invitation | RegistrationMode::Closed => reply.with_status(StatusCode::FORBIDDEN),
    })
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    page(&visit, Wrong::default())
}

/// Registers. The answer is the same whether or not the address is taken; the mail tells its owner.
pub(crate) async fn send(visit: Visit) -> Outcome {
    let registration = visit.dashtam().registration();
    if !registration.is_open() {
        return page(&visit, Wrong::default());
    }
    let (email, name, password) = match set_up::chosen(&visit) {
        Ok(chosen) => chosen,
        Err(wrong) => return page(&visit, wrong),
    };
    let present = |_: &Registered| StoredAnswer { status: 303, body: SENT.to_owned() };
    registration.register(&visit.call, Register { email, name, password }, present).await?;
    Ok(Reply::to(SENT))
}

pub(crate) async fn forgot(visit: Visit) -> Outcome {
    mailed(&visit, false, None)
}

pub(crate) async fn ask_link(visit: Visit) -> Outcome {
    mailed(&visit, true, None)
}

fn mailed(visit: &Visit, by_link: bool, error: Option<String>) -> Outcome {
    let (title, action, words) = match by_link {
        false => (
            "Choose a new password",
            "/forgot-password",
            "Enter the address of your account. If there is one, you get a mail with a link by which you choose a new password.",
        ),
        true => (
            "Sign in by mail",
            "/sign-in/link",
            "Enter the address of your account. If there is one, you get a mail with a link that signs you in, in this browser.",
        ),
    };
    let frame = visit.frame(title, "");
    let page = Mailed { frame, action, words, email: visit.form.text("email").to_owned(), error };
    forms::shown(&page, page.error.is_some())
}

fn address(visit: &Visit) -> Result<EmailAddress, String> {
    visit
        .form
        .text("email")
        .parse()
        .map_err(|error: <EmailAddress as std::str::FromStr>::Err| format!("The address {error}."))
}

/// Mails a link to choose another password. The answer is the same for every address.
pub(crate) async fn send_reset(visit: Visit) -> Outcome {
    let email = match address(&visit) {
        Ok(email) => email,
        Err(error) => return mailed(&visit, false, Some(error)),
    };
    visit.dashtam().recovery().request(&visit.call, RequestReset { email }).await?;
    Ok(Reply::to("/sign-in?said=reset-sent"))
}

/// Mails a link that signs this browser in.
pub(crate) async fn send_link(visit: Visit) -> Outcome {
    let email = match address(&visit) {
        Ok(email) => email,
        Err(error) => return mailed(&visit, true, Some(error)),
    };
    let wanted = RequestLoginLink { email, binding: visit::binding(&visit.request) };
    let asked =
        visit.dashtam().link_sign_in().request_link(&visit.call, wanted).await.map_err(Problem::from)?;
    Ok(Reply::to("/sign-in?said=login-link").with_cookies([visit::bound(&asked.binding)]))
}
