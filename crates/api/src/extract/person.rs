//! What people say of themselves: addresses, names and passwords.

use dashtam_domain::{
    identity::{EmailAddress, EmailError, PersonName, PlainPassword},
    text::NameError,
};

use super::{Checks, Text};

impl Checks {
    /// Reads an e-mail address that must be there.
    pub(crate) fn email(&mut self, field: &str, text: Text) -> Option<EmailAddress> {
        self.parse(field, text, |error| match error {
            EmailError::Malformed => "malformed",
            EmailError::TooLong => "too_long",
        })
    }

    /// Reads a person's name that must be there.
    pub(crate) fn person_name(&mut self, field: &str, text: Text) -> Option<PersonName> {
        self.parse(field, text, NameError::code)
    }

    /// Reads a password that somebody has to know: whether it is the right one is found out elsewhere.
    pub(crate) fn password(&mut self, field: &str, text: Text) -> Option<PlainPassword> {
        let password = PlainPassword::presented(&self.text(field, text)?);
        if password.is_none() {
            self.broken(field, "length", "This field must be 1 to 128 characters long.");
        }
        password
    }
}
