//! A setting that is never shown.

use std::fmt;

use dashtam_domain::secret::SecretText;
use serde::{Deserialize, Deserializer};

/// A secret setting; empty means "not set".
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

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "(not set)" } else { "(set)" })
    }
}
