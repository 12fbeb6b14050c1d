//! Which of a person's securities the row of a table names.

use std::collections::HashMap;

use dashtam_domain::ledger::{Security, SecurityFacts, SecurityIds};

/// Why no security is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoSecurity {
    /// None is known by what the row says.
    Unknown,
    /// Several are, and the row does not tell them apart.
    Several,
}

/// Securities by what they are called.
#[derive(Default)]
pub(super) struct Named<'a> {
    by_number: HashMap<String, &'a Security>,
    by_symbol: HashMap<String, Vec<&'a Security>>,
}

/// The keys of these numbers of the world, the best first.
fn numbers(ids: SecurityIds) -> Vec<String> {
    let ids = SecurityIds { own: None, exchange: None, ..ids };
    SecurityFacts { ids, ..SecurityFacts::default() }.keys()
}

/// A symbol as it is compared: without blanks, in capitals.
fn plain(symbol: &str) -> String {
    symbol.replace(' ', "").to_ascii_uppercase()
}

impl<'a> Named<'a> {
    pub(super) fn of(securities: impl Iterator<Item = &'a Security>) -> Self {
        let mut named = Self::default();
        for security in securities {
            let Security { isin, cusip, figi, .. } = security.clone();
            for key in numbers(SecurityIds { isin, cusip, figi, ..SecurityIds::default() }) {
                named.by_number.insert(key, security);
            }
            if let Some(symbol) = &security.symbol {
                named.by_symbol.entry(plain(symbol)).or_default().push(security);
            }
        }
        named
    }

    /// The security that these facts name: by its number, whatever its symbol; else the only one of this symbol and exchange, or the
    /// only one of them in this currency. Its numbers are no other ones.
    pub(super) fn find(&self, facts: &SecurityFacts) -> Result<&'a Security, NoSecurity> {
        let keys = numbers(facts.ids.clone());
        let mut by_number = keys.iter().filter_map(|key| self.by_number.get(key).copied());
        if let Some(security) = by_number.find(|security| !security.is_other_than(facts)) {
            return Ok(security);
        }
        let of_symbol = facts.symbol.as_deref().and_then(|symbol| self.by_symbol.get(&plain(symbol)));
        let is_there = |security: &&Security| {
            let exchanges = security.exchange.as_ref().zip(facts.ids.exchange.as_ref());
            let is_elsewhere = exchanges.is_some_and(|(one, other)| !one.eq_ignore_ascii_case(other));
            !is_elsewhere && !security.is_other_than(facts)
        };
        let mut found: Vec<&'a Security> =
            of_symbol.into_iter().flatten().copied().filter(is_there).collect();
        if found.len() > 1 {
            found.retain(|security| facts.currency.is_some() && security.currency == facts.currency);
            return match found.as_slice() {
                [security] => Ok(*security),
                _ => Err(NoSecurity::Several),
            };
        }
        found.first().copied().ok_or(NoSecurity::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use dashtam_domain::{
        id::{SecurityId, UserId},
        ledger::{AssetClass, Cusip, Isin},
        money::Currency,
        time::Timestamp,
    };
    use uuid::Uuid;

    use super::*;

    fn security(id: u128, symbol: &str, exchange: Option<&str>, isin: &str, currency: Currency) -> Security {
        let now = Timestamp::from_micros(0).unwrap();
        Security {
            id: SecurityId(Uuid::from_u128(id)),
            owner: UserId(Uuid::nil()),
            symbol: Some(symbol.to_owned()),
            exchange: exchange.map(str::to_owned),
            isin: Isin::parse(isin),
            cusip: None,
            figi: None,
            name: None,
            asset_class: AssetClass::Equity,
            currency: Some(currency),
            multiplier: None,
            created_at: now,
            updated_at: now,
        }
    }

    fn facts(symbol: &str, isin: &str, currency: Option<Currency>) -> SecurityFacts {
        let ids = SecurityIds { isin: Isin::parse(isin), ..SecurityIds::default() };
        let symbol = Some(symbol.to_owned()).filter(|symbol| !symbol.is_empty());
        SecurityFacts { ids, symbol, currency, ..SecurityFacts::default() }
    }

    #[test]
    fn a_number_names_a_security_and_a_symbol_does_where_it_is_the_only_one() {
        const APPLE: &str = "US0378331005";
        const MICROSOFT: &str = "US5949181045";
        let all = [
            security(1, "AAPL", Some("NASDAQ"), APPLE, Currency::USD),
            security(2, "BRK B", None, "", Currency::USD),
            security(3, "X", None, "", Currency::USD),
            security(4, "x", None, "", Currency::EUR),
        ];
        let named = Named::of(all.iter());
        let find = |facts: &SecurityFacts| named.find(facts).map(|security| security.id.0.as_u128());
        assert_eq!(find(&facts("", APPLE, None)), Ok(1));
        assert_eq!(find(&facts("OTHER", APPLE, None)), Ok(1), "the number is what counts");
        assert_eq!(find(&facts("aapl", "", Some(Currency::EUR))), Ok(1), "in whatever currency");
        assert_eq!(find(&facts("AAPL", MICROSOFT, None)), Err(NoSecurity::Unknown), "another number");
        assert_eq!(find(&facts("brkb", "", None)), Ok(2));
        assert_eq!(find(&facts("X", MICROSOFT, Some(Currency::EUR))), Ok(4));
        assert_eq!(find(&facts("X", "", None)), Err(NoSecurity::Several));
        assert_eq!(find(&facts("Y", "", None)), Err(NoSecurity::Unknown));
        assert_eq!(find(&facts("", "", None)), Err(NoSecurity::Unknown));
        let mut torn = facts("", MICROSOFT, None);
        torn.ids.cusip = Cusip::parse("037833100");
        assert_eq!(find(&torn), Err(NoSecurity::Unknown), "two numbers of two securities name none");
        let mut elsewhere = facts("AAPL", "", None);
        elsewhere.ids.exchange = Some("XETRA".to_owned());
        assert_eq!(find(&elsewhere), Err(NoSecurity::Unknown));
        elsewhere.ids.exchange = Some("nasdaq".to_owned());
        assert_eq!(find(&elsewhere), Ok(1));
    }
}
