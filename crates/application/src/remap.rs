//! Stored rows, read again by today's mappers without asking an institution.

mod accounts;

use std::{collections::HashMap, sync::Arc};

use dashtam_domain::{
    access::Access,
    call::Call,
    connections::{Catalogue, KeptRow, ProviderKey, PulledTransaction},
    id::{AccountId, TransactionId, UserId},
    ledger::{
        FieldChange, KeptAccount, KeptTransaction, LedgerQueries, RemapPlace, Transaction, TransactionKey,
        changed_fields, remap_pulled, remap_stated,
        statement::{StatementReader, StatementRow},
    },
    page::{Limit, Page},
    sources::Ids,
    store::{Store, UnitOfWork},
    time::Timestamp,
};
use uuid::Uuid;

use crate::{
    errors::CommonError, request::request, rules::decide, securities::name_securities, transfers::Transfers,
};

pub use accounts::RemappedAccount;

/// Reading again what is stored.
pub struct Remap {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn LedgerQueries>,
    pub(crate) catalogue: Catalogue,
    pub(crate) readers: Vec<Arc<dyn StatementReader>>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) transfers: Arc<Transfers>,
}

/// The rows that are read again.
#[derive(Debug, Clone)]
pub struct RemapScope {
    /// Only those of this institution, or of this format of files.
    pub key: Option<String>,
    /// The version of the program whose mappers read them.
    pub mappers: String,
}

impl RemapScope {
    /// What its place is kept under.
    fn name(&self) -> &str {
        self.key.as_deref().unwrap_or("*")
    }
}

/// Reads the next rows again.
#[derive(Debug)]
pub struct RemapNext {
    /// Of which.
    pub scope: RemapScope,
    /// Where; `None` begins.
    pub place: Option<RemapPlace>,
    /// Whether nothing is changed.
    pub dry_run: bool,
}

request!(RemapNext, "remap.next", Access::System);

/// A row that says something else now.
#[derive(Debug, Clone, PartialEq)]
pub struct RemappedRow {
    /// Whose row it is.
    pub owner: UserId,
    /// In which account.
    pub account: AccountId,
    /// The row.
    pub transaction: TransactionId,
    /// What it says otherwise.
    pub changes: Vec<FieldChange>,
}

/// What came of some rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RemapPage {
    /// Where to go on; `None` at the end.
    pub next: Option<RemapPlace>,
    /// Rows that were read.
    pub read: u64,
    /// Rows that today's mappers cannot read; they stay as they are.
    pub unreadable: u64,
    /// Rows whose institution or format nobody here reads.
    pub unmapped: u64,
    /// Rows that say something else now.
    pub changed: Vec<RemappedRow>,
    /// Accounts and positions that were read beside the rows.
    pub payloads: u64,
    /// Those of them that say something else now.
    pub accounts: Vec<RemappedAccount>,
}

/// What a mapper makes of a row.
#[derive(Clone)]
enum Told {
    Pulled(Box<PulledTransaction>),
    Stated(Box<StatementRow>),
}

/// A row, and what a mapper makes of it: `None` where there is no mapper.
type Read = (Transaction, Option<Result<Told, String>>);

impl Remap {
    /// The keys of everything that has mappers here: institutions, then formats of files.
    pub fn keys(&self) -> Vec<String> {
        let providers = self.catalogue.descriptors().map(|provider| provider.key.to_string());
        providers.chain(self.readers.iter().map(|reader| reader.format().key.to_owned())).collect()
    }

    /// Where an interrupted reading of these rows by these mappers goes on.
    pub async fn place(&self, call: &Call, scope: &RemapScope) -> Result<Option<RemapPlace>, CommonError> {
        call.permits(Access::System)?;
        let mut work = self.store.begin().await?;
        let place = work.remaps().place(scope.name()).await?;
        work.roll_back().await;
        Ok(place.filter(|place| place.mappers == scope.mappers))
    }

    /// Reads some rows of one account again, in the order of their days. What they say otherwise is written like a
    /// change that a synchronisation found, in one unit of work with the place; the rest of the ledger goes on meanwhile.
    pub async fn next(&self, call: &Call, request: RemapNext) -> Result<RemapPage, CommonError> {
        call.permits(Access::System)?;
        let RemapNext { scope, place, dry_run } = request;
        let from = place.as_ref().map_or(AccountId(Uuid::nil()), |place| place.account);
        let two = Limit::new(2).unwrap_or_default();
        let accounts = self.queries.kept_accounts(from, two).await?.items;
        let mut accounts = accounts.into_iter();
        let (mut page, mut rows) = (RemapPage::default(), Vec::new());
        let account = accounts.next();
        if let Some(account) = &account {
            let is_first =
                place.as_ref().is_none_or(|place| place.account != account.id || place.after.is_none());
            if is_first && self.is_wanted(account, &scope) {
                self.read_account(call, account, dry_run, &mut page).await?;
            }
            let after = place.filter(|place| place.account == account.id).and_then(|place| place.after);
            let (read, next) = self.read(account, &scope, after).await?;
            rows = read;
            let at = |id, after| RemapPlace { mappers: scope.mappers.clone(), account: id, after };
            page.next = match next {
                Some(after) => Some(at(account.id, Some(after))),
                None => accounts.next().map(|following| at(following.id, None)),
            };
        }
        let mut told = HashMap::new();
        for (row, read) in rows {
            page.read += 1;
            match read {
                None => page.unmapped += 1,
                Some(Err(reason)) => {
                    tracing::debug!(transaction.id = %row.id, reason, "a stored row cannot be read again");
                    page.unreadable += 1;
                }
                Some(Ok(read)) => {
                    if let Some(account) = &account
                        && let Some(changed) = remapped(&row, read.clone(), account, call.now)
                    {
                        page.changed.push(shown(&row, &changed));
                        told.insert(row.id, (row.raw, read));
                    }
                }
            }
        }
        if !dry_run {
            let owner = account.as_ref().map(|account| account.owner);
            let mut work = self.store.begin().await?;
            if let Some(account) = account.filter(|_| !told.is_empty()) {
                page.changed = self.write(&mut *work, call, &account, &told).await?;
            }
            work.remaps().keep(scope.name(), page.next.as_ref(), call.now).await?;
            work.commit().await?;
            if let Some(owner) = owner.filter(|_| !page.changed.is_empty()) {
                self.transfers.catch_up(owner, call.now).await;
            }
        }
        Ok(page)
    }

    /// Whether what the account's institution sent is to be read.
    fn is_wanted(&self, account: &KeptAccount, scope: &RemapScope) -> bool {
        let is_wanted = |key: &ProviderKey| scope.key.as_deref().is_none_or(|wanted| wanted == key.as_str());
        account.provider.as_ref().is_some_and(is_wanted)
    }

    /// A page of the account's rows with what the mappers make of them, and where the next one begins. Rows of one day
    /// are read together, because some mappers look at a row's neighbours.
    async fn read(
        &self,
        account: &KeptAccount,
        scope: &RemapScope,
        after: Option<TransactionKey>,
    ) -> Result<(Vec<Read>, Option<TransactionKey>), CommonError> {
        let is_wanted = |key: &str| scope.key.as_deref().is_none_or(|wanted| wanted == key);
        let is_format = |key: &str| self.readers.iter().any(|reader| reader.format().key == key);
        let of_provider = account.provider.as_ref().is_some_and(|key| is_wanted(key.as_str()));
        if !of_provider && !scope.key.as_deref().is_none_or(is_format) {
            return Ok((Vec::new(), None));
        }
        let limit = Limit::new(Limit::MAX).unwrap_or_default();
        let Page { mut items, mut next } =
            self.queries.kept_rows(account.owner, account.id, after, limit).await?;
        if let (Some(first), Some(last)) = (items.first(), next)
            && first.transaction.day != last.day
        {
            items.retain(|row| row.transaction.day != last.day);
            next = items.last().map(KeptTransaction::place);
        }
        let is_read = |row: &KeptTransaction| match &row.format {
            Some(format) => is_wanted(format),
            None => of_provider,
        };
        items.retain(is_read);
        Ok((self.map(account, items), next))
    }

    fn map(&self, account: &KeptAccount, rows: Vec<KeptTransaction>) -> Vec<Read> {
        let kept = |row: &Transaction| KeptRow { raw: row.raw.clone().unwrap_or_default(), day: row.day };
        let (stated, pulled): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.format.is_some());
        let mut read: Vec<Read> = Vec::with_capacity(stated.len() + pulled.len());
        for KeptTransaction { transaction, format } in stated {
            let reader = self.readers.iter().find(|reader| Some(reader.format().key) == format.as_deref());
            let told = reader.map(|reader| reader.read_again(&kept(&transaction), account.currency));
            read.push((transaction, told.map(|told| told.map(|row| Told::Stated(Box::new(row))))));
        }
        let provider = account.provider.as_ref().and_then(|key| self.catalogue.get(key));
        let raw: Vec<KeptRow> = pulled.iter().map(|row| kept(&row.transaction)).collect();
        let told = provider.and_then(|provider| provider.feeds().read_again(account.currency, &raw));
        let mut told = told.unwrap_or_default().into_iter();
        read.extend(pulled.into_iter().map(|row| {
            let told = told.next().map(|told| told.map(|row| Told::Pulled(Box::new(row))));
            (row.transaction, told)
        }));
        read
    }

    /// Writes what these rows say now, as the unit finds them; a row whose raw row is another one meanwhile was read by
    /// somebody else just now.
    async fn write(
        &self,
        work: &mut dyn UnitOfWork,
        call: &Call,
        account: &KeptAccount,
        told: &HashMap<TransactionId, (Option<String>, Told)>,
    ) -> Result<Vec<RemappedRow>, CommonError> {
        let ids: Vec<TransactionId> = told.keys().copied().collect();
        let stored = work.transactions().kept(account.owner, account.id, &ids).await?;
        let mut changed = Vec::new();
        for row in &stored {
            let Some((_, read)) = told.get(&row.id).filter(|(raw, _)| *raw == row.raw) else { continue };
            if let Some(new) = remapped(row, read.clone(), account, call.now) {
                changed.push((row, new));
            }
        }
        let renamed: Vec<String> = changed
            .iter()
            .filter(|(row, new)| row.source_id != new.source_id)
            .map(|(_, new)| new.source_id.clone())
            .collect();
        if !renamed.is_empty() {
            let taken = work.transactions().with_source_ids(account.owner, account.id, &renamed).await?;
            let mut free: HashMap<String, i32> = HashMap::new();
            for row in taken {
                let next = free.entry(row.source_id).or_default();
                *next = (*next).max(row.ordinal + 1);
            }
            for (_, new) in changed.iter_mut().filter(|(row, new)| row.source_id != new.source_id) {
                let next = free.entry(new.source_id.clone()).or_default();
                new.ordinal = *next;
                *next += 1;
            }
        }
        let (before, mut written): (Vec<_>, Vec<Transaction>) = changed.into_iter().unzip();
        name_securities(work, &*self.ids, account.owner, &mut written, call.now).await?;
        let shown = before.iter().zip(&written).map(|(row, new)| shown(row, new)).collect();
        decide(work, account.owner, &mut written).await?;
        work.transactions().update(&written).await?;
        Ok(shown)
    }
}

/// The row as it is read now, if that is another one.
fn remapped(row: &Transaction, read: Told, account: &KeptAccount, now: Timestamp) -> Option<Transaction> {
    match read {
        Told::Pulled(told) => remap_pulled(row, *told, now),
        Told::Stated(told) => remap_stated(row, *told, account.currency, now),
    }
}

fn shown(before: &Transaction, after: &Transaction) -> RemappedRow {
    let changes = changed_fields(before, after);
    RemappedRow { owner: before.owner, account: before.account, transaction: before.id, changes }
}
