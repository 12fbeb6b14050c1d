//! What a refusal of SES means for a mail.

use aws_sdk_sesv2::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
};
use dashtam_domain::{delivery::MailError, fault::with_causes};

use crate::reply::tame;

/// What a failed request means. `left` says whether SES may have received it.
pub(super) fn failure(error: &SdkError<SendEmailError, HttpResponse>, left: bool) -> MailError {
    match error {
        SdkError::ServiceError(refusal) => {
            let (refused, status) = (refusal.err(), refusal.raw().status().as_u16());
            let (code, message) = (refused.code().unwrap_or_default(), refused.message().unwrap_or_default());
            meaning(status, code, message)
        }
        // Includes an answer that says it worked and cannot be read.
        _ => {
            // Its `Debug` would have the bodies of answers, and one of those has credentials.
            let said = tame(&with_causes(error));
            if left { MailError::Uncertain(said) } else { MailError::Transient(said) }
        }
    }
}

/// Only two answers are about the mail (the documented errors of `SendEmail`, API of 2019-09-27). What SES has against
/// the account, the key, the sender or the pace it has against every mail, and all of them wait until that is mended.
fn meaning(status: u16, code: &str, message: &str) -> MailError {
    let said = tame(&format!("{status} {code} {message}"));
    match code {
        // An identity that is not verified is the sender's, or anybody's while the account is in the sandbox of SES.
        "MessageRejected" if message.contains("not verified") => MailError::Transient(said),
        "BadRequestException" | "MessageRejected" => MailError::Permanent(said),
        // From a gateway in between: nobody knows what the server behind it did.
        "" if matches!(status, 200..=299 | 502 | 504) => MailError::Uncertain(said),
        _ => MailError::Transient(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_mean_what_they_say_about_the_mail_or_about_us() {
        let kind = |status, code, message| match meaning(status, code, message) {
            MailError::Transient(_) => "transient",
            MailError::Permanent(_) => "permanent",
            MailError::Uncertain(_) => "uncertain",
        };
        for (status, code, message, expected) in [
            (400, "BadRequestException", "Missing final '@domain'", "permanent"),
            (400, "MessageRejected", "Transaction blocked", "permanent"),
            (400, "MessageRejected", "Email address is not verified. The following: x", "transient"),
            (400, "MailFromDomainNotVerifiedException", "", "transient"),
            (400, "SendingPausedException", "", "transient"),
            (400, "LimitExceededException", "", "transient"),
            (403, "ExpiredTokenException", "", "transient"),
            (403, "AccessDeniedException", "", "transient"),
            (404, "NotFoundException", "", "transient"),
            (429, "TooManyRequestsException", "", "transient"),
            (500, "InternalFailure", "", "transient"),
            (503, "", "", "transient"),
            (502, "", "", "uncertain"),
            (504, "", "", "uncertain"),
        ] {
            assert_eq!(kind(status, code, message), expected, "{status} {code} {message}");
        }
    }
}
