//! Numbers. Schwab sends binary floats with their noise; they are read from their text and rounded once, here.

use dashtam_domain::money::{Decimal, DecimalError, exact_decimal};
use serde_json::Value;

/// Decimal places that are kept of amounts of money.
const MONEY: u32 = 4;
/// Decimal places that amounts of money have at least.
const CENTS: u32 = 2;
/// Decimal places that are kept of quantities and prices.
const UNITS: u32 = 12;

/// Money: rounded half to even at 4 places. `Ok(None)` when absent or null.
pub(crate) fn money(row: &Value, field: &str) -> Result<Option<Decimal>, String> {
    number(row, field, MONEY).map(|read| read.map(money_of))
}

/// A quantity or a price: rounded half to even at 12 places. `Ok(None)` when absent or null.
pub(crate) fn units(row: &Value, field: &str) -> Result<Option<Decimal>, String> {
    number(row, field, UNITS).map(|read| read.map(|value| value.normalize()))
}

/// Rounds a computed figure as money.
pub(crate) fn money_of(value: Decimal) -> Decimal {
    let mut value = value.round_dp(MONEY).normalize();
    if value.scale() < CENTS {
        value.rescale(CENTS);
    }
    value
}

/// Rounds a computed figure as a price.
pub(crate) fn price_of(value: Decimal) -> Decimal {
    value.round_dp(UNITS).normalize()
}

fn number(row: &Value, field: &str, places: u32) -> Result<Option<Decimal>, String> {
    let text = match row.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(_) => return Err(format!("{field} is not a decimal number")),
    };
    rounded(&text, places).map(Some).map_err(|why| format!("{field} {why}"))
}

/// The one rounding of the adapter: the decimal that is written in `text`, half to even at `places` places.
///
/// It works on the digits of the text, so that neither a binary float nor a number of digits between the text
/// and the result changes the value: `2.2737367544323206e-13` is 0, `0.00005` is 0.0000 and `0.00015` is 0.0002
/// at 4 places. A number that is too large to keep is refused, never cut.
fn rounded(text: &str, places: u32) -> Result<Decimal, DecimalError> {
    match exact_decimal(text) {
        // Decimal's own rounding is half to even.
        Ok(exact) => Ok(exact.round_dp(places)),
        Err(DecimalError::Malformed) => Err(DecimalError::Malformed),
        Err(DecimalError::TooPrecise) => cut(text, places).ok_or(DecimalError::TooPrecise),
    }
}

/// Rounds a well-formed decimal that has more digits than can be kept.
fn cut(text: &str, places: u32) -> Option<Decimal> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i64>().ok()?),
        None => (text, 0),
    };
    let negative = mantissa.starts_with('-');
    let mantissa = mantissa.trim_start_matches(['+', '-']);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    // How many of the digits are beyond the last place that is kept.
    let beyond = i64::try_from(fraction.len()).ok()? - exponent - i64::from(places);
    let beyond = usize::try_from(beyond).ok().filter(|beyond| *beyond > 0)?;
    if beyond > digits.len() {
        return Some(Decimal::ZERO);
    }
    let (kept, rest) = digits.split_at(digits.len() - beyond);
    let mut value: i128 = if kept.is_empty() { 0 } else { kept.parse().ok()? };
    let half = format!("5{}", "0".repeat(beyond - 1));
    if rest > half.as_str() || (rest == half && value % 2 == 1) {
        value += 1;
    }
    let value = if negative { -value } else { value };
    Decimal::try_from_i128_with_scale(value, places).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn round(text: &str, places: u32) -> String {
        rounded(text, places).unwrap().normalize().to_string()
    }

    #[test]
    fn rounding_is_half_to_even_on_the_text() {
        for (text, places, expected) in [
            ("26441.429999999997", 4, "26441.43"),
            ("-2040.079999999999", 4, "-2040.08"),
            ("0.00005", 4, "0"),
            ("0.00015", 4, "0.0002"),
            ("0.00025", 4, "0.0002"),
            ("-0.00025", 4, "-0.0002"),
            ("0.000250000000000000000000000000000001", 4, "0.0003"),
            ("0.00025000000000000000000000000000000", 4, "0.0002"),
            ("2.2737367544323206e-13", 4, "0"),
            ("-2.2737367544323206e-13", 12, "0"),
            ("4.9406564584124654e-324", 12, "0"),
            ("9.9999999999999999999999999999999999", 4, "10"),
            ("227.814210526316", 12, "227.814210526316"),
            ("0.0000000000005", 12, "0"),
            ("0.0000000000015", 12, "0.000000000002"),
            ("12345678901234567890.123456789012345", 4, "12345678901234567890.1235"),
        ] {
            assert_eq!(round(text, places), expected, "{text}");
        }
        for text in ["1e400", "1e40", "123456789012345678901234567890", "99999999999999999999999999999.999"] {
            assert_eq!(rounded(text, 4), Err(DecimalError::TooPrecise), "{text}");
        }
        for text in ["NaN", "Infinity", "", "1,5", "0x1", "1e99999999999"] {
            assert_eq!(rounded(text, 4), Err(DecimalError::Malformed), "{text}");
        }
    }

    #[test]
    fn money_has_cents_and_units_have_no_idle_zeros() {
        let row: Value = serde_json::from_str(
            r#"{"a": 1000.0, "b": "-18.95", "c": 0.02411, "d": null, "e": [], "f": 1e-9, "g": 38.0, "h": -0.0}"#,
        )
        .unwrap();
        let money = |field| money(&row, field).map(|read| read.map(|value| value.to_string()));
        assert_eq!(money("a"), Ok(Some("1000.00".to_owned())));
        assert_eq!(money("b"), Ok(Some("-18.95".to_owned())));
        assert_eq!(money("c"), Ok(Some("0.0241".to_owned())));
        assert_eq!(money("h"), Ok(Some("0.00".to_owned())));
        assert_eq!((money("d"), money("x")), (Ok(None), Ok(None)));
        assert_eq!(money("e"), Err("e is not a decimal number".to_owned()));
        let units = |field| units(&row, field).map(|read| read.map(|value| value.to_string()));
        assert_eq!(units("f"), Ok(Some("0.000000001".to_owned())));
        assert_eq!(units("g"), Ok(Some("38".to_owned())));
    }

    proptest! {
        /// The long way round, over text, says what Decimal says wherever Decimal can.
        #[test]
        fn both_ways_agree(mantissa in any::<i64>(), scale in 5u32..28, places in 0u32..5) {
            let exact = Decimal::new(mantissa, scale);
            let by_text = cut(&exact.to_string(), places).unwrap();
            prop_assert_eq!(by_text, exact.round_dp(places));
        }

        #[test]
        fn any_text_is_an_answer_not_a_panic(text in "[-+0-9.eE]{0,60}") {
            let _ = rounded(&text, 4);
        }
    }
}
