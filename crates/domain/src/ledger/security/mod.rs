//! Securities as things of their own, and how one is known again whatever a source calls it.

mod identify;
mod numbers;

use crate::{
    id::{SecurityId, UserId},
    money::{Currency, Decimal},
    time::Timestamp,
};

use super::AssetClass;

pub use identify::{Identified, KnownSecurity, identify};
pub use numbers::{Cusip, Figi, Isin};

/// What a source calls a security, beside its symbol and its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct SecurityIds {
    /// International securities identification number.
    pub isin: Option<Isin>,
    /// Number of North American securities.
    pub cusip: Option<Cusip>,
    /// Financial instrument global identifier.
    pub figi: Option<Figi>,
    /// The source's own id of it, behind the name of the source: `schwab:12345`.
    pub own: Option<String>,
    /// The exchange of the symbol, as the source writes it.
    pub exchange: Option<String>,
}

impl SecurityIds {
    /// Whether nothing is told.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a source says of a security.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecurityFacts {
    /// What it is called.
    pub ids: SecurityIds,
    /// Ticker.
    pub symbol: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// What sort of asset; `None` where only the symbol is told.
    pub asset_class: Option<AssetClass>,
    /// The currency in which it is quoted.
    pub currency: Option<Currency>,
    /// Units of the underlying that one contract stands for.
    pub multiplier: Option<Decimal>,
}

/// The longest key that is kept.
const LONGEST_KEY: usize = 300;

impl SecurityFacts {
    /// What the security is found by, the best first: the numbers of the world, the source's own id, the symbol, and where
    /// there is nothing else the name. A symbol without an exchange is one of its currency, and that of a coin one of the
    /// world.
    pub fn keys(&self) -> Vec<String> {
        let SecurityIds { isin, cusip, figi, own, exchange } = &self.ids;
        let cusip = cusip.clone().or_else(|| isin.as_ref().and_then(Isin::cusip));
        let currency = self.currency.as_ref().map_or("", Currency::as_str);
        let symbol = self.symbol.as_deref().map(plain_symbol).filter(|symbol| !symbol.is_empty());
        let symbol = symbol.map(|symbol| match (self.asset_class, exchange) {
            (Some(AssetClass::Cryptocurrency), _) => format!("coin:{symbol}"),
            (_, Some(exchange)) => format!("symbol:{symbol}@@{}", exchange.to_ascii_uppercase()),
            (_, None) => format!("symbol:{symbol}@{currency}"),
        });
        let mut keys: Vec<String> = [
            isin.as_ref().map(|isin| format!("isin:{isin}")),
            cusip.map(|cusip| format!("cusip:{cusip}")),
            figi.as_ref().map(|figi| format!("figi:{figi}")),
            own.as_ref().map(|own| format!("own:{own}")),
            symbol,
        ]
        .into_iter()
        .flatten()
        .collect();
        if keys.is_empty() {
            let name = self.name.as_deref().filter(|name| !name.is_empty());
            keys.extend(name.map(|name| format!("name:{}@{currency}", name.to_ascii_uppercase())));
        }
        keys.retain(|key| key.len() <= LONGEST_KEY && !key.contains(char::is_control));
        keys
    }
}

/// A symbol without the blanks that pad it, in capitals.
fn plain_symbol(symbol: &str) -> String {
    symbol.replace(' ', "").to_ascii_uppercase()
}

/// A security as an owner's sources tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Security {
    /// Its id.
    pub id: SecurityId,
    /// Whose.
    pub owner: UserId,
    /// Ticker.
    pub symbol: Option<String>,
    /// The exchange of the symbol, as the source writes it.
    pub exchange: Option<String>,
    /// International securities identification number.
    pub isin: Option<Isin>,
    /// Number of North American securities.
    pub cusip: Option<Cusip>,
    /// Financial instrument global identifier.
    pub figi: Option<Figi>,
    /// Its name.
    pub name: Option<String>,
    /// What sort of asset.
    pub asset_class: AssetClass,
    /// The currency in which it is quoted.
    pub currency: Option<Currency>,
    /// Units of the underlying that one contract stands for.
    pub multiplier: Option<Decimal>,
    /// When it was first told of.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Security {
    /// Whether these facts are of another security: the best number that both have is not the same.
    pub fn is_other_than(&self, facts: &SecurityFacts) -> bool {
        fn differ<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> Option<bool> {
            Some(one? != other?)
        }
        differ(self.isin.as_ref(), facts.ids.isin.as_ref())
            .or_else(|| differ(self.cusip.as_ref(), facts.ids.cusip.as_ref()))
            .or_else(|| differ(self.figi.as_ref(), facts.ids.figi.as_ref()))
            .unwrap_or(false)
    }

    /// What is known with what these facts add; `None` when they add nothing. What is known stays: two sources that say
    /// otherwise would else change it again and again.
    fn with(&self, facts: &SecurityFacts, now: Timestamp) -> Option<Self> {
        fn or<T: Clone>(known: &Option<T>, told: &Option<T>) -> Option<T> {
            known.clone().or_else(|| told.clone())
        }
        let told_class = facts.asset_class.filter(|_| self.asset_class == AssetClass::Other);
        let filled = Self {
            symbol: or(&self.symbol, &facts.symbol),
            exchange: or(&self.exchange, &facts.ids.exchange),
            isin: or(&self.isin, &facts.ids.isin),
            cusip: or(&self.cusip, &facts.ids.cusip),
            figi: or(&self.figi, &facts.ids.figi),
            name: or(&self.name, &facts.name),
            asset_class: told_class.unwrap_or(self.asset_class),
            currency: self.currency.or(facts.currency),
            multiplier: self.multiplier.or(facts.multiplier),
            ..self.clone()
        };
        (filled != *self).then_some(Self { updated_at: now, ..filled })
    }

    /// A security of which only these facts are known.
    fn of(id: SecurityId, owner: UserId, facts: &SecurityFacts, now: Timestamp) -> Self {
        let SecurityIds { isin, cusip, figi, exchange, .. } = facts.ids.clone();
        Self {
            id,
            owner,
            symbol: facts.symbol.clone(),
            exchange,
            cusip: cusip.or_else(|| isin.as_ref().and_then(Isin::cusip)),
            isin,
            figi,
            name: facts.name.clone(),
            asset_class: facts.asset_class.unwrap_or(AssetClass::Other),
            currency: facts.currency,
            multiplier: facts.multiplier,
            created_at: now,
            updated_at: now,
        }
    }
}
