//! Figures and symbols. Alpaca gives up to 21 fraction digits; what does not fit is reported, never rounded.

use dashtam_domain::{
    ledger::{AssetClass, OptionTerms},
    money::Decimal,
};
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

/// What a coin is priced in, the longest first: `ETHUSDT` is no pair with `USD`.
const QUOTES: [&str; 6] = ["USDT", "USDC", "USDG", "USD", "BTC", "EUR"];

/// The pair that a symbol without a slash stands for, as positions and older rows write it.
fn pair(symbol: &str) -> Option<(&str, &str)> {
    let split = |quote: &&'static str| Some((symbol.strip_suffix(*quote)?, *quote));
    QUOTES.iter().find_map(split).filter(|(coin, _)| !coin.is_empty())
}

/// What sort of asset a symbol names, where nothing else tells. Tickers have at most five letters, so that a longer
/// one that ends in what coins are priced in is a pair.
pub(crate) fn class_of_symbol(symbol: &str) -> AssetClass {
    let letters = symbol.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let crypto = symbol.contains('/') || (symbol.len() > 5 && letters && pair(symbol).is_some());
    match () {
        () if OptionTerms::of_symbol(symbol).is_some() => AssetClass::Option,
        () if crypto => AssetClass::Cryptocurrency,
        () => AssetClass::Equity,
    }
}

/// The symbol as it is kept. Alpaca writes a coin with a slash in its trades and without one in its positions; with it,
/// the two meet.
pub(crate) fn symbol_of(symbol: &str, class: AssetClass) -> String {
    match pair(symbol).filter(|_| class == AssetClass::Cryptocurrency && !symbol.contains('/')) {
        Some((coin, quote)) => format!("{coin}/{quote}"),
        None => symbol.to_owned(),
    }
}

/// What an option gives a right to; `None` for what is none.
pub(crate) fn option_of(symbol: &str, class: AssetClass) -> Option<OptionTerms> {
    let terms = || OptionTerms::of_symbol(symbol).unwrap_or_default();
    (class == AssetClass::Option).then(|| OptionTerms { multiplier: Some(CONTRACT), ..terms() })
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
            ("ETHBTC", AssetClass::Cryptocurrency),
            ("SOLUSDT", AssetClass::Cryptocurrency),
            ("RUSD", AssetClass::Equity),
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
    fn a_coin_has_one_symbol_in_trades_and_positions() {
        for (symbol, kept) in [
            ("BTC/USD", "BTC/USD"),
            ("BTCUSD", "BTC/USD"),
            ("SOLUSDT", "SOL/USDT"),
            ("ETHBTC", "ETH/BTC"),
            ("AVAXUSDC", "AVAX/USDC"),
            ("USD", "USD"),
            ("BTC", "BTC"),
        ] {
            assert_eq!(symbol_of(symbol, AssetClass::Cryptocurrency), kept);
        }
        assert_eq!(symbol_of("BTCUSD", AssetClass::Equity), "BTCUSD");
        let terms = option_of("AAPL240119C00100000", AssetClass::Option).unwrap();
        assert_eq!((terms.strike.unwrap(), terms.multiplier.unwrap()), (Decimal::ONE_HUNDRED, CONTRACT));
        assert_eq!(option_of("AAPL", AssetClass::Equity), None);
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
