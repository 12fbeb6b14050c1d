//! A person's name as it is shown and mailed.

use std::str::FromStr;

use crate::text::tidy;

/// Why a text is not a name we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but blanks.
    #[error("must not be blank")]
    Blank,
    /// Longer than [`PersonName::MAX`] characters.
    #[error("must be at most 100 characters long")]
    TooLong,
    /// Holds a control character.
    #[error("must not contain control characters")]
    Control,
}

/// A name of 1 to 100 characters, trimmed, without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName(String);

impl PersonName {
    /// Longest name, in characters.
    pub const MAX: usize = 100;

    /// What somebody is called whose name nobody told us.
    pub(super) fn untold() -> Self {
        Self("User".to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PersonName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let text = tidy(text);
        if text.is_empty() {
            return Err(NameError::Blank);
        }
        if text.chars().count() > Self::MAX {
            return Err(NameError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(NameError::Control);
        }
        Ok(Self(text))
    }
}
