//! What texts say of a transfer: that it is one, and which account is on the other side.

use std::collections::HashSet;

use crate::ledger::{Account, AccountKind, Transaction, TransactionKind};

/// Words of several languages that say that money goes from one account to another.
const SAY_TRANSFER: [&str; 30] = [
    "TRANSFER",
    "TRANSFERS",
    "XFER",
    "TRF",
    "TFR",
    "TRNSFR",
    "ACH",
    "AUTOPAY",
    "EPAY",
    "EPAYMENT",
    "PAYMENT",
    "PYMT",
    "PMT",
    "BILLPAY",
    "ÜBERWEISUNG",
    "UEBERWEISUNG",
    "UMBUCHUNG",
    "ÜBERTRAG",
    "DAUERAUFTRAG",
    "VIREMENT",
    "VIR",
    "TRANSFERENCIA",
    "TRANSFERÊNCIA",
    "TRASPASO",
    "BONIFICO",
    "GIROCONTO",
    "OVERBOEKING",
    "OVERSCHRIJVING",
    "PRZELEW",
    "ÖVERFÖRING",
];
/// Words in the names of accounts that tell no account from another one.
const SAY_NO_NAME: [&str; 17] = [
    "ACCOUNT", "ACCOUNTS", "BANK", "BANKING", "CARD", "CREDIT", "DEBIT", "THE", "AND", "FOR", "ONLINE",
    "PERSONAL", "JOINT", "NATIONAL", "KONTO", "COMPTE", "CUENTA",
];
/// A shorter word, or a shorter end of a number, names nothing.
const SHORTEST: usize = 3;

/// The words of a text in upper case.
fn words(text: &str) -> Vec<String> {
    let text = text.to_uppercase();
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What names an account.
#[derive(Debug, Default)]
pub(super) struct Names {
    words: HashSet<String>,
    number: Option<String>,
}

impl Names {
    pub(super) fn of(account: &Account) -> Self {
        let texts = [Some(account.name.as_str()), Some(account.shown_name()), account.institution.as_deref()];
        let mut all: HashSet<String> = texts.into_iter().flatten().flat_map(words).collect();
        match account.shown_kind() {
            AccountKind::Checking => all.insert("CHECKING".to_owned()),
            AccountKind::Savings => all.insert("SAVINGS".to_owned()),
            _ => false,
        };
        all.retain(|word| word.chars().count() >= SHORTEST && !SAY_NO_NAME.contains(&word.as_str()));
        // A digit makes a number of it, and the end of the number is looked for below.
        all.retain(|word| !word.chars().any(char::is_numeric));
        let digits: String =
            account.mask.iter().flat_map(|mask| mask.chars()).filter(char::is_ascii_digit).collect();
        Self { words: all, number: (digits.len() >= SHORTEST).then_some(digits) }
    }

    fn are_in(&self, said: &Said) -> bool {
        let ends = |word: &String| self.number.as_ref().is_some_and(|number| word.ends_with(number.as_str()));
        said.words.iter().any(|word| self.words.contains(word) || ends(word))
    }
}

/// What a row says.
pub(super) struct Said {
    kind: TransactionKind,
    words: Vec<String>,
}

impl Said {
    pub(super) fn of(row: &Transaction) -> Self {
        let texts = [Some(row.description.as_str()), row.memo.as_deref(), row.details.payee.as_deref()];
        Self { kind: row.kind, words: texts.into_iter().flatten().flat_map(words).collect() }
    }

    /// Whether it says, taken by itself, that it is a transfer, or which account is on the other side.
    pub(super) fn speaks_of(&self, other: &Names) -> bool {
        self.says_transfer() || other.are_in(self)
    }

    fn says_transfer(&self) -> bool {
        matches!(self.kind, TransactionKind::Transfer | TransactionKind::Payment)
            || self.words.iter().any(|word| SAY_TRANSFER.contains(&word.as_str()))
    }
}

/// What the texts of two rows say, in thousandths: that it is a transfer, two thirds; and which account is on the other
/// side, one third.
pub(super) fn text_score((from, from_account): (&Said, &Names), (to, to_account): (&Said, &Names)) -> i64 {
    let says_so = from.says_transfer() || to.says_transfer();
    let names_it = to_account.are_in(from) || from_account.are_in(to);
    match (says_so, names_it) {
        (true, true) => 1000,
        (true, false) => 667,
        (false, true) => 334,
        (false, false) => 0,
    }
}
