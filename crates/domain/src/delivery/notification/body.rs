//! What somebody is told.

use serde_json::{Value, json};

use crate::{
    id::{AccountId, ConnectionId, TransactionId},
    money::{Currency, Decimal, exact_decimal},
    time::{Day, Timestamp},
    words::words,
};

words! {
/// A sort of notification.
NotificationKind {
    /// A connection works only after its owner has done something.
    Connection = "connection",
    /// A synchronisation has failed for a day.
    SyncFailing = "sync_failing",
    /// A balance is below what its owner wants.
    LowBalance = "low_balance",
    /// A transaction is as large as its owner wants to hear of.
    LargeTransaction = "large_transaction",
    /// A recurring payment costs more than before.
    PriceRaised = "price_raised",
    /// What a week came to.
    WeeklySummary = "weekly_summary",
}
}

impl NotificationKind {
    /// The kinds that tell of something that lasts: told once, and again only after it was over.
    pub const STANDING: [Self; 3] = [Self::Connection, Self::SyncFailing, Self::LowBalance];
    /// The kinds that tell of something that happened, once.
    pub const PASSING: [Self; 3] = [Self::LargeTransaction, Self::PriceRaised, Self::WeeklySummary];
}

/// What names a notification among those of its owner: the same is told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationKey {
    /// Its sort.
    pub kind: NotificationKind,
    /// What it is about: the id of a row, or a day.
    pub subject: String,
}

/// One thing that somebody is told, in figures of the moment at which it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notification {
    /// A connection works only after its owner has done something.
    Connection {
        /// Which one.
        connection: ConnectionId,
        /// The name its owner gave it.
        alias: String,
        /// What is wrong, a sentence.
        why: String,
    },
    /// A synchronisation has failed for a day.
    SyncFailing {
        /// Of which connection.
        connection: ConnectionId,
        /// The name its owner gave it.
        alias: String,
        /// When data came in for the last time, or when it was linked.
        since: Timestamp,
    },
    /// A balance is below what its owner wants.
    LowBalance {
        /// Of which account.
        account: AccountId,
        /// What the account is called.
        name: String,
        /// The balance.
        balance: Decimal,
        /// What it should not be below.
        below: Decimal,
        /// The currency of both.
        currency: Currency,
    },
    /// A transaction is as large as its owner wants to hear of.
    LargeTransaction {
        /// Which one.
        transaction: TransactionId,
        /// What its account is called.
        account: String,
        /// What it says.
        description: String,
        /// Its day.
        day: Day,
        /// Its amount; positive is money in.
        amount: Decimal,
        /// The currency of the amount.
        currency: Currency,
    },
    /// A recurring payment costs more than before.
    PriceRaised {
        /// The first transaction with the new price.
        transaction: TransactionId,
        /// What the payment is called.
        name: String,
        /// What it came to, without a sign.
        amount: Decimal,
        /// The currency of the amount.
        currency: Currency,
        /// By how many thousandths that is more than before.
        thousandths: i64,
    },
    /// What a week came to.
    WeeklySummary {
        /// Its Monday.
        from: Day,
        /// Its Sunday.
        to: Day,
        /// What was spent, one sum for each currency.
        spent: Vec<(Currency, Decimal)>,
        /// What was earned, one sum for each currency.
        earned: Vec<(Currency, Decimal)>,
    },
}

impl Notification {
    /// Its sort.
    pub fn kind(&self) -> NotificationKind {
        match self {
            Self::Connection { .. } => NotificationKind::Connection,
            Self::SyncFailing { .. } => NotificationKind::SyncFailing,
            Self::LowBalance { .. } => NotificationKind::LowBalance,
            Self::LargeTransaction { .. } => NotificationKind::LargeTransaction,
            Self::PriceRaised { .. } => NotificationKind::PriceRaised,
            Self::WeeklySummary { .. } => NotificationKind::WeeklySummary,
        }
    }

    /// What names it.
    pub fn key(&self) -> NotificationKey {
        let subject = match self {
            Self::Connection { connection, .. } | Self::SyncFailing { connection, .. } => {
                connection.to_string()
            }
            Self::LowBalance { account, .. } => account.to_string(),
            Self::LargeTransaction { transaction, .. } | Self::PriceRaised { transaction, .. } => {
                transaction.to_string()
            }
            Self::WeeklySummary { from, .. } => from.to_string(),
        };
        NotificationKey { kind: self.kind(), subject }
    }

    /// The form in which it waits to be mailed.
    pub fn to_json(&self) -> Value {
        let mut stored = match self {
            Self::Connection { connection, alias, why } => {
                json!({ "connection_id": connection.to_string(), "alias": alias, "why": why })
            }
            Self::SyncFailing { connection, alias, since } => {
                json!({ "connection_id": connection.to_string(), "alias": alias, "since": since.to_string() })
            }
            Self::LowBalance { account, name, balance, below, currency } => json!({
                "account_id": account.to_string(), "name": name, "balance": balance.to_string(),
                "below": below.to_string(), "currency": currency.as_str(),
            }),
            Self::LargeTransaction { transaction, account, description, day, amount, currency } => json!({
                "transaction_id": transaction.to_string(), "account": account, "description": description,
                "day": day.to_string(), "amount": amount.to_string(), "currency": currency.as_str(),
            }),
            Self::PriceRaised { transaction, name, amount, currency, thousandths } => json!({
                "transaction_id": transaction.to_string(), "name": name, "amount": amount.to_string(),
                "currency": currency.as_str(), "thousandths": thousandths,
            }),
            Self::WeeklySummary { from, to, spent, earned } => json!({
                "from": from.to_string(), "to": to.to_string(), "spent": sums(spent), "earned": sums(earned),
            }),
        };
        stored["kind"] = json!(self.kind().as_str());
        stored
    }

    /// Reads that form; `None` for what is none.
    pub fn from_json(stored: &Value) -> Option<Self> {
        let text = |field: &str| stored.get(field).and_then(Value::as_str);
        let own = |field: &str| text(field).map(str::to_owned);
        let connection = || text("connection_id")?.parse().ok();
        let transaction = || text("transaction_id")?.parse().ok();
        let amount = |field: &str| exact_decimal(text(field)?).ok();
        let currency = || text("currency")?.parse::<Currency>().ok();
        let day = |field: &str| Day::parse(text(field)?);
        Some(match NotificationKind::parse(text("kind")?)? {
            NotificationKind::Connection => {
                Self::Connection { connection: connection()?, alias: own("alias")?, why: own("why")? }
            }
            NotificationKind::SyncFailing => Self::SyncFailing {
                connection: connection()?,
                alias: own("alias")?,
                since: Timestamp::parse(text("since")?)?,
            },
            NotificationKind::LowBalance => Self::LowBalance {
                account: text("account_id")?.parse().ok()?,
                name: own("name")?,
                balance: amount("balance")?,
                below: amount("below")?,
                currency: currency()?,
            },
            NotificationKind::LargeTransaction => Self::LargeTransaction {
                transaction: transaction()?,
                account: own("account")?,
                description: own("description")?,
                day: day("day")?,
                amount: amount("amount")?,
                currency: currency()?,
            },
            NotificationKind::PriceRaised => Self::PriceRaised {
                transaction: transaction()?,
                name: own("name")?,
                amount: amount("amount")?,
                currency: currency()?,
                thousandths: stored.get("thousandths")?.as_i64()?,
            },
            NotificationKind::WeeklySummary => Self::WeeklySummary {
                from: day("from")?,
                to: day("to")?,
                spent: read_sums(stored.get("spent")?)?,
                earned: read_sums(stored.get("earned")?)?,
            },
        })
    }
}

fn sums(sums: &[(Currency, Decimal)]) -> Value {
    sums.iter().map(|(currency, amount)| json!([currency.as_str(), amount.to_string()])).collect()
}

fn read_sums(stored: &Value) -> Option<Vec<(Currency, Decimal)>> {
    let sum = |pair: &Value| {
        let text = |at: usize| pair.get(at).and_then(Value::as_str);
        Some((text(0)?.parse().ok()?, exact_decimal(text(1)?).ok()?))
    };
    stored.as_array()?.iter().map(sum).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    /// One of each sort.
    fn all() -> [Notification; 6] {
        let id = Uuid::from_u128;
        let (connection, transaction) = (ConnectionId(id(1)), TransactionId(id(2)));
        let (day, amount) = (|text| Day::parse(text).unwrap(), |text: &str| text.parse::<Decimal>().unwrap());
        [
            Notification::Connection {
                connection,
                alias: "My <bank>".to_owned(),
                why: "It waits.".to_owned(),
            },
            Notification::SyncFailing {
                connection,
                alias: "Mine".to_owned(),
                since: Timestamp::parse("2026-11-25T12:00:00Z").unwrap(),
            },
            Notification::LowBalance {
                account: AccountId(id(3)),
                name: "Giro".to_owned(),
                balance: amount("-1.50"),
                below: amount("100"),
                currency: Currency::EUR,
            },
            Notification::LargeTransaction {
                transaction,
                account: "Giro".to_owned(),
                description: "Café".to_owned(),
                day: day("2026-11-25"),
                amount: amount("-1200.00"),
                currency: Currency::EUR,
            },
            Notification::PriceRaised {
                transaction,
                name: "Streams".to_owned(),
                amount: amount("12.99"),
                currency: Currency::USD,
                thousandths: 182,
            },
            Notification::WeeklySummary {
                from: day("2026-11-23"),
                to: day("2026-11-29"),
                spent: vec![(Currency::EUR, amount("10.00")), (Currency::USD, amount("7"))],
                earned: Vec::new(),
            },
        ]
    }

    #[test]
    fn a_notification_comes_back_as_it_was_stored() {
        for one in all() {
            let stored: Value = serde_json::from_str(&one.to_json().to_string()).unwrap();
            assert_eq!(Notification::from_json(&stored).as_ref(), Some(&one));
            let mut garbled = stored;
            garbled["kind"] = json!("weather");
            assert_eq!(Notification::from_json(&garbled), None);
        }
        assert_eq!(Notification::from_json(&json!({ "kind": "connection", "alias": "Mine" })), None);
    }

    #[test]
    fn a_kind_lasts_or_passes() {
        for kind in all().map(|one| one.kind()) {
            let lasts = NotificationKind::STANDING.contains(&kind);
            assert_ne!(lasts, NotificationKind::PASSING.contains(&kind), "{kind:?}");
            assert_eq!(NotificationKind::parse(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn keys_differ_by_sort_and_subject() {
        let keys = all().map(|one| one.key());
        for (at, key) in keys.iter().enumerate() {
            assert!(key.subject.len() <= 36, "it fits its column");
            assert!(!keys[..at].contains(key), "{key:?}");
        }
    }
}
