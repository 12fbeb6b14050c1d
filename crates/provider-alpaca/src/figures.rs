//! Figures and symbols. Alpaca gives up to 21 fraction digits; what does not fit is reported, never rounded.

use dashtam_domain::{ledger::AssetClass, money::Decimal};
use dashtam_provider_kit::{exact_product, lenient::decimal};
use serde_json::Value;

/// Shares that one contract of an option stands for.
const CONTRACT: Decimal = Decimal::ONE_HUNDRED;

/// A figure the row can do without: one that cannot be kept exactly is reported and left out.
pub(crate) fn figure(row: &Value, field: &'static str) -> Option<Decimal> {
    decimal(row, field).unwrap_or_else(|reason| {
        tracing::warn!(reason, "a figure was left out");
        None
    })
}

/// What so many units at this price come to.
pub(crate) fn worth(quantity: Decimal, price: Decimal, class: AssetClass) -> Result<Decimal, String> {
    let unit = if class == AssetClass::Option { exact_product(price, CONTRACT) } else { Some(price) };
    unit.and_then(|unit| exact_product(quantity, unit))
        .ok_or_else(|| "quantity times price has more than 28 significant digits".to_owned())
}

/// The figure without its sign, given the sign of a position or a movement.
pub(crate) fn signed(figure: Decimal, negative: bool) -> Decimal {
    if negative { -figure.abs() } else { figure.abs() }
}

/// What sort of asset a symbol names, where nothing else tells.
pub(crate) fn class_of_symbol(symbol: &str) -> AssetClass {
    let crypto = symbol.contains('/') || (symbol.len() > 5 && symbol.ends_with("USD"));
    match () {
        () if is_option(symbol) => AssetClass::Option,
        () if crypto => AssetClass::Cryptocurrency,
        () => AssetClass::Equity,
    }
}

/// Whether it is an option's symbol as the clearing house writes it: root, day, call or put, strike.
fn is_option(symbol: &str) -> bool {
    let Some((root, rest)) = symbol.len().checked_sub(15).and_then(|at| symbol.split_at_checked(at)) else {
        return false;
    };
    let digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    let root = (1..=6).contains(&root.len()) && root.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match rest.as_bytes() {
        [day @ .., _, _, _, _, _, _, _, _, _] if day.len() == 6 => {
            let (right, strike) = (rest.as_bytes()[6], &rest.as_bytes()[7..]);
            root && digits(day) && matches!(right, b'C' | b'P') && digits(strike)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use dashtam_domain::money::exact_decimal;

    use super::*;

    #[test]
    fn symbols_tell_the_sort() {
        for (symbol, class) in [
            ("AAPL", AssetClass::Equity),
            ("BRK.B", AssetClass::Equity),
            ("F", AssetClass::Equity),
            ("BTC/USD", AssetClass::Cryptocurrency),
            ("BTCUSD", AssetClass::Cryptocurrency),
            ("AAPL240119C00100000", AssetClass::Option),
            ("F1240119P00012500", AssetClass::Option),
            ("AAPL240119X00100000", AssetClass::Equity),
            ("240119C00100000", AssetClass::Equity),
            ("ä240119C001000000", AssetClass::Equity),
            ("äAAPL240119C0010000", AssetClass::Equity),
        ] {
            assert_eq!(class_of_symbol(symbol), class, "{symbol}");
        }
    }

    #[test]
    fn worth_is_exact_or_refused() {
        let worth = |quantity: &str, price: &str, class| {
            worth(exact_decimal(quantity).unwrap(), exact_decimal(price).unwrap(), class)
                .map(|w| w.to_string())
        };
        assert_eq!(worth("643", "3.8", AssetClass::Equity).as_deref(), Ok("2443.4"));
        assert_eq!(worth("2", "1.05", AssetClass::Option).as_deref(), Ok("210"));
        let bitcoin = worth("2.61937", "19660.5738784516887649", AssetClass::Cryptocurrency);
        assert_eq!(bitcoin.as_deref(), Ok("51498.317400000000000116113"));
        assert!(worth("0.123456789012", "19660.5738784516887649", AssetClass::Cryptocurrency).is_err());
    }
}
