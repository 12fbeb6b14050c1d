//! A setting that is never shown.

use std::fmt;

use dashtam_domain::secret::SecretText;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A setting that is secret. The empty text means that it is not set.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) SecretText);

impl Secret {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.expose().is_empty()
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretText::new(text)))
    }
}

/// Shows whether the secret is set, and nothing else.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.is_empty() { "" } else { "(hidden)" })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "(not set)" } else { "(set)" })
    }
}
