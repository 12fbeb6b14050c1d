//! Which account a statement file is about.

use uuid::Uuid;

use crate::money::Currency;

use super::{AccountKind, statement::StatementAccount};

/// What makes an account of a file this one and no other: institution, branch, number, sort and currency. The
/// institution's id is the account's source; the rest is here.
///
/// It is for finding the account again and never for people, who see the mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountIdentity {
    /// The external id under which the account is stored.
    pub external_id: String,
    /// External ids under which the same account may be stored since accounts were told apart by institution and
    /// number alone.
    pub earlier: Vec<String>,
}

impl StatementAccount {
    /// Its identity; `None` when the file does not say which account it is about.
    pub fn identity(&self) -> Option<AccountIdentity> {
        let number = self.number.as_deref().filter(|number| !names_nothing(number))?;
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
    format!("unnamed|{id}")
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
