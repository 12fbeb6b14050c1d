//! Shows transactions, newest first.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{TransactionId, UserId},
    identity::Scope,
    ledger::{Transaction, TransactionFilter, TransactionKey},
    meaning::{CategoryFilter, CategoryKey, DefaultCategory},
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

impl Ledger {
    /// The caller's transactions. An account that is not the caller's is not there.
    pub async fn transactions(
        &self,
        call: &Call,
        request: ListTransactions,
    ) -> Result<Page<Transaction, TransactionKey>, LedgerError> {
        let owner = authorize::<ListTransactions>(call)?.user;
        let ListTransactions { mut filter, after, limit } = request;
        let account = filter.account;
        if let CategoryFilter::Among(wanted) = &mut filter.category {
            self.with_held(owner, wanted).await?;
        }
        let page = self.queries.transactions(owner, filter, after, limit).await?;
        // Only an empty first page needs the second look-up.
        if let (Some(account), true, None) = (account, page.items.is_empty(), after) {
            self.queries.account(owner, account).await?.ok_or(LedgerError::NotFound("account"))?;
        }
        Ok(page)
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
