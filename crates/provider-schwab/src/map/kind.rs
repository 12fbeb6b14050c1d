//! What sort of transaction a row is.

use dashtam_domain::{ledger::TransactionKind, money::Decimal};

/// Words of charges in the description of a journal row.
const CHARGES: [&str; 9] =
    ["FEE", "FEES", "TAX", "TAXES", "WITHHOLDING", "WITHHELD", "WITHOLDING", "COMMISSION", "CHARGE"];
/// Words behind `TAX` that make it the name of a fund, and not a tax.
const TAX_WISE: [&str; 9] =
    ["FREE", "EXEMPT", "MANAGED", "ADVANTAGED", "ADVANTAGE", "AWARE", "EFFICIENT", "DEFERRED", "LOSS"];
/// Words by which securities leave or come without being transferred.
const LIFECYCLE: [&str; 18] = [
    "EXPIRATION",
    "EXPIRED",
    "ASSIGNMENT",
    "ASSIGNED",
    "EXERCISE",
    "EXERCISED",
    "SPLIT",
    "SPLITS",
    "SPINOFF",
    "SPIN",
    "MERGER",
    "REORG",
    "REORGANIZATION",
    "REDEMPTION",
    "REDEEMED",
    "MATURITY",
    "MATURED",
    "LIQUIDATION",
];
/// Pairs of words that Schwab uses for the same event.
const LIFECYCLE_PAIRS: [(&str, &str); 10] = [
    ("NAME", "CHANGE"),
    ("SYMBOL", "CHANGE"),
    ("CUSIP", "CHANGE"),
    ("STOCK", "DIVIDEND"),
    ("MANDATORY", "EXCHANGE"),
    ("VOLUNTARY", "EXCHANGE"),
    ("EXCHANGE", "OFFER"),
    ("TENDER", "OFFER"),
    ("RIGHTS", "DISTRIBUTION"),
    ("CORPORATE", "ACTION"),
];
/// What a broker writes in front of `INT` when it means interest.
const PAYERS: [&str; 6] = ["SCHWAB1", "BANK", "CREDIT", "MARGIN", "BOND", "CASH"];

/// The parts of a row that say what kind of transaction it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clues<'a> {
    pub(super) kind: &'a str,
    /// `transactionSubType`; empty where it is not sent.
    pub(super) subtype: &'a str,
    pub(super) description: &'a str,
    pub(super) amount: Decimal,
    /// Whether it takes from a dividend of the same day with the same words.
    pub(super) takes_from_dividend: bool,
}

/// The sort of a row. Only its type is certain; dividends and interest share one, and so do the many things that
/// are journalled.
pub(super) fn kind(clues: Clues<'_>) -> TransactionKind {
    let Clues { kind, subtype, description, amount, takes_from_dividend } = clues;
    let said = description.to_uppercase();
    let words = || said.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let lifecycle = || is_lifecycle(&words().collect::<Vec<_>>(), subtype);
    match kind {
        // An option that runs out is no trade.
        "TRADE" if amount.is_zero() && lifecycle() => TransactionKind::Other,
        "TRADE" => TransactionKind::Trade,
        "RECEIVE_AND_DELIVER" if lifecycle() => TransactionKind::Other,
        "JOURNAL" if amount.is_zero() && lifecycle() => TransactionKind::Other,
        "RECEIVE_AND_DELIVER" => TransactionKind::Transfer,
        // Tax withheld has no sort of its own, and nor have the fees of depositary receipts.
        "DIVIDEND_OR_INTEREST" if is_charge(&words().collect::<Vec<_>>(), amount) => TransactionKind::Fee,
        "DIVIDEND_OR_INTEREST" if is_interest(&words().collect::<Vec<_>>()) => TransactionKind::Interest,
        "DIVIDEND_OR_INTEREST" => TransactionKind::Dividend,
        "ACH_RECEIPT" | "CASH_RECEIPT" | "WIRE_IN" => TransactionKind::Deposit,
        "ACH_DISBURSEMENT" | "CASH_DISBURSEMENT" | "WIRE_OUT" => TransactionKind::Withdrawal,
        "ELECTRONIC_FUND" if amount.is_sign_negative() => TransactionKind::Withdrawal,
        "ELECTRONIC_FUND" => TransactionKind::Deposit,
        // Tax withheld has no sort of its own.
        "JOURNAL" if takes_from_dividend || words().any(|word| CHARGES.contains(&word)) => {
            TransactionKind::Fee
        }
        "JOURNAL" | "MONEY_MARKET" => TransactionKind::Transfer,
        _ => TransactionKind::Other,
    }
}

/// Whether a row of this type moves no cash, whatever its net amount says.
pub(super) fn is_without_cash(kind: &str) -> bool {
    ["SMA_ADJUSTMENT", "MARGIN_CALL", "MEMORANDUM"].contains(&kind)
}

/// Whether securities come and go by what befalls them, and not by a transfer.
fn is_lifecycle(words: &[&str], subtype: &str) -> bool {
    let pair = |pair: &[&str]| LIFECYCLE_PAIRS.iter().any(|(one, two)| pair == [*one, *two]);
    let said = words.iter().any(|word| LIFECYCLE.contains(word)) || words.windows(2).any(pair);
    // A word of the company's name is none of the institution's.
    let moved = words.contains(&"TRANSFER");
    ["OA", "OE", "EXPIRATION"].contains(&subtype) || (said && !moved)
}

/// Whether a row among dividends and interest takes a tax or a fee, or gives one back.
fn is_charge(words: &[&str], amount: Decimal) -> bool {
    let charge = |(place, word): (usize, &&str)| {
        let after = words.get(place + 1).copied().unwrap_or_default();
        match *word {
            "TAX" => !TAX_WISE.contains(&after),
            "INTEREST" => false,
            word => CHARGES.contains(&word),
        }
    };
    let outright = ["WITHHELD", "WITHHOLDING", "WITHOLDING"].iter().any(|word| words.contains(word))
        || words.windows(2).any(|pair| pair == ["TAX", "PAID"] || pair == ["TAX", "RECLAIM"]);
    let takes = amount.is_sign_negative() && !amount.is_zero();
    outright || (takes && words.iter().enumerate().any(charge))
}

/// `INT` is also a part of company names, so it counts only where brokers write it: behind a payer, or before a
/// period.
fn is_interest(words: &[&str]) -> bool {
    words.iter().enumerate().any(|(place, word)| {
        let before = place.checked_sub(1).and_then(|place| words.get(place));
        let after = words.get(place + 1);
        let in_place = before.is_some_and(|before| PAYERS.contains(before))
            || after.is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()));
        *word == "INTEREST" || (*word == "INT" && in_place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_follow_type_words_and_sign() {
        use TransactionKind::{Deposit, Dividend, Fee, Interest, Other, Trade, Transfer, Withdrawal};
        for (row, description, amount, expected) in [
            ("TRADE", "", -1, Trade),
            ("RECEIVE_AND_DELIVER", "TRANSFER OF SECURITY", 0, Transfer),
            ("RECEIVE_AND_DELIVER", "REMOVAL OF OPTION DUE TO EXPIRATION", 0, Other),
            ("DIVIDEND_OR_INTEREST", "THE COCA-COLA CO", 1, Dividend),
            ("DIVIDEND_OR_INTEREST", "INTEL CORP", 1, Dividend),
            ("DIVIDEND_OR_INTEREST", "CHINA YUCHAI INT LTD", 1, Dividend),
            ("DIVIDEND_OR_INTEREST", "SCHWAB1 INT 03/28-04/28", 1, Interest),
            ("DIVIDEND_OR_INTEREST", "Bank Int 041626-051526 Schwab Bank", 1, Interest),
            ("DIVIDEND_OR_INTEREST", "MARGIN INTEREST 03/28 THRU 04/28", -1, Interest),
            ("DIVIDEND_OR_INTEREST", "", 1, Dividend),
            ("DIVIDEND_OR_INTEREST", "FOREIGN TAX PAID ICICI BANK LTD", -1, Fee),
            ("DIVIDEND_OR_INTEREST", "FOREIGN TAX PAID ICICI BANK LTD REVERSAL", 1, Fee),
            ("DIVIDEND_OR_INTEREST", "NRA TAX ICICI BANK LTD", -1, Fee),
            ("DIVIDEND_OR_INTEREST", "BACKUP WITHHOLDING", -1, Fee),
            ("DIVIDEND_OR_INTEREST", "ADR MGMT FEE ICICI BANK LTD", -1, Fee),
            ("DIVIDEND_OR_INTEREST", "NUVEEN TAX FREE INCOME", 1, Dividend),
            ("DIVIDEND_OR_INTEREST", "NUVEEN TAX FREE INCOME", -1, Dividend),
            ("RECEIVE_AND_DELIVER", "BROADCOM INC STOCK SPLIT", 0, Other),
            ("RECEIVE_AND_DELIVER", "1-FOR-8 REVERSE SPLIT", 0, Other),
            ("RECEIVE_AND_DELIVER", "SPIN-OFF GE VERNOVA", 0, Other),
            ("RECEIVE_AND_DELIVER", "NAME CHANGE", 0, Other),
            ("RECEIVE_AND_DELIVER", "CASH/STOCK MERGER", 0, Other),
            ("RECEIVE_AND_DELIVER", "TRANSFER OF SECURITY OR OPTION IN SPLIT ROCK CORP", 0, Transfer),
            ("TRADE", "Removal due to Expiration", 0, Other),
            ("TRADE", "SPLIT ROCK CORP", -10, Trade),
            ("JOURNAL", "STOCK SPLIT", 0, Other),
            ("ACH_RECEIPT", "", 1, Deposit),
            ("WIRE_OUT", "", -1, Withdrawal),
            ("ELECTRONIC_FUND", "", 1, Deposit),
            ("ELECTRONIC_FUND", "", -1, Withdrawal),
            ("JOURNAL", "ADR FEE", -1, Fee),
            ("JOURNAL", "TO ACCOUNT", -1, Transfer),
            ("MONEY_MARKET", "", 1, Transfer),
            ("SMA_ADJUSTMENT", "", 0, Other),
            ("SOMETHING_NEW", "", 1, Other),
        ] {
            let amount = Decimal::from(amount);
            let clues = Clues { kind: row, subtype: "", description, amount, takes_from_dividend: false };
            assert_eq!(kind(clues), expected, "{row} {description}");
        }
        let tax = Clues {
            kind: "JOURNAL",
            subtype: "",
            description: "THE COCA-COLA CO",
            amount: Decimal::NEGATIVE_ONE,
            takes_from_dividend: true,
        };
        assert_eq!(kind(tax), Fee);
        let assigned = Clues { kind: "RECEIVE_AND_DELIVER", subtype: "OA", ..tax };
        assert_eq!(kind(assigned), Other);
    }
}
