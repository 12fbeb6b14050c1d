//! Instruments: what sort of asset, what tells them apart, and how their prices are quoted.

use dashtam_domain::{
    ledger::{AssetClass, Cusip, OptionRight, OptionTerms, SecurityIds},
    money::Decimal,
};
use dashtam_provider_kit::lenient;
use serde_json::Value;

use super::{key, name, words};
use crate::wire;

/// The instrument of a position, or of a leg of a transaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Instrument<'a>(pub(super) &'a Value);

impl Instrument<'_> {
    fn asset_type(&self) -> &str {
        name(self.0, "assetType")
    }

    /// Whether it is money and not a security.
    pub(super) fn is_money(&self) -> bool {
        self.asset_type() == "CURRENCY" || name(self.0, "symbol") == "CURRENCY_USD"
    }

    /// Whether it is what Schwab keeps as cash: money, or a claim on a bank into which money goes by night. A money market fund
    /// is none: it is bought and sold.
    pub(super) fn is_cash(&self) -> bool {
        self.is_money() || (self.asset_type() == "CASH_EQUIVALENT" && !self.is_money_fund())
    }

    /// Its ticker. Some bonds have their cusip in its place.
    pub(super) fn symbol(&self) -> Option<String> {
        key(self.0, "symbol")
    }

    /// The name of the instrument; some shares come without one.
    pub(super) fn name(&self) -> Option<String> {
        words(self.0, "description")
    }

    /// What tells it apart: its cusip, else its type and symbol, else Schwab's own number.
    pub(super) fn key(&self) -> Option<String> {
        key(self.0, "cusip")
            .or_else(|| Some(format!("{}:{}", self.asset_type(), self.symbol()?)))
            .or_else(|| Some(format!("id:{}", key(self.0, "instrumentId")?)))
    }

    /// What Schwab calls it besides: its cusip where it is a real one, and Schwab's own number.
    pub(super) fn ids(&self) -> SecurityIds {
        SecurityIds {
            cusip: key(self.0, "cusip").as_deref().and_then(Cusip::parse),
            own: key(self.0, "instrumentId").map(|id| format!("schwab:{id}")),
            ..SecurityIds::default()
        }
    }

    /// What sort of asset. Exchange-traded funds are "collective investments" of their own type.
    pub(super) fn asset_class(&self) -> AssetClass {
        let kind = name(self.0, "type");
        match (self.asset_type(), kind) {
            _ if self.is_cash() => AssetClass::CashEquivalent,
            ("EQUITY" | "COLLECTIVE_INVESTMENT", "EXCHANGE_TRADED_FUND") => AssetClass::Etf,
            ("COLLECTIVE_INVESTMENT", "") => AssetClass::Etf,
            ("EQUITY", _) => AssetClass::Equity,
            ("MUTUAL_FUND", _) if self.is_money_fund() => AssetClass::CashEquivalent,
            ("MUTUAL_FUND", _) => AssetClass::MutualFund,
            ("OPTION", _) => AssetClass::Option,
            ("FIXED_INCOME", _) => AssetClass::FixedIncome,
            ("CASH_EQUIVALENT", _) => AssetClass::CashEquivalent,
            _ => AssetClass::Other,
        }
    }

    /// Money market funds have five letters, of which the last two are X.
    pub(super) fn is_money_fund(&self) -> bool {
        let symbol = name(self.0, "symbol");
        name(self.0, "type") == "MONEY_MARKET_FUND" || (symbol.len() == 5 && symbol.ends_with("XX"))
    }

    /// What an option gives a right to. Its symbol has day and strike to the letter; the fields beside it are not
    /// always sent, and their day is an instant in some zone.
    pub(super) fn option(&self) -> Option<OptionTerms> {
        if self.asset_type() != "OPTION" {
            return None;
        }
        let day = |text: String| wire::moment(&text).map(|moment| moment.day);
        let told = OptionTerms {
            underlying: key(self.0, "underlyingSymbol"),
            strike: wire::units(self.0, "strikePrice").ok().flatten(),
            expiry: lenient::text(self.0, "expirationDate").and_then(day),
            right: match name(self.0, "putCall") {
                "CALL" => Some(OptionRight::Call),
                "PUT" => Some(OptionRight::Put),
                _ => None,
            },
            multiplier: self.multiplier(),
        };
        let spelled = self.symbol().as_deref().and_then(OptionTerms::of_symbol).unwrap_or_default();
        let underlying = told.underlying.clone().or_else(|| spelled.underlying.clone());
        Some(OptionTerms { underlying, ..spelled.or(Some(told)) })
    }

    /// What a unit's price is multiplied with to give its value; `None` when it is not known. Options are quoted
    /// per share of a contract over 100, bonds per 100 of their face.
    pub(super) fn multiplier(&self) -> Option<Decimal> {
        let told = ["optionMultiplier", "optionPremiumMultiplier", "multiplier"]
            .into_iter()
            .filter_map(|field| wire::units(self.0, field).ok().flatten())
            .find(|value| *value > Decimal::ZERO);
        told.or_else(|| match self.asset_type() {
            "OPTION" => Some(Decimal::ONE_HUNDRED),
            "FIXED_INCOME" => Some(Decimal::new(1, 2)),
            "FUTURE" | "FOREX" => None,
            _ => Some(Decimal::ONE),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn classes_follow_type_and_subtype() {
        for (asset_type, kind, symbol, class) in [
            ("EQUITY", "COMMON_STOCK", "AAPL", AssetClass::Equity),
            ("COLLECTIVE_INVESTMENT", "EXCHANGE_TRADED_FUND", "SCHF", AssetClass::Etf),
            ("COLLECTIVE_INVESTMENT", "", "SCHF", AssetClass::Etf),
            ("COLLECTIVE_INVESTMENT", "UNIT_INVESTMENT_TRUST", "X", AssetClass::Other),
            ("MUTUAL_FUND", "", "SWPPX", AssetClass::MutualFund),
            ("MUTUAL_FUND", "", "SWVXX", AssetClass::CashEquivalent),
            ("MUTUAL_FUND", "MONEY_MARKET_FUND", "ABC", AssetClass::CashEquivalent),
            ("OPTION", "VANILLA", "AAPL  240517C00190000", AssetClass::Option),
            ("FIXED_INCOME", "", "912797AB1", AssetClass::FixedIncome),
            ("CASH_EQUIVALENT", "SWEEP_VEHICLE", "X", AssetClass::CashEquivalent),
            ("FUTURE", "", "/ES", AssetClass::Other),
            ("", "", "", AssetClass::Other),
        ] {
            let row = json!({"assetType": asset_type, "type": kind, "symbol": symbol});
            assert_eq!(Instrument(&row).asset_class(), class, "{row}");
        }
    }

    #[test]
    fn sweeps_are_cash_and_funds_are_none() {
        for (asset_type, kind, symbol, is_cash) in [
            ("CASH_EQUIVALENT", "SWEEP_VEHICLE", "MMDA1", true),
            ("CASH_EQUIVALENT", "SAVINGS", "MMDA1", true),
            ("CASH_EQUIVALENT", "UNKNOWN", "X", true),
            ("CASH_EQUIVALENT", "MONEY_MARKET_FUND", "SNOXX", false),
            ("CURRENCY", "", "CURRENCY_USD", true),
            ("MUTUAL_FUND", "", "SWVXX", false),
            ("EQUITY", "COMMON_STOCK", "CASH", false),
        ] {
            let row = json!({"assetType": asset_type, "type": kind, "symbol": symbol});
            assert_eq!(Instrument(&row).is_cash(), is_cash, "{row}");
        }
    }

    #[test]
    fn options_have_their_terms_from_symbol_and_fields() {
        let of = |row: Value| {
            Instrument(&row).option().map(|terms| {
                let text = |value: Option<Decimal>| value.map(|value| value.to_string());
                (
                    terms.underlying,
                    text(terms.strike),
                    terms.expiry.map(|day| day.to_string()),
                    terms.right.map(OptionRight::as_str),
                    text(terms.multiplier),
                )
            })
        };
        let text = |text: &str| Some(text.to_owned());
        let whole = Some((text("BRK.B"), text("400"), text("2026-04-17"), Some("put"), text("100")));
        // The day as an instant in some zone does not rule over the symbol's.
        let row = json!({"assetType": "OPTION", "symbol": "BRKB  260417P00400000", "putCall": "PUT",
            "underlyingSymbol": "BRK.B", "expirationDate": "2026-04-17T00:00:00+0000", "strikePrice": 400.0});
        assert_eq!(of(row), whole);
        // Without a symbol that tells.
        let row = json!({"assetType": "OPTION", "symbol": "/ESH25_P5050:XCME", "putCall": "PUT",
            "underlyingSymbol": ".ESH25:XCME", "expirationDate": "2026-04-17T05:00:00+0000",
            "strikePrice": 5050.5, "optionPremiumMultiplier": 50});
        assert_eq!(
            of(row),
            Some((text(".ESH25:XCME"), text("5050.5"), text("2026-04-17"), Some("put"), text("50")))
        );
        assert_eq!(of(json!({"assetType": "EQUITY", "symbol": "BRKB  260417P00400000"})), None);
    }

    #[test]
    fn keys_and_multipliers() {
        let of = |row: Value| (Instrument(&row).key(), Instrument(&row).multiplier().map(|m| m.to_string()));
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(of(json!({"assetType": "EQUITY", "cusip": "037833100"})), (text("037833100"), text("1")));
        assert_eq!(of(json!({"assetType": "EQUITY", "symbol": "A"})), (text("EQUITY:A"), text("1")));
        assert_eq!(of(json!({"assetType": "OPTION", "instrumentId": 7})), (text("id:7"), text("100")));
        assert_eq!(of(json!({"assetType": "OPTION", "optionMultiplier": 10.0})), (None, text("10")));
        assert_eq!(of(json!({"assetType": "FIXED_INCOME", "cusip": "a\nb"})), (None, text("0.01")));
        assert_eq!(of(json!({"assetType": "FUTURE"})), (None, None));
    }
}
