//! What a decision is founded on and what was before it, as the JSON of one column each.

use std::str::FromStr;

use dashtam_domain::{
    id::{AccountId, ImportId, SecurityId, SyncRunId, TransactionId, UserId},
    ledger::{
        Alias, Announced, AssetClass, Before, Evidence, EvidenceRow, Trade, Transaction, TransactionDetails,
        TransactionKind, TransactionStatus,
        matching::Scores,
        transfer::{TransferKind, TransferTerms},
    },
    money::{Currency, Decimal},
    store::StoreError,
    time::{Day, Timestamp},
};
use sea_orm::prelude::Uuid;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    details,
    parts::{decimal, word},
};

type Read<T> = Result<T, &'static str>;

#[derive(Serialize, Deserialize)]
struct StoredEvidence {
    left: StoredEvidenceRow,
    right: StoredEvidenceRow,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    further: Vec<StoredEvidenceRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scores: Option<[i64; 3]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transfer: Option<StoredTerms>,
}

#[derive(Serialize, Deserialize)]
struct StoredTerms {
    kind: String,
    from_currency: String,
    to_currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fee: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredEvidenceRow {
    source_id: String,
    day: String,
    amount: String,
    description: String,
    status: String,
}

#[derive(Serialize, Deserialize)]
struct StoredBefore {
    left: StoredRow,
    right: StoredRow,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<StoredAlias>,
}

#[derive(Serialize, Deserialize)]
struct StoredAlias {
    account: String,
    source_id: String,
    ordinal: i32,
    transaction: String,
    merged: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredRow {
    id: String,
    account: String,
    source_id: String,
    ordinal: i32,
    day: String,
    occurred_at: Option<i64>,
    amount: String,
    currency: String,
    description: String,
    kind: String,
    status: String,
    memo: Option<String>,
    check_number: Option<String>,
    #[serde(default)]
    announced: Option<(String, String)>,
    trade: Option<StoredTrade>,
    details: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    import: Option<String>,
    seen_in: Option<String>,
    raw: Option<String>,
    created_at: i64,
    updated_at: i64,
}

#[derive(Serialize, Deserialize)]
struct StoredTrade {
    symbol: Option<String>,
    name: Option<String>,
    asset_class: String,
    quantity: String,
    price: Option<String>,
    fees: Option<String>,
    #[serde(default)]
    security: Option<String>,
}

fn write<T: Serialize>(stored: &T) -> Result<String, StoreError> {
    serde_json::to_string(stored).map_err(|error| StoreError::Database(error.into()))
}

fn parsed<T: DeserializeOwned>(text: &str) -> Read<T> {
    serde_json::from_str(text).map_err(|_| "is not what is known of a decision")
}

fn uuid(text: &str) -> Read<Uuid> {
    Uuid::try_parse(text).map_err(|_| "has an id that is none")
}

fn time(micros: i64) -> Read<Timestamp> {
    Timestamp::from_micros(micros).ok_or("has an instant that is none")
}

fn figure(text: String) -> Read<Decimal> {
    decimal(Some(text))?.ok_or("lacks a figure")
}

/// The text to store.
pub(super) fn write_evidence(evidence: &Evidence) -> Result<String, StoreError> {
    let row = |row: &EvidenceRow| StoredEvidenceRow {
        source_id: row.source_id.clone(),
        day: row.day.to_string(),
        amount: row.amount.to_string(),
        description: row.description.clone(),
        status: row.status.as_str().to_owned(),
    };
    write(&StoredEvidence {
        left: row(&evidence.left),
        right: row(&evidence.right),
        further: evidence.further.iter().map(row).collect(),
        scores: evidence.scores.map(|scores| [scores.text, scores.amount, scores.day]),
        run: evidence.run.map(|run| run.to_string()),
        transfer: evidence.transfer.map(|terms| StoredTerms {
            kind: terms.kind.as_str().to_owned(),
            from_currency: terms.from_currency.as_str().to_owned(),
            to_currency: terms.to_currency.as_str().to_owned(),
            fee: terms.fee.map(|fee| fee.to_string()),
            rate: terms.rate.map(|rate| rate.to_string()),
        }),
    })
}

/// Reads what [`write_evidence`] wrote of a decision with so many further rows.
pub(super) fn read_evidence(text: &str, further: usize) -> Read<Evidence> {
    let stored: StoredEvidence = parsed(text)?;
    if stored.further.len() != further {
        return Err("tells of other rows than the decision");
    }
    let row = |row: StoredEvidenceRow| -> Read<EvidenceRow> {
        Ok(EvidenceRow {
            source_id: row.source_id,
            day: word(&row.day, Day::parse)?,
            amount: figure(row.amount)?,
            description: row.description,
            status: word(&row.status, TransactionStatus::parse)?,
        })
    };
    Ok(Evidence {
        left: row(stored.left)?,
        right: row(stored.right)?,
        further: stored.further.into_iter().map(row).collect::<Result<_, _>>()?,
        scores: stored.scores.map(|[text, amount, day]| Scores { text, amount, day }),
        run: stored.run.map(|run| uuid(&run)).transpose()?.map(SyncRunId),
        transfer: stored.transfer.map(terms).transpose()?,
    })
}

fn terms(stored: StoredTerms) -> Read<TransferTerms> {
    Ok(TransferTerms {
        kind: word(&stored.kind, TransferKind::parse)?,
        from_currency: currency(&stored.from_currency)?,
        to_currency: currency(&stored.to_currency)?,
        fee: decimal(stored.fee)?,
        rate: decimal(stored.rate)?,
    })
}

fn currency(text: &str) -> Read<Currency> {
    FromStr::from_str(text).map_err(|_| "has a currency that is none")
}

/// The text to store.
pub(super) fn write_before(before: &Before) -> Result<String, StoreError> {
    let alias = |alias: &Alias| StoredAlias {
        account: alias.account.to_string(),
        source_id: alias.source_id.clone(),
        ordinal: alias.ordinal,
        transaction: alias.transaction.to_string(),
        merged: alias.merged.map(|id| id.to_string()),
    };
    write(&StoredBefore {
        left: StoredRow::from(&before.left),
        right: StoredRow::from(&before.right),
        aliases: before.aliases.iter().map(alias).collect(),
    })
}

/// Reads what [`write_before`] wrote of this owner's rows.
pub(super) fn read_before(text: &str, owner: UserId) -> Read<Before> {
    let stored: StoredBefore = parsed(text)?;
    let alias = |alias: StoredAlias| -> Read<Alias> {
        Ok(Alias {
            owner,
            account: AccountId(uuid(&alias.account)?),
            source_id: alias.source_id,
            ordinal: alias.ordinal,
            transaction: TransactionId(uuid(&alias.transaction)?),
            merged: alias.merged.map(|id| uuid(&id)).transpose()?.map(TransactionId),
        })
    };
    Ok(Before {
        left: stored.left.read(owner)?,
        right: stored.right.read(owner)?,
        aliases: stored.aliases.into_iter().map(alias).collect::<Result<_, _>>()?,
    })
}

impl From<&Transaction> for StoredRow {
    fn from(row: &Transaction) -> Self {
        let text = |value: Option<Decimal>| value.map(|value| value.to_string());
        let trade = |trade: &Trade| StoredTrade {
            symbol: trade.symbol.clone(),
            name: trade.name.clone(),
            asset_class: trade.asset_class.as_str().to_owned(),
            quantity: trade.quantity.to_string(),
            price: text(trade.price),
            fees: text(trade.fees),
            security: trade.security.map(|id| id.to_string()),
        };
        Self {
            id: row.id.to_string(),
            account: row.account.to_string(),
            source_id: row.source_id.clone(),
            ordinal: row.ordinal,
            day: row.day.to_string(),
            occurred_at: row.occurred_at.map(Timestamp::as_micros),
            amount: row.amount.to_string(),
            currency: row.currency.as_str().to_owned(),
            description: row.description.clone(),
            kind: row.kind.as_str().to_owned(),
            status: row.status.as_str().to_owned(),
            memo: row.memo.clone(),
            check_number: row.check_number.clone(),
            announced: row.announced.map(|of| (of.amount.to_string(), of.day.to_string())),
            trade: row.trade.as_ref().map(trade),
            details: details::write(&row.details),
            category: row.details.category.clone(),
            import: row.import.map(|id| id.to_string()),
            seen_in: row.seen_in.map(|id| id.to_string()),
            raw: row.raw.clone(),
            created_at: row.created_at.as_micros(),
            updated_at: row.updated_at.as_micros(),
        }
    }
}

impl StoredRow {
    fn read(self, owner: UserId) -> Read<Transaction> {
        let trade = |trade: StoredTrade| -> Read<Trade> {
            Ok(Trade {
                security: trade.security.map(|id| uuid(&id)).transpose()?.map(SecurityId),
                symbol: trade.symbol,
                name: trade.name,
                asset_class: word(&trade.asset_class, AssetClass::parse)?,
                quantity: figure(trade.quantity)?,
                price: decimal(trade.price)?,
                fees: decimal(trade.fees)?,
            })
        };
        let announced = |(amount, day): (String, String)| -> Read<Announced> {
            Ok(Announced { amount: figure(amount)?, day: word(&day, Day::parse)? })
        };
        let details = self.details.map(|text| details::read(&text)).transpose()?.unwrap_or_default();
        Ok(Transaction {
            id: TransactionId(uuid(&self.id)?),
            account: AccountId(uuid(&self.account)?),
            owner,
            source_id: self.source_id,
            ordinal: self.ordinal,
            day: word(&self.day, Day::parse)?,
            occurred_at: self.occurred_at.map(time).transpose()?,
            amount: figure(self.amount)?,
            currency: currency(&self.currency)?,
            description: self.description,
            kind: word(&self.kind, TransactionKind::parse)?,
            status: word(&self.status, TransactionStatus::parse)?,
            memo: self.memo,
            check_number: self.check_number,
            announced: self.announced.map(announced).transpose()?,
            trade: self.trade.map(trade).transpose()?,
            // It has a column of its own in the table of transactions.
            details: TransactionDetails { category: self.category, ..details },
            import: self.import.map(|id| uuid(&id)).transpose()?.map(ImportId),
            seen_in: self.seen_in.map(|id| uuid(&id)).transpose()?.map(SyncRunId),
            raw: self.raw,
            corrections: None,
            transfer: None,
            decided: None,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}
