//! The second step of a sign-in: a code of an authenticator, one by mail, or a backup code.

use askama::Template;
use dashtam_api::{Problem, visit};
use dashtam_application::sign_in::{Challenged, ResendCode, SignInWithSecondFactor};
use dashtam_domain::{identity::FactorMethod, secret::SecretText};
use url::form_urlencoded::byte_serialize;

use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::{Visit, own_place},
};

/// Keeps the sign-in that waits, where no page can read it and no address shows it.
const WAITING: &str = "__Host-dashtam_2f";

#[derive(Template)]
#[template(path = "second_factor.html")]
struct Page<'a> {
    frame: Frame,
    next: &'a str,
    /// Name and words of each way, and whether it is chosen.
    methods: Vec<(&'static str, &'static str, bool)>,
    by_mail: bool,
    ways: &'a str,
    error: Option<String>,
}

/// Sends the browser to the page that asks for the code.
pub(crate) fn ask(challenged: &Challenged, next: &str) -> Reply {
    let ways: Vec<&str> = challenged.methods.iter().map(|method| method.as_str()).collect();
    let next: String = byte_serialize(next.as_bytes()).collect();
    Reply::to(format!("/sign-in/code?by={}&next={next}", ways.join("+"))).with_cookies([visit::held(
        WAITING,
        challenged.token.expose(),
        challenged.expires_in,
    )])
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    match token(&visit) {
        Some(_) => page(&visit, visit.query.text("by"), visit.query.text("next"), None),
        None => Ok(Reply::to("/sign-in?said=code-ended")),
    }
}

fn page(visit: &Visit, ways: &str, next: &str, error: Option<String>) -> Outcome {
    let known = ways.split([' ', '+']).filter_map(FactorMethod::parse);
    let mut methods: Vec<(&str, &str, bool)> =
        known.map(|method| (method.as_str(), words(method), false)).collect();
    let chosen = visit.form.text("method");
    let at = methods.iter().position(|(name, ..)| *name == chosen).unwrap_or_default();
    if let Some(method) = methods.get_mut(at) {
        method.2 = true;
    }
    let by_mail = methods.iter().any(|(name, ..)| *name == FactorMethod::Email.as_str());
    Reply::page(&Page {
        frame: visit.frame("Second step", ""),
        next: own_place(next),
        methods,
        by_mail,
        ways,
        error,
    })
}

pub(crate) fn words(method: FactorMethod) -> &'static str {
    match method {
        FactorMethod::Totp => "The code of your authenticator",
        FactorMethod::Email => "The code in the mail to you",
        FactorMethod::BackupCode => "A backup code",
    }
}

fn token(visit: &Visit) -> Option<SecretText> {
    let cookie = visit.request.cookie(WAITING)?;
    (!cookie.value().is_empty()).then(|| SecretText::new(cookie.value()))
}

pub(crate) async fn send(visit: Visit) -> Outcome {
    let next = own_place(visit.form.text("next"));
    let Some(token) = token(&visit) else { return Ok(Reply::to("/sign-in?said=code-ended")) };
    let method = FactorMethod::parse(visit.form.text("method")).unwrap_or(FactorMethod::Totp);
    let shown = SignInWithSecondFactor {
        token,
        method,
        code: visit.typed_code(),
        mark: visit::mark(&visit.request),
        // The gate lets no form of another site in.
        may_hold_cookie: true,
    };
    match visit.dashtam().second_step().sign_in(&visit.call, shown).await {
        Ok(done) => {
            let sessions = visit.dashtam().sessions();
            let cookies = visit::cookies_of(&visit.request, &visit.call, sessions, &done).await?;
            Ok(Reply::to(next).with_cookies(cookies).with_cookies([visit::held(WAITING, "", 0)]))
        }
        Err(error) => refused(&visit, error.into()),
    }
}

/// Asks for the code again, unless the sign-in waits no more.
fn refused(visit: &Visit, problem: Problem) -> Outcome {
    let words = match problem.code() {
        "challenge-expired" => {
            let over = Reply::to("/sign-in?said=code-ended");
            return Ok(over.with_cookies([visit::held(WAITING, "", 0)]));
        }
        "invalid-second-factor" => "The code is not correct.",
        // The code that was mailed before still works.
        "code-throttled" => problem.detail(),
        _ => return Err(problem),
    };
    let shown = page(visit, visit.form.text("by"), visit.form.text("next"), Some(words.to_owned()))?;
    Ok(shown.with_status(problem.status()))
}

/// Mails another code.
pub(crate) async fn resend(visit: Visit) -> Outcome {
    let Some(token) = token(&visit) else { return Ok(Reply::to("/sign-in?said=code-ended")) };
    if let Err(error) = visit.dashtam().second_step().resend_code(&visit.call, ResendCode { token }).await {
        return refused(&visit, error.into());
    }
    let part = |name: &str| -> String { byte_serialize(visit.form.text(name).as_bytes()).collect() };
    Ok(Reply::to(format!("/sign-in/code?by={}&next={}&said=code-sent", part("by"), part("next"))))
}
