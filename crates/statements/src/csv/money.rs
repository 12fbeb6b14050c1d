//! Amounts of tables: what statements have, with the marks that spreadsheets and brokers add.

use dashtam_domain::money::{Currency, Decimal, DecimalError};

use crate::ofx::amounts::{Marks, amount};

/// What a cell with an amount says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sum<'a> {
    /// The digits with their marks, and the sign if it stands beside them.
    body: &'a str,
    /// Whether something around it turns the sign.
    is_turned: bool,
    /// The sign of a currency.
    pub(super) sign: Option<char>,
}

/// Takes away what surrounds an amount: currency signs and codes, and parentheses, which mean that it is negative.
fn bare(text: &str) -> Sum<'_> {
    let mut sum = Sum { body: text.trim(), is_turned: false, sign: None };
    // Each turn takes one thing away; there are never many.
    for _ in 0..8 {
        let before = sum.body;
        if let Some(inner) = sum.body.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            (sum.body, sum.is_turned) = (inner, !sum.is_turned);
        }
        for sign in ['$', '£', '€', '¥', '₹'] {
            if let Some(rest) = sum.body.strip_prefix(sign).or_else(|| sum.body.strip_suffix(sign)) {
                (sum.body, sum.sign) = (rest, Some(sign));
            }
            // The sign of the amount may stand before that of the currency.
            let minus = sum
                .body
                .strip_prefix(['-', '\u{2212}'])
                .and_then(|rest| rest.trim_start().strip_prefix(sign));
            if let Some(rest) = minus {
                (sum.body, sum.is_turned, sum.sign) = (rest, !sum.is_turned, Some(sign));
            }
            let plus = sum.body.strip_prefix('+').and_then(|rest| rest.trim_start().strip_prefix(sign));
            if let Some(rest) = plus {
                (sum.body, sum.sign) = (rest, Some(sign));
            }
        }
        for (word, turns) in [("CR", false), ("DR", true), ("Cr", false), ("Dr", true)] {
            if let Some(rest) = sum.body.strip_suffix(word) {
                (sum.body, sum.is_turned) = (rest, sum.is_turned != turns);
            }
        }
        let code = sum.body.get(..3).filter(|code| code.bytes().all(|b| b.is_ascii_uppercase()));
        let code_behind = sum.body.len().checked_sub(3).and_then(|at| sum.body.get(at..));
        let code_behind = code_behind.filter(|code| code.bytes().all(|b| b.is_ascii_uppercase()));
        if code.is_some() {
            sum.body = sum.body.get(3..).unwrap_or_default();
        } else if code_behind.is_some() {
            sum.body = sum.body.get(..sum.body.len() - 3).unwrap_or_default();
        }
        sum.body = sum.body.trim();
        if sum.body == before {
            break;
        }
    }
    sum
}

/// The sign of a currency in a cell.
pub(super) fn currency_sign(text: &str) -> Option<char> {
    bare(text).sign
}

/// Reads an amount. `marks` tells what is unclear otherwise.
pub(crate) fn read(
    text: &str,
    currency: Option<Currency>,
    marks: impl FnOnce() -> Marks,
) -> Result<Decimal, DecimalError> {
    let sum = bare(text);
    amount(sum.body, currency, marks).map(|read| if sum.is_turned { -read } else { read })
}

/// Counts what a cell tells of the decimal mark.
pub(crate) fn count(marks: &mut Marks, text: &str) {
    marks.count(bare(text).body);
}

/// Whether a cell holds an amount.
pub(super) fn is_amount(text: &str) -> bool {
    read(text, None, Marks::default).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_way_of_writing() {
        for (text, expected) in [
            ("$1,234.56", "1234.56"),
            ("-$5", "-5"),
            ("- $5.10", "-5.10"),
            ("$-5", "-5"),
            ("+$5", "5"),
            ("($5.00)", "-5.00"),
            ("$(5.00)", "-5.00"),
            ("(1.00)", "-1.00"),
            ("5.00-", "-5.00"),
            ("1.234,50 €", "1234.50"),
            ("€-3,20", "-3.20"),
            ("12.00 DR", "-12.00"),
            ("12.00CR", "12.00"),
            ("USD 7.5", "7.5"),
            ("7,5 EUR", "7.5"),
            ("£0.99", "0.99"),
            ("1 234,56", "1234.56"),
        ] {
            assert_eq!(
                read(text, None, Marks::default).map(|read| read.to_string()).as_deref(),
                Ok(expected),
                "{text}"
            );
        }
        for text in ["", "$", "()", "Amount", "1.2.3.", "=1+1", "USD", "--1", "((", "1/2/2026", "n/a"] {
            assert!(!is_amount(text), "{text}");
        }
        assert_eq!((currency_sign("-£5"), currency_sign("5")), (Some('£'), None));
    }

    proptest! {
        #[test]
        fn any_text_is_an_answer(text in "[-+($€CDR]{0,6}.{0,20}[-)€CDR]{0,6}") {
            let _ = is_amount(&text);
        }
    }
}
