//! Puts a mail into HTML and its plain-text twin.

use askama::Template;
use dashtam_domain::{delivery::mail::Mail, time::Timestamp};

use crate::letter::{Letter, letter};

/// A mail as text and as HTML.
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
    support: Option<&'a str>,
    year: &'a str,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct Text<'a> {
    greeting: &'a str,
    letter: &'a Letter,
    support: Option<&'a str>,
    year: &'a str,
}

/// Puts a mail into words; mails about the safety of an account name the `support` address.
pub(crate) fn render(mail: &Mail, support: Option<&str>, now: Timestamp) -> Result<Rendered, askama::Error> {
    let letter = &letter(&mail.content);
    let support = support.filter(|_| letter.concerns_safety);
    let greeting = &greeting_name(mail).map_or("Hello,".to_owned(), |name| format!("Hi {name},"));
    let year = &now.as_chrono().format("%Y").to_string();
    let html = Html { greeting, letter, support, year }.render()?;
    let text = Text { greeting, letter, support, year }.render()?;
    Ok(Rendered { subject: letter.subject, html, text: wrapped(&text) })
}

/// Most characters of a line of text, as RFC 5322 recommends.
const WIDTH: usize = 78;

/// The text with long lines broken between words. Links stay whole, and points keep their indentation.
fn wrapped(text: &str) -> String {
    let mut lines = String::with_capacity(text.len() + 16);
    for line in text.lines() {
        let hanging = if line.starts_with("* ") { "  " } else { "" };
        let mut used = 0;
        for word in line.split(' ') {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > WIDTH {
                lines.push('\n');
                lines.push_str(hanging);
                used = hanging.len();
            } else if used > 0 {
                lines.push(' ');
                used += 1;
            }
            lines.push_str(word);
            used += length;
        }
        lines.push('\n');
    }
    lines
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_between_words_and_links_are_not() {
        let link = format!("https://x.test/{}", "y".repeat(100));
        let words = "word ".repeat(40);
        let text = format!("Hi,\n\n{words}end\n{link}\n* {words}end\n");
        let made = wrapped(&text);
        assert!(made.lines().all(|line| line.chars().count() <= WIDTH || line == link), "{made}");
        assert!(made.starts_with("Hi,\n\nword word"), "{made}");
        assert_eq!(made.split_whitespace().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
        assert!(made.lines().any(|line| line.chars().count() > 73), "lines are filled: {made}");
        let points: Vec<&str> = made.lines().skip_while(|line| !line.starts_with("* ")).collect();
        assert!(points.len() > 2 && points[1..].iter().all(|line| line.starts_with("  word")), "{points:?}");
        assert_eq!(wrapped("é ".repeat(39).trim_end()).lines().count(), 1, "letters are counted, not bytes");
    }
}
