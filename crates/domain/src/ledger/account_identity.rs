//! Which account a statement file is about.

use std::fmt;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{id::UserId, money::Currency};

use super::{AccountKind, statement::StatementAccount};

/// How the external id of an account begins that is stored as a hash of its identity.
pub const HASHED: &str = "hashed|";
/// How the external id of an account begins that was made for files which do not say what they are about.
pub const UNNAMED: &str = "unnamed|";

/// What makes an account of a file this one and no other: institution, branch, number, sort and currency. The
/// institution's id is the account's source; the rest is here.
///
/// It is for finding the account again and never for people, who see the mask. It holds the account's number, so that
/// it is stored as [`AccountIdentity::hashed`] makes it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountIdentity {
    /// The external id under which the account is stored.
    pub external_id: String,
    /// External ids under which the same account may be stored since accounts were told apart by institution and
    /// number alone.
    pub earlier: Vec<String>,
}

/// A keyed hash of what identifies an account of a file: it finds the account again, and tells nobody who reads the
/// database the account's number.
pub trait AccountHasher: Send + Sync {
    /// The hash, which is another one for each owner.
    fn hash(&self, owner: UserId, external_id: &str) -> [u8; 32];
    /// What the key is told from others by.
    fn key_mark(&self) -> u32;
}

/// [`AccountHasher`] without a key: whoever reads the database finds a number by trying all there are. For tests, and
/// for stores that keep nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainAccountHasher;

impl AccountHasher for PlainAccountHasher {
    fn hash(&self, owner: UserId, external_id: &str) -> [u8; 32] {
        Sha256::new().chain_update(owner.0.as_bytes()).chain_update(external_id).finalize().into()
    }

    fn key_mark(&self) -> u32 {
        0
    }
}

impl AccountIdentity {
    /// As it is stored: hashed, with the ids in clear among the earlier ones.
    #[must_use]
    pub fn hashed(self, owner: UserId, hasher: &dyn AccountHasher) -> Self {
        let hashed = hashed_external_id(hasher, owner, &self.external_id);
        let earlier: Vec<String> =
            self.earlier.iter().map(|id| hashed_external_id(hasher, owner, id)).collect();
        Self { external_id: hashed, earlier: [vec![self.external_id], self.earlier, earlier].concat() }
    }
}

impl fmt::Debug for AccountIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountIdentity(…)")
    }
}

/// What is stored in the place of an external id that holds an account's number.
pub fn hashed_external_id(hasher: &dyn AccountHasher, owner: UserId, external_id: &str) -> String {
    let start = format!("{HASHED}{:08x}|", hasher.key_mark());
    hasher.hash(owner, external_id).iter().fold(start, |id, byte| id + &format!("{byte:02x}"))
}

/// Whether an external id was hashed by another key than this one, so that nobody can say whether it is the one of a
/// given number.
pub fn is_hashed_by_another_key(hasher: &dyn AccountHasher, external_id: &str) -> bool {
    let mark = external_id.strip_prefix(HASHED).and_then(|rest| rest.split('|').next());
    mark.is_some_and(|mark| mark != format!("{:08x}", hasher.key_mark()))
}

impl StatementAccount {
    /// Its identity; `None` when the file does not say which account it is about.
    pub fn identity(&self) -> Option<AccountIdentity> {
        let number = self.number.as_deref().or(self.name.as_deref());
        let number = number.filter(|number| !names_nothing(number))?;
        let currency = self.currency.map(|currency| currency.to_string()).unwrap_or_default();
        let parts = [
            &sort(self.kind, &self.kind_word),
            &currency,
            self.institution_hint.as_deref().unwrap_or_default(),
            self.branch.as_deref().unwrap_or_default(),
            number,
        ];
        let kinds: &[AccountKind] = match self.kind {
            AccountKind::Brokerage | AccountKind::Retirement => {
                &[AccountKind::Brokerage, AccountKind::Retirement]
            }
            ref kind => std::slice::from_ref(kind),
        };
        let currency = self.currency.unwrap_or(Currency::NONE);
        let earlier = |kind: &AccountKind| format!("earlier|{}|{currency}|{number}", kind.as_str());
        Some(AccountIdentity {
            external_id: parts.map(escape).join("|"),
            earlier: kinds.iter().map(earlier).collect(),
        })
    }
}

/// The external id of an account that was made for files which do not say what they are about.
pub fn unnamed_account(id: Uuid) -> String {
    format!("{UNNAMED}{id}")
}

/// Whether a number is only the place of one, such as zeros or stars.
fn names_nothing(number: &str) -> bool {
    number.chars().all(|c| matches!(c, '0' | 'X' | 'x' | '*' | '-' | '.' | '_' | '?' | '#' | '/' | ' '))
        || number == "-1"
        || ["NONE", "NULL", "N/A", "NA", "NIL", "UNDEFINED", "UNKNOWN"]
            .iter()
            .any(|word| number.eq_ignore_ascii_case(word))
}

/// The sort as far as it tells accounts apart. Whether a securities account is for retirement shows in some
/// statements only, and unknown words are different sorts.
fn sort(kind: AccountKind, word: &str) -> String {
    match kind {
        AccountKind::Brokerage | AccountKind::Retirement => "investment".to_owned(),
        AccountKind::Loan | AccountKind::Other => format!("{} {}", kind.as_str(), word.to_lowercase()),
        kind => kind.as_str().to_owned(),
    }
}

fn escape(part: &str) -> String {
    part.split_whitespace().collect::<Vec<_>>().join(" ").replace('\\', "\\\\").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> StatementAccount {
        StatementAccount {
            line: 1,
            institution: None,
            institution_id: "111000".to_owned(),
            institution_hint: None,
            branch: Some("0101".to_owned()),
            number: Some("12345-6".to_owned()),
            name: None,
            kind: AccountKind::Checking,
            kind_word: "CHECKING".to_owned(),
            currency: Some(Currency::USD),
        }
    }

    fn key(account: &StatementAccount) -> String {
        account.identity().unwrap().external_id
    }

    #[test]
    fn branch_number_sort_and_currency_make_an_account() {
        let one = account();
        let others = [
            StatementAccount { branch: Some("0202".to_owned()), ..account() },
            StatementAccount { branch: None, ..account() },
            StatementAccount { number: Some("12345-7".to_owned()), ..account() },
            StatementAccount { kind: AccountKind::Savings, kind_word: "SAVINGS".to_owned(), ..account() },
            StatementAccount { currency: "EUR".parse().ok(), ..account() },
            StatementAccount { institution_hint: Some("A Bank".to_owned()), ..account() },
            StatementAccount { kind: AccountKind::Other, kind_word: "CMA".to_owned(), ..account() },
            StatementAccount { kind: AccountKind::Other, kind_word: "GIRO".to_owned(), ..account() },
        ];
        let keys: Vec<String> = std::iter::once(&one).chain(&others).map(key).collect();
        let distinct: std::collections::HashSet<&String> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len(), "{keys:?}");
    }

    #[test]
    fn a_hash_finds_the_account_again_and_shows_no_number() {
        struct Key(u32);
        impl AccountHasher for Key {
            fn hash(&self, owner: UserId, external_id: &str) -> [u8; 32] {
                PlainAccountHasher.hash(owner, external_id)
            }
            fn key_mark(&self) -> u32 {
                self.0
            }
        }
        let owner = UserId(Uuid::from_u128(7));
        let identity = account().identity().unwrap();
        let hashed = identity.clone().hashed(owner, &Key(0xab));
        assert!(hashed.external_id.starts_with("hashed|000000ab|"), "{}", hashed.external_id);
        assert!(!hashed.external_id.contains("12345"), "{}", hashed.external_id);
        assert_eq!(format!("{identity:?}"), "AccountIdentity(…)");
        // Stored in clear, or by what told accounts apart before: found all the same.
        assert_eq!(hashed.earlier[..2], [identity.external_id, identity.earlier[0].clone()]);
        assert!(hashed.earlier[2].starts_with(HASHED));
        assert!(is_hashed_by_another_key(&Key(1), &hashed.external_id));
        for own in [hashed.external_id.as_str(), "checking|USD|||1", "unnamed|1"] {
            assert!(!is_hashed_by_another_key(&Key(0xab), own), "{own}");
        }
    }

    #[test]
    fn parts_never_run_into_one_another() {
        let one =
            StatementAccount { branch: Some("1|2".to_owned()), number: Some("3".to_owned()), ..account() };
        let two =
            StatementAccount { branch: Some("1".to_owned()), number: Some("2|3".to_owned()), ..account() };
        assert_ne!(key(&one), key(&two));
    }

    #[test]
    fn what_may_differ_between_two_statements_of_one_account_makes_no_second_one() {
        let brokerage = StatementAccount { kind: AccountKind::Brokerage, ..account() };
        let retirement = StatementAccount { kind: AccountKind::Retirement, line: 9, ..account() };
        assert_eq!(brokerage.identity(), retirement.identity());
        let renamed = StatementAccount { institution: Some("Bank".to_owned()), ..account() };
        assert_eq!(key(&renamed), key(&account()));
    }

    #[test]
    fn a_number_that_is_none_names_no_account() {
        for number in [None, Some("0000"), Some("XXXX"), Some("-1"), Some("n/a")] {
            let unnamed = StatementAccount { number: number.map(str::to_owned), ..account() };
            assert_eq!(unnamed.identity(), None, "{number:?}");
        }
        let short = StatementAccount { number: Some("1".to_owned()), ..account() };
        assert!(short.identity().is_some());
    }
}
