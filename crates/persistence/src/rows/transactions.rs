//! Table `transactions`.

use dashtam_domain::{
    id::{AccountId, DecisionId, ImportId, SecurityId, SyncRunId, TransactionId, UserId},
    ledger::{
        Announced, AssetClass, Fingerprint, KnownAs, Trade, Transaction, TransactionDetails, TransactionKind,
        TransactionStatus, amount_key,
        transfer::{TransferKind, TransferLink},
    },
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::{corrections, decided, details, maybe, text};
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "transactions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub account_id: Uuid,
    pub source_id: String,
    pub ordinal: i32,
    pub day: Date,
    pub occurred_at: Option<DateTimeUtc>,
    pub amount: String,
    pub currency: String,
    pub description: String,
    pub kind: String,
    pub status: String,
    pub memo: Option<String>,
    pub check_number: Option<String>,
    pub trade_symbol: Option<String>,
    pub trade_name: Option<String>,
    pub trade_asset_class: Option<String>,
    pub trade_quantity: Option<String>,
    pub trade_price: Option<String>,
    pub trade_fees: Option<String>,
    pub trade_security_id: Option<Uuid>,
    pub import_id: Option<Uuid>,
    pub seen_in: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Number of the last change.
    pub seq: i64,
    /// Number of the change that made it.
    pub born_seq: i64,
    /// The other side, as it is shown.
    pub merchant: Option<String>,
    /// JSON: what a person corrected, and what the institution says instead of day, amount and description.
    pub corrections: Option<String>,
    /// The institution's day where another one is shown, for the database to find by; not read.
    pub told_day: Option<Date>,
    /// What `corrections` says, for the database to find by; not read.
    pub is_hidden: bool,
    /// What it was for, in the source's word.
    pub told_category: Option<String>,
    /// The category that is shown, for the database to find by; not read.
    pub category: Option<String>,
    /// JSON: what rules decided, and what the institution says of the other side.
    pub decided: Option<String>,
    /// What it was while it was pending.
    pub pending_amount: Option<String>,
    pub pending_day: Option<Date>,
    /// The transfer that it is one side of, and what that does.
    pub transfer_id: Option<Uuid>,
    pub transfer_kind: Option<String>,
    /// Lists leave out what begins here.
    pub details: Option<String>,
    /// The last that is read, because only the single look-up shows it.
    pub raw: Option<String>,
    /// JSON: each tag that is shown, by its key, for the database to find by; not read.
    pub tags: Option<String>,
    /// The words that it is found by; not read.
    pub search: Option<String>,
    /// The amount without its sign, in a text whose bytes are in the order of amounts; not read.
    pub amount_key: Option<String>,
    /// The other side in one spelling; not read.
    pub merchant_key: Option<String>,
    /// What `corrections` says, for the database to find by; not read.
    pub has_note: bool,
    /// Tells what the source says from what it said before; read by itself.
    pub fingerprint: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// How many columns there are.
pub(crate) const WIDTH: usize = Column::Fingerprint as usize + 1;

/// The columns that lists select.
pub(crate) fn listed() -> impl Iterator<Item = Column> {
    use sea_orm::Iterable;
    Column::iter().take(Column::Details as usize)
}

/// All but the raw row: what is compared with what an institution shows.
pub(crate) fn told() -> impl Iterator<Item = Column> {
    use sea_orm::Iterable;
    Column::iter().take(Column::Raw as usize)
}

/// What only the database finds by, behind all that is read.
pub(crate) fn found_by() -> impl Iterator<Item = Column> {
    use sea_orm::Iterable;
    Column::iter().skip(Column::Raw as usize + 1)
}

/// The tags for the database to find by; nothing where there are none.
fn tags(transaction: &Transaction) -> Option<String> {
    let tags = transaction.tags();
    let by_key = tags.iter().map(|tag| (tag.key().as_str().to_owned(), tag.as_str().into()));
    (!tags.is_empty()).then(|| serde_json::Value::Object(by_key.collect()).to_string())
}

/// Every column of a transaction, as the change with this number writes it. Those by which lists are ordered and days add
/// up hold what is shown.
pub(crate) fn row(transaction: &Transaction, seq: i64) -> ActiveModel {
    let trade = transaction.trade.as_ref();
    let is_day_corrected = transaction.corrections.as_ref().is_some_and(|of| of.day.is_some());
    ActiveModel {
        id: Set(transaction.id.0),
        user_id: Set(transaction.owner.0),
        account_id: Set(transaction.account.0),
        source_id: Set(transaction.source_id.clone()),
        ordinal: Set(transaction.ordinal),
        day: Set(transaction.shown_day().0),
        occurred_at: Set(maybe(transaction.occurred_at)),
        amount: Set(transaction.shown_amount().to_string()),
        currency: Set(transaction.currency.as_str().to_owned()),
        description: Set(transaction.shown_description().to_owned()),
        kind: Set(transaction.kind.as_str().to_owned()),
        status: Set(transaction.status.as_str().to_owned()),
        memo: Set(transaction.memo.clone()),
        check_number: Set(transaction.check_number.clone()),
        trade_symbol: Set(trade.and_then(|trade| trade.symbol.clone())),
        trade_name: Set(trade.and_then(|trade| trade.name.clone())),
        trade_asset_class: Set(trade.map(|trade| trade.asset_class.as_str().to_owned())),
        trade_quantity: Set(trade.map(|trade| trade.quantity.to_string())),
        trade_price: Set(text(trade.and_then(|trade| trade.price))),
        trade_fees: Set(text(trade.and_then(|trade| trade.fees))),
        trade_security_id: Set(trade.and_then(|trade| trade.security).map(|id| id.0)),
        import_id: Set(transaction.import.map(|import| import.0)),
        seen_in: Set(transaction.seen_in.map(|run| run.0)),
        created_at: Set(transaction.created_at.as_chrono()),
        updated_at: Set(transaction.updated_at.as_chrono()),
        seq: Set(seq),
        born_seq: Set(seq),
        merchant: Set(transaction.shown_merchant().map(str::to_owned)),
        corrections: Set(corrections::write(transaction)),
        told_day: Set(is_day_corrected.then_some(transaction.day.0)),
        is_hidden: Set(transaction.is_hidden()),
        told_category: Set(transaction.details.category.clone()),
        category: Set(transaction.category().map(|(category, _)| category.to_string())),
        transfer_id: Set(transaction.transfer.map(|link| link.id.0)),
        transfer_kind: Set(transaction.transfer.map(|link| link.kind.as_str().to_owned())),
        decided: Set(decided::write(transaction)),
        pending_amount: Set(text(transaction.announced.map(|of| of.amount))),
        pending_day: Set(transaction.announced.map(|of| of.day.0)),
        details: Set(details::write(&transaction.details)),
        raw: Set(transaction.raw.clone()),
        tags: Set(tags(transaction)),
        search: Set(Some(transaction.search_text())),
        amount_key: Set(Some(amount_key(transaction.shown_amount()))),
        merchant_key: Set(transaction.merchant_key()),
        has_note: Set(transaction.note().is_some()),
        fingerprint: Set(Some(transaction.fingerprint().0)),
    }
}

impl FromRow for Transaction {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Transaction, 0);
        let corrected = entry.maybe_parse(C::Corrections as usize, corrections::read_transaction)?;
        let decided = entry.maybe_parse(C::Decided as usize, decided::read)?;
        let merchant = entry.maybe_text(C::Merchant as usize)?;
        let category = entry.maybe_text(C::ToldCategory as usize)?;
        let mut transaction = Self {
            id: TransactionId(entry.get(C::Id as usize)?),
            account: AccountId(entry.get(C::AccountId as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            source_id: entry.text(C::SourceId as usize)?,
            ordinal: entry.get(C::Ordinal as usize)?,
            day: entry.day(C::Day as usize)?,
            occurred_at: entry.maybe_time(C::OccurredAt as usize)?,
            amount: entry.decimal(C::Amount as usize)?,
            currency: entry.parse(C::Currency as usize, str::parse)?,
            description: entry.text(C::Description as usize)?,
            kind: entry.word(C::Kind as usize, TransactionKind::parse)?,
            status: entry.word(C::Status as usize, TransactionStatus::parse)?,
            memo: entry.maybe_text(C::Memo as usize)?,
            check_number: entry.maybe_text(C::CheckNumber as usize)?,
            announced: announced(&entry)?,
            trade: trade(&entry)?,
            details: TransactionDetails { category, ..made_of(&entry, merchant)? },
            import: entry.get::<Option<Uuid>>(C::ImportId as usize)?.map(ImportId),
            seen_in: entry.get::<Option<Uuid>>(C::SeenIn as usize)?.map(SyncRunId),
            raw: if entry.has(C::Raw as usize) { entry.maybe_text(C::Raw as usize)? } else { None },
            corrections: None,
            transfer: transfer(&entry, C::TransferId as usize)?,
            decided: None,
            created_at: entry.time(C::CreatedAt as usize)?,
            updated_at: entry.time(C::UpdatedAt as usize)?,
        };
        // A correction of what a rule decided knows what the institution says, too.
        if let Some(decided) = decided {
            decided.restore(&mut transaction);
        }
        if let Some(corrected) = corrected {
            corrected.restore(&mut transaction);
        }
        Ok(transaction)
    }
}

/// The columns of a [`KnownAs`].
pub(crate) const KNOWN_AS: [Column; 6] =
    [Column::Id, Column::SourceId, Column::Ordinal, Column::Status, Column::SeenIn, Column::Fingerprint];

impl FromRow for KnownAs {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Transaction, 0);
        let is_first = entry.get::<i32>(2)? == 0;
        let is_there = entry.word(3, TransactionStatus::parse)? != TransactionStatus::Removed;
        let is_seen = entry.get::<Option<Uuid>>(4)?.is_some();
        let fingerprint = entry.get::<Option<i64>>(5)?.map(Fingerprint);
        Ok(Self {
            id: TransactionId(entry.get(0)?),
            source_id: entry.text(1)?,
            fingerprint: fingerprint.filter(|_| is_first && is_there && is_seen),
        })
    }
}

fn announced<R: Cells>(entry: &Entry<'_, R>) -> Result<Option<Announced>, StoreError> {
    let amount = entry.maybe_decimal(Column::PendingAmount as usize)?;
    let day = entry.maybe_day(Column::PendingDay as usize)?;
    Ok(amount.zip(day).map(|(amount, day)| Announced { amount, day }))
}

/// The transfer in two columns, of which this is the first.
pub(crate) fn transfer<R: Cells>(
    entry: &Entry<'_, R>,
    at: usize,
) -> Result<Option<TransferLink>, StoreError> {
    let id = entry.get::<Option<Uuid>>(at)?.map(DecisionId);
    let kind = entry.maybe_word(at + 1, TransferKind::parse)?;
    Ok(id.zip(kind).map(|(id, kind)| TransferLink { id, kind }))
}

/// Only the merchant where the statement left it out.
fn made_of<R: Cells>(
    entry: &Entry<'_, R>,
    merchant: Option<String>,
) -> Result<TransactionDetails, StoreError> {
    let column = Column::Details as usize;
    if !entry.has(column) {
        return Ok(TransactionDetails { payee: merchant, ..TransactionDetails::default() });
    }
    Ok(entry.maybe_parse(column, details::read)?.unwrap_or_default())
}

/// A trade has a class and a quantity; without either, the other columns are empty too.
fn trade<R: Cells>(entry: &Entry<'_, R>) -> Result<Option<Trade>, StoreError> {
    use Column as C;
    let Some(asset_class) = entry.maybe_word(C::TradeAssetClass as usize, AssetClass::parse)? else {
        return Ok(None);
    };
    Ok(Some(Trade {
        security: entry.get::<Option<Uuid>>(C::TradeSecurityId as usize)?.map(SecurityId),
        symbol: entry.maybe_text(C::TradeSymbol as usize)?,
        name: entry.maybe_text(C::TradeName as usize)?,
        asset_class,
        quantity: entry
            .maybe_decimal(C::TradeQuantity as usize)?
            .ok_or_else(|| entry.corrupt(C::TradeQuantity as usize, "is missing from a trade"))?,
        price: entry.maybe_decimal(C::TradePrice as usize)?,
        fees: entry.maybe_decimal(C::TradeFees as usize)?,
    }))
}
