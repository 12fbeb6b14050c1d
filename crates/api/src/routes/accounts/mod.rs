//! Accounts, holdings and balances.

mod balance_history;
mod correct;
mod holding_history;
mod holdings_as_of;
mod list;
mod list_all_holdings;
mod list_balances;
mod list_holdings;
mod list_proposals;
mod list_transactions;
mod reconciliation;
mod show;
mod state_balance;
mod take_back;
mod take_back_balance;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    list::ENDPOINT,
    list_balances::ENDPOINT,
    list_proposals::ENDPOINT,
    show::ENDPOINT,
    list_transactions::ENDPOINT,
    list_holdings::ENDPOINT,
    list_all_holdings::ENDPOINT,
    holdings_as_of::ENDPOINT,
    holding_history::ENDPOINT,
    balance_history::ENDPOINT,
    reconciliation::ENDPOINT,
    correct::ENDPOINT,
    take_back::ENDPOINT,
    state_balance::ENDPOINT,
    take_back_balance::ENDPOINT,
];
