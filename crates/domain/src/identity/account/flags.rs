//! What an administrator or manager may set on an account, and what people keep there.

use serde_json::{Map, Value};

use crate::words::words;

/// How many of something an account may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota(Option<u32>);

impl Quota {
    /// Any number.
    pub const UNLIMITED: Self = Self(None);
    /// Not one.
    pub const NONE: Self = Self(Some(0));

    /// Reads the stored and shown form: -1 is unlimited; `None` for less than that.
    pub fn new(number: i32) -> Option<Self> {
        match number {
            -1 => Some(Self::UNLIMITED),
            number => u32::try_from(number).ok().map(|number| Self(Some(number))),
        }
    }

    /// Stored and shown form; -1 is unlimited.
    pub fn number(self) -> i32 {
        self.0.map_or(-1, |number| i32::try_from(number).unwrap_or(i32::MAX))
    }

    /// Whether this is as strict as `other`, or stricter.
    pub fn within(self, other: Self) -> bool {
        match (self.0, other.0) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(mine), Some(others)) => mine <= others,
        }
    }
}

/// What an account is kept from. Flags bind administrators too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountFlags {
    /// Looks only; it still signs out, protects itself and takes its data along.
    pub read_only: bool,
    /// Its connections stay as they are.
    pub device_read_only: bool,
    /// Starts no synchronisation, refresh, disconnection or import.
    pub limit_commands: bool,
    /// Keeps its address, unless an administrator changes it.
    pub fixed_email: bool,
    /// How many connections it may have.
    pub device_limit: Quota,
    /// How many sub-users it may have.
    pub user_limit: Quota,
}

impl Default for AccountFlags {
    fn default() -> Self {
        Self {
            read_only: false,
            device_read_only: false,
            limit_commands: false,
            fixed_email: false,
            device_limit: Quota::UNLIMITED,
            user_limit: Quota::NONE,
        }
    }
}

impl AccountFlags {
    /// Whether these keep an account from at least what `others` do.
    pub fn within(&self, others: &Self) -> bool {
        self.looser_than(others).is_empty()
    }

    /// The names of those flags that keep an account from less than what `others` do.
    pub fn looser_than(&self, others: &Self) -> Vec<&'static str> {
        let no_looser = |mine: bool, others: bool| mine || !others;
        let strict = [
            ("readonly", no_looser(self.read_only, others.read_only)),
            ("device_readonly", no_looser(self.device_read_only, others.device_read_only)),
            ("limit_commands", no_looser(self.limit_commands, others.limit_commands)),
            ("fixed_email", no_looser(self.fixed_email, others.fixed_email)),
            ("device_limit", self.device_limit.within(others.device_limit)),
            ("user_limit", self.user_limit.within(others.user_limit)),
        ];
        strict.iter().filter(|(_, kept)| !kept).map(|(name, _)| *name).collect()
    }
}

words! {
/// What an account asks for beside the first factor.
#[derive(Default)]
SecondFactorKind {
    /// Nothing.
    #[default]
    None = "none",
    /// A code of an authenticator (RFC 6238).
    Totp = "totp",
    /// A code by mail.
    Email = "email",
}
}

words! {
/// How well a session's holder proved who it is.
#[derive(PartialOrd, Ord)]
Assurance {
    /// One factor.
    OneFactor = "aal1",
    /// Two factors.
    TwoFactors = "aal2",
}
}

impl SecondFactorKind {
    /// The best proof an account with this can give.
    pub fn assurance(self) -> Assurance {
        match self {
            Self::None => Assurance::OneFactor,
            Self::Totp | Self::Email => Assurance::TwoFactors,
        }
    }
}

/// Degrees on a map; finite.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Degrees(f64);

// Never NaN, so that equality is total.
impl Eq for Degrees {}

impl Degrees {
    /// Degrees from `-limit` to `limit`.
    pub fn new(degrees: f64, limit: f64) -> Option<Self> {
        (degrees.is_finite() && degrees.abs() <= limit).then_some(Self(degrees))
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// How a person likes to see a map.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MapView {
    /// Name of the layer, at most 128 characters.
    pub layer: Option<String>,
    /// -90 to 90.
    pub latitude: Degrees,
    /// -180 to 180.
    pub longitude: Degrees,
    /// 0 to 22.
    pub zoom: i32,
}

/// What programs keep on an account: the text of a JSON object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attributes(Option<String>);

/// Why an object cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AttributesError {
    /// Longer than [`Attributes::MAX`] characters.
    #[error("must be at most 4000 characters long as JSON")]
    TooLarge,
    /// Too deep, or too many names.
    #[error("must have at most 100 names and be at most 8 levels deep")]
    TooManifold,
}

impl Attributes {
    /// Longest text, in characters.
    pub const MAX: usize = 4000;
    /// Deepest object that is written.
    const MAX_DEPTH: usize = 8;
    /// Deepest object that is read.
    const READABLE_DEPTH: usize = 32;
    /// Most names.
    const MAX_NAMES: usize = 100;

    /// Takes a stored text, whatever it is.
    pub fn stored(text: Option<String>) -> Self {
        Self(text)
    }

    /// The text to store.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Keeps an object. Names that begin with `_` are the server's own and left out.
    pub fn keep(mut object: Map<String, Value>) -> Result<Self, AttributesError> {
        object.retain(|name, _| !name.starts_with('_'));
        let object = Value::Object(object);
        if depth(&object) > Self::MAX_DEPTH || names(&object) > Self::MAX_NAMES {
            return Err(AttributesError::TooManifold);
        }
        let text = object.to_string();
        if text.chars().count() > Self::MAX {
            return Err(AttributesError::TooLarge);
        }
        Ok(Self(Some(text)))
    }

    /// The object; empty for what is no object or nested too deep. Never fails.
    pub fn object(&self) -> Map<String, Value> {
        match self.0.as_deref().map(serde_json::from_str) {
            Some(Ok(value)) if depth(&value) <= Self::READABLE_DEPTH => match value {
                Value::Object(object) => object,
                _ => Map::new(),
            },
            _ => Map::new(),
        }
    }

    /// The object changed by a JSON Merge Patch (RFC 7396).
    pub fn patched(&self, patch: &Map<String, Value>) -> Result<Self, AttributesError> {
        let mut object = self.object();
        merge(&mut object, patch);
        Self::keep(object)
    }
}

/// RFC 7396, section 2. The parser has bounded how deep the patch is.
fn merge(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null => {
                target.remove(name);
            }
            Value::Object(inner) => {
                let entry = target.entry(name.clone()).or_insert(Value::Null);
                if !entry.is_object() {
                    *entry = Value::Object(Map::new());
                }
                if let Value::Object(object) = entry {
                    merge(object, inner);
                }
            }
            other => {
                target.insert(name.clone(), other.clone());
            }
        }
    }
}

/// Levels of objects and lists. The parser refuses more than 128.
fn depth(value: &Value) -> usize {
    match value {
        Value::Object(object) => 1 + object.values().map(depth).max().unwrap_or(0),
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Names at every level.
fn names(value: &Value) -> usize {
    match value {
        Value::Object(object) => object.len() + object.values().map(names).sum::<usize>(),
        Value::Array(items) => items.iter().map(names).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn attributes_are_an_object_whatever_is_stored() {
        let deep = format!("{}1{}", "{\"a\":".repeat(33), "}".repeat(33));
        for odd in [None, Some(""), Some("7"), Some("[1]"), Some("{"), Some("null"), Some(deep.as_str())] {
            assert_eq!(Attributes::stored(odd.map(str::to_owned)).object(), Map::new(), "{odd:?}");
        }
        let kept = Attributes::keep(object(json!({"a": 1, "_secret": 2}))).unwrap();
        assert_eq!(kept.as_str(), Some("{\"a\":1}"));
        let patched = kept.patched(&object(json!({"a": null, "b": {"c": 1, "d": null}}))).unwrap();
        assert_eq!(patched.object(), object(json!({"b": {"c": 1}})));
        let long = Attributes::keep(object(json!({"a": "x".repeat(3993)})));
        assert_eq!(long, Err(AttributesError::TooLarge));
        assert!(Attributes::keep(object(json!({"a": "x".repeat(3992)}))).is_ok());
        let many = (0..101).map(|n| (n.to_string(), Value::Null)).collect();
        assert_eq!(Attributes::keep(many), Err(AttributesError::TooManifold));
    }

    proptest! {
        #[test]
        fn no_stored_text_breaks_anything(text in any::<String>()) {
            let _ = Attributes::stored(Some(text)).object();
        }
    }

    #[test]
    fn quotas_and_flags_compare_by_strictness() {
        let quota = |number| Quota::new(number).unwrap();
        assert_eq!((Quota::new(-2), Quota::UNLIMITED.number(), quota(7).number()), (None, -1, 7));
        assert!(quota(3).within(quota(3)) && quota(0).within(quota(-1)));
        assert!(!quota(-1).within(quota(1000)) && !quota(4).within(quota(3)));
        let base = AccountFlags::default();
        let strict = AccountFlags { read_only: true, ..base };
        assert!(strict.within(&base) && !base.within(&strict));
        assert_eq!(base.looser_than(&strict), ["readonly"]);
    }
}
