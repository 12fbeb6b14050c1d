//! Exact decimals and currencies. No binary floating point anywhere.

use std::{fmt, str::FromStr};

pub use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;

/// Why a text is not an exact decimal we can keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not a decimal number.
    #[error("is not a decimal number")]
    Malformed,
    /// More significant digits than we can keep without rounding.
    #[error("has more than 28 significant digits")]
    TooPrecise,
}

/// Reads an amount as people and programs give it: up to 18 digits before and 10 behind the point, with a minus or without a
/// sign.
pub fn plain_decimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(one, two)| (one, Some(two)));
    let are_digits =
        |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = are_digits(whole, 18) && fraction.is_none_or(|fraction| are_digits(fraction, 10));
    if is_plain { exact_decimal(text).ok() } else { None }
}

/// Reads a plain or scientific decimal exactly: a value that would have to be rounded is refused.
///
/// Accepts an optional sign, digits, one decimal point and an exponent; nothing else.
pub fn exact_decimal(text: &str) -> Result<Decimal, DecimalError> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().map_err(|_| DecimalError::Malformed)?),
        None => (text, 0),
    };
    let digits = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(fraction) || whole.len() + fraction.len() == 0 || text.len() > 400 {
        return Err(DecimalError::Malformed);
    }
    // Shift the point by the exponent on the text itself: no step here can round.
    let negative = mantissa.starts_with('-');
    let all = format!("{whole}{fraction}");
    let scale = i64::try_from(fraction.len()).map_err(|_| DecimalError::TooPrecise)? - i64::from(exponent);
    let significant = all.trim_start_matches('0');
    if significant.is_empty() {
        return Ok(Decimal::new(0, u32::try_from(scale.clamp(0, 28)).unwrap_or(0)));
    }
    // Trailing zeros beyond the 28th place carry no value.
    let (mut significant, mut scale) = (significant.to_owned(), scale);
    while scale > 28 && significant.ends_with('0') {
        significant.pop();
        scale -= 1;
    }
    if scale < 0 {
        if significant.len() as i64 - scale > 29 {
            return Err(DecimalError::TooPrecise);
        }
        significant.push_str(&"0".repeat(usize::try_from(-scale).map_err(|_| DecimalError::TooPrecise)?));
        scale = 0;
    }
    let mut value: i128 = significant.parse().map_err(|_| DecimalError::TooPrecise)?;
    if negative {
        value = -value;
    }
    let scale = u32::try_from(scale).map_err(|_| DecimalError::TooPrecise)?;
    Decimal::try_from_i128_with_scale(value, scale).map_err(|_| DecimalError::TooPrecise)
}

/// The text is not a three-letter currency code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a three-letter ISO 4217 currency code")]
pub struct CurrencyError;

/// An ISO 4217 alphabetic code, upper case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// United States dollar.
    pub const USD: Self = Self(*b"USD");
    /// Euro.
    pub const EUR: Self = Self(*b"EUR");
    /// ISO 4217's code for "no currency", where a source names none or one that is none.
    pub const NONE: Self = Self(*b"XXX");

    /// The code, e.g. `EUR`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// How many places of it people write: what ISO 4217 says, and two for a code it does not know.
    pub fn minor_digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }

    /// An amount of it as people write it, half to even. Only to be shown: nothing is reckoned with it.
    pub fn shown(self, amount: Decimal) -> Decimal {
        let mut shown =
            amount.round_dp_with_strategy(self.minor_digits(), RoundingStrategy::MidpointNearestEven);
        shown.rescale(self.minor_digits());
        shown
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;
    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        match text.trim().as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|l| l.is_ascii_alphabetic()) => {
                Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase(), c.to_ascii_uppercase()]))
            }
            _ => Err(CurrencyError),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_exact_or_refused() {
        for (text, expected) in [
            ("-12.340", "-12.340"),
            ("+0.5", "0.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1e3", "1000"),
            ("12.5E-2", "0.125"),
            ("-2040.079999999999", "-2040.079999999999"),
            ("0.00", "0.00"),
            ("79228162514264337593543950335", "79228162514264337593543950335"),
        ] {
            assert_eq!(exact_decimal(text).unwrap().to_string(), expected, "{text}");
        }
        for text in ["", ".", "-", "1,5", "NaN", "1.2.3", "$5", "0x10", "--1", "1e", "1 2"] {
            assert_eq!(exact_decimal(text), Err(DecimalError::Malformed), "{text}");
        }
        for text in ["79228162514264337593543950336", "1e40", "0.00000000000000000000000000001", "1e-400000"]
        {
            assert_eq!(exact_decimal(text), Err(DecimalError::TooPrecise), "{text}");
        }
    }

    #[test]
    fn currencies_are_three_letters() {
        assert_eq!("eur".parse::<Currency>().unwrap().as_str(), "EUR");
        assert!("https://example.org/miles".parse::<Currency>().is_err());
        assert!("€".parse::<Currency>().is_err());
    }

    #[test]
    fn amounts_are_shown_with_the_places_of_their_currency() {
        for (code, amount, shown) in [
            ("EUR", "967.7959012637", "967.80"),
            ("EUR", "0.125", "0.12"),
            ("EUR", "-7", "-7.00"),
            ("JPY", "0.5", "0"),
            ("KWD", "1.0005", "1.000"),
            ("CLF", "2", "2.0000"),
        ] {
            let currency: Currency = code.parse().unwrap();
            assert_eq!(currency.shown(amount.parse().unwrap()).to_string(), shown, "{amount} {code}");
        }
    }

    proptest! {
        #[test]
        fn printing_and_reading_is_the_identity(mantissa in any::<i64>(), scale in 0u32..28) {
            let value = Decimal::new(mantissa, scale);
            prop_assert_eq!(exact_decimal(&value.to_string()).unwrap(), value);
        }

        #[test]
        fn any_text_is_an_answer_not_a_panic(text in ".{0,60}") {
            let _ = exact_decimal(&text);
        }
    }
}
