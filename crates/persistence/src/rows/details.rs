//! What a transaction is made of, as the JSON of one column: it is written and read whole, and nobody looks for a
//! row by it.

use std::str::FromStr;

use dashtam_domain::{
    ledger::{
        AssetClass, Cusip, Exchange, Figi, Isin, Leg, LegKind, PositionEffect, References, SecurityIds,
        TransactionDetails, TransactionFlag,
    },
    money::Decimal,
};
use serde::{Deserialize, Serialize};

use super::parts::{StoredOption, decimal, word};

#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payee: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fee: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    legs: Vec<StoredLeg>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exchange: Option<StoredExchange>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    flags: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    position: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sub_account: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredExchange {
    currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate: Option<String>,
    converted: bool,
}

#[derive(Serialize, Deserialize)]
struct StoredLeg {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    symbol: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asset_class: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quantity: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    price: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<String>,
    currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effect: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    option: Option<StoredOption>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ids: Option<StoredIds>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    security: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredIds {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    isin: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cusip: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    figi: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exchange: Option<String>,
}

impl StoredIds {
    fn of(ids: &SecurityIds) -> Option<Self> {
        (!ids.is_empty()).then(|| Self {
            isin: ids.isin.as_ref().map(Isin::to_string),
            cusip: ids.cusip.as_ref().map(Cusip::to_string),
            figi: ids.figi.as_ref().map(Figi::to_string),
            own: ids.own.clone(),
            exchange: ids.exchange.clone(),
        })
    }

    fn read(self) -> Result<SecurityIds, &'static str> {
        Ok(SecurityIds {
            isin: self.isin.map(|isin| word(&isin, Isin::parse)).transpose()?,
            cusip: self.cusip.map(|cusip| word(&cusip, Cusip::parse)).transpose()?,
            figi: self.figi.map(|figi| word(&figi, Figi::parse)).transpose()?,
            own: self.own,
            exchange: self.exchange,
        })
    }
}

/// The text to store; nothing when there is nothing to tell.
pub(super) fn write(details: &TransactionDetails) -> Option<String> {
    let category = None;
    if (TransactionDetails { category, ..details.clone() }).is_empty() {
        return None;
    }
    let text = |value: Option<Decimal>| value.map(|value| value.to_string());
    let leg = |leg: &Leg| StoredLeg {
        kind: leg.kind.as_str().to_owned(),
        label: leg.label.clone(),
        symbol: leg.symbol.clone(),
        name: leg.name.clone(),
        asset_class: leg.asset_class.map(|class| class.as_str().to_owned()),
        quantity: text(leg.quantity),
        price: text(leg.price),
        amount: text(leg.amount),
        currency: leg.currency.as_str().to_owned(),
        effect: leg.effect.map(|effect| effect.as_str().to_owned()),
        option: leg.option.as_ref().map(StoredOption::from),
        ids: StoredIds::of(&leg.ids),
        security: leg.security.map(|id| id.to_string()),
    };
    let References { order, position, sub_account } = details.references.clone();
    let stored = Stored {
        payee: details.payee.clone(),
        fee: text(details.fee),
        legs: details.legs.iter().map(leg).collect(),
        exchange: details.exchange.as_ref().map(|exchange| StoredExchange {
            currency: exchange.currency.as_str().to_owned(),
            rate: text(exchange.rate),
            converted: exchange.is_converted,
        }),
        flags: details.flags.iter().map(|flag| flag.as_str().to_owned()).collect(),
        order,
        position,
        sub_account,
    };
    // Strings and lists of strings: there is nothing that could fail.
    serde_json::to_string(&stored).ok()
}

/// Reads what [`write`] wrote.
pub(super) fn read(text: &str) -> Result<TransactionDetails, &'static str> {
    let stored: Stored = serde_json::from_str(text).map_err(|_| "is not what a transaction is made of")?;
    Ok(TransactionDetails {
        payee: stored.payee,
        // It has a column of its own, because lists show it.
        category: None,
        fee: decimal(stored.fee)?,
        legs: stored.legs.into_iter().map(leg).collect::<Result<_, _>>()?,
        exchange: stored.exchange.map(exchange).transpose()?,
        flags: stored
            .flags
            .iter()
            .map(|flag| word(flag, TransactionFlag::parse))
            .collect::<Result<_, _>>()?,
        references: References {
            order: stored.order,
            position: stored.position,
            sub_account: stored.sub_account,
        },
    })
}

fn exchange(stored: StoredExchange) -> Result<Exchange, &'static str> {
    Ok(Exchange {
        currency: FromStr::from_str(&stored.currency).map_err(|_| "has a second currency that is none")?,
        rate: decimal(stored.rate)?,
        is_converted: stored.converted,
    })
}

fn leg(stored: StoredLeg) -> Result<Leg, &'static str> {
    Ok(Leg {
        kind: word(&stored.kind, LegKind::parse)?,
        label: stored.label,
        symbol: stored.symbol,
        name: stored.name,
        asset_class: stored.asset_class.map(|class| word(&class, AssetClass::parse)).transpose()?,
        quantity: decimal(stored.quantity)?,
        price: decimal(stored.price)?,
        amount: decimal(stored.amount)?,
        currency: FromStr::from_str(&stored.currency).map_err(|_| "has a leg in no currency")?,
        effect: stored.effect.map(|effect| word(&effect, PositionEffect::parse)).transpose()?,
        option: stored.option.map(StoredOption::terms).transpose()?,
        ids: stored.ids.map(StoredIds::read).transpose()?.unwrap_or_default(),
        security: stored.security.map(|id| word(&id, |id| id.parse().ok())).transpose()?,
    })
}
