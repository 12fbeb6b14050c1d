//! Backup codes: ten codes of 80 bits for the day the second factor is lost. Each works once.

use std::fmt;

use crate::{
    identity::{PasswordHash, PlainPassword},
    secret::SecretText,
    sources::Randomness,
};

/// Crockford's base 32: no I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A backup code: 16 characters of Crockford's base 32.
#[derive(Clone)]
pub struct BackupCode(SecretText);

impl BackupCode {
    /// Characters.
    pub const LENGTH: usize = 16;
    /// How many an account gets.
    pub const COUNT: usize = 10;
    /// So many characters say which code it is.
    const SELECTOR: usize = 2;

    /// Reads what somebody typed, in either case and with hyphens and spaces; `O` is read as 0, `I` and `L` as 1.
    pub fn parse(text: &str) -> Option<Self> {
        let code = normalised(text)?;
        (code.len() == Self::LENGTH).then(|| Self(SecretText::new(code)))
    }

    /// A whole set. The selectors are distinct, so that checking a code costs one hash.
    pub fn generate(randomness: &dyn Randomness) -> Vec<Self> {
        let mut codes: Vec<Self> = Vec::with_capacity(Self::COUNT);
        while codes.len() < Self::COUNT {
            // Five bits of each byte: every character is equally likely.
            let random = randomness.bytes();
            let text = random
                .iter()
                .rev()
                .take(Self::LENGTH)
                .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
            let code = Self(SecretText::new(text.collect::<String>()));
            if codes.iter().all(|other| other.selector() != code.selector()) {
                codes.push(code);
            }
        }
        codes
    }

    /// As it is shown, once: `XXXX-XXXX-XXXX-XXXX`.
    pub fn shown(&self) -> SecretText {
        let groups: Vec<String> =
            self.0.expose().as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into()).collect();
        SecretText::new(groups.join("-"))
    }

    /// The code as the hasher takes it.
    pub fn as_password(&self) -> PlainPassword {
        PlainPassword::made(self.0.expose().to_owned())
    }

    fn selector(&self) -> &str {
        &self.0.expose()[..Self::SELECTOR]
    }
}

impl fmt::Debug for BackupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackupCode(…)")
    }
}

/// Upper case without hyphens and spaces, what looks alike read alike; `None` for other characters.
fn normalised(text: &str) -> Option<String> {
    let characters = text.chars().filter(|c| !matches!(c, ' ' | '-')).take(BackupCode::LENGTH + 1);
    characters
        .map(|c| match c.to_ascii_uppercase() {
            'O' => Some('0'),
            'I' | 'L' => Some('1'),
            c => ALPHABET.iter().any(|known| char::from(*known) == c).then_some(c),
        })
        .collect()
}

/// The hashes of the codes an account has left, each behind its selector.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BackupCodes(Vec<String>);

impl BackupCodes {
    /// A set; the hashes are those of the codes, in their order.
    pub fn new(codes: &[BackupCode], hashes: &[PasswordHash]) -> Self {
        let entry =
            |(code, hash): (&BackupCode, &PasswordHash)| format!("{}${}", code.selector(), hash.as_str());
        Self(codes.iter().zip(hashes).map(entry).collect())
    }

    /// The entry that is this code's if any is, and the hash it has to be checked against.
    pub fn entry(&self, code: &BackupCode) -> Option<(&str, PasswordHash)> {
        self.0.iter().find_map(|entry| {
            let hash = entry.strip_prefix(code.selector())?.strip_prefix('$')?;
            Some((entry.as_str(), PasswordHash::new(hash)))
        })
    }

    /// The codes without this entry; `None` when it is not there.
    pub fn without(&self, entry: &str) -> Option<Self> {
        let left: Vec<String> = self.0.iter().filter(|other| *other != entry).cloned().collect();
        (left.len() < self.0.len()).then_some(Self(left))
    }

    /// How many are left.
    pub fn left(&self) -> usize {
        self.0.len()
    }

    /// The stored form: a JSON array of `<selector>$<hash>`.
    pub fn to_stored(&self) -> String {
        serde_json::Value::from(self.0.clone()).to_string()
    }

    /// Reads the stored form.
    pub fn from_stored(text: &str) -> Option<Self> {
        let serde_json::Value::Array(entries) = serde_json::from_str(text).ok()? else { return None };
        let texts = entries.iter().map(|entry| entry.as_str().map(str::to_owned));
        texts.collect::<Option<Vec<_>>>().map(Self)
    }
}

impl fmt::Debug for BackupCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BackupCodes({} left)", self.left())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashSet,
        sync::atomic::{AtomicU64, Ordering},
    };

    use sha2::{Digest, Sha256};

    use super::*;

    #[derive(Default)]
    struct Hashes(AtomicU64);

    impl Randomness for Hashes {
        fn bytes(&self) -> [u8; 32] {
            Sha256::digest(self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes()).into()
        }
    }

    /// The same selector five times before the next.
    #[derive(Default)]
    struct Stubborn(AtomicU64);

    impl Randomness for Stubborn {
        fn bytes(&self) -> [u8; 32] {
            let drawn = self.0.fetch_add(1, Ordering::Relaxed);
            let mut bytes = [drawn as u8; 32];
            bytes[30..].fill((drawn / 5) as u8);
            bytes
        }
    }

    #[test]
    fn a_set_has_ten_codes_with_selectors_of_their_own() {
        let randomness = Hashes::default();
        let mut seen = HashSet::new();
        for _ in 0..200 {
            let codes = BackupCode::generate(&randomness);
            let selectors: HashSet<_> = codes.iter().map(|code| code.selector().to_owned()).collect();
            assert_eq!((codes.len(), selectors.len()), (10, 10));
            assert!(codes.iter().all(|code| seen.insert(code.0.expose().to_owned())));
        }
        let characters: HashSet<char> = seen.iter().flat_map(|code| code.chars()).collect();
        assert_eq!(characters.len(), 32);
        let selectors: HashSet<_> = BackupCode::generate(&Stubborn::default())
            .iter()
            .map(|code| code.selector().to_owned())
            .collect();
        assert_eq!(selectors.len(), 10);
    }

    #[test]
    fn typed_codes_are_read_as_people_write_them() {
        let read = BackupCode::parse("abcd-efgh-jkmn-pqrs").unwrap();
        assert_eq!(read.0.expose(), "ABCDEFGHJKMNPQRS");
        assert_eq!(read.shown().expose(), "ABCD-EFGH-JKMN-PQRS");
        assert_eq!(normalised("o1il").as_deref(), Some("0111"));
        assert_eq!(BackupCode::parse(" 0O1I lL-2345-6789-ab ").unwrap().0.expose(), "00111123456789AB");
        for wrong in ["", "ABCDEFGHJKMNPQR", "ABCDEFGHJKMNPQRSS", "ABCDEFGHJKMNPQRU", "ABCDEFGHJKMNPQRÄ"] {
            assert!(BackupCode::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn an_entry_is_found_by_selector_and_taken_out_once() {
        let codes = BackupCode::generate(&Hashes::default());
        let hashes: Vec<_> =
            (0..10).map(|number| PasswordHash::new(format!("$argon2id$v=19${number}"))).collect();
        let stored = BackupCodes::new(&codes, &hashes);
        let stored = BackupCodes::from_stored(&stored.to_stored()).unwrap();
        let (entry, hash) = stored.entry(&codes[3]).unwrap();
        assert_eq!(hash, hashes[3]);
        let left = stored.without(entry).unwrap();
        assert_eq!((stored.left(), left.left()), (10, 9));
        assert!(left.entry(&codes[3]).is_none() && left.without(entry).is_none());
        assert_eq!(format!("{left:?} {:?}", codes[0]), "BackupCodes(9 left) BackupCode(…)");
        for garbled in ["", "{}", "[1]", "[\"a\""] {
            assert!(BackupCodes::from_stored(garbled).is_none());
        }
    }
}
