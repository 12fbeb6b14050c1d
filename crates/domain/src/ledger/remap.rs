//! Stored rows, read again by today's mappers. Pure: the callers read and write.

use async_trait::async_trait;

use crate::{
    connections::{ProviderKey, PulledAccount, PulledHolding, PulledTransaction},
    id::{AccountId, UserId},
    money::Currency,
    store::StoreError,
    time::Timestamp,
};

use super::{
    Account, AccountTerms, Holding, Transaction, TransactionKey,
    statement::StatementRow,
    statement_merge::{CONTENT, content_id, describe},
};

/// An account whose rows are kept as they were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAccount {
    /// Its id.
    pub id: AccountId,
    /// Whose account it is.
    pub owner: UserId,
    /// Its currency.
    pub currency: Currency,
    /// The institution behind its connection; `None` for files.
    pub provider: Option<ProviderKey>,
}

/// A stored transaction with its row as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptTransaction {
    /// The transaction, with its raw row.
    pub transaction: Transaction,
    /// Format of the file that brought it, if a file did.
    pub format: Option<String>,
}

impl KeptTransaction {
    /// Its place in the account: by the day that its source told, because mappers look at the rows of one such day
    /// together.
    pub fn place(&self) -> TransactionKey {
        TransactionKey { day: self.transaction.day, id: self.transaction.id, amount: None }
    }
}

/// How far rows were read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemapPlace {
    /// Whose mappers read them: another version of the program begins anew.
    pub mappers: String,
    /// The account under way.
    pub account: AccountId,
    /// The last of its rows that was read.
    pub after: Option<TransactionKey>,
}

/// What a stored row says otherwise when it is read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Which field.
    pub field: &'static str,
    /// What it said.
    pub before: String,
    /// What it says.
    pub after: String,
}

/// The stored row as its institution's mapper reads it today; `None` when that is what is stored. What the mapper does
/// not tell stays, because it may have come from elsewhere.
pub fn remap_pulled(stored: &Transaction, told: PulledTransaction, now: Timestamp) -> Option<Transaction> {
    let mut read = Transaction {
        day: told.day,
        occurred_at: told.occurred_at,
        amount: told.amount,
        currency: told.currency,
        description: told.description,
        kind: told.kind,
        status: told.status,
        memo: told.memo.or_else(|| stored.memo.clone()),
        trade: told.trade,
        details: told.details,
        updated_at: now,
        ..stored.clone()
    };
    let is_named = keep_securities(stored, &mut read);
    (read.differs(stored) || !is_named).then_some(read)
}

/// The same of a row of a file, in an account of this currency. A row that is known by what it says gets the id that
/// the file would find it by.
pub fn remap_stated(
    stored: &Transaction,
    told: StatementRow,
    currency: Currency,
    now: Timestamp,
) -> Option<Transaction> {
    let source_id = match stored.source_id.starts_with(CONTENT) {
        true => content_id(&told),
        false => stored.source_id.clone(),
    };
    let mut read = Transaction {
        source_id,
        day: told.day,
        occurred_at: told.occurred_at,
        amount: told.amount,
        currency: told.currency.unwrap_or(currency),
        description: describe(&told),
        kind: told.kind,
        memo: told.memo,
        check_number: told.check_number,
        trade: told.trade,
        details: told.details,
        updated_at: now,
        ..stored.clone()
    };
    let is_named = keep_securities(stored, &mut read);
    (read.differs(stored) || !is_named || read.source_id != stored.source_id).then_some(read)
}

/// Lets what is told of securities as it was stored be about the same ones; whether each is known then.
fn keep_securities(stored: &Transaction, read: &mut Transaction) -> bool {
    let mut is_named = true;
    for leg in &mut read.details.legs {
        let Some(facts) = leg.facts() else { continue };
        let same = stored.details.legs.iter().find(|of| of.facts().as_ref() == Some(&facts));
        leg.security = same.and_then(|of| of.security);
        is_named &= leg.security.is_some() || facts.keys().is_empty();
    }
    if let Some(trade) = &mut read.trade {
        let facts = trade.facts(&read.details, read.currency);
        let same = stored.trade.as_ref().filter(|of| of.facts(&stored.details, stored.currency) == facts);
        trade.security = same.and_then(|of| of.security);
        is_named &= trade.security.is_some() || facts.keys().is_empty();
    }
    is_named
}

/// What is said otherwise.
pub fn changed_fields(before: &Transaction, after: &Transaction) -> Vec<FieldChange> {
    let text = |value: Option<&String>| value.cloned().unwrap_or_default();
    let at = |value: Option<Timestamp>| value.map(|at| at.to_string()).unwrap_or_default();
    let pairs = [
        ("date", before.day.to_string(), after.day.to_string()),
        ("occurred_at", at(before.occurred_at), at(after.occurred_at)),
        ("amount", before.amount.to_string(), after.amount.to_string()),
        ("currency", before.currency.to_string(), after.currency.to_string()),
        ("description", before.description.clone(), after.description.clone()),
        ("kind", before.kind.as_str().to_owned(), after.kind.as_str().to_owned()),
        ("status", before.status.as_str().to_owned(), after.status.as_str().to_owned()),
        ("memo", text(before.memo.as_ref()), text(after.memo.as_ref())),
        ("check_number", text(before.check_number.as_ref()), text(after.check_number.as_ref())),
        ("source_id", before.source_id.clone(), after.source_id.clone()),
        ("trade", format!("{:?}", before.trade), format!("{:?}", after.trade)),
        ("details", format!("{:?}", before.details), format!("{:?}", after.details)),
    ];
    let changes = pairs.into_iter().filter(|(_, before, after)| before != after);
    changes.map(|(field, before, after)| FieldChange { field, before, after }).collect()
}

/// An account, or a position of it, as its institution sent it last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPayload {
    /// The source's id of the position; `None`: it is the account itself.
    pub position: Option<String>,
    /// What was sent.
    pub raw: String,
}

impl KeptPayload {
    /// The longest that is kept, in bytes. Institutions send some hundreds; whoever sends more fills the store.
    pub const LONGEST: usize = 64 * 1024;

    /// What is kept of what was sent; `None` if that is nothing, or too long to be kept.
    pub fn of(position: Option<String>, raw: &serde_json::Value) -> Option<Self> {
        let raw = Some(raw).filter(|raw| !raw.is_null())?.to_string();
        (raw.len() <= Self::LONGEST).then_some(Self { position, raw })
    }
}

/// What payloads are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadSort {
    /// The account.
    Account,
    /// Its positions.
    Positions,
}

impl KeptPayload {
    /// What it is about.
    pub fn sort(&self) -> PayloadSort {
        match self.position {
            None => PayloadSort::Account,
            Some(_) => PayloadSort::Positions,
        }
    }
}

/// A member of a thing: its name, and what it says.
type Member<T> = (&'static str, fn(&T) -> String);

/// The stored account as its institution's mapper reads it today, and what it says otherwise. When its balance held, which
/// may depend on the moment it was read, stays. `institution` is the provider's own name.
pub fn remap_account(
    stored: &Account,
    told: PulledAccount,
    institution: &str,
    now: Timestamp,
) -> (Account, Vec<FieldChange>) {
    let (institution, institution_url) = match told.institution {
        Some(behind) => (behind.name, behind.url),
        None => (institution.to_owned(), None),
    };
    let terms =
        AccountTerms { closed_since: stored.terms.closed_since, ..told.terms.or_before(stored.terms) };
    let read = Account {
        institution: Some(institution),
        institution_url,
        name: told.name,
        mask: told.mask,
        kind: told.kind,
        currency: told.currency,
        balance: told.balance.or(stored.balance),
        available: told.available.or(stored.available),
        parts: if told.balance.is_some() { told.parts } else { stored.parts },
        terms,
        updated_at: now,
        ..stored.clone()
    };
    let fields: [Member<Account>; 10] = [
        ("institution", |of| said(of.institution.as_ref())),
        ("institution_url", |of| said(of.institution_url.as_ref())),
        ("name", |of| of.name.clone()),
        ("account_number_masked", |of| said(of.mask.as_ref())),
        ("account_type", |of| of.kind.as_str().to_owned()),
        ("currency", |of| of.currency.to_string()),
        ("balance", |of| said(of.balance.as_ref())),
        ("available_balance", |of| said(of.available.as_ref())),
        ("parts", |of| format!("{:?}", of.parts)),
        ("terms", |of| format!("{:?}", of.terms)),
    ];
    let changes = differences(&fields, stored, &read);
    (read, changes)
}

/// The same of a position. Which security it is about stays.
pub fn remap_holding(stored: &Holding, told: PulledHolding, now: Timestamp) -> (Holding, Vec<FieldChange>) {
    let read = Holding {
        symbol: told.symbol,
        name: told.name,
        asset_class: told.asset_class,
        quantity: told.quantity,
        price: told.price,
        market_value: told.market_value,
        cost_basis: told.cost_basis,
        option: told.option,
        currency: told.currency,
        updated_at: now,
        ..stored.clone()
    };
    let fields: [Member<Holding>; 9] = [
        ("symbol", |of| said(of.symbol.as_ref())),
        ("name", |of| said(of.name.as_ref())),
        ("asset_type", |of| of.asset_class.as_str().to_owned()),
        ("quantity", |of| of.quantity.to_string()),
        ("price", |of| said(of.price.as_ref())),
        ("market_value", |of| said(of.market_value.as_ref())),
        ("cost_basis", |of| said(of.cost_basis.as_ref())),
        ("option", |of| format!("{:?}", of.option)),
        ("currency", |of| of.currency.to_string()),
    ];
    let changes = differences(&fields, stored, &read);
    (read, changes)
}

fn said<T: ToString>(value: Option<&T>) -> String {
    value.map(T::to_string).unwrap_or_default()
}

/// In what two states of a thing differ.
fn differences<T>(fields: &[Member<T>], before: &T, after: &T) -> Vec<FieldChange> {
    let pairs = fields.iter().map(|(field, of)| FieldChange { field, before: of(before), after: of(after) });
    pairs.filter(|change| change.before != change.after).collect()
}

/// How far rows were read again, and what is kept to be read again, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait RemapRepository: Send {
    /// The place that is kept for these rows.
    async fn place(&mut self, scope: &str) -> Result<Option<RemapPlace>, StoreError>;
    /// Keeps the place for these rows, or forgets it.
    async fn keep<'a>(
        &mut self,
        scope: &str,
        place: Option<&'a RemapPlace>,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Keeps these payloads of the account, all of this sort, in the place of those that are kept.
    async fn keep_payloads(
        &mut self,
        owner: UserId,
        account: AccountId,
        sort: PayloadSort,
        payloads: &[KeptPayload],
    ) -> Result<(), StoreError>;
    /// What is kept of the account: itself first, then its positions by their ids.
    async fn payloads(&mut self, owner: UserId, account: AccountId) -> Result<Vec<KeptPayload>, StoreError>;
}

#[cfg(test)]
#[path = "remap_tests.rs"]
mod tests;
