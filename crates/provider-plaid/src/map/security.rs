//! What Plaid says of a security, beside the rows that name it.

use dashtam_domain::{
    ledger::{AssetClass, Cusip, Isin, OptionRight, OptionTerms, SecurityIds},
    money::Currency,
    time::Day,
};
use dashtam_provider_kit::lenient::text;
use serde_json::Value;

use super::{NAME, figure, words};

/// A security; null where nothing is told of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Security<'a>(pub(super) &'a Value);

impl Security<'_> {
    pub(super) fn symbol(self) -> Option<String> {
        words(self.0, "ticker_symbol", NAME)
    }

    pub(super) fn name(self) -> Option<String> {
        words(self.0, "name", NAME)
    }

    /// Whether it is money, and nothing that could be traded. Some is not called so, and known by a symbol such as `CUR:USD`; a coin
    /// has such a symbol too.
    pub(super) fn is_cash(self) -> bool {
        let is_currency = || {
            let code = self.symbol()?.strip_prefix("CUR:")?.to_owned();
            Some(code.parse::<Currency>().is_ok())
        };
        match text(self.0, "type").as_deref() {
            Some("cash") => true,
            Some("cryptocurrency") => false,
            _ => is_currency().unwrap_or_default(),
        }
    }

    pub(super) fn class(self) -> AssetClass {
        let equivalent = self.0.get("is_cash_equivalent").and_then(Value::as_bool).unwrap_or_default();
        match text(self.0, "type").as_deref() {
            _ if self.is_cash() => AssetClass::CashEquivalent,
            Some("cryptocurrency") => AssetClass::Cryptocurrency,
            Some("derivative") if self.option().is_some() => AssetClass::Option,
            Some("mutual fund" | "etf" | "other") if equivalent => AssetClass::CashEquivalent,
            Some("equity") => AssetClass::Equity,
            Some("etf") => AssetClass::Etf,
            Some("mutual fund") => AssetClass::MutualFund,
            Some("fixed income") => AssetClass::FixedIncome,
            _ => AssetClass::Other,
        }
    }

    /// Numbers are told to those only who have a licence for them.
    pub(super) fn ids(self) -> SecurityIds {
        SecurityIds {
            isin: text(self.0, "isin").and_then(|isin| Isin::parse(&isin)),
            cusip: text(self.0, "cusip").and_then(|cusip| Cusip::parse(&cusip)),
            figi: None,
            own: super::id(self.0, "security_id").ok().map(|id| format!("plaid:{id}")),
            exchange: words(self.0, "market_identifier_code", NAME),
        }
    }

    pub(super) fn option(self) -> Option<OptionTerms> {
        let contract = self.0.get("option_contract").filter(|contract| contract.is_object())?;
        Some(OptionTerms {
            underlying: words(contract, "underlying_security_ticker", NAME),
            strike: figure(contract, "strike_price"),
            expiry: text(contract, "expiration_date").and_then(|day| Day::parse(&day)),
            right: match text(contract, "contract_type").as_deref() {
                Some("call") => Some(OptionRight::Call),
                Some("put") => Some(OptionRight::Put),
                _ => None,
            },
            multiplier: None,
        })
    }
}
