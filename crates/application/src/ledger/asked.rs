//! Which transactions are asked for, over several accounts and connections.

use std::collections::{HashMap, HashSet};

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, ConnectionId, UserId},
    identity::Scope,
    ledger::meaning::{CategoryFilter, CategoryKey, DefaultCategory},
    ledger::{Account, Transaction, TransactionFilter, TransactionKey},
    money::{Currency, Decimal},
    page::{Limit, Page},
};

use super::{Ledger, LedgerError};
use crate::request::{authorize, request};

/// Which transactions.
#[derive(Debug, Clone, Default)]
pub struct AskedTransactions {
    /// Only these.
    pub filter: TransactionFilter,
    /// Only of these accounts, and of all that are one with them; none stands for all.
    pub accounts: Vec<AccountId>,
    /// Or of the accounts of these connections.
    pub connections: Vec<ConnectionId>,
}

impl From<TransactionFilter> for AskedTransactions {
    fn from(filter: TransactionFilter) -> Self {
        Self { filter, ..Self::default() }
    }
}

/// What transactions come to.
#[derive(Debug)]
pub struct ShowTotals(pub AskedTransactions);

request!(ShowTotals, "transactions.totals", Access::User(Needs::read(Scope::TransactionsRead)));

/// What the transactions in one currency come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrencyTotal {
    /// The currency.
    pub currency: Currency,
    /// How many they are.
    pub count: u64,
    /// What came in.
    pub came_in: Decimal,
    /// What went out, negative.
    pub went_out: Decimal,
}

/// The list that a question is answered by.
#[derive(Debug)]
pub(crate) struct Asking {
    filter: TransactionFilter,
    /// The accounts it is of; `None` where it is of all.
    accounts: Option<Vec<AccountId>>,
}

impl Asking {
    fn new(mut filter: TransactionFilter, accounts: Option<Vec<AccountId>>) -> Self {
        (filter.account, filter.narrowing.accounts) = match accounts.as_deref() {
            None | Some([]) => (None, Vec::new()),
            Some([account]) => (Some(*account), Vec::new()),
            Some(several) => (None, several.to_vec()),
        };
        Self { filter, accounts }
    }

    /// The accounts it is of; `None` where it is of all.
    pub(crate) fn accounts(&self) -> Option<&[AccountId]> {
        self.accounts.as_deref()
    }

    /// The list of one of its accounts.
    pub(crate) fn of(&self, account: AccountId) -> Self {
        Self::new(self.filter.clone(), Some(vec![account]))
    }
}

impl Ledger {
    /// The list of what is asked for. An account that is not the owner's is not there; a connection that is not has no
    /// accounts.
    pub(crate) async fn asking(
        &self,
        owner: UserId,
        asked: AskedTransactions,
    ) -> Result<Asking, LedgerError> {
        let AskedTransactions { mut filter, mut accounts, connections } = asked;
        if let Some(transfers) = filter.narrowing.transfers.take() {
            filter.narrowing.transfers = Some(transfers.with(&self.categories.categories(owner).await?));
        }
        if let CategoryFilter::Among(wanted) = &mut filter.category {
            self.with_held(owner, wanted).await?;
        }
        accounts.extend(filter.account);
        let accounts = match (&*accounts, &*connections) {
            ([], []) => None,
            ([account], []) => {
                let account = self.queries.account(owner, *account).await?;
                Some(self.same_ids(&account.ok_or(LedgerError::NotFound("account"))?).await?)
            }
            _ => Some(self.several(owner, &accounts, &connections).await?),
        };
        Ok(Asking::new(filter, accounts))
    }

    /// These accounts and all that are one with them, and those of these connections, each once.
    async fn several(
        &self,
        owner: UserId,
        accounts: &[AccountId],
        connections: &[ConnectionId],
    ) -> Result<Vec<AccountId>, LedgerError> {
        let all = self.all_accounts(owner).await?;
        let by_id: HashMap<AccountId, &Account> = all.iter().map(|account| (account.id, account)).collect();
        let mut ids = Vec::new();
        for id in accounts {
            let account = *by_id.get(id).ok_or(LedgerError::NotFound("account"))?;
            let primary = account.same_as().and_then(|id| by_id.get(&id).copied()).unwrap_or(account);
            ids.push(primary.id);
            ids.extend(primary.linked());
        }
        let is_of_one = |account: &&Account| {
            account.source.connection().is_some_and(|connection| connections.contains(&connection))
        };
        ids.extend(all.iter().filter(is_of_one).map(|account| account.id));
        let mut seen = HashSet::with_capacity(ids.len());
        ids.retain(|id| seen.insert(*id));
        Ok(ids)
    }

    /// All accounts of an owner, the oldest first.
    pub(crate) async fn all_accounts(&self, owner: UserId) -> Result<Vec<Account>, LedgerError> {
        let most = Limit::new(Limit::MAX).unwrap_or_default();
        let (mut accounts, mut after) = (Vec::new(), None);
        loop {
            let page = self.queries.accounts(owner, None, after, most).await?;
            accounts.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(accounts);
            }
        }
    }

    /// A page of this list.
    pub(crate) async fn page_of(
        &self,
        owner: UserId,
        asking: &Asking,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, TransactionKey>, LedgerError> {
        if asking.accounts().is_some_and(<[_]>::is_empty) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        Ok(self.queries.transactions(owner, asking.filter.clone(), after, limit).await?)
    }

    /// What the caller's transactions that are asked for come to, by currency. It costs what they are, and holds one page of
    /// them at a time.
    pub async fn transaction_totals(
        &self,
        call: &Call,
        request: ShowTotals,
    ) -> Result<Vec<CurrencyTotal>, LedgerError> {
        let owner = authorize::<ShowTotals>(call)?.user;
        let mut asked = request.0;
        asked.filter.reads_all = true;
        let asking = self.asking(owner, asked).await?;
        let most = Limit::new(Limit::MAX).unwrap_or_default();
        let mut totals: Vec<CurrencyTotal> = Vec::new();
        let mut after = None;
        loop {
            let page = self.page_of(owner, &asking, after, most).await?;
            page.items.iter().for_each(|row| add(&mut totals, row));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        totals.sort_unstable_by_key(|total| total.currency);
        Ok(totals)
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
        let mut each: Vec<CategoryKey> = Vec::with_capacity(wanted.len());
        wanted.drain(..).for_each(|key| {
            if !each.contains(&key) {
                each.push(key);
            }
        });
        *wanted = each;
        Ok(())
    }
}

fn add(totals: &mut Vec<CurrencyTotal>, row: &Transaction) {
    let amount = row.shown_amount();
    let (came_in, went_out) =
        if amount < Decimal::ZERO { (Decimal::ZERO, amount) } else { (amount, Decimal::ZERO) };
    match totals.iter_mut().find(|total| total.currency == row.currency) {
        None => totals.push(CurrencyTotal { currency: row.currency, count: 1, came_in, went_out }),
        Some(total) => {
            total.count += 1;
            total.came_in = total.came_in.saturating_add(came_in);
            total.went_out = total.went_out.saturating_add(went_out);
        }
    }
}
