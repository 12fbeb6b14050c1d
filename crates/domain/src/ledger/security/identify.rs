//! Which stored security is meant. Pure: the callers read and write.

use std::collections::HashMap;

use uuid::Uuid;

use crate::{
    id::{SecurityId, UserId},
    time::Timestamp,
};

use super::{Security, SecurityFacts};

/// A stored security and the key that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSecurity {
    /// The key.
    pub key: String,
    /// The security.
    pub security: Security,
}

/// Which securities some facts are of, and what is to be stored.
#[derive(Debug, Default, PartialEq)]
pub struct Identified {
    /// One for each of the facts, in their order; `None` for what nothing names.
    pub ids: Vec<Option<SecurityId>>,
    /// New securities, and known ones of which more is known now.
    pub written: Vec<Security>,
    /// Further keys that lead to securities from now on.
    pub keys: Vec<(String, SecurityId)>,
}

impl Identified {
    /// Whether there is nothing to store.
    pub fn is_settled(&self) -> bool {
        self.written.is_empty() && self.keys.is_empty()
    }
}

/// Finds the securities of these facts among `known`, those of the owner that have one of their keys, or makes them. The
/// best key that leads anywhere decides, unless it leads to a security whose number is another one: a symbol is given
/// anew, and a number is not. A key that leads somewhere already stays as it is.
pub fn identify(
    owner: UserId,
    told: &[SecurityFacts],
    known: Vec<KnownSecurity>,
    mut next_id: impl FnMut() -> Uuid,
    now: Timestamp,
) -> Identified {
    let mut securities: HashMap<SecurityId, Security> = HashMap::new();
    let mut by_key: HashMap<String, SecurityId> = HashMap::with_capacity(known.len());
    for KnownSecurity { key, security } in known {
        by_key.insert(key, security.id);
        securities.insert(security.id, security);
    }
    let mut found = Identified::default();
    let mut written: Vec<SecurityId> = Vec::new();
    for facts in told {
        let keys = facts.keys();
        if keys.is_empty() {
            found.ids.push(None);
            continue;
        }
        let meant = keys
            .iter()
            .filter_map(|key| securities.get(by_key.get(key)?))
            .find(|security| !security.is_other_than(facts));
        let (id, fresh) = match meant {
            Some(security) => (security.id, security.with(facts, now)),
            None => {
                let id = SecurityId(next_id());
                (id, Some(Security::of(id, owner, facts, now)))
            }
        };
        if let Some(fresh) = fresh {
            securities.insert(id, fresh);
            if !written.contains(&id) {
                written.push(id);
            }
        }
        for key in keys {
            if !by_key.contains_key(&key) {
                by_key.insert(key.clone(), id);
                found.keys.push((key, id));
            }
        }
        found.ids.push(Some(id));
    }
    found.written = written.iter().filter_map(|id| securities.remove(id)).collect();
    found
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Cusip, Isin, SecurityIds},
        *,
    };
    use crate::{ledger::AssetClass, money::Currency};

    fn symbol(symbol: &str) -> SecurityFacts {
        SecurityFacts {
            symbol: Some(symbol.to_owned()),
            currency: Some(Currency::USD),
            ..SecurityFacts::default()
        }
    }

    fn numbered(of: &str, cusip: &str) -> SecurityFacts {
        SecurityFacts {
            ids: SecurityIds { cusip: Cusip::parse(cusip), ..SecurityIds::default() },
            ..symbol(of)
        }
    }

    /// A store of one owner.
    #[derive(Default)]
    struct Stored {
        securities: HashMap<SecurityId, Security>,
        keys: HashMap<String, SecurityId>,
        last: u128,
    }

    impl Stored {
        fn tell(&mut self, told: &[SecurityFacts]) -> (Vec<Option<u128>>, usize) {
            let known = told.iter().flat_map(SecurityFacts::keys).filter_map(|key| {
                let security = self.securities.get(self.keys.get(&key)?)?.clone();
                Some(KnownSecurity { key, security })
            });
            let known: Vec<_> = known.collect();
            let next = || {
                self.last += 1;
                Uuid::from_u128(self.last)
            };
            let owner = UserId(Uuid::nil());
            let found = identify(owner, told, known, next, Timestamp::from_micros(0).unwrap());
            let written = found.written.len();
            self.securities.extend(found.written.into_iter().map(|security| (security.id, security)));
            self.keys.extend(found.keys);
            (found.ids.iter().map(|id| id.map(|id| id.0.as_u128())).collect(), written)
        }
    }

    #[test]
    fn the_best_key_finds_and_others_are_learnt() {
        let mut stored = Stored::default();
        assert_eq!(
            stored.tell(&[symbol("AAPL"), symbol("aapl "), SecurityFacts::default()]),
            (vec![Some(1), Some(1), None], 1)
        );
        // Its number is learnt by its symbol, and finds it under another symbol.
        assert_eq!(stored.tell(&[numbered("AAPL", "037833100")]), (vec![Some(1)], 1));
        assert_eq!(stored.tell(&[numbered("APC", "037833100")]), (vec![Some(1)], 0));
        let isin = SecurityIds { isin: Isin::parse("US0378331005"), ..SecurityIds::default() };
        let by_isin = SecurityFacts { ids: isin, ..SecurityFacts::default() };
        assert_eq!(stored.tell(&[by_isin]), (vec![Some(1)], 1));
        let apple = &stored.securities[&SecurityId(Uuid::from_u128(1))];
        assert_eq!(apple.isin.as_ref().map(Isin::as_str), Some("US0378331005"));
        assert_eq!(
            (apple.symbol.as_deref(), apple.cusip.as_ref().map(Cusip::as_str)),
            (Some("AAPL"), Some("037833100"))
        );
        // The same again settles nothing.
        assert_eq!(
            stored.tell(&[numbered("AAPL", "037833100"), symbol("AAPL")]),
            (vec![Some(1), Some(1)], 0)
        );
    }

    #[test]
    fn another_number_is_another_security() {
        let mut stored = Stored::default();
        assert_eq!(
            stored.tell(&[numbered("FB", "037833100"), numbered("FB", "594918104")]),
            (vec![Some(1), Some(2)], 2)
        );
        assert_eq!(stored.tell(&[numbered("FB", "594918104"), symbol("FB")]), (vec![Some(2), Some(1)], 0));
    }

    #[test]
    fn a_symbol_is_one_of_its_exchange_or_currency_and_a_coin_one_of_the_world() {
        let at = |exchange: &str| SecurityFacts {
            ids: SecurityIds { exchange: Some(exchange.to_owned()), ..SecurityIds::default() },
            ..symbol("BTC")
        };
        let coin = |currency: &str| SecurityFacts {
            asset_class: Some(AssetClass::Cryptocurrency),
            currency: currency.parse().ok(),
            ..symbol("BTC")
        };
        let euros = SecurityFacts { currency: "EUR".parse().ok(), ..symbol("BTC") };
        let told = [symbol("BTC"), euros, at("ARCA"), at("arca"), coin("USD"), coin("EUR")];
        let expected = [1, 2, 3, 3, 4, 4].map(Some).to_vec();
        assert_eq!(Stored::default().tell(&told), (expected, 4));
    }

    #[test]
    fn what_has_no_other_key_is_known_by_its_name() {
        let named = |name: &str| SecurityFacts { name: Some(name.to_owned()), ..SecurityFacts::default() };
        let mut stored = Stored::default();
        assert_eq!(
            stored.tell(&[named("Target 2045"), named("TARGET 2045"), named("x".repeat(400).as_str())]).0,
            [Some(1), Some(1), None]
        );
    }
}
