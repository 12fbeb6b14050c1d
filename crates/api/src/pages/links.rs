//! The pages mails link to. Looking at one changes nothing; its button sends the token.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{Bytes, ServiceConfig},
};

use super::{ALLOW, SCRIPT, file};
use crate::routes::{on, resource};

const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; \
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
    /// Whether it needs the token of a mail.
    token: bool,
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
        token: true,
    },
    LinkPage {
        path: "/keep-second-factor",
        title: "Keep your second factor",
        words: "Press the button if you did not ask to have your second factor removed.",
        button: "Keep my second factor",
        method: "POST",
        action: "/api/v1/auth/second-factor/reset/cancel",
        field: None,
        token: true,
    },
    LinkPage {
        path: "/not-me",
        title: "This was not me",
        words: "Press the button to sign that device out. A mail then tells you how to choose a new password.",
        button: "Sign that device out",
        method: "POST",
        action: "/api/v1/auth/not-me",
        field: None,
        token: true,
    },
    LinkPage {
        path: "/forgot-password",
        title: "Choose a new password",
        words: "Enter the address of your account. If there is one, you get a mail with a link.",
        button: "Send me the link",
        method: "POST",
        action: "/api/v1/password-resets/",
        field: Some(["email", "E-mail address", "email", "username"]),
        token: false,
    },
    LinkPage {
        path: "/login-link",
        title: "Sign in",
        words: "Press the button to sign in with this browser.",
        button: "Sign in",
        method: "POST",
        action: "/api/v1/auth/login-links/consume",
        field: None,
        token: true,
    },
    LinkPage {
        path: "/reset-password",
        title: "Choose a new password",
        words: "At least 8 characters, with an upper-case and a lower-case letter, a digit and a special character.",
        button: "Save the new password",
        method: "PATCH",
        action: "/api/v1/password-resets/{token}",
        field: Some(["new_password", "New password", "password", "new-password"]),
        token: true,
    },
    LinkPage {
        path: "/confirm-email",
        title: "Confirm your new e-mail address",
        words: "Press the button to use this address for your account.",
        button: "Confirm this address",
        method: "POST",
        action: "/api/v1/auth/me/email/confirm",
        field: None,
        token: true,
    },
    LinkPage {
        path: "/undo-email-change",
        title: "Take the change back",
        words: "Your account moves back to this address. Every session is signed out, and you choose a new password.",
        button: "Take the change back",
        method: "POST",
        action: "/api/v1/auth/me/email/undo",
        field: None,
        token: true,
    },
    LinkPage {
        path: "/keep-account",
        title: "Keep your account",
        words: "Press the button, and your account is not deleted.",
        button: "Keep my account",
        method: "POST",
        action: "/api/v1/auth/me/deletion/cancel",
        field: None,
        token: true,
    },
];

/// Registers the pages.
pub(super) fn configure(config: &mut ServiceConfig) {
    for page in PAGES {
        let html = Bytes::from(html(page));
        config.service(resource(page.path, ALLOW).route(on(Method::GET).to(move || {
            let html = html.clone();
            async move { super::page(POLICY, html) }
        })));
    }
    config.service(resource("/link.js", ALLOW).route(on(Method::GET).to(script)));
}

async fn script() -> HttpResponse {
    file(SCRIPT, include_str!("link.js"))
}

/// Every text in it is a constant of ours.
fn html(page: &LinkPage) -> String {
    let LinkPage { title, words, button, method, action, token, .. } = page;
    let field = page.field.map_or_else(String::new, |[name, label, kind, fill]| {
        format!(
            "<p><label for=\"field\">{label}</label> <input id=\"field\" name=\"{name}\" type=\"{kind}\" \
             autocomplete=\"{fill}\" maxlength=\"128\" required></p>\n"
        )
    });
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{title} - Dashtam</title>\n\
         <script src=\"/link.js\" defer></script>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<p>{words}</p>\n\
         <form id=\"form\" data-method=\"{method}\" data-action=\"{action}\" data-token=\"{token}\">\n{field}\
         <p><button id=\"button\">{button}</button></p>\n</form>\n\
         <p id=\"result\" role=\"status\" aria-live=\"polite\"></p>\n\
         <noscript><p>This page needs JavaScript to send your answer.</p></noscript>\n</main>\n</body>\n</html>\n"
    )
}
