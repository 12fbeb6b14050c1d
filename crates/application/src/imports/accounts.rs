//! Which accounts a file's statements go to.

use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{
        Account, AccountIdentity, AccountKind, AccountSource, BalanceParts, LedgerQueries, Survey,
        mask_number, statement::StatementAccount, unnamed_account,
    },
    money::Currency,
    time::Timestamp,
};
use uuid::Uuid;

use super::ImportError;

/// The account a person names for statements that name none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountChoice {
    /// One that there is.
    Existing(AccountId),
    /// One that is made for this file.
    New,
}

/// Why a file's statements find no account, or not the one that was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountProblem {
    /// The file does not say, and nobody else did.
    #[error(
        "The file does not say which account it is about. Send account_id: the id of one of your accounts of imported \
         files, or \"new\" for an account of its own."
    )]
    Needed,
    /// There is no such account, or it is somebody else's.
    #[error("There is no such account.")]
    Unknown,
    /// Its rows come by a connection.
    #[error(
        "The account comes by a connection; rows of a file would be there twice. Name an account of imported files, or \"new\"."
    )]
    Connected,
    /// Its currency is another one than the statement's.
    #[error("The account is in another currency than the statement.")]
    OtherCurrency,
    /// Several statements name none, and they are not of one sort and currency.
    #[error(
        "The file has statements of several accounts that name none of them; send each in a file of its own."
    )]
    Several,
    /// Every statement says which account it is about, and it is not this one.
    #[error("The file says itself which account it is about; leave account_id out.")]
    NotNeeded,
}

impl AccountProblem {
    /// Short code for programs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Needed => "required",
            Self::Unknown => "unknown",
            Self::Connected => "connected",
            Self::OtherCurrency => "other-currency",
            Self::Several => "several-accounts",
            Self::NotNeeded => "not-needed",
        }
    }
}

/// Where statements go that name no account.
#[derive(Debug)]
pub(super) enum Unnamed {
    /// There is none.
    None,
    /// Into this account.
    Into(Box<Account>),
    /// Into a new one.
    New,
}

/// Holds what a person named against what the file names.
pub(super) async fn choose(
    queries: &dyn LedgerQueries,
    owner: UserId,
    survey: &Survey,
    choice: Option<AccountChoice>,
) -> Result<Unnamed, ImportError> {
    let stated = || survey.statements.iter().map(|statement| &statement.account);
    let unnamed: Vec<&StatementAccount> = stated().filter(|account| account.identity().is_none()).collect();
    let account = match choice {
        Some(AccountChoice::Existing(id)) => {
            Some(queries.account(owner, id).await?.ok_or(AccountProblem::Unknown)?)
        }
        _ => None,
    };
    let Some(first) = unnamed.first() else {
        return match (choice, account) {
            (None, _) => Ok(Unnamed::None),
            (_, Some(account)) if stated().any(|stated| is(&account, stated)) => Ok(Unnamed::None),
            _ => Err(AccountProblem::NotNeeded.into()),
        };
    };
    let choice = choice.ok_or(AccountProblem::Needed)?;
    if unnamed.iter().any(|other| (sort(other), other.currency) != (sort(first), first.currency)) {
        return Err(AccountProblem::Several.into());
    }
    match (choice, account) {
        (_, None) => Ok(Unnamed::New),
        (_, Some(account)) if account.source.connection().is_some() => Err(AccountProblem::Connected.into()),
        (_, Some(account)) if first.currency.is_some_and(|currency| currency != account.currency) => {
            Err(AccountProblem::OtherCurrency.into())
        }
        (_, Some(account)) => Ok(Unnamed::Into(Box::new(account))),
    }
}

/// Whether a stored account is the one a statement names.
fn is(account: &Account, stated: &StatementAccount) -> bool {
    let source = AccountSource::Files { institution_id: stated.institution_id.clone() };
    account.source == source
        && stated.identity().is_some_and(|AccountIdentity { external_id, earlier }| {
            account.external_id == external_id || earlier.contains(&account.external_id)
        })
}

/// Retirement shows in some statements of an account only.
fn sort(account: &StatementAccount) -> AccountKind {
    if account.kind == AccountKind::Retirement { AccountKind::Brokerage } else { account.kind }
}

/// The account of a statement as it is made when it is not known.
pub(super) fn made(
    owner: UserId,
    stated: StatementAccount,
    file_name: Option<&str>,
    id: Uuid,
    now: Timestamp,
) -> Account {
    let identity = stated.identity();
    let mask = identity.as_ref().and(stated.number.as_deref()).and_then(mask_number);
    let institution = stated.institution.filter(|name| !name.is_empty());
    let parts = [
        Some(institution.as_deref().unwrap_or("Imported account").to_owned()),
        stated.branch.filter(|_| mask.is_some()),
        mask.clone().or_else(|| file_name.map(|name| format!("({name})"))),
    ];
    let name = match parts.into_iter().flatten().collect::<Vec<_>>().join(" ") {
        name if mask.is_none() && file_name.is_none() => format!("{name} without a number"),
        name => name,
    };
    Account {
        id: AccountId(id),
        owner,
        source: AccountSource::Files { institution_id: stated.institution_id },
        external_id: identity.map_or_else(|| unnamed_account(id), |identity| identity.external_id),
        institution,
        institution_url: None,
        name,
        mask,
        kind: stated.kind,
        currency: stated.currency.unwrap_or(Currency::NONE),
        balance: None,
        available: None,
        parts: BalanceParts::default(),
        balance_as_of: None,
        is_active: true,
        last_synced_at: None,
        created_at: now,
        updated_at: now,
    }
}
