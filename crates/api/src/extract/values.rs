//! Fields of a body that are no plain text: truth values, numbers, and texts of a stated length.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::{Checks, Text};

/// A whole number as JSON Schema has it: `17.0` is one, as some languages write it.
pub(super) fn whole(value: &Value) -> Option<i64> {
    // Up to here a float holds every whole number, and more is not asked for anywhere.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let real = || value.as_f64().filter(|real| real.fract() == 0.0 && real.abs() < EXACT);
    value.as_i64().or_else(|| real().map(|real| real as i64))
}

impl Checks {
    /// Reads a field that must be true or false, and may be left out.
    pub(crate) fn optional_flag(&mut self, field: &str, value: &Value) -> Option<bool> {
        if !value.is_null() && !value.is_boolean() {
            self.broken(field, "wrong_type", "This field must be true or false.");
        }
        value.as_bool()
    }

    /// Reads a whole number of this range, which may be left out.
    pub(crate) fn optional_number(
        &mut self,
        field: &str,
        value: &Value,
        range: RangeInclusive<u32>,
    ) -> Option<u32> {
        let number = whole(value).and_then(|number| u32::try_from(number).ok());
        match number.filter(|number| range.contains(number)) {
            Some(number) => return Some(number),
            None if value.is_null() => {}
            None if value.is_number() => {
                let (from, to) = (range.start(), range.end());
                let message = format!("This field must be a whole number from {from} to {to}.");
                self.broken(field, "out_of_range", message);
            }
            None => self.broken(field, "wrong_type", "This field must be a whole number."),
        }
        None
    }

    /// Reads a text that must be there, of so many characters without the blanks around it.
    pub(crate) fn sized_text(
        &mut self,
        field: &str,
        text: Text,
        range: RangeInclusive<usize>,
    ) -> Option<String> {
        let text = self.text(field, text)?;
        let text = text.trim();
        let length = text.chars().count();
        if range.contains(&length) {
            return Some(text.to_owned());
        }
        let code = if length < *range.start() { "too_short" } else { "too_long" };
        let (from, to) = (range.start(), range.end());
        self.broken(field, code, format!("This field must be {from} to {to} characters long."));
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_such_value_is_told() {
        let read = |value: Value| {
            let mut checks = Checks::default();
            let number = checks.optional_number("n", &value, 0..=60);
            (number, checks.finish().is_ok())
        };
        assert_eq!(
            (read(json!(0)), read(json!(60)), read(Value::Null)),
            ((Some(0), true), (Some(60), true), (None, true))
        );
        let written: Value = serde_json::from_str("[17.0, 1.7e1, 170e-1]").unwrap();
        for number in written.as_array().unwrap() {
            assert_eq!(read(number.clone()), (Some(17), true), "{number}");
        }
        for wrong in
            [json!(61), json!(-1), json!(1.5), json!("7"), json!([7]), json!(5_000_000_000_u64), json!(1e300)]
        {
            assert_eq!(read(wrong), (None, false));
        }
        let mut checks = Checks::default();
        assert_eq!(checks.sized_text("t", Text::Given(" abc ".to_owned()), 3..=4), Some("abc".to_owned()));
        assert_eq!(checks.optional_flag("f", &json!(true)), Some(true));
        assert_eq!(checks.optional_flag("f", &Value::Null), None);
        assert!(checks.finish().is_ok());
        let mut checks = Checks::default();
        assert_eq!(checks.sized_text("t", Text::Given("ab   ".to_owned()), 3..=4), None);
        assert_eq!(checks.sized_text("t", Text::Given("abcde".to_owned()), 3..=4), None);
        assert_eq!(checks.optional_flag("f", &json!("yes")), None);
        assert!(checks.finish().is_err());
    }
}
