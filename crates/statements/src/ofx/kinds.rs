//! Sorts of transactions, and the direction each of them says.

use dashtam_domain::{ledger::TransactionKind, money::Decimal};

/// The kind of transaction that a `TRNTYPE` names.
pub(super) fn kind(word: &str) -> TransactionKind {
    match word.to_ascii_uppercase().as_str() {
        "CREDIT" => TransactionKind::Credit,
        "DEBIT" => TransactionKind::Debit,
        "INT" => TransactionKind::Interest,
        "DIV" => TransactionKind::Dividend,
        "FEE" | "SRVCHG" => TransactionKind::Fee,
        "DEP" => TransactionKind::Deposit,
        "CASH" => TransactionKind::Withdrawal,
        "ATM" => TransactionKind::Cash,
        "POS" => TransactionKind::PointOfSale,
        "XFER" => TransactionKind::Transfer,
        "CHECK" => TransactionKind::Check,
        "PAYMENT" => TransactionKind::Payment,
        "DIRECTDEP" => TransactionKind::DirectDeposit,
        "DIRECTDEBIT" => TransactionKind::DirectDebit,
        "REPEATPMT" => TransactionKind::StandingOrder,
        "HOLD" => TransactionKind::Hold,
        _ => TransactionKind::Other,
    }
}

/// Whether the sort says the other direction than the amount's sign. Sorts that the format uses for both say none.
pub(super) fn contradicts(kind: TransactionKind, amount: Decimal) -> bool {
    match kind {
        TransactionKind::Debit
        | TransactionKind::Fee
        | TransactionKind::Withdrawal
        | TransactionKind::DirectDebit => amount > Decimal::ZERO,
        TransactionKind::Credit
        | TransactionKind::Dividend
        | TransactionKind::Deposit
        | TransactionKind::DirectDeposit => amount < Decimal::ZERO,
        _ => false,
    }
}
