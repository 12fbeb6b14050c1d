//! Puts a mail into HTML and its plain-text twin.

use askama::Template;
use dashtam_domain::{delivery::mail::Mail, time::Timestamp};

use crate::letter::{Letter, letter};

/// A mail in words.
pub(crate) struct Rendered {
    pub(crate) subject: &'static str,
    pub(crate) html: String,
    pub(crate) text: String,
}

// The end of the file name decides about escaping.

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    greeting: &'a str,
    letter: &'a Letter,
    year: &'a str,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct Text<'a> {
    greeting: &'a str,
    letter: &'a Letter,
    year: &'a str,
}

/// Puts a mail into words.
pub(crate) fn render(mail: &Mail, now: Timestamp) -> Result<Rendered, askama::Error> {
    let letter = &letter(&mail.content);
    let greeting = &greeting_name(mail).map_or("Hello,".to_owned(), |name| format!("Hi {name},"));
    let year = &now.as_chrono().format("%Y").to_string();
    let html = Html { greeting, letter, year }.render()?;
    Ok(Rendered { subject: letter.subject, html, text: Text { greeting, letter, year }.render()? })
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
