//! Accounts that look like one.

use dashtam_domain::ledger::AccountProposal;
use serde::Serialize;
use utoipa::ToSchema;

use super::Id;

/// Two accounts that look like one, and what they agree in.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountProposal)]
pub(crate) struct AccountProposalView {
    /// The account that would be linked.
    account_id: Id,
    /// The account that it would be the same as.
    same_account_as: Id,
    /// `same_account`: two sources tell of it. `replaces`: an account, and the same one under the id its institution gave it
    /// later.
    kind: &'static str,
    /// Whether the institutions have like names; null where one of them has none.
    institution_agrees: Option<bool>,
    /// Whether the numbers have the same end; null where one of them has none.
    number_agrees: Option<bool>,
    name_agrees: bool,
    /// Whether the last balances are the same.
    balance_agrees: bool,
    /// How many of the latest transactions of the account are of days that both tell of.
    transactions_compared: usize,
    /// How many of them the other account has, too.
    transactions_found: usize,
}

impl From<&AccountProposal> for AccountProposalView {
    fn from(proposal: &AccountProposal) -> Self {
        let AccountProposal { account, same_as, kind, evidence } = proposal;
        Self {
            account_id: Id(account.0),
            same_account_as: Id(same_as.0),
            kind: kind.as_str(),
            institution_agrees: evidence.institution,
            number_agrees: evidence.number,
            name_agrees: evidence.name,
            balance_agrees: evidence.balance,
            transactions_compared: evidence.rows_compared,
            transactions_found: evidence.rows_found,
        }
    }
}
