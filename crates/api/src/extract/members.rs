//! Members of a JSON object that its type does not have.

use std::cell::Cell;

use serde::{
    Deserializer,
    de::{DeserializeOwned, Error, Visitor, value},
    forward_to_deserialize_any,
};

/// Reads an object. The second value has the names its type does not know, with their place in it.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<(T, Vec<String>)> {
    let mut unknown = Vec::new();
    let mut source = serde_json::Deserializer::from_slice(bytes);
    let value = serde_ignored::deserialize(&mut source, |place| unknown.push(place.to_string()))?;
    source.end()?;
    Ok((value, unknown))
}

/// The members that a struct reads; none for types that take whatever comes.
pub(super) fn known<T: DeserializeOwned>() -> &'static [&'static str] {
    let names = Cell::new(&[][..]);
    // It never gets a value: what it is asked for is all there is to see.
    let _ = T::deserialize(Asked(&names));
    names.get()
}

/// Notes what a type asks for and gives nothing.
struct Asked<'a>(&'a Cell<&'static [&'static str]>);

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, value::Error> {
        Err(Error::custom("there is nothing to read"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, value::Error> {
        self.0.set(names);
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;
    use crate::extract::{Field, Text};

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "it is read, and that is all")]
    struct Inner {
        #[serde(default)]
        place: Text,
    }

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "it is read, and that is all")]
    struct Outer {
        #[serde(default)]
        text: Text,
        #[serde(default)]
        number: Field,
        #[serde(default)]
        free: Value,
        inner: Option<Inner>,
    }

    #[test]
    fn unknown_members_are_named_at_any_depth() {
        let body = br#"{"text": 7, "number": 1.50, "free": {"what": "ever"}, "inner": {"plaec": 1}, "n": 0}"#;
        let (outer, unknown) = read::<Outer>(body).unwrap();
        let last: Vec<_> = unknown.iter().filter_map(|place| place.rsplit('.').next()).collect();
        assert_eq!(last, ["plaec", "n"]);
        assert!(matches!(outer.number, Field::Given(Value::Number(number)) if number.to_string() == "1.50"));
        assert_eq!(known::<Outer>(), ["text", "number", "free", "inner"]);
        assert!(known::<std::collections::BTreeMap<String, Text>>().is_empty());
    }
}
