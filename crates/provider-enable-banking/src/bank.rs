//! Which banks there are: those that the operator names, as Enable Banking lists them.

use std::{fmt::Write, str::FromStr};

use dashtam_domain::{
    connections::{ProviderKey, ProviderKeyError},
    secret::SecretHash,
};

/// Longer names are none of a bank's.
const LONGEST_NAME: usize = 200;
/// What of a name goes into a key, which has 50 characters at most.
const LONGEST_SLUG: usize = 23;

/// Why a text names no bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be the country in two capital letters, a colon and the name that Enable Banking has for the bank, such as FI:Nordea"
)]
pub struct BankError;

/// A bank as Enable Banking names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bank {
    country: String,
    name: String,
}

impl Bank {
    /// Its country, in ISO 3166-1 alpha-2.
    pub fn country(&self) -> &str {
        &self.country
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the catalogue knows it by: of its country and its name, the same each time. What a key cannot hold is replaced by
    /// the beginning of a hash, so that two banks do not get one key.
    ///
    /// # Errors
    /// When the country is none, which a parsed bank has.
    pub fn key(&self) -> Result<ProviderKey, ProviderKeyError> {
        let mut slug = String::new();
        for character in self.name.chars() {
            if character.is_ascii_alphanumeric() {
                slug.push(character.to_ascii_lowercase());
            } else if !slug.ends_with('-') && !slug.is_empty() {
                slug.push('-');
            }
        }
        let whole = slug.trim_end_matches('-').len();
        slug.truncate(LONGEST_SLUG);
        slug.truncate(slug.trim_end_matches('-').len());
        let plain = |c: char| c.is_ascii_alphanumeric() || c == ' ';
        let mut key = format!("enable-banking-{}", self.country.to_ascii_lowercase());
        if !slug.is_empty() {
            key.push('-');
            key.push_str(&slug);
        }
        if slug.len() < whole || !self.name.chars().all(plain) {
            let hash = SecretHash::of(&self.name).to_hex();
            // A write to a text does not fail.
            let _ = write!(key, "-{}", hash.get(..8).unwrap_or_default());
        }
        key.parse()
    }
}

impl FromStr for Bank {
    type Err = BankError;

    fn from_str(text: &str) -> Result<Self, BankError> {
        let (country, name) = text.split_once(':').ok_or(BankError)?;
        let name = name.trim();
        let is_country = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_name = !name.is_empty() && name.len() <= LONGEST_NAME && !name.chars().any(char::is_control);
        if !is_country || !is_name {
            return Err(BankError);
        }
        Ok(Self { country: country.to_owned(), name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> String {
        text.parse::<Bank>().unwrap().key().unwrap().as_str().to_owned()
    }

    #[test]
    fn a_bank_is_named_by_country_and_name() {
        let bank: Bank = "FI:Nordea: Business".parse().unwrap();
        assert_eq!((bank.country(), bank.name()), ("FI", "Nordea: Business"));
        for wrong in ["", "Nordea", "fi:Nordea", "FIN:Nordea", "FI:", "FI: ", "FI:a\nb", "Ä:x"] {
            assert_eq!(wrong.parse::<Bank>(), Err(BankError), "{wrong:?}");
        }
        assert_eq!(format!("FI:{}", "x".repeat(201)).parse::<Bank>(), Err(BankError));
    }

    #[test]
    fn keys_stay_and_differ() {
        assert_eq!(key("FI:Nordea"), "enable-banking-fi-nordea");
        assert_eq!(key("DE:Deutsche Bank"), "enable-banking-de-deutsche-bank");
        let keys = [
            "FI:Nordea",
            "SE:Nordea",
            "DE:Deutsche Bank",
            "DE:Deutsche-Bank",
            "CZ:Česká spořitelna",
            "GR:Τράπεζα",
            "GR:Πειραιώς",
            "DE:Sparkasse an einem sehr langen Ort im Norden",
            "DE:Sparkasse an einem sehr langen Ort im Süden",
        ]
        .map(key);
        let mut different = keys.to_vec();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), keys.len(), "{keys:?}");
        assert!(keys.iter().all(|key| key.len() <= 50), "{keys:?}");
    }
}
