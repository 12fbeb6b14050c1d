//! Proving again who one is, before what matters; and going on there.

use askama::Template;
use dashtam_api::{Problem, visit};
use dashtam_application::{
    factor::GetFactorStatus,
    profile::GetProfile,
    sign_in::{AskStepUpCode, ShownFactor, StepUp},
};
use dashtam_domain::{
    identity::{FactorMethod, PlainPassword},
    secret::SecretText,
};
use url::form_urlencoded::byte_serialize;

use super::{second_factor, settings};
use crate::{
    forms,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::{Visit, own_place},
};

/// Keeps what a mailed code belongs to.
const ASKED: &str = "__Host-dashtam_su";

#[derive(Template)]
#[template(path = "confirm.html")]
struct Page<'a> {
    frame: Frame,
    next: &'a str,
    email: String,
    has_password: bool,
    /// Name and words of each way of the second step.
    methods: Vec<(&'static str, &'static str)>,
    by_mail: bool,
    /// Whether there is anything to show.
    can_prove: bool,
    error: Option<String>,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    page(&visit, visit.query.text("next"), None).await
}

async fn page(visit: &Visit, next: &str, error: Option<String>) -> Outcome {
    let dashtam = visit.dashtam();
    let account = dashtam.profile().get(&visit.call, GetProfile).await?;
    let status = dashtam.second_factors().status(&visit.call, GetFactorStatus).await?;
    let methods = settings::factor::methods(status.kind);
    let has_password = account.user().password.is_some();
    let page = Page {
        frame: visit.frame("Confirm that it is you", "settings"),
        next: own_place(next),
        email: account.user().email.as_str().to_owned(),
        has_password,
        methods: methods.iter().map(|method| (method.as_str(), second_factor::words(*method))).collect(),
        by_mail: methods.contains(&FactorMethod::Email),
        can_prove: has_password || !methods.is_empty(),
        error,
    };
    forms::shown(&page, page.error.is_some())
}

pub(crate) async fn send(visit: Visit) -> Outcome {
    let form = &visit.form;
    let method = FactorMethod::parse(form.text("method"));
    let challenge = visit.request.cookie(ASKED).map(|cookie| SecretText::new(cookie.value()));
    let second = method.filter(|_| form.has("code")).map(|method| ShownFactor {
        method,
        code: visit.typed_code(),
        challenge: challenge.filter(|token| !token.expose().is_empty()),
    });
    let request = StepUp { password: PlainPassword::presented(form.raw("password")), second };
    match visit.dashtam().step_ups().step_up(&visit.call, request).await.map_err(Problem::from) {
        Ok(done) => {
            let renewed = visit::renewed(&done, visit.now());
            let next = own_place(form.text("next"));
            Ok(Reply::to(next).with_cookies(renewed).with_cookies([visit::held(ASKED, "", 0)]))
        }
        Err(problem) => {
            let wrong = settings::told(problem, "code")?;
            let said = wrong.of("password").or_else(|| wrong.of("code")).unwrap_or("That was not right.");
            page(&visit, form.text("next"), Some(said.to_owned())).await
        }
    }
}

/// Mails a code, where that is the second step of the account.
pub(crate) async fn mail_code(visit: Visit) -> Outcome {
    let next: String = byte_serialize(own_place(visit.form.text("next")).as_bytes()).collect();
    match visit.dashtam().step_ups().ask_code(&visit.call, AskStepUpCode).await.map_err(Problem::from) {
        Ok(challenged) => {
            let cookie = visit::held(ASKED, challenged.token.expose(), challenged.expires_in);
            Ok(Reply::to(format!("/confirm?next={next}&said=code-sent")).with_cookies([cookie]))
        }
        Err(problem) => {
            let wrong = settings::told(problem, "code")?;
            page(&visit, visit.form.text("next"), wrong.of("code").map(str::to_owned)).await
        }
    }
}
