//! A person's name as it is shown and mailed.

use std::str::FromStr;

use crate::text::{LONGEST_NAME, NameError, name};

/// A name of 1 to 100 characters, trimmed, without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName(String);

impl PersonName {
    /// Longest name, in characters.
    pub const MAX: usize = LONGEST_NAME;

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
        name(text).map(Self)
    }
}
