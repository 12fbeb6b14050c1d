//! Fields that hold people's own words.

use std::str::FromStr;

use dashtam_domain::ledger::WordingError;

use super::{Checks, Field, Text};

fn code(error: &WordingError) -> &'static str {
    match error {
        WordingError::Blank => "blank",
        WordingError::TooLong(_) => "too_long",
        WordingError::Control => "control_character",
    }
}

impl Checks {
    /// Reads words that must be there.
    pub(crate) fn wording<T: FromStr<Err = WordingError>>(&mut self, field: &str, text: Text) -> Option<T> {
        self.parse(field, text, code)
    }

    /// Reads words that can be exchanged for others, and not be taken away.
    pub(crate) fn given_wording<T: FromStr<Err = WordingError>>(
        &mut self,
        field: &str,
        value: Field,
    ) -> Option<T> {
        self.given(field, value, code)
    }

    /// Reads words that null takes away.
    pub(crate) fn clearable_wording<T: FromStr<Err = WordingError>>(
        &mut self,
        field: &str,
        value: Field,
    ) -> Option<Option<T>> {
        self.clearable(field, value, code)
    }
}
