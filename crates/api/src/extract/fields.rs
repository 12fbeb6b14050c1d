//! Reading the fields of a body so that every broken rule is told at once, and no value is repeated.

use std::{fmt::Display, str::FromStr};

use dashtam_domain::fault::FieldError;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

use crate::problem::Problem;

/// A text field as it came: absent and wrongly typed ones are told together with all other errors.
#[derive(Default)]
pub(crate) enum Text {
    /// The field is absent or null.
    #[default]
    Missing,
    /// The field is there and is no string.
    Wrong,
    /// The field holds this string.
    Given(String),
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text::Given(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Text, E> {
        Ok(Text::Given(text))
    }

    fn visit_unit<E: Error>(self) -> Result<Text, E> {
        Ok(Text::Missing)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Text, E> {
        Ok(Text::Wrong)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Text, E> {
        Ok(Text::Wrong)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Text, E> {
        Ok(Text::Wrong)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Text, E> {
        Ok(Text::Wrong)
    }

    // Read as values and not as ignored: what a text is not is told by its own rule, not as unknown members of it.
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Text, A::Error> {
        while items.next_element::<Value>()?.is_some() {}
        Ok(Text::Wrong)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Text, A::Error> {
        while entries.next_entry::<String, Value>()?.is_some() {}
        Ok(Text::Wrong)
    }
}

/// Collects the broken rules of one input.
#[derive(Default)]
pub(crate) struct Checks(Vec<FieldError>);

impl Checks {
    /// Notes a broken rule.
    pub(crate) fn broken(&mut self, field: &str, code: &'static str, message: impl Into<String>) {
        self.0.push(FieldError::new(field, code, message));
    }

    /// Notes broken rules.
    pub(crate) fn extend(&mut self, broken: Vec<FieldError>) {
        self.0.extend(broken);
    }

    /// Reads a text that must be there.
    pub(crate) fn text(&mut self, field: &str, text: Text) -> Option<String> {
        match text {
            Text::Missing => self.broken(field, "missing", "This field is required."),
            Text::Wrong => self.broken(field, "wrong_type", "This field must be a string."),
            Text::Given(text) => return Some(text),
        }
        None
    }

    /// Reads a text that may be left out.
    pub(crate) fn optional_text(&mut self, field: &str, text: Text) -> Option<String> {
        if matches!(text, Text::Missing) { None } else { self.text(field, text) }
    }

    /// Reads a domain value; its error says what it must be.
    pub(crate) fn parse<T>(&mut self, field: &str, text: Text, code: fn(&T::Err) -> &'static str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        match self.text(field, text)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.broken(field, code(&error), format!("This field {error}."));
                None
            }
        }
    }

    /// The broken rules.
    pub(crate) fn into_broken(self) -> Vec<FieldError> {
        self.0
    }

    /// Tells all broken rules in one problem.
    pub(crate) fn into_problem(self) -> Problem {
        Problem::invalid(self.0)
    }

    /// Tells whether every rule was kept so far.
    pub(crate) fn is_kept(&self) -> bool {
        self.0.is_empty()
    }

    /// Succeeds if every rule was kept, and tells the broken ones otherwise.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(self.into_problem()) }
    }
}
