//! What an option gives a right to.

use crate::{money::Decimal, time::Day};

use super::account::stored_enum;

stored_enum! {
    /// What an option allows its holder.
    OptionRight {
        /// To buy.
        Call = "call",
        /// To sell.
        Put = "put",
    }
}

/// The terms of an option, as far as they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct OptionTerms {
    /// Ticker of what it is an option on.
    pub underlying: Option<String>,
    /// Price at which that may be bought or sold.
    pub strike: Option<Decimal>,
    /// Last day on which it may be exercised.
    pub expiry: Option<Day>,
    /// Call or put.
    pub right: Option<OptionRight>,
    /// Units of the underlying that one contract stands for.
    pub multiplier: Option<Decimal>,
}

impl OptionTerms {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reads a symbol as the options clearing house writes it: root, day, call or put, strike in thousandths, with
    /// or without blanks behind the root (`AAPL  240517C00190000`). `None` when it is no such symbol. The root of an
    /// adjusted contract is not its underlying's ticker, but nothing nearer is told.
    pub fn of_symbol(symbol: &str) -> Option<Self> {
        const TAIL: usize = 15;
        let (root, tail) = symbol.len().checked_sub(TAIL).and_then(|at| symbol.split_at_checked(at))?;
        let root = root.trim_end();
        let sound = (1..=6).contains(&root.len()) && root.bytes().all(|b| b.is_ascii_alphanumeric());
        if !sound || !tail.is_ascii() {
            return None;
        }
        let ((day, tail), right) = (tail.split_at(6), tail.as_bytes()[6]);
        let (_, strike) = tail.split_at(1);
        let right = match right {
            b'C' => OptionRight::Call,
            b'P' => OptionRight::Put,
            _ => return None,
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(day) || !digits(strike) {
            return None;
        }
        Some(Self {
            underlying: Some(root.to_owned()),
            strike: strike.parse().ok().map(|thousandths: i64| Decimal::new(thousandths, 3).normalize()),
            expiry: Some(Day::parse(&format!("20{}-{}-{}", &day[..2], &day[2..4], &day[4..]))?),
            right: Some(right),
            multiplier: None,
        })
    }

    /// These terms, and what they leave open from others.
    #[must_use]
    pub fn or(self, other: Option<Self>) -> Self {
        let other = other.unwrap_or_default();
        Self {
            underlying: self.underlying.or(other.underlying),
            strike: self.strike.or(other.strike),
            expiry: self.expiry.or(other.expiry),
            right: self.right.or(other.right),
            multiplier: self.multiplier.or(other.multiplier),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_of_the_clearing_house_tell_the_terms() {
        for (symbol, expected) in [
            ("AAPL  240517C00190000", "AAPL 2024-05-17 call 190"),
            ("SPXW240621P04125500", "SPXW 2024-06-21 put 4125.5"),
            ("F     240119P00012500", "F 2024-01-19 put 12.5"),
            ("BRKB  260417P00400000", "BRKB 2026-04-17 put 400"),
            ("2AAPL 260417C00000001", "2AAPL 2026-04-17 call 0.001"),
        ] {
            let terms = OptionTerms::of_symbol(symbol).unwrap();
            let said = format!(
                "{} {} {} {}",
                terms.underlying.unwrap(),
                terms.expiry.unwrap(),
                terms.right.unwrap().as_str(),
                terms.strike.unwrap()
            );
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn what_is_no_such_symbol_has_no_terms() {
        for symbol in [
            "",
            "AAPL",
            "240517C00190000",
            "AAPL  240517X00190000",
            "AAPL  241317C00190000",
            "AAPL  24051 C00190000",
            "AAPL  240517C0019000x",
            "TOOLONGG240517C00190000",
            "/ESH25_P5050:XCME",
            "äöü   240517C00190000",
            "AAPL  240517C0019000é",
        ] {
            assert_eq!(OptionTerms::of_symbol(symbol), None, "{symbol}");
        }
    }

    #[test]
    fn what_is_told_rules_over_the_symbol() {
        let told = OptionTerms { underlying: Some("AAPL".to_owned()), ..OptionTerms::default() };
        let both = told.or(OptionTerms::of_symbol("AAPL1 240517C00190000"));
        assert_eq!((both.underlying.as_deref(), both.right), (Some("AAPL"), Some(OptionRight::Call)));
        assert!(OptionTerms::default().is_empty() && !both.is_empty());
    }
}
