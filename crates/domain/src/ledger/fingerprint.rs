//! What the source of a transaction says of it: whether that is another thing than before, told without reading it.

use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256};

use super::{Leg, Trade, Transaction, TransactionDetails, TransactionKind, TransactionStatus};
use crate::{
    connections::PulledTransaction,
    id::TransactionId,
    money::{Currency, Decimal},
    time::{Day, Timestamp},
};

/// The first 64 bits of a SHA-256 hash of what an institution says of a row. What is known of it otherwise, its cheque number,
/// what it was while it was pending and which securities are meant, does not count. Rows that say the same have the same one, and one row that says two
/// things has the same one for both in one of 2⁶⁴ cases. Another build of this program may compute another one; then the row
/// is read once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub i64);

impl Fingerprint {
    fn of(said: &Said<'_>) -> Self {
        let mut state = State(Sha256::new());
        said.hash(&mut state);
        Self(state.finish().cast_signed())
    }
}

/// A stored row, as far as it takes to see whether its source says anything new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAs {
    /// Its id.
    pub id: TransactionId,
    /// The source's id.
    pub source_id: String,
    /// What the source said. `None` of a row that no synchronisation was shown, that is removed, that shares its source id
    /// with another, or that an earlier version stored.
    pub fingerprint: Option<Fingerprint>,
}

impl From<&Transaction> for KnownAs {
    fn from(row: &Transaction) -> Self {
        let is_told = row.seen_in.is_some() && row.ordinal == 0 && row.status != TransactionStatus::Removed;
        let fingerprint = is_told.then(|| row.fingerprint());
        Self { id: row.id, source_id: row.source_id.clone(), fingerprint }
    }
}

/// What an institution says of a row.
#[derive(PartialEq)]
struct Said<'a> {
    day: Day,
    occurred_at: Option<Timestamp>,
    amount: Decimal,
    currency: Currency,
    description: &'a str,
    kind: TransactionKind,
    status: TransactionStatus,
    memo: Option<&'a str>,
    trade: Option<&'a Trade>,
    details: &'a TransactionDetails,
}

/// Which securities are meant is found out by what is said of them, and noted in rows that are stored: it is no part of what
/// is said.
impl Hash for Said<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { day, occurred_at, amount, currency, description, kind, status, memo, trade, details } =
            self;
        (day, occurred_at, amount, currency, description, kind, status, memo).hash(state);
        trade.map(SaidOfTrade).hash(state);
        let TransactionDetails { payee, category, fee, legs, exchange, flags, references } = details;
        (payee, category, fee).hash(state);
        state.write_usize(legs.len());
        legs.iter().for_each(|leg| SaidOfLeg(leg).hash(state));
        (exchange, flags, references).hash(state);
    }
}

/// A trade without the security that it was found to be about.
struct SaidOfTrade<'a>(&'a Trade);

impl Hash for SaidOfTrade<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Trade { security: _, symbol, name, asset_class, quantity, price, fees } = self.0;
        (symbol, name, asset_class, quantity, price, fees).hash(state);
    }
}

/// A leg without the security that it was found to be about.
struct SaidOfLeg<'a>(&'a Leg);

impl Hash for SaidOfLeg<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Leg {
            kind,
            label,
            symbol,
            name,
            asset_class,
            quantity,
            price,
            amount,
            currency,
            ids,
            security: _,
            effect,
            option,
        } = self.0;
        (kind, label, symbol, name, asset_class, quantity).hash(state);
        (price, amount, currency, ids, effect, option).hash(state);
    }
}

impl Transaction {
    fn said(&self) -> Said<'_> {
        Said {
            day: self.day,
            occurred_at: self.occurred_at,
            amount: self.amount,
            currency: self.currency,
            description: &self.description,
            kind: self.kind,
            status: self.status,
            memo: self.memo.as_deref(),
            trade: self.trade.as_ref(),
            details: &self.details,
        }
    }

    /// Whether another state of the same row says anything else to a reader.
    pub fn differs(&self, other: &Self) -> bool {
        self.said() != other.said()
            || self.check_number != other.check_number
            || self.announced != other.announced
    }

    /// Tells what the institution says of the row now from what it says at another time.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.said())
    }
}

impl PulledTransaction {
    /// That of the row which says this and nothing else.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&Said {
            day: self.day,
            occurred_at: self.occurred_at,
            amount: self.amount,
            currency: self.currency,
            description: &self.description,
            kind: self.kind,
            status: self.status,
            memo: self.memo.as_deref(),
            trade: self.trade.as_ref(),
            details: &self.details,
        })
    }
}

/// Not the hasher of the standard library, whose answers may be others with each release of it.
struct State(Sha256);

impl Hasher for State {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let hash: [u8; 32] = self.0.clone().finalize().into();
        hash.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        id::SecurityId,
        ledger::{Announced, AssetClass, LegKind, sample},
    };

    #[test]
    fn whatever_says_something_else_has_another_fingerprint() {
        let row = sample::transaction();
        let other_text =
            |description: &str| Transaction { description: description.to_owned(), ..row.clone() };
        let others = [
            other_text("x"),
            other_text(""),
            Transaction { memo: Some(String::new()), ..row.clone() },
            Transaction { amount: row.amount + Decimal::ONE, ..row.clone() },
            Transaction { day: Day(row.day.0.succ_opt().unwrap()), ..row.clone() },
            Transaction { status: TransactionStatus::Removed, ..row.clone() },
            Transaction {
                details: TransactionDetails { payee: Some("x".to_owned()), ..TransactionDetails::default() },
                ..row.clone()
            },
        ];
        for (at, other) in others.iter().enumerate() {
            assert!(row.differs(other) && row.fingerprint() != other.fingerprint(), "{other:?}");
            assert!(
                others[..at].iter().all(|before| before.fingerprint() != other.fingerprint()),
                "{other:?}"
            );
        }
    }

    #[test]
    fn what_is_not_said_does_not_count() {
        let row = sample::transaction();
        let same = Transaction {
            amount: "-1.00".parse().unwrap(),
            raw: Some("{}".to_owned()),
            source_id: "another".to_owned(),
            ..row.clone()
        };
        assert!(!row.differs(&same));
        assert_eq!(row.fingerprint(), same.fingerprint());

        // A reader is told of these, but not by the institution's row.
        let announced = Some(Announced { amount: row.amount, day: row.day });
        let check_number = Some("101".to_owned());
        for known in [Transaction { announced, ..row.clone() }, Transaction { check_number, ..row.clone() }] {
            assert!(row.differs(&known));
            assert_eq!(row.fingerprint(), known.fingerprint());
        }
    }

    #[test]
    fn which_securities_are_meant_is_not_said_and_everything_else_of_a_trade_is() {
        let currency = Currency::USD;
        let leg = Leg { symbol: Some("VTI".to_owned()), ..Leg::new(LegKind::Security, currency) };
        let trade = Trade {
            security: None,
            symbol: Some("VTI".to_owned()),
            name: None,
            asset_class: AssetClass::Etf,
            quantity: Decimal::ONE,
            price: Some(Decimal::TEN),
            fees: None,
        };
        let traded = |trade: Option<Trade>, legs: Vec<Leg>| {
            let details = TransactionDetails { legs, ..TransactionDetails::default() };
            Transaction { trade, details, ..sample::transaction() }
        };
        let row = traded(Some(trade.clone()), vec![leg.clone()]);
        let security = Some(SecurityId(Uuid::from_u128(7)));
        let named = traded(Some(Trade { security, ..trade.clone() }), vec![Leg { security, ..leg.clone() }]);
        assert!(named.differs(&row), "a reader is told which it is");
        assert_eq!(named.fingerprint(), row.fingerprint());
        let others = [
            traded(None, vec![leg.clone()]),
            traded(Some(trade.clone()), Vec::new()),
            traded(Some(trade.clone()), vec![leg.clone(), leg.clone()]),
            traded(Some(Trade { fees: Some(Decimal::ONE), ..trade.clone() }), vec![leg.clone()]),
            traded(
                Some(Trade { symbol: None, name: Some("VTI".to_owned()), ..trade.clone() }),
                vec![leg.clone()],
            ),
            traded(Some(trade), vec![Leg { label: Some("VTI".to_owned()), ..leg }]),
        ];
        for (at, other) in others.iter().enumerate() {
            let before = others[..at].iter().chain([&row]);
            assert!(before.into_iter().all(|one| one.fingerprint() != other.fingerprint()), "{other:?}");
        }
    }

    #[test]
    fn a_row_that_came_in_has_that_of_what_came() {
        let row = sample::transaction();
        let pulled = PulledTransaction {
            kind: row.kind,
            status: row.status,
            memo: row.memo.clone(),
            details: row.details.clone(),
            occurred_at: row.occurred_at,
            trade: row.trade.clone(),
            ..PulledTransaction::new("1", row.day, row.amount, row.currency, row.description.clone())
        };
        assert_eq!(pulled.fingerprint(), row.fingerprint());
    }
}
