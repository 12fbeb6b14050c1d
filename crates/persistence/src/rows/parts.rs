//! Small things of one JSON column each: what a balance is made of, and the terms of an option.

use dashtam_domain::{
    ledger::{BalanceParts, OptionRight, OptionTerms},
    money::Decimal,
    time::Day,
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct StoredParts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    money_market: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    margin_debt: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredOption {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    underlying: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    strike: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expiry: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    right: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    multiplier: Option<String>,
}

/// The text to store; nothing when nothing is told.
pub(super) fn write_parts(parts: &BalanceParts) -> Option<String> {
    if parts.is_empty() {
        return None;
    }
    let text = |value: Option<Decimal>| value.map(|value| value.to_string());
    let stored = StoredParts {
        cash: text(parts.cash),
        money_market: text(parts.money_market),
        margin_debt: text(parts.margin_debt),
    };
    // Strings only: there is nothing that could fail.
    serde_json::to_string(&stored).ok()
}

/// Reads what [`write_parts`] wrote.
pub(super) fn read_parts(text: &str) -> Result<BalanceParts, &'static str> {
    let stored: StoredParts = serde_json::from_str(text).map_err(|_| "is not what a balance is made of")?;
    Ok(BalanceParts {
        cash: decimal(stored.cash)?,
        money_market: decimal(stored.money_market)?,
        margin_debt: decimal(stored.margin_debt)?,
    })
}

/// The text to store; nothing for what is no option.
pub(super) fn write_option(terms: Option<&OptionTerms>) -> Option<String> {
    // Strings only: there is nothing that could fail.
    serde_json::to_string(&StoredOption::from(terms?)).ok()
}

/// Reads what [`write_option`] wrote.
pub(super) fn read_option(text: &str) -> Result<OptionTerms, &'static str> {
    let stored: StoredOption = serde_json::from_str(text).map_err(|_| "is not the terms of an option")?;
    stored.terms()
}

impl From<&OptionTerms> for StoredOption {
    fn from(terms: &OptionTerms) -> Self {
        let text = |value: Option<Decimal>| value.map(|value| value.to_string());
        Self {
            underlying: terms.underlying.clone(),
            strike: text(terms.strike),
            expiry: terms.expiry.map(|day| day.to_string()),
            right: terms.right.map(|right| right.as_str().to_owned()),
            multiplier: text(terms.multiplier),
        }
    }
}

impl StoredOption {
    pub(super) fn terms(self) -> Result<OptionTerms, &'static str> {
        Ok(OptionTerms {
            underlying: self.underlying,
            strike: decimal(self.strike)?,
            expiry: self.expiry.map(|day| word(&day, Day::parse)).transpose()?,
            right: self.right.map(|right| word(&right, OptionRight::parse)).transpose()?,
            multiplier: decimal(self.multiplier)?,
        })
    }
}

pub(super) fn word<T>(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T, &'static str> {
    read(text).ok_or("has a word that is not known")
}

pub(super) fn decimal(text: Option<String>) -> Result<Option<Decimal>, &'static str> {
    text.map(|text| Decimal::from_str_exact(&text).map_err(|_| "has a figure that is not exact")).transpose()
}
