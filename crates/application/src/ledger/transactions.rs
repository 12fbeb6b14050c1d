//! Shows transactions.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::TransactionId,
    identity::Scope,
    ledger::{TagInUse, TagKey, Transaction, TransactionKey},
    page::{Limit, Page},
};

use super::{AskedTransactions, Ledger, LedgerError};
use crate::request::{authorize, request};

/// Which transactions.
#[derive(Debug)]
pub struct ListTransactions {
    /// Only these.
    pub asked: AskedTransactions,
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

/// Which tags there are.
#[derive(Debug)]
pub struct ListTags {
    /// After this one.
    pub after: Option<TagKey>,
    /// The most entries a page may have.
    pub limit: Limit,
}

request!(ListTags, "tags.list", Access::User(Needs::read(Scope::TransactionsRead)));

impl Ledger {
    /// The caller's transactions. An account that is not the caller's is not there; of one, those of all accounts that are
    /// one with it are shown.
    pub async fn transactions(
        &self,
        call: &Call,
        request: ListTransactions,
    ) -> Result<Page<Transaction, TransactionKey>, LedgerError> {
        let owner = authorize::<ListTransactions>(call)?.user;
        let ListTransactions { asked, after, limit } = request;
        let asking = self.asking(owner, asked).await?;
        self.page_of(owner, &asking, after, limit).await
    }

    /// The tags that the caller's transactions have.
    pub async fn tags(&self, call: &Call, request: ListTags) -> Result<Page<TagInUse, TagKey>, LedgerError> {
        let owner = authorize::<ListTags>(call)?.user;
        Ok(self.queries.tags(owner, request.after, request.limit).await?)
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
}
