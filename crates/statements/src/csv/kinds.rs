//! Sorts of transactions by the words of institutions.

use dashtam_domain::{ledger::TransactionKind, money::Decimal};

/// Beginnings of words, and what they mean; the first that fits counts.
const WORDS: [(&str, TransactionKind); 26] = [
    ("atm", TransactionKind::Cash),
    ("cash withdrawal", TransactionKind::Cash),
    ("check", TransactionKind::Check),
    ("cheque", TransactionKind::Check),
    ("dividend", TransactionKind::Dividend),
    ("qualified dividend", TransactionKind::Dividend),
    ("cash dividend", TransactionKind::Dividend),
    ("interest", TransactionKind::Interest),
    ("bank interest", TransactionKind::Interest),
    ("fee", TransactionKind::Fee),
    ("service charge", TransactionKind::Fee),
    ("acct_xfer", TransactionKind::Transfer),
    ("transfer", TransactionKind::Transfer),
    ("überweisung", TransactionKind::Transfer),
    ("online-ueberweisung", TransactionKind::Transfer),
    ("dauerauftrag", TransactionKind::StandingOrder),
    ("standing order", TransactionKind::StandingOrder),
    ("lastschrift", TransactionKind::DirectDebit),
    ("direct debit", TransactionKind::DirectDebit),
    ("lohn", TransactionKind::DirectDeposit),
    ("gehalt", TransactionKind::DirectDeposit),
    ("payment", TransactionKind::Payment),
    ("card payment", TransactionKind::PointOfSale),
    ("card_payment", TransactionKind::PointOfSale),
    ("deposit", TransactionKind::Deposit),
    ("withdrawal", TransactionKind::Withdrawal),
];

/// The kind of a row: by its word, else by its direction.
pub(super) fn kind(word: &str, amount: Decimal, moves_units: bool) -> TransactionKind {
    if moves_units {
        return TransactionKind::Trade;
    }
    let word = word.to_lowercase();
    let by_word = WORDS.iter().find(|(start, _)| word.starts_with(start)).map(|(_, kind)| *kind);
    // Brokers write whole sentences.
    let by_part = || word.contains("dividend received").then_some(TransactionKind::Dividend);
    by_word.or_else(by_part).unwrap_or(if amount < Decimal::ZERO {
        TransactionKind::Debit
    } else {
        TransactionKind::Credit
    })
}
