//! What an institution says of its own answer.

use super::{lexer::Token, tags::Tag, values::short_value};

/// The longest message for people that the format allows.
const LONGEST_MESSAGE: usize = 255;

/// A `STATUS` that is being read.
#[derive(Debug, Default)]
pub(super) struct OpenStatus {
    code: Option<String>,
    severity: Option<String>,
    message: Option<String>,
}

/// A status that says anything but that all is well.
#[derive(Debug)]
pub(super) struct Trouble {
    /// Whether it is an error; else the institution only wants to be heard.
    pub(super) is_error: bool,
    /// The code that the institution gave.
    pub(super) code: String,
    /// The message that the institution wrote.
    pub(super) message: Option<String>,
}

impl OpenStatus {
    /// Takes the value of an element. Of several, the first one counts.
    pub(super) fn take(&mut self, text: &[u8], token: &Token) {
        let slot = match token.tag {
            Tag::Code => &mut self.code,
            Tag::Severity => &mut self.severity,
            Tag::Message => &mut self.message,
            _ => return,
        };
        if slot.is_none() {
            *slot = short_value(text, token);
        }
    }

    /// The error it stands for; `None` when all is well.
    pub(super) fn trouble(self) -> Option<Trouble> {
        let code = self.code.filter(|c| c.len() <= 10 && c.bytes().all(|b| b.is_ascii_alphanumeric()));
        let is_success = code.as_deref().is_some_and(|c| c.bytes().all(|b| b == b'0'));
        let is_error = match self.severity.as_deref() {
            Some(severity) => severity.eq_ignore_ascii_case("ERROR"),
            None => code.is_some(),
        };
        let message = self.message.map(|message| message.chars().take(LONGEST_MESSAGE).collect::<String>());
        // A remark without words is none.
        let is_told = is_error || (code.is_some() && message.is_some());
        (is_told && !is_success).then(|| Trouble {
            is_error,
            code: code.unwrap_or_else(|| "unknown".to_owned()),
            message,
        })
    }
}
