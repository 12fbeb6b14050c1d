//! Settings: the profile with its address; the other sections have files of their own.

pub(crate) mod activity;
pub(crate) mod data;
pub(crate) mod exports;
pub(crate) mod factor;
pub(crate) mod keys;
pub(crate) mod notifications;
pub(crate) mod password;
pub(crate) mod sessions;
pub(crate) mod webhooks;

use askama::Template;
use dashtam_api::Problem;
use dashtam_application::profile::{GetProfile, RequestEmailChange, UpdateProfile};
use dashtam_domain::identity::{EmailAddress, LoginName, PersonName, Phone, PlainPassword};

use crate::{
    forms::Wrong,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
};

/// A problem as something wrong with a field of the form, where it is that; `at` is the field of problems that name none.
pub(crate) fn told(problem: Problem, at: &str) -> Result<Wrong, Problem> {
    match problem.code() {
        "wrong-password" => Ok(Wrong::at("password", "The password is wrong.")),
        "password-check-throttled" => {
            let minutes = problem.retry_after().unwrap_or(60).div_ceil(60);
            Ok(Wrong::at("password", format!("Too many wrong passwords. Try again in {minutes} minutes.")))
        }
        "invalid-second-factor" => Ok(Wrong::at("code", "The code is not correct.")),
        "challenge-expired" => Ok(Wrong::at("code", "That code works no more. Have another one mailed.")),
        "login-taken" => Ok(Wrong::at("login", "This login belongs to another account.")),
        "email-fixed"
        | "email-changed-lately"
        | "last-administrator"
        | "has-sub-users"
        | "api-key-name-taken"
        | "api-key-limit-reached"
        | "second-factor-key-lost"
        | "code-throttled"
        | "email-not-verified"
        | "too-many-webhooks"
        | "webhooks-switched-off"
        | "webhook-disabled"
        | "webhook-full"
        | "webhook-secret-lost" => Ok(Wrong::at(at, problem.detail())),
        "invalid-request" if !problem.fields().is_empty() => Ok(Wrong::of_fields(problem.fields())),
        _ => Err(problem),
    }
}

/// The password as it was typed; what can be nobody's is wrong.
pub(crate) fn typed(visit: &Visit, field: &str) -> Result<PlainPassword, Wrong> {
    PlainPassword::presented(visit.form.raw(field)).ok_or_else(|| Wrong::at(field, "The password is wrong."))
}

#[derive(Template)]
#[template(path = "settings_profile.html")]
struct Page {
    frame: Frame,
    section: &'static str,
    name: String,
    login: String,
    phone: String,
    email: String,
    new_email: String,
    has_password: bool,
    wrong: Wrong,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    page(&visit, Wrong::default()).await
}

async fn page(visit: &Visit, wrong: Wrong) -> Outcome {
    let account = visit.dashtam().profile().get(&visit.call, GetProfile).await?;
    let user = account.user();
    let text = |field: &str, stored: String| match visit.form.iter().any(|(name, _)| name == field) {
        true => visit.form.text(field).to_owned(),
        false => stored,
    };
    let page = Page {
        frame: visit.frame("Settings", "settings"),
        section: "profile",
        name: text("name", user.name.as_str().to_owned()),
        login: text("login", user.login.as_ref().map(|login| login.as_str().to_owned()).unwrap_or_default()),
        phone: text("phone", user.phone.as_ref().map(|phone| phone.as_str().to_owned()).unwrap_or_default()),
        email: user.email.as_str().to_owned(),
        new_email: text("new_email", String::new()),
        has_password: user.password.is_some(),
        wrong,
    };
    page.wrong.shown(&page)
}

/// Changes what the account tells of the person.
pub(crate) async fn update(visit: Visit) -> Outcome {
    let form = &visit.form;
    let mut wrong = Wrong::default();
    let name = form.text("name").parse::<PersonName>();
    if let Err(error) = &name {
        wrong.note("name", format!("The name {error}."));
    }
    let login = optional::<LoginName>(form.text("login"));
    if let Err(error) = &login {
        wrong.note("login", format!("The login {error}."));
    }
    let phone = optional::<Phone>(form.text("phone"));
    if let Err(error) = &phone {
        wrong.note("phone", format!("The phone number {error}."));
    }
    let (Ok(name), Ok(login), Ok(phone)) = (name, login, phone) else { return page(&visit, wrong).await };
    let wanted = UpdateProfile {
        name: Some(name),
        login: Some(login),
        phone: Some(phone),
        ..UpdateProfile::default()
    };
    match visit.dashtam().profile().update(&visit.call, wanted).await.map_err(Problem::from) {
        Ok(_) => Ok(Reply::to("/settings?said=saved")),
        Err(problem) => page(&visit, told(problem, "name")?).await,
    }
}

/// What may be left empty.
fn optional<T: std::str::FromStr>(text: &str) -> Result<Option<T>, T::Err> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
}

/// Asks for another address, which has to be proved.
pub(crate) async fn change_email(visit: Visit) -> Outcome {
    let new_email = visit.form.text("new_email").parse::<EmailAddress>();
    let new_email = match new_email {
        Ok(email) => email,
        Err(error) => return page(&visit, Wrong::at("new_email", format!("The address {error}."))).await,
    };
    let password = match typed(&visit, "password") {
        Ok(password) => password,
        Err(wrong) => return page(&visit, wrong).await,
    };
    let wanted = RequestEmailChange { new_email, password };
    match visit.dashtam().profile().request_email_change(&visit.call, wanted).await.map_err(Problem::from) {
        Ok(()) => Ok(Reply::to("/settings?said=email-asked")),
        Err(problem) => page(&visit, told(problem, "new_email")?).await,
    }
}
