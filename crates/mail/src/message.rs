//! Complete messages: headers, text and HTML.

use std::{str::FromStr, time::SystemTime};

use dashtam_domain::{
    delivery::{MailError, mail::Mail},
    identity::EmailAddress,
    time::Timestamp,
};
use lettre::{
    Address, Message,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

use crate::render::{greeting_name, render};

/// The sender is not of the form `Name <name@example.com>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an address such as Dashtam <no-reply@example.com>")]
pub struct InvalidSender;

/// Whom the mails are from, and whom people may ask for help.
#[derive(Debug, Clone)]
pub struct Sender {
    mailbox: Mailbox,
    support: Option<EmailAddress>,
}

impl Sender {
    /// Names this address in mails about the safety of an account.
    #[must_use]
    pub fn with_support(self, address: Option<EmailAddress>) -> Self {
        Self { support: address, ..self }
    }
}

impl FromStr for Sender {
    type Err = InvalidSender;

    fn from_str(text: &str) -> Result<Self, InvalidSender> {
        if text.chars().any(char::is_control) {
            return Err(InvalidSender);
        }
        text.parse().map(|mailbox| Self { mailbox, support: None }).map_err(|_| InvalidSender)
    }
}

/// The characters that may stand in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Any characters as they are, because the server takes 8BITMIME.
    AsIs,
    /// ASCII only; other characters are encoded.
    Ascii,
}

/// Makes the message. The same mail gives the same message id and the same parts.
pub(crate) fn compose(
    mail: &Mail,
    sender: &Sender,
    now: Timestamp,
    encoding: Encoding,
) -> Result<Message, MailError> {
    let support = sender.support.as_ref().map(EmailAddress::as_str);
    let rendered = render(mail, support, now).map_err(|_| refused("its template failed"))?;
    let address = address(&mail.to).ok_or_else(|| refused("the recipient's address cannot be used"))?;
    let parts = MultiPart::alternative()
        .boundary(format!("dashtam-{}", mail.id))
        .singlepart(part(ContentType::TEXT_PLAIN, &rendered.text, encoding))
        .singlepart(part(ContentType::TEXT_HTML, &rendered.html, encoding));
    Message::builder()
        .message_id(Some(format!("<{}@{}>", mail.id, sender.mailbox.email.domain())))
        .date(SystemTime::from(now.as_chrono()))
        .from(sender.mailbox.clone())
        .to(Mailbox::new(greeting_name(mail).map(str::to_owned), address))
        .subject(rendered.subject)
        // Keeps absence notes and list servers from answering (RFC 3834).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        .multipart(parts)
        .map_err(|_| refused("its headers are incomplete"))
}

/// Whether servers without SMTPUTF8 take a message with these addresses.
pub(crate) fn has_ascii_addresses(message: &Message) -> bool {
    let envelope = message.envelope();
    envelope.to().iter().chain(envelope.from()).all(|address| AsRef::<str>::as_ref(address).is_ascii())
}

fn refused(reason: &str) -> MailError {
    MailError::Permanent(reason.to_owned())
}

/// The address as its owner writes it, with the domain in ASCII.
fn address(to: &EmailAddress) -> Option<Address> {
    let (local, _) = to.as_str().rsplit_once('@')?;
    let (_, domain) = to.canonical().rsplit_once('@')?;
    Address::new(local, domain).ok()
}

/// Most bytes of a line that may travel as it is (RFC 5322), without the line end.
const MAX_LINE: usize = 998;

/// A part whose lines stay whole: quoted-printable or base64 would break or hide the link, and people and
/// scripts read these messages as they are. The library takes the plain encodings for shorter lines only.
fn part(kind: ContentType, words: &str, encoding: Encoding) -> SinglePart {
    let mut lines = String::with_capacity(words.len() + 64);
    for line in words.lines() {
        lines.push_str(line);
        lines.push_str("\r\n");
    }
    let body = if words.lines().any(|line| line.len() > MAX_LINE) {
        // Only a link of a thousand characters gets here; encoded it is intact, if not on one line.
        Body::new(lines)
    } else if encoding == Encoding::Ascii && !words.is_ascii() {
        // The library takes an encoding that fits every text for every text.
        Body::new_with_encoding(lines, ContentTransferEncoding::QuotedPrintable).unwrap_or_else(Body::new)
    } else if words.is_ascii() {
        Body::dangerous_pre_encoded(lines.into_bytes(), ContentTransferEncoding::SevenBit)
    } else {
        Body::dangerous_pre_encoded(lines.into_bytes(), ContentTransferEncoding::EightBit)
    };
    SinglePart::builder().header(kind).body(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_line_that_is_too_long_is_encoded() {
        for (length, encoding) in
            [(998, ContentTransferEncoding::SevenBit), (999, ContentTransferEncoding::QuotedPrintable)]
        {
            let part = part(ContentType::TEXT_PLAIN, &format!("see\n{}", "x".repeat(length)), Encoding::AsIs);
            assert_eq!(part.headers().get::<ContentTransferEncoding>(), Some(encoding));
            let longest = part.raw_body().split(|byte| *byte == b'\n').map(<[u8]>::len).max();
            assert!(longest.unwrap() <= MAX_LINE + 1);
        }
    }
}
