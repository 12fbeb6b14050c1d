//! The pages mails link to. Looking at one changes nothing; its button sends the token.

use actix_web::{
    HttpResponse,
    web::{Data, ServiceConfig},
};
use dashtam_application::recovery::{CheckLink, Recovery};
use dashtam_domain::{identity::Purpose, secret::SecretText};

use super::{
    SCRIPT, file, resource,
    shell::{escape, shell},
};
use crate::{
    endpoint::{get, page},
    extract::{CallFor, FromParams, Params, Query},
    options::ApiOptions,
    problem::Problem,
    rate_limits::Rule,
};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// A page with one thing to do.
struct LinkPage {
    path: &'static str,
    title: &'static str,
    words: &'static str,
    button: &'static str,
    method: &'static str,
    /// Where the button sends to; `{token}` stands for the token.
    action: &'static str,
    /// What has to be typed: its name in the body, its label, its kind, what a browser may fill in.
    field: Option<[&'static str; 4]>,
    /// What the token of a mail is for, if it needs one.
    token: Option<Purpose>,
}

impl LinkPage {
    /// Whether whoever presses the button is signed in then, and can go on.
    fn signs_in(&self) -> bool {
        self.token == Some(Purpose::LoginLink)
    }
}

const PAGES: &[LinkPage] = &[
    LinkPage {
        path: "/verify-email",
        title: "Verify your e-mail address",
        words: "Press the button to confirm that this address is yours.",
        button: "Verify the address",
        method: "POST",
        action: "/api/v1/auth/verify-email",
        field: None,
        token: Some(Purpose::EmailVerification),
    },
    LinkPage {
        path: "/keep-second-factor",
        title: "Keep your second factor",
        words: "Press the button if you did not ask to have your second factor removed.",
        button: "Keep my second factor",
        method: "POST",
        action: "/api/v1/auth/second-factor/reset/cancel",
        field: None,
        token: Some(Purpose::SecondFactorKeep),
    },
    LinkPage {
        path: "/not-me",
        title: "This was not me",
        words: "Press the button to sign that device out. A mail then tells you how to choose a new password.",
        button: "Sign that device out",
        method: "POST",
        action: "/api/v1/auth/not-me",
        field: None,
        token: Some(Purpose::NotMe),
    },
    LinkPage {
        path: "/forgot-password",
        title: "Choose a new password",
        words: "Enter the address of your account. If there is one, you get a mail with a link.",
        button: "Send me the link",
        method: "POST",
        action: "/api/v1/password-resets/",
        field: Some(["email", "E-mail address", "email", "username"]),
        token: None,
    },
    LinkPage {
        path: "/login-link",
        title: "Sign in",
        words: "Press the button to sign in with this browser.",
        button: "Sign in",
        method: "POST",
        action: "/api/v1/auth/login-links/consume",
        field: None,
        token: Some(Purpose::LoginLink),
    },
    LinkPage {
        path: "/reset-password",
        title: "Choose a new password",
        words: "At least 8 characters, with an upper-case and a lower-case letter, a digit and a special character.",
        button: "Save the new password",
        method: "PATCH",
        action: "/api/v1/password-resets/{token}",
        field: Some(["new_password", "New password", "password", "new-password"]),
        token: Some(Purpose::PasswordReset),
    },
    LinkPage {
        path: "/confirm-email",
        title: "Confirm your new e-mail address",
        words: "Press the button to use this address for your account.",
        button: "Confirm this address",
        method: "POST",
        action: "/api/v1/auth/me/email/confirm",
        field: None,
        token: Some(Purpose::EmailChange),
    },
    LinkPage {
        path: "/undo-email-change",
        title: "Take the change back",
        words: "Your account moves back to this address. Every session is signed out, and you choose a new password.",
        button: "Take the change back",
        method: "POST",
        action: "/api/v1/auth/me/email/undo",
        field: None,
        token: Some(Purpose::EmailChangeUndo),
    },
    LinkPage {
        path: "/keep-account",
        title: "Keep your account",
        words: "Press the button, and your account is not deleted.",
        button: "Keep my account",
        method: "POST",
        action: "/api/v1/auth/me/deletion/cancel",
        field: None,
        token: Some(Purpose::DeletionCancel),
    },
];

/// The token in the address.
struct Shown(Option<SecretText>);

impl FromParams for Shown {
    fn take(params: &mut Params<'_>) -> Self {
        Self(params.text("token").map(SecretText::new))
    }
}

/// Registers the pages.
pub(super) fn configure(config: &mut ServiceConfig) {
    for link in PAGES {
        let show = move |call, query, recovery, options: Data<ApiOptions>| async move {
            let next = options.pages.is_some().then_some("/").filter(|_| link.signs_in());
            show(link, call, query, recovery, next).await
        };
        config.service(page(link.path, link.path, &[Rule::PasswordResetCheck]).route(get().to(show)));
    }
    config.service(resource("/link.js").route(get().to(script)));
}

async fn script() -> HttpResponse {
    file(SCRIPT, include_str!("link.js"))
}

/// The page, which says at once of a link that works no more that it does not. `next` is where to go on afterwards.
async fn show(
    page: &LinkPage,
    call: Result<CallFor<CheckLink>, Problem>,
    query: Result<Query<Shown>, Problem>,
    recovery: Data<Recovery>,
    next: Option<&str>,
) -> HttpResponse {
    let call = match call {
        Ok(call) => call,
        Err(problem) => return refusal(page, &problem),
    };
    let token = query.ok().and_then(|query| query.0.0);
    let state = match (page.token, token) {
        (Some(purpose), Some(token)) => {
            match recovery.check_link(&call, CheckLink { purpose, token }).await {
                Ok(true) => State::Works,
                Ok(false) => State::Over,
                Err(error) => return refusal(page, &Problem::from(error)),
            }
        }
        // The script knows whether the page was opened with one and reloaded.
        _ => State::Works,
    };
    super::page(POLICY, html(page, state, next))
}

/// What a person reads instead of a problem in JSON.
fn refusal(page: &LinkPage, problem: &Problem) -> HttpResponse {
    if let Some(cause) = problem.cause() {
        tracing::error!(code = problem.code(), cause, "a page could not be shown");
    }
    let text = format!("<p>{}</p>\n<p>Open the link again in a moment.</p>\n", escape(problem.detail()));
    let mut response = super::page(POLICY, shell(page.title, "", &text, ""));
    *response.status_mut() = problem.status();
    response
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Works,
    Over,
}

/// Every text in it is a constant of ours.
fn html(page: &LinkPage, state: State, next: Option<&str>) -> String {
    let LinkPage { title, words, button, method, action, token, .. } = page;
    let field = page.field.map_or_else(String::new, |[name, label, kind, fill]| {
        // Browsers ask for it beside a password. Whose link it is the page does not know.
        let username = match kind {
            "password" => {
                "<input type=\"text\" name=\"username\" autocomplete=\"username\" \
                 tabindex=\"-1\" aria-hidden=\"true\" hidden>\n"
            }
            _ => "",
        };
        format!(
            "{username}<p><label for=\"field\">{label}</label> <input id=\"field\" name=\"{name}\" type=\"{kind}\" \
             autocomplete=\"{fill}\" maxlength=\"128\" required></p>\n"
        )
    });
    let needs = token.is_some();
    let next = next.map_or_else(String::new, |place| format!(" data-next=\"{place}\""));
    let (words, over) = match state {
        State::Works => (*words, ""),
        State::Over => (OVER, " hidden"),
    };
    let content = format!(
        "<p id=\"words\">{words}</p>\n\
         <form id=\"form\" data-method=\"{method}\" data-action=\"{action}\" data-token=\"{needs}\"{next}{over}>\n{field}\
         <p><button id=\"button\">{button}</button></p>\n</form>\n\
         <p id=\"result\" role=\"status\" aria-live=\"polite\"></p>\n\
         <noscript><p>This page needs JavaScript to send your answer.</p></noscript>\n"
    );
    shell(title, "<script src=\"/link.js\" defer></script>\n", &content, "")
}

/// What a link says that works no more.
const OVER: &str = "This link works no more: it was used, a newer one took its place, or its time is over. If you used it \
    yourself, what it was for is done.";
