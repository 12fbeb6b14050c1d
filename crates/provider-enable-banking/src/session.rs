//! A session: what a user's consent came to, as it is kept, sealed, in the place of an access token.
//!
//! Enable Banking describes the accounts once, when the session is made. They are kept, without their numbers, so that no
//! request is spent on them later; and each has another name (`uid`) in the next session, by which it is asked for.

use dashtam_domain::{
    connections::{Credentials, ProviderError},
    secret::SecretText,
    time::Timestamp,
};
use dashtam_provider_kit::lenient::text;
use serde_json::{Value, json};

use crate::map::{account, words};

/// Longer ids are none of Enable Banking's.
const LONGEST_ID: usize = 100;
/// Nobody has more accounts at one bank.
const MOST_ACCOUNTS: usize = 500;
/// Longer names of banks are cut to this length.
const NAME: usize = 200;

/// An account of a session.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Granted {
    /// Its name in this session.
    pub(crate) uid: String,
    /// What was said of it, without its number.
    pub(crate) row: Value,
}

/// A session as it is kept.
pub(crate) struct Session {
    pub(crate) id: SecretText,
    /// The bank's name, as the session says it.
    pub(crate) institution: Option<String>,
    pub(crate) accounts: Vec<Granted>,
    /// Accounts that cannot be asked for, or not be told from others.
    pub(crate) left_out: usize,
}

impl Session {
    /// Reads the answer that made it.
    pub(crate) fn read(answer: &Value) -> Result<Self, ProviderError> {
        let malformed = || ProviderError::Malformed { at: "session" };
        let id = id(answer, "session_id").ok_or_else(malformed)?;
        let rows = answer.get("accounts").and_then(Value::as_array).ok_or_else(malformed)?;
        let accounts: Vec<Granted> = rows
            .iter()
            .take(MOST_ACCOUNTS)
            .filter_map(|row| Some(Granted { uid: self::id(row, "uid")?, row: account::trimmed(row)? }))
            .collect();
        let left_out = rows.len() - accounts.len();
        let institution = answer.get("aspsp").and_then(|bank| words(bank, "name", NAME));
        Ok(Self { id: SecretText::new(id), institution, accounts, left_out })
    }

    /// When the consent ends, as the answer that made the session says.
    pub(crate) fn ends(answer: &Value) -> Option<Timestamp> {
        Timestamp::parse(&text(answer.get("access")?, "valid_until")?)
    }

    /// As it is kept.
    pub(crate) fn stored(&self) -> SecretText {
        let accounts: Vec<Value> =
            self.accounts.iter().map(|one| json!({"uid": one.uid, "account": one.row})).collect();
        let stored = json!({
            "session": self.id.expose(),
            "institution": self.institution,
            "accounts": accounts,
            "left_out": self.left_out,
        });
        SecretText::new(stored.to_string())
    }

    /// The session behind these credentials. What we cannot read we did not keep.
    pub(crate) fn of(credentials: &Credentials) -> Result<Self, ProviderError> {
        Self::parse(credentials.access_token.expose()).ok_or(ProviderError::NeedsReauthorization)
    }

    fn parse(stored: &str) -> Option<Self> {
        let stored: Value = serde_json::from_str(stored).ok()?;
        let granted = |one: &Value| Some(Granted { uid: id(one, "uid")?, row: one.get("account")?.clone() });
        let accounts = stored.get("accounts")?.as_array()?.iter().map(granted).collect::<Option<_>>()?;
        Some(Self {
            id: SecretText::new(id(&stored, "session")?),
            institution: text(&stored, "institution"),
            accounts,
            left_out: usize::try_from(stored.get("left_out")?.as_u64()?).ok()?,
        })
    }

    /// The name that the account with this id of ours has in this session.
    pub(crate) fn uid(&self, account: &str) -> Option<&str> {
        let is_it = |one: &&Granted| account::id(&one.row).is_ok_and(|id| id == account);
        self.accounts.iter().find(is_it).map(|one| one.uid.as_str())
    }
}

/// An id that can stand in an address as it is.
fn id(row: &Value, field: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text(row, field).filter(|id| id.len() <= LONGEST_ID && id.bytes().all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Value {
        json!({"session_id": "4604aaf7-a2b0", "aspsp": {"name": "Nordea", "country": "FI"},
            "access": {"valid_until": "2027-05-29T12:00:00Z"},
            "accounts": [
                {"uid": "07cc67f4", "identification_hash": "WwpbCiJhY2NvdW50", "currency": "EUR",
                    "name": "A. Aalto", "account_id": {"iban": "FI2112345600000785"}},
                {"uid": "../sessions", "identification_hash": "x", "currency": "EUR"},
                {"uid": "18dd", "currency": "EUR"}, 7]})
    }

    #[test]
    fn a_session_is_read_as_it_was_kept_and_keeps_no_numbers() {
        let session = Session::read(&answer()).unwrap();
        assert_eq!((session.accounts.len(), session.left_out), (1, 3));
        let stored = session.stored();
        assert!(!stored.expose().contains("FI2112345600000785"));
        let back = Session::of(&Credentials::bearer(stored)).unwrap();
        assert_eq!(back.id.expose(), "4604aaf7-a2b0");
        assert_eq!((back.institution.as_deref(), back.left_out), (Some("Nordea"), 3));
        assert_eq!(back.accounts, session.accounts);
        assert_eq!(back.uid("WwpbCiJhY2NvdW50:EUR"), Some("07cc67f4"));
        assert_eq!(back.uid("another"), None);
        assert_eq!(Session::ends(&answer()), Timestamp::parse("2027-05-29T12:00:00Z"));
    }

    #[test]
    fn what_is_no_session_is_none() {
        for stored in ["", "4604aaf7", "{}", r#"{"session": "../x", "accounts": [], "left_out": 0}"#] {
            let credentials = Credentials::bearer(SecretText::new(stored));
            assert_eq!(
                Session::of(&credentials).err(),
                Some(ProviderError::NeedsReauthorization),
                "{stored}"
            );
        }
        assert!(Session::read(&json!({"session_id": "a", "accounts": {}})).is_err());
        assert!(Session::read(&json!({"session_id": "a/b", "accounts": []})).is_err());
    }
}
