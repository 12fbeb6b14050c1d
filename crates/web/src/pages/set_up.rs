//! The first account of an installation.

use actix_web::http::StatusCode;
use askama::Template;
use dashtam_api::{Problem, visit};
use dashtam_application::{
    registration::{CheckSetUp, SetUp},
    sign_in::{Holding, SignInWithPassword},
};
use dashtam_domain::{
    identity::{EmailAddress, Identifier, PersonName, PlainPassword},
    secret::SecretText,
};

use super::sign_in;
use crate::{
    forms::Wrong,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
};

#[derive(Template)]
#[template(path = "set_up.html")]
struct Page<'a> {
    frame: Frame,
    /// Whether the link makes an account.
    works: bool,
    token: &'a str,
    name: &'a str,
    email: &'a str,
    wrong: Wrong,
    loses_cookies: bool,
}

impl<'a> Page<'a> {
    fn of(visit: &'a Visit, token: &'a str, works: bool, wrong: Wrong) -> Self {
        Self {
            frame: visit.frame(if works { "Welcome to Dashtam" } else { "This link works no more" }, ""),
            works,
            token,
            name: visit.form.text("name"),
            email: visit.form.text("email"),
            wrong,
            loses_cookies: visit.loses_cookies(),
        }
    }
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let token = visit.query.text("token");
    let request = CheckSetUp { token: SecretText::new(token) };
    match visit.dashtam().registration().check_set_up(&visit.call, request).await.map_err(Problem::from) {
        Ok(()) => Reply::page(&Page::of(&visit, token, true, Wrong::default())),
        Err(problem) if problem.code() == "invalid-or-expired-token" => over(&visit),
        Err(problem) => Err(problem),
    }
}

fn over(visit: &Visit) -> Outcome {
    Ok(Reply::page(&Page::of(visit, "", false, Wrong::default()))?.with_status(StatusCode::GONE))
}

pub(crate) async fn send(visit: Visit) -> Outcome {
    let token = visit.form.text("token");
    let (email, name, password) = match chosen(&visit) {
        Ok(chosen) => chosen,
        Err(wrong) => {
            let page = Page::of(&visit, token, true, wrong);
            return page.wrong.shown(&page);
        }
    };
    let registration = visit.dashtam().registration();
    let wanted = SetUp { token: SecretText::new(token), email: email.clone(), name, password };
    match registration.set_up(&visit.call, wanted).await.map_err(Problem::from) {
        Ok(_) => {}
        Err(problem) if problem.code() == "invalid-or-expired-token" => return over(&visit),
        Err(problem) => return Err(problem),
    }
    let Some(password) = PlainPassword::presented(visit.form.raw("password")) else {
        return Ok(Reply::to("/sign-in"));
    };
    let wanted = SignInWithPassword {
        identifier: Identifier::Email(email),
        password,
        mark: visit::mark(&visit.request),
        holding: Holding::Cookie { long_lived: true },
    };
    let step = visit.dashtam().password_sign_in().sign_in(&visit.call, wanted).await?;
    sign_in::begin(&visit, step, "/?said=welcome").await
}

/// What was typed, or everything that is wrong with it.
pub(crate) fn chosen(visit: &Visit) -> Result<(EmailAddress, PersonName, PlainPassword), Wrong> {
    let form = &visit.form;
    let mut wrong = Wrong::default();
    let name = form.text("name").parse::<PersonName>();
    let email = form.text("email").parse::<EmailAddress>();
    if let Err(error) = &name {
        wrong.note("name", format!("The name {error}."));
    }
    if let Err(error) = &email {
        wrong.note("email", format!("The address {error}."));
    }
    if let (Ok(name), Ok(email)) = (name, email) {
        match PlainPassword::chosen(form.raw("password"), &email, &name) {
            Ok(password) if wrong.is_empty() => return Ok((email, name, password)),
            Ok(_) => {}
            Err(error) => wrong.note("password", format!("The password {error}.")),
        }
    }
    Err(wrong)
}
