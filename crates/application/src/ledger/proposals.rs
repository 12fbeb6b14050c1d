//! Shows accounts that look like one.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::UserId,
    identity::Scope,
    ledger::{Account, AccountProposal, Candidates, Transaction, TransactionFilter, TransactionStatus},
    page::Limit,
    time::Day,
};

use super::{Ledger, LedgerError};
use crate::request::{authorize, request};

/// So many accounts are held against each other at most.
const MOST_ACCOUNTS: u16 = 200;
/// So many pairs of them have their rows looked at.
const MOST_PAIRS: usize = 20;
/// So many of the latest rows of an account are held against the other's.
const LATEST: u16 = 100;

/// Which accounts look like one.
#[derive(Debug)]
pub struct ListProposals;

request!(ListProposals, "accounts.proposals", Access::User(Needs::read(Scope::AccountsRead)));

impl Ledger {
    /// Those of the caller's accounts that look like one and are not linked, with what they agree in. Nothing is stored of
    /// it, and nothing changes before a person says so.
    pub async fn proposals(
        &self,
        call: &Call,
        _: ListProposals,
    ) -> Result<Vec<AccountProposal>, LedgerError> {
        let owner = authorize::<ListProposals>(call)?.user;
        let accounts = self.oldest_accounts(owner).await?;
        let pairs = accounts.iter().enumerate().flat_map(|(at, one)| {
            accounts[at + 1..].iter().filter_map(move |other| Candidates::of(one, other))
        });
        let mut proposals = Vec::new();
        for pair in pairs.take(MOST_PAIRS) {
            let rows = self.posted(owner, pair.account, None, LATEST).await?;
            let others = match Candidates::days(&rows) {
                Some(days) => self.posted(owner, pair.to, Some(days), Limit::MAX).await?,
                None => Vec::new(),
            };
            proposals.extend(pair.confirmed(&rows, &others));
        }
        proposals.sort_unstable_by_key(|proposal| (proposal.account, proposal.same_as));
        Ok(proposals)
    }

    /// The oldest of the owner's accounts, which are nearly always all.
    async fn oldest_accounts(&self, owner: UserId) -> Result<Vec<Account>, LedgerError> {
        let limit = Limit::new(MOST_ACCOUNTS).unwrap_or_default();
        Ok(self.queries.accounts(owner, None, None, limit).await?.items)
    }

    /// The latest posted rows of an account, of these days.
    async fn posted(
        &self,
        owner: UserId,
        account: &Account,
        days: Option<(Day, Day)>,
        most: u16,
    ) -> Result<Vec<Transaction>, LedgerError> {
        let filter = TransactionFilter {
            account: Some(account.id),
            from: days.map(|(from, _)| from),
            to: days.map(|(_, to)| to),
            status: Some(TransactionStatus::Posted),
            ..TransactionFilter::default()
        };
        let limit = Limit::new(most).unwrap_or_default();
        Ok(self.queries.transactions(owner, filter, None, limit).await?.items)
    }
}
