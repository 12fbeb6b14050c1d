//! The sorts of account activities, by family.

use dashtam_domain::ledger::TransactionKind;

/// A family of activities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Family {
    /// The kind of transaction it becomes.
    pub(crate) kind: TransactionKind,
    /// A description for people, where Alpaca gives none.
    pub(crate) words: &'static str,
    /// Whether money is what it moves: such a row must say how much.
    pub(crate) cash: bool,
    /// Whether its quantity is units that come or go, and not units it was figured on.
    pub(crate) units: bool,
}

const fn cash(kind: TransactionKind, words: &'static str) -> Family {
    Family { kind, words, cash: true, units: false }
}

const fn units(kind: TransactionKind, words: &'static str) -> Family {
    Family { kind, words, cash: false, units: true }
}

const fn other(words: &'static str) -> Family {
    Family { kind: TransactionKind::Other, words, cash: false, units: false }
}

/// The family of every activity that is in no other one.
pub(crate) const UNKNOWN: Family = other("Activity");

/// The family of an activity type; one we do not know is kept as it is.
pub(crate) fn family(activity: &str) -> Family {
    use TransactionKind::{Deposit, Dividend, Fee, Interest, Other, Trade, Transfer, Withdrawal};
    match activity {
        "DIV" => cash(Dividend, "Dividend"),
        "DIVCGL" => cash(Dividend, "Dividend (capital gain, long term)"),
        "DIVCGS" => cash(Dividend, "Dividend (capital gain, short term)"),
        "CGD" => cash(Dividend, "Capital gain distribution"),
        "DIVFEE" => cash(Fee, "Dividend fee"),
        // Tax withheld has no sort of its own, and is no dividend.
        "DIVFT" => cash(Fee, "Foreign tax withheld from a dividend"),
        "DIVNRA" => cash(Fee, "Tax withheld from a dividend of a non-resident"),
        "DIVROC" => cash(Dividend, "Dividend (return of capital)"),
        "DIVTW" => cash(Fee, "Tax withheld from a dividend"),
        "DIVTXEX" => cash(Dividend, "Dividend (tax exempt)"),
        "DIVWH" => cash(Fee, "Tax withheld from a dividend"),
        "INT" => cash(Interest, "Interest"),
        "INTNRA" => cash(Fee, "Tax withheld from interest of a non-resident"),
        "INTPNL" => cash(Interest, "Interest (profit and loss)"),
        "INTTW" => cash(Fee, "Tax withheld from interest"),
        "FEE" => cash(Fee, "Fee"),
        "CFEE" => units(Fee, "Crypto fee"),
        "PTC" => cash(Fee, "Pass-through charge"),
        "PTR" => cash(Other, "Pass-through rebate"),
        "CSD" => cash(Deposit, "Deposit"),
        "CSW" => cash(Withdrawal, "Withdrawal"),
        "TRANS" => cash(Transfer, "Cash transfer"),
        "ACATC" => cash(Transfer, "Account transfer (cash)"),
        "ACATS" => units(Transfer, "Account transfer (securities)"),
        "JNL" => units(Transfer, "Journal entry"),
        "JNLC" => cash(Transfer, "Journal entry (cash)"),
        "JNLS" => units(Transfer, "Journal entry (securities)"),
        "SWP" => cash(Transfer, "Cash sweep"),
        "OPTRD" => units(Trade, "Option delivery"),
        "OPASN" => units(Other, "Option assignment"),
        "OPCSH" => cash(Other, "Option cash settlement"),
        "OPEXC" | "OPXRC" => units(Other, "Option exercise"),
        "OPEXP" => units(Other, "Option expiry"),
        "CIL" => cash(Other, "Cash in lieu of shares"),
        "FXTRD" => units(Other, "Currency exchange"),
        "EXTRD" => units(Other, "External trade"),
        "MA" => units(Other, "Merger or acquisition"),
        "NC" => units(Other, "Name change"),
        "REORG" => units(Other, "Reorganization"),
        "SC" => units(Other, "Symbol change"),
        "SPIN" | "SSO" => units(Other, "Spin-off"),
        "SPLIT" | "SSP" => units(Other, "Split"),
        "VOF" => units(Other, "Voluntary offer"),
        "WH" => cash(Fee, "Tax withheld"),
        "MEM" => other("Memo"),
        "MISC" => other("Miscellaneous"),
        dividend if dividend.starts_with("DIV") => cash(Dividend, "Dividend"),
        interest if interest.starts_with("INT") => cash(Interest, "Interest"),
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activities_have_their_family() {
        for (activity, kind) in [
            ("DIV", "dividend"),
            ("DIVNEW", "dividend"),
            ("DIVFEE", "fee"),
            ("CGD", "dividend"),
            ("DIVNRA", "fee"),
            ("DIVFT", "fee"),
            ("DIVTW", "fee"),
            ("DIVROC", "dividend"),
            ("INTNRA", "fee"),
            ("INTTW", "fee"),
            ("INTPNL", "interest"),
            ("WH", "fee"),
            ("INTNEW", "interest"),
            ("CSD", "deposit"),
            ("CSW", "withdrawal"),
            ("JNLC", "transfer"),
            ("SPLIT", "other"),
            ("BRANDNEW", "other"),
            ("", "other"),
        ] {
            assert_eq!(family(activity).kind.as_str(), kind, "{activity}");
        }
    }
}
