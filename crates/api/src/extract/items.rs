//! Lists in a body, and the objects in them.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::{Checks, Field};

/// So many members that nobody knows are told of one object, each with so many characters of its name.
const MOST_UNKNOWN: usize = 20;
const LONGEST_NAME: usize = 64;

impl Checks {
    /// Reads a list that must be there, of so many things, which `what` calls by their name.
    pub(crate) fn list(
        &mut self,
        field: &str,
        value: Field,
        count: RangeInclusive<usize>,
        what: &str,
    ) -> Option<Vec<Value>> {
        match value {
            Field::Given(Value::Array(items)) => self.so_many(field, items, count, what),
            Field::Absent | Field::Given(Value::Null) => {
                self.broken(field, "missing", "This field is required.");
                None
            }
            Field::Given(_) => {
                self.broken(field, "wrong_type", format!("This field must be a list of {what}."));
                None
            }
        }
    }

    /// Reads a list of so many things that null empties.
    pub(crate) fn clearable_list(
        &mut self,
        field: &str,
        value: Field,
        count: RangeInclusive<usize>,
        what: &str,
    ) -> Option<Option<Vec<Value>>> {
        match value {
            Field::Absent => None,
            Field::Given(Value::Null) => Some(None),
            Field::Given(Value::Array(items)) => self.so_many(field, items, count, what).map(Some),
            Field::Given(_) => {
                self.broken(field, "wrong_type", format!("This field must be a list of {what}, or null."));
                None
            }
        }
    }

    fn so_many(
        &mut self,
        field: &str,
        items: Vec<Value>,
        count: RangeInclusive<usize>,
        what: &str,
    ) -> Option<Vec<Value>> {
        if count.contains(&items.len()) {
            return Some(items);
        }
        let (from, to) = (count.start(), count.end());
        let code = if items.len() < *from { "too_short" } else { "too_long" };
        let message = match from {
            0 => format!("There must be at most {to} {what}."),
            from => format!("There must be {from} to {to} {what}."),
        };
        self.broken(field, code, message);
        None
    }

    /// Reads every item of a list by its place, so that everything that is wrong is told at once; all of them, or none.
    pub(crate) fn each<T>(
        &mut self,
        items: Vec<Value>,
        mut read: impl FnMut(&mut Self, usize, Value) -> Option<T>,
    ) -> Option<Vec<T>> {
        let read: Vec<Option<T>> =
            items.into_iter().enumerate().map(|(at, item)| read(self, at, item)).collect();
        read.into_iter().collect()
    }

    /// Reads an item that must be an object, which `what` describes.
    pub(crate) fn object(&mut self, field: &str, item: Value, what: &str) -> Option<Map<String, Value>> {
        match item {
            Value::Object(members) => Some(members),
            _ => {
                self.broken(field, "wrong_type", format!("This must be an object with {what}."));
                None
            }
        }
    }

    /// Reads a text that must be there among the members of an object.
    pub(crate) fn member_text(&mut self, field: &str, value: Option<Value>) -> Option<String> {
        let (code, message) = match value {
            None | Some(Value::Null) => ("missing", "This field is required."),
            Some(Value::String(text)) => return Some(text),
            Some(_) => ("wrong_type", "This field must be a string."),
        };
        self.broken(field, code, message);
        None
    }

    /// Refuses what is left of an object; `known` are the names that there are.
    pub(crate) fn refuse_members(&mut self, field: &str, left: &Map<String, Value>, known: &str) {
        for name in left.keys().take(MOST_UNKNOWN) {
            let name: String = name.chars().take(LONGEST_NAME).collect();
            let message = format!("There is no such field. There is: {known}.");
            self.broken(&format!("{field}.{name}"), "unknown", message);
        }
    }
}
