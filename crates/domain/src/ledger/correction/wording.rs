//! Texts that people write into their ledger.

use std::str::FromStr;

use crate::text::tidy;

/// Why a text cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WordingError {
    /// Nothing but blanks.
    #[error("must not be blank")]
    Blank,
    /// Longer than it may be.
    #[error("must be at most {0} characters long")]
    TooLong(usize),
    /// Holds a control character.
    #[error("must not contain control characters")]
    Control,
}

pub(super) fn wording(text: &str, most: usize, is_kept: fn(char) -> bool) -> Result<String, WordingError> {
    let text = tidy(text);
    if text.is_empty() {
        return Err(WordingError::Blank);
    }
    if text.chars().count() > most {
        return Err(WordingError::TooLong(most));
    }
    if text.chars().any(|c| c.is_control() && !is_kept(c)) {
        return Err(WordingError::Control);
    }
    Ok(text)
}

macro_rules! wordings {
    ($($(#[$doc:meta])* $name:ident, $most:literal, $kept:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// Most characters.
            pub const MOST: usize = $most;

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = WordingError;

            fn from_str(text: &str) -> Result<Self, WordingError> {
                wording(text, Self::MOST, $kept).map(Self)
            }
        }
    )+};
}

wordings! {
    /// One line: 1 to 200 characters, trimmed, without control characters.
    Line, 200, |_| false;
    /// A note of several lines: 1 to 2,000 characters, trimmed, with line breaks and tabs and no other control
    /// characters.
    Note, 2_000, |c| matches!(c, '\n' | '\r' | '\t');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_trimmed_and_bounded() {
        assert_eq!(" Café  Müller ".parse::<Line>().unwrap().as_str(), "Café  Müller");
        assert_eq!("one\ntwo\tthree".parse::<Note>().unwrap().as_str(), "one\ntwo\tthree");
        assert_eq!("one\ntwo".parse::<Line>(), Err(WordingError::Control));
        assert_eq!("a\u{0}".parse::<Note>(), Err(WordingError::Control));
        assert_eq!(" \u{202e} ".parse::<Line>(), Err(WordingError::Blank));
        assert_eq!("я".repeat(201).parse::<Line>(), Err(WordingError::TooLong(200)));
        assert!("я".repeat(200).parse::<Line>().is_ok() && "я".repeat(2_000).parse::<Note>().is_ok());
        assert_eq!("n".repeat(2_001).parse::<Note>(), Err(WordingError::TooLong(2_000)));
    }
}
