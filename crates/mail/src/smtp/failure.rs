//! What a server's refusal means for a mail.

use dashtam_domain::delivery::MailError;
use lettre::transport::smtp::Error;

use crate::reply::tame;

/// The step of the conversation in which something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// `MAIL`, which names the sender.
    Sender,
    /// `RCPT`, which names the recipient.
    Recipient,
    /// `DATA`, which asks whether the text may come.
    Data,
    /// The text itself, up to the server's answer.
    Message,
}

pub(super) fn failure(step: Step, error: &Error) -> MailError {
    meaning(step, error.status().map(u16::from), tame(&error.to_string()))
}

/// A reply is about the mail only if its code is 5xx, and only once the sender was accepted: what a server has
/// against the sender, or against how we talk, it has against every mail, and all of them wait until that is mended.
fn meaning(step: Step, code: Option<u16>, said: String) -> MailError {
    match (step, code) {
        // The text may have arrived, and the reply got lost.
        (Step::Message, None) => MailError::Uncertain(said),
        (_, None | Some(..500)) | (Step::Sender, _) => MailError::Transient(said),
        // Commands unknown or out of order (RFC 5321), sign-in or encryption wanted (RFC 4954, RFC 3207).
        (_, Some(500 | 502..=504 | 530..=538)) => MailError::Transient(said),
        (Step::Recipient | Step::Data | Step::Message, Some(_)) => MailError::Permanent(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_mean_what_they_say_about_the_mail_or_about_us() {
        let kind = |step, code| match meaning(step, code, String::new()) {
            MailError::Transient(_) => "transient",
            MailError::Permanent(_) => "permanent",
            MailError::Uncertain(_) => "uncertain",
        };
        for (step, code, expected) in [
            (Step::Recipient, Some(550), "permanent"),
            (Step::Recipient, Some(551), "permanent"),
            (Step::Recipient, Some(553), "permanent"),
            (Step::Recipient, Some(501), "permanent"),
            (Step::Data, Some(554), "permanent"),
            (Step::Message, Some(552), "permanent"),
            (Step::Message, Some(554), "permanent"),
            (Step::Recipient, Some(450), "transient"),
            (Step::Recipient, Some(451), "transient"),
            (Step::Message, Some(452), "transient"),
            (Step::Data, Some(421), "transient"),
            (Step::Recipient, Some(503), "transient"),
            (Step::Recipient, Some(530), "transient"),
            (Step::Message, Some(535), "transient"),
            (Step::Sender, Some(550), "transient"),
            (Step::Sender, Some(530), "transient"),
            (Step::Sender, None, "transient"),
            (Step::Recipient, None, "transient"),
            (Step::Data, None, "transient"),
            (Step::Message, None, "uncertain"),
        ] {
            assert_eq!(kind(step, code), expected, "{step:?} {code:?}");
        }
    }
}
