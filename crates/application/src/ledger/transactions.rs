//! Shows transactions, newest first.

use std::cmp::Reverse;

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{TransactionId, UserId},
    identity::Scope,
    ledger::meaning::{CategoryFilter, CategoryKey, DefaultCategory},
    ledger::{Transaction, TransactionFilter, TransactionKey},
    page::{Limit, Page},
};

use super::{Ledger, LedgerError};
use crate::request::{authorize, request};

/// Which transactions.
#[derive(Debug)]
pub struct ListTransactions {
    /// Only these.
    pub filter: TransactionFilter,
    /// After this place.
    pub after: Option<TransactionKey>,
    /// The most entries a page may have.
    pub limit: Limit,
}

request!(ListTransactions, "transactions.list", Access::User(Needs::read(Scope::TransactionsRead)));

/// Which transaction.
#[derive(Debug)]
pub struct GetTransaction {
    /// Its id.
    pub transaction: TransactionId,
}

request!(GetTransaction, "transactions.get", Access::User(Needs::read(Scope::TransactionsRead)));

/// One page of several lists that begin at one place.
fn joined(
    mut pages: Vec<Page<Transaction, TransactionKey>>,
    limit: Limit,
) -> Page<Transaction, TransactionKey> {
    if pages.len() == 1
        && let Some(page) = pages.pop()
    {
        return page;
    }
    let mut has_more = pages.iter().any(|page| page.next.is_some());
    let mut items: Vec<Transaction> = pages.into_iter().flat_map(|page| page.items).collect();
    items.sort_unstable_by_key(|row| Reverse((row.shown_day(), row.id)));
    has_more |= items.len() > limit.get();
    items.truncate(limit.get());
    let next = items.last().filter(|_| has_more).map(TransactionKey::of);
    Page { items, next }
}

impl Ledger {
    /// The caller's transactions. An account that is not the caller's is not there; of one, those of all accounts that are
    /// one with it are shown.
    pub async fn transactions(
        &self,
        call: &Call,
        request: ListTransactions,
    ) -> Result<Page<Transaction, TransactionKey>, LedgerError> {
        let owner = authorize::<ListTransactions>(call)?.user;
        let ListTransactions { mut filter, after, limit } = request;
        if let CategoryFilter::Among(wanted) = &mut filter.category {
            self.with_held(owner, wanted).await?;
        }
        let Some(account) = filter.account else {
            return Ok(self.queries.transactions(owner, filter, after, limit).await?);
        };
        let account = self.queries.account(owner, account).await?.ok_or(LedgerError::NotFound("account"))?;
        // Of each source a page, in the order of the accounts: a row of a linked one that is merged meanwhile is seen once.
        let mut pages = Vec::new();
        for account in self.same_ids(&account).await? {
            let filter = TransactionFilter { account: Some(account), ..filter.clone() };
            pages.push(self.queries.transactions(owner, filter, after, limit).await?);
        }
        Ok(joined(pages, limit))
    }

    /// The caller's transaction.
    pub async fn transaction(
        &self,
        call: &Call,
        request: GetTransaction,
    ) -> Result<Transaction, LedgerError> {
        let owner = authorize::<GetTransaction>(call)?.user;
        let found = self.queries.transaction(owner, request.transaction).await?;
        found.ok_or(LedgerError::NotFound("transaction"))
    }

    /// Adds to categories what those of them that are groups hold.
    async fn with_held(&self, owner: UserId, wanted: &mut Vec<CategoryKey>) -> Result<(), LedgerError> {
        let is_group = |key: &CategoryKey| match key {
            CategoryKey::Default(category) => category.group.is_none(),
            CategoryKey::Own(_) => true,
        };
        let groups: Vec<CategoryKey> = wanted.iter().filter(|key| is_group(key)).copied().collect();
        if groups.is_empty() {
            return Ok(());
        }
        let holds =
            |group: &str| groups.iter().any(|key| matches!(key, CategoryKey::Default(of) if of.key == group));
        let everybodys = DefaultCategory::all().iter().filter(|category| category.group.is_some_and(holds));
        wanted.extend(everybodys.map(CategoryKey::Default));
        let own = self.categories.categories(owner).await?;
        let own = own.iter().filter(|category| category.group.is_some_and(|group| groups.contains(&group)));
        wanted.extend(own.map(|category| CategoryKey::Own(category.id)));
        Ok(())
    }
}
