//! Accounts, transactions, holdings and balances.

use actix_web::web::Data;
use dashtam_application::{
    Request,
    ledger::{
        GetAccount, GetTransaction, Ledger, ListAccounts, ListBalances, ListHoldings, ListTransactions,
    },
};
use dashtam_domain::{
    id::{AccountId, ConnectionId, TransactionId},
    ledger::{Holding, TransactionFilter, TransactionKey, TransactionStatus},
    page::Limit,
    time::Day,
};

use crate::{
    answer::Answer,
    cursor::HoldingKey,
    extract::{CallFor, FromParams, Id, Listing, Params, Query},
    openapi::{
        AccountTransactionParams, AccountsParams, ListProblems, PageParams, ThingProblems, TransactionParams,
    },
    routes::Answered,
    views::{self, AccountView, BalanceView, HoldingView, List, TransactionDetailView, TransactionView},
};

/// Which accounts.
pub(crate) struct AccountsQuery(ListAccounts);

impl FromParams for AccountsQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let connection: Option<ConnectionId> = params.id("provider_id");
        let Listing { after, limit } = Listing::take(params);
        Self(ListAccounts { connection, after, limit })
    }
}

/// List the caller's accounts, oldest first.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts", operation_id = ListAccounts::NAME,
    params(AccountsParams), responses((status = OK, body = List<AccountView>), ListProblems))]
pub(crate) async fn list_accounts(
    call: CallFor<ListAccounts>,
    query: Query<AccountsQuery>,
    ledger: Data<Ledger>,
) -> Answered {
    let page = ledger.accounts(&call, query.0.0).await?;
    Ok(views::list(&page.items, page.next.as_ref(), 640, AccountView::from))
}

/// List the current balance of each of the caller's accounts.
#[utoipa::path(get, path = "/api/v1/balances", tag = "accounts", operation_id = ListBalances::NAME,
    params(PageParams), responses((status = OK, body = List<BalanceView>), ListProblems))]
pub(crate) async fn list_balances(
    call: CallFor<ListBalances>,
    query: Query<Listing<AccountId>>,
    ledger: Data<Ledger>,
) -> Answered {
    let Listing { after, limit } = query.0;
    let page = ledger.balances(&call, ListBalances { after, limit }).await?;
    Ok(views::list(&page.items, page.next.as_ref(), 240, BalanceView::from))
}

/// Show an account.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}", tag = "accounts", operation_id = GetAccount::NAME,
    params(("account_id" = views::Id, Path)), responses((status = OK, body = AccountView), ThingProblems))]
pub(crate) async fn get_account(
    call: CallFor<GetAccount>,
    id: Id<AccountId>,
    ledger: Data<Ledger>,
) -> Answered {
    Ok(Answer::ok(&AccountView::from(&ledger.account(&call, GetAccount { account: id.0 }).await?)))
}

/// List the positions of an account, in the order of the source's names of them.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/holdings", tag = "accounts",
    operation_id = ListHoldings::NAME, params(("account_id" = views::Id, Path), PageParams),
    responses((status = OK, body = List<HoldingView>), ThingProblems))]
pub(crate) async fn list_holdings(
    call: CallFor<ListHoldings>,
    id: Id<AccountId>,
    query: Query<Listing<HoldingKey>>,
    ledger: Data<Ledger>,
) -> Answered {
    let holdings = ledger.holdings(&call, ListHoldings { account: id.0 }).await?;
    let key = |holding: &Holding| HoldingKey(holding.external_id.clone());
    Ok(views::page_of(&holdings, &query.0, key, 480, HoldingView::from))
}

/// Which transactions of whatever account.
struct Wanted {
    from: Option<Day>,
    to: Option<Day>,
    status: Option<TransactionStatus>,
    after: Option<TransactionKey>,
    limit: Limit,
}

impl FromParams for Wanted {
    fn take(params: &mut Params<'_>) -> Self {
        let day = "This parameter must be a day such as 2026-01-31.";
        let status = "The status must be pending, posted or removed.";
        Self {
            from: params.read("from", "day", day, Day::parse),
            to: params.read("to", "day", day, Day::parse),
            status: params.read("status", "unknown", status, TransactionStatus::parse),
            after: params.cursor(),
            limit: params.limit(),
        }
    }
}

impl Wanted {
    fn of(self, account: Option<AccountId>) -> ListTransactions {
        let Self { from, to, status, after, limit } = self;
        ListTransactions { filter: TransactionFilter { account, from, to, status }, after, limit }
    }
}

/// Which transactions.
pub(crate) struct TransactionsQuery(ListTransactions);

impl FromParams for TransactionsQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let account = params.id("account_id");
        Self(Wanted::take(params).of(account))
    }
}

/// Which transactions of one account.
pub(crate) struct AccountTransactionsQuery(Wanted);

impl FromParams for AccountTransactionsQuery {
    fn take(params: &mut Params<'_>) -> Self {
        Self(Wanted::take(params))
    }
}

/// List the caller's transactions, newest first.
#[utoipa::path(get, path = "/api/v1/transactions", tag = "transactions",
    operation_id = ListTransactions::NAME, params(TransactionParams),
    responses((status = OK, body = List<TransactionView>), ThingProblems))]
pub(crate) async fn list_transactions(
    call: CallFor<ListTransactions>,
    query: Query<TransactionsQuery>,
    ledger: Data<Ledger>,
) -> Answered {
    transactions(&call, query.0.0, &ledger).await
}

/// List the transactions of an account, newest first.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/transactions", tag = "accounts",
    operation_id = "transactions.list_of_account",
    params(("account_id" = views::Id, Path), AccountTransactionParams),
    responses((status = OK, body = List<TransactionView>), ThingProblems))]
pub(crate) async fn list_account_transactions(
    call: CallFor<ListTransactions>,
    id: Id<AccountId>,
    query: Query<AccountTransactionsQuery>,
    ledger: Data<Ledger>,
) -> Answered {
    transactions(&call, query.0.0.of(Some(id.0)), &ledger).await
}

async fn transactions(
    call: &CallFor<ListTransactions>,
    request: ListTransactions,
    ledger: &Ledger,
) -> Answered {
    let page = ledger.transactions(call, request).await?;
    Ok(views::list(&page.items, page.next.as_ref(), TransactionView::SIZE, TransactionView::from))
}

/// Show a transaction with its legs and fees, which lists leave out.
#[utoipa::path(get, path = "/api/v1/transactions/{transaction_id}", tag = "transactions",
    operation_id = GetTransaction::NAME, params(("transaction_id" = views::Id, Path)),
    responses((status = OK, body = TransactionDetailView), ThingProblems))]
pub(crate) async fn get_transaction(
    call: CallFor<GetTransaction>,
    id: Id<TransactionId>,
    ledger: Data<Ledger>,
) -> Answered {
    let transaction = ledger.transaction(&call, GetTransaction { transaction: id.0 }).await?;
    Ok(Answer::ok(&TransactionDetailView::from(&transaction)))
}
