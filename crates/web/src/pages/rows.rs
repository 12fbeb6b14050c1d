//! Accounts and transactions as rows of pages.

use std::collections::HashMap;

use dashtam_application::{
    connections::{ConnectionError, ListConnections},
    ledger::{LedgerError, ListAllHoldings, ListBalances},
};
use dashtam_domain::{
    connections::ConnectionOverview,
    id::AccountId,
    ledger::{
        Account, Holding, Transaction,
        meaning::{CategoryKey, DefaultCategory, OwnCategory},
    },
    money::{Currency, Decimal},
    page::{Limit, Page},
};

use crate::{
    visit::Visit,
    words::{self, Money},
};

/// An account in a list.
pub(crate) struct AccountRow {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Institution and the end of the number.
    pub(crate) about: String,
    pub(crate) balance: Option<Money>,
    /// How fresh the balance is.
    pub(crate) fresh: String,
    /// Whether it is as fresh as it should be.
    pub(crate) is_stale: bool,
}

/// Accounts of one sort, with their sum in each currency.
pub(crate) struct AccountGroup {
    pub(crate) title: &'static str,
    pub(crate) sums: Vec<Money>,
    pub(crate) rows: Vec<AccountRow>,
}

/// A whole list, which comes in pages.
pub(crate) async fn whole<T, K, E, F>(page: impl Fn(Option<K>, Limit) -> F) -> Result<Vec<T>, E>
where
    F: Future<Output = Result<Page<T, K>, E>>,
{
    let limit = Limit::new(Limit::MAX).unwrap_or_default();
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let next = page(after, limit).await?;
        all.extend(next.items);
        after = next.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// All accounts with what they are worth now; of several that are one, one.
pub(crate) async fn balances(visit: &Visit) -> Result<Vec<Account>, LedgerError> {
    let ledger = visit.dashtam().ledger();
    let mut accounts =
        whole(|after, limit| ledger.balances(&visit.call, ListBalances { after, limit })).await?;
    if accounts.iter().any(Account::tells_cash_alone) {
        let holdings =
            whole(|after, limit| ledger.all_holdings(&visit.call, ListAllHoldings { after, limit })).await?;
        let mut held: HashMap<AccountId, Vec<&Holding>> = HashMap::new();
        holdings.iter().for_each(|holding| held.entry(holding.account).or_default().push(holding));
        for account in accounts.iter_mut().filter(|account| account.tells_cash_alone()) {
            account.balance = worth(account, held.get(&account.id).map_or(&[], Vec::as_slice));
        }
    }
    Ok(accounts)
}

/// What an account is worth whose balance is its cash; `None` where the value of something it holds is not known.
pub(crate) fn worth(account: &Account, holdings: &[&Holding]) -> Option<Decimal> {
    // Money among the positions is the cash that the account tells.
    holdings.iter().filter(|holding| !holding.is_money()).try_fold(account.balance?, |sum, holding| {
        if holding.currency == account.currency { sum.checked_add(holding.market_value?) } else { None }
    })
}

/// All connections.
pub(crate) async fn connections(visit: &Visit) -> Result<Vec<ConnectionOverview>, ConnectionError> {
    let connections = visit.dashtam().connections();
    whole(|after, limit| connections.list(&visit.call, ListConnections { after, limit })).await
}

/// Accounts by their sort, in the order of the sorts.
pub(crate) fn groups(
    visit: &Visit,
    accounts: &[Account],
    connections: &[ConnectionOverview],
) -> Vec<AccountGroup> {
    let mut groups: Vec<(usize, AccountGroup)> = Vec::new();
    let mut sums: HashMap<usize, Vec<(Currency, Decimal)>> = HashMap::new();
    for account in accounts {
        let title = words::kind(account.shown_kind());
        let order = ORDER.iter().position(|of| *of == title).unwrap_or(ORDER.len());
        let at = match groups.iter().position(|(of, _)| *of == order) {
            Some(at) => at,
            None => {
                groups.push((order, AccountGroup { title, sums: Vec::new(), rows: Vec::new() }));
                groups.len() - 1
            }
        };
        groups[at].1.rows.push(row(visit, account, connections));
        if let Some(balance) = account.balance {
            let sums = sums.entry(order).or_default();
            match sums.iter_mut().find(|(currency, _)| *currency == account.currency) {
                Some((_, sum)) => *sum = sum.saturating_add(balance),
                None => sums.push((account.currency, balance)),
            }
        }
    }
    groups.sort_by_key(|(order, _)| *order);
    let mut with_sums = |(order, group): (usize, AccountGroup)| {
        let sums = sums.remove(&order).unwrap_or_default();
        let sums = sums.into_iter().map(|(currency, sum)| words::money(sum, currency)).collect();
        AccountGroup { sums, ..group }
    };
    groups.into_iter().map(&mut with_sums).collect()
}

/// What people use daily stands first.
const ORDER: [&str; 10] = [
    "Checking",
    "Savings",
    "Money market",
    "Certificates of deposit",
    "Credit cards",
    "Lines of credit",
    "Loans",
    "Investments",
    "Retirement",
    "Other",
];

fn row(visit: &Visit, account: &Account, connections: &[ConnectionOverview]) -> AccountRow {
    let of = account.source.connection();
    let connection = connections.iter().find(|overview| Some(overview.connection.id) == of);
    let standing = connection.map(|overview| words::Standing::of(overview, visit.now()));
    let told = account.balance_as_of.or(account.last_synced_at);
    let fresh = match told {
        _ if !account.is_active => "no longer shown by its institution".to_owned(),
        Some(at) => format!("as of {}", words::ago(at, visit.now())),
        None => "never told".to_owned(),
    };
    AccountRow {
        id: account.id.to_string(),
        name: account.shown_name().to_owned(),
        about: about(account),
        balance: account.balance.map(|balance| words::money(balance, account.currency)),
        fresh,
        is_stale: standing.is_some_and(|standing| standing.needs_owner()) || !account.is_active,
    }
}

/// Institution and the end of the number of an account.
pub(crate) fn about(account: &Account) -> String {
    let institution = account.institution.as_deref().filter(|name| *name != account.shown_name());
    let parts: Vec<&str> = institution.into_iter().chain(account.mask.as_deref()).collect();
    parts.join(" \u{b7} ")
}

/// A transaction in a list.
pub(crate) struct TransactionRow {
    pub(crate) id: String,
    pub(crate) day: String,
    pub(crate) iso: String,
    pub(crate) text: String,
    /// The other words of it, where they say more.
    pub(crate) more: Option<String>,
    pub(crate) category: String,
    pub(crate) account: String,
    pub(crate) account_id: String,
    pub(crate) amount: Money,
    pub(crate) status: Option<&'static str>,
    /// Whether it is chosen to be changed with others.
    pub(crate) is_chosen: bool,
}

/// Transactions as rows; `names` are those of their accounts.
pub(crate) fn transactions(
    transactions: &[Transaction],
    names: &HashMap<AccountId, String>,
    own: &[OwnCategory],
) -> Vec<TransactionRow> {
    transactions.iter().map(|row| transaction(row, names, own)).collect()
}

/// One transaction as a row.
pub(crate) fn transaction(
    transaction: &Transaction,
    names: &HashMap<AccountId, String>,
    own: &[OwnCategory],
) -> TransactionRow {
    let (merchant, description) = (transaction.shown_merchant(), transaction.shown_description());
    TransactionRow {
        id: transaction.id.to_string(),
        day: words::day(transaction.shown_day()),
        iso: words::iso(transaction.shown_day()),
        text: merchant.unwrap_or(description).to_owned(),
        more: merchant.filter(|name| *name != description).map(|_| description.to_owned()),
        category: transaction.category().map_or("", |(key, _)| label(key, own)).to_owned(),
        account: names.get(&transaction.account).cloned().unwrap_or_default(),
        account_id: transaction.account.to_string(),
        amount: words::money(transaction.shown_amount(), transaction.currency),
        status: words::status(transaction.status),
        is_chosen: false,
    }
}

/// What people call a category.
pub(crate) fn label(key: CategoryKey, own: &[OwnCategory]) -> &str {
    match key {
        CategoryKey::Default(category) => category.label,
        CategoryKey::Own(id) => {
            own.iter().find(|category| category.id == id).map_or("", |category| category.label.as_str())
        }
    }
}

/// One category to choose.
pub(crate) struct CategoryOption {
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) is_chosen: bool,
}

/// Categories to choose from, group by group.
pub(crate) struct CategoryGroup {
    pub(crate) label: String,
    pub(crate) options: Vec<CategoryOption>,
}

/// Every category that can be chosen, with this one marked. What is chosen stays among them after it was put away.
pub(crate) fn category_groups(own: &[OwnCategory], chosen: &str) -> Vec<CategoryGroup> {
    let option =
        |key: String, label: &str| CategoryOption { is_chosen: key == chosen, label: label.to_owned(), key };
    let mut groups: Vec<CategoryGroup> = Vec::new();
    for category in DefaultCategory::all() {
        let shown = option(category.key.to_owned(), category.label);
        match (category.group, groups.last_mut()) {
            (Some(_), Some(group)) => group.options.push(shown),
            _ => groups.push(CategoryGroup { label: category.label.to_owned(), options: vec![shown] }),
        }
    }
    let mine = own.iter().map(|of| (of.is_archived, option(of.id.to_string(), of.label.as_str())));
    let options: Vec<_> = mine.filter(|(away, of)| !away || of.is_chosen).map(|(_, of)| of).collect();
    if !options.is_empty() {
        groups.insert(0, CategoryGroup { label: "Your own".to_owned(), options });
    }
    groups
}
