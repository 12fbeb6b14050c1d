//! The words of the mails: each as HTML and as plain text, from the files in `templates`.

use askama::Template;
use dashtam_domain::{
    delivery::mail::{Mail, MailContent},
    time::Timestamp,
};

/// A mail in words.
pub(crate) struct Rendered {
    pub(crate) subject: &'static str,
    pub(crate) html: String,
    pub(crate) text: String,
}

/// What every template needs.
struct Frame {
    subject: &'static str,
    greeting: String,
    year: String,
}

// Each template comes as HTML and as its text twin; the end of the file name decides about escaping.

#[derive(Template)]
#[template(path = "verify_email.html")]
struct VerifyEmailHtml<'a> {
    frame: &'a Frame,
    link: &'a str,
    lifetime: &'a str,
}

#[derive(Template)]
#[template(path = "verify_email.txt")]
struct VerifyEmailText<'a> {
    frame: &'a Frame,
    link: &'a str,
    lifetime: &'a str,
}

#[derive(Template)]
#[template(path = "already_registered.html")]
struct AlreadyRegisteredHtml<'a> {
    frame: &'a Frame,
    sign_in: &'a str,
}

#[derive(Template)]
#[template(path = "already_registered.txt")]
struct AlreadyRegisteredText<'a> {
    frame: &'a Frame,
    sign_in: &'a str,
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomeHtml<'a> {
    frame: &'a Frame,
    sign_in: &'a str,
}

#[derive(Template)]
#[template(path = "welcome.txt")]
struct WelcomeText<'a> {
    frame: &'a Frame,
    sign_in: &'a str,
}

/// Puts a mail into words.
pub(crate) fn render(mail: &Mail, now: Timestamp) -> Result<Rendered, askama::Error> {
    let frame = |subject| Frame {
        subject,
        greeting: greeting_name(mail).map_or("Hello,".to_owned(), |name| format!("Hi {name},")),
        year: now.as_chrono().format("%Y").to_string(),
    };
    let (subject, html, text) = match &mail.content {
        MailContent::VerifyEmail { link, hours } => {
            let frame = &frame("Verify Your Dashtam Account");
            let lifetime = &if *hours == 1 { "1 hour".to_owned() } else { format!("{hours} hours") };
            let link = link.as_str();
            let html = VerifyEmailHtml { frame, link, lifetime }.render()?;
            (frame.subject, html, VerifyEmailText { frame, link, lifetime }.render()?)
        }
        MailContent::AlreadyRegistered { sign_in } => {
            let frame = &frame("You Already Have a Dashtam Account");
            let sign_in = sign_in.as_str();
            let html = AlreadyRegisteredHtml { frame, sign_in }.render()?;
            (frame.subject, html, AlreadyRegisteredText { frame, sign_in }.render()?)
        }
        MailContent::Welcome { sign_in } => {
            let frame = &frame("Welcome to Dashtam!");
            let sign_in = sign_in.as_str();
            let html = WelcomeHtml { frame, sign_in }.render()?;
            (frame.subject, html, WelcomeText { frame, sign_in }.render()?)
        }
    };
    Ok(Rendered { subject, html, text })
}

/// The name to greet, unless a mail program could make a link of it: anybody can register a stranger's address
/// under a "name" that is an advertisement, and our mail must not carry it.
pub(crate) fn greeting_name(mail: &Mail) -> Option<&str> {
    let name = mail.name.as_str();
    let mut pairs = name.chars().zip(name.chars().skip(1));
    let links =
        name.contains("://") || name.contains('@') || pairs.any(|(a, b)| a == '.' && b.is_alphanumeric());
    (!links).then_some(name)
}
