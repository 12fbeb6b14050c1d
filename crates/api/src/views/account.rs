//! Accounts and their balances.

use dashtam_domain::ledger::{Account, AccountSource};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AccountCorrectionsView, Amount, Date, Id, Moment};

/// A financial account, with what a person corrected in the place of what the institution says.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountView<'a> {
    id: Id,
    /// The provider instance it came by; null for accounts of imported files.
    provider_id: Option<Id>,
    /// The institution's id of it; null for accounts of imported files.
    provider_account_id: Option<&'a str>,
    name: &'a str,
    institution: Option<&'a str>,
    /// The institution's site, where an aggregator tells it.
    institution_url: Option<&'a str>,
    account_type: &'static str,
    /// ISO 4217.
    currency: &'a str,
    /// Negative is owed; null when never told.
    balance: Option<Amount>,
    available_balance: Option<Amount>,
    /// Money in the account, of what the balance is made of; below zero it is borrowed. Null when not told.
    cash_balance: Option<Amount>,
    /// Money that waits in a money market fund; null when not told.
    money_market_balance: Option<Amount>,
    /// What is borrowed against securities, positive; null when not told.
    margin_debt: Option<Amount>,
    /// How much may be owed at most, positive; null when not told.
    credit_limit: Option<Amount>,
    /// Interest for a year, in percent; null when not told.
    interest_rate: Option<Amount>,
    balance_as_of: Option<Moment>,
    account_number_masked: Option<&'a str>,
    /// False once its source no longer shows it.
    is_active: bool,
    /// Since when it is closed, or not shown by its source any more; null while it is, and where nobody knows.
    closed_since: Option<Date>,
    /// Whether it counts in the net worth.
    include_in_net_worth: bool,
    /// The account that this one is, too, known from another source: their transactions are shown together, and their balance
    /// is counted once. Null when it is none other.
    same_account_as: Option<Id>,
    /// The accounts that are this one, too.
    linked_accounts: Vec<Id>,
    /// Which lots of its securities a sale takes first, where nothing else is asked for: `fifo`, `lifo`, `hifo`, `lofo`,
    /// `average` or `specific`. Of an account that is another one, that of the other counts.
    lot_method: &'static str,
    /// What was corrected, and what the institution says there; null when nothing was.
    corrections: Option<AccountCorrectionsView<'a>>,
    last_synced_at: Option<Moment>,
    created_at: Moment,
    updated_at: Moment,
}

impl<'a> From<&'a Account> for AccountView<'a> {
    fn from(account: &'a Account) -> Self {
        Self {
            id: Id(account.id.0),
            provider_id: account.source.connection().map(|id| Id(id.0)),
            // Of a file's account the external id is the full account number.
            provider_account_id: match account.source {
                AccountSource::Connection(_) => Some(&account.external_id),
                AccountSource::Files { .. } => None,
            },
            name: account.shown_name(),
            institution: account.institution.as_deref(),
            institution_url: account.institution_url.as_ref().map(url::Url::as_str),
            account_type: account.shown_kind().as_str(),
            currency: account.currency.as_str(),
            balance: account.balance.map(Amount),
            available_balance: account.available.map(Amount),
            cash_balance: account.parts.cash.map(Amount),
            money_market_balance: account.parts.money_market.map(Amount),
            margin_debt: account.parts.margin_debt.map(Amount),
            credit_limit: account.terms.credit_limit.map(Amount),
            interest_rate: account.terms.interest_rate.map(Amount),
            balance_as_of: account.balance_as_of.map(Moment),
            account_number_masked: account.mask.as_deref(),
            is_active: account.is_active,
            closed_since: account.terms.closed_since.map(Date),
            include_in_net_worth: account.is_in_net_worth(),
            same_account_as: account.same_as().map(|id| Id(id.0)),
            linked_accounts: account.linked().iter().map(|id| Id(id.0)).collect(),
            lot_method: account.lot_method().as_str(),
            corrections: AccountCorrectionsView::of(account),
            last_synced_at: account.last_synced_at.map(Moment),
            created_at: Moment(account.created_at),
            updated_at: Moment(account.updated_at),
        }
    }
}

/// The current balance of an account.
#[derive(Serialize, ToSchema)]
#[schema(as = Balance)]
pub(crate) struct BalanceView<'a> {
    account_id: Id,
    name: &'a str,
    /// ISO 4217.
    currency: &'a str,
    /// Negative is owed; null when never told.
    balance: Option<Amount>,
    available: Option<Amount>,
    /// Money in the account, of what the balance is made of; below zero it is borrowed. Null when not told.
    cash: Option<Amount>,
    /// Money that waits in a money market fund; null when not told.
    money_market: Option<Amount>,
    /// What is borrowed against securities, positive; null when not told.
    margin_debt: Option<Amount>,
    as_of: Option<Moment>,
}

impl<'a> From<&'a Account> for BalanceView<'a> {
    fn from(account: &'a Account) -> Self {
        Self {
            account_id: Id(account.id.0),
            name: account.shown_name(),
            currency: account.currency.as_str(),
            balance: account.balance.map(Amount),
            available: account.available.map(Amount),
            cash: account.parts.cash.map(Amount),
            money_market: account.parts.money_market.map(Amount),
            margin_debt: account.parts.margin_debt.map(Amount),
            as_of: account.balance_as_of.map(Moment),
        }
    }
}
