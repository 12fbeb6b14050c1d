//! Fields of a change: left out, emptied by null, or given.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use dashtam_domain::time::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{Checks, Text, values::whole};

/// A field as it came. Absent ones are left as they are; null is a value of its own.
#[derive(Default)]
pub(crate) enum Field {
    /// The field was left out.
    #[default]
    Absent,
    /// The field is there, whatever it holds.
    Given(Value),
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::Given)
    }
}

impl Checks {
    /// Reads a domain value that null empties.
    pub(crate) fn clearable<T>(
        &mut self,
        field: &str,
        value: Field,
        code: fn(&T::Err) -> &'static str,
    ) -> Option<Option<T>>
    where
        T: FromStr<Err: Display>,
    {
        let text = self.clearable_text(field, value)?;
        match text {
            None => Some(None),
            Some(text) => self.parse(field, Text::Given(text), code).map(Some),
        }
    }

    /// Reads a domain value that can be exchanged for another, and not be emptied.
    pub(crate) fn given<T>(
        &mut self,
        field: &str,
        value: Field,
        code: fn(&T::Err) -> &'static str,
    ) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        match value {
            Field::Absent => None,
            Field::Given(Value::String(text)) => self.parse(field, Text::Given(text), code),
            Field::Given(_) => {
                self.broken(field, "wrong_type", "This field must be a string.");
                None
            }
        }
    }

    /// Reads a text that null empties.
    pub(crate) fn clearable_text(&mut self, field: &str, value: Field) -> Option<Option<String>> {
        match value {
            Field::Absent => None,
            Field::Given(Value::Null) => Some(None),
            Field::Given(Value::String(text)) => Some(Some(text)),
            Field::Given(_) => {
                self.broken(field, "wrong_type", "This field must be a string or null.");
                None
            }
        }
    }

    /// Reads an instant that null empties.
    pub(crate) fn clearable_instant(&mut self, field: &str, value: Field) -> Option<Option<Timestamp>> {
        let Some(text) = self.clearable_text(field, value)? else { return Some(None) };
        let instant = Timestamp::parse(&text);
        if instant.is_none() {
            self.broken(field, "timestamp", "This field must be an RFC 3339 instant or null.");
        }
        instant.map(Some)
    }

    /// Reads an object that null empties.
    pub(crate) fn clearable_object(
        &mut self,
        field: &str,
        value: Field,
    ) -> Option<Option<Map<String, Value>>> {
        match value {
            Field::Absent => None,
            Field::Given(Value::Null) => Some(None),
            Field::Given(Value::Object(object)) => Some(Some(object)),
            Field::Given(_) => {
                self.broken(field, "wrong_type", "This field must be a JSON object or null.");
                None
            }
        }
    }

    /// Reads a word that null empties; `message` says which there are.
    pub(crate) fn clearable_word<T>(
        &mut self,
        field: &str,
        value: Field,
        message: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<Option<T>> {
        let Some(text) = self.clearable_text(field, value)? else { return Some(None) };
        let word = read(&text);
        if word.is_none() {
            self.broken(field, "unknown", message);
        }
        word.map(Some)
    }

    /// Reads a field that must be true or false.
    pub(crate) fn given_flag(&mut self, field: &str, value: &Field) -> Option<bool> {
        let Field::Given(value) = value else { return None };
        if !value.is_boolean() {
            self.broken(field, "wrong_type", "This field must be true or false.");
        }
        value.as_bool()
    }

    /// Reads a whole number of this range.
    pub(crate) fn given_number(
        &mut self,
        field: &str,
        value: &Field,
        range: RangeInclusive<i32>,
    ) -> Option<i32> {
        let Field::Given(value) = value else { return None };
        let number = whole(value).and_then(|number| i32::try_from(number).ok());
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let (from, to) = (range.start(), range.end());
            let code = if value.is_number() { "out_of_range" } else { "wrong_type" };
            self.broken(field, code, format!("This field must be a whole number from {from} to {to}."));
        }
        number
    }

    /// Reads a number that `read` takes; `message` says what it must be.
    pub(crate) fn given_real<T>(
        &mut self,
        field: &str,
        value: &Field,
        message: &str,
        read: impl FnOnce(f64) -> Option<T>,
    ) -> Option<T> {
        let Field::Given(value) = value else { return None };
        let number = value.as_f64().and_then(read);
        if number.is_none() {
            let code = if value.is_number() { "out_of_range" } else { "wrong_type" };
            self.broken(field, code, message);
        }
        number
    }
}
