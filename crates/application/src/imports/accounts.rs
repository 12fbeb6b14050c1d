//! Which accounts a file's statements go to.

use std::collections::HashSet;

use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{
        Account, AccountHasher, AccountIdentity, AccountKind, AccountSource, AccountTerms, BalanceParts,
        Survey, is_hashed_by_another_key, mask_number, statement::StatementAccount, unnamed_account,
    },
    money::Currency,
    time::Timestamp,
};
use uuid::Uuid;

use super::{ImportError, Imports};

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
    /// The file names one, and whether it is the one that is known with the same ending can no longer be told.
    #[error(
        "Accounts of imported files are found again by a hash of their number, made with the server's secret. The \
         secret has changed, and an account with the same ending is known from before. Send account_id: its id if the \
         file is about it, or \"new\" if it is about another."
    )]
    Uncertain,
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
            Self::Needed | Self::Uncertain => "required",
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

/// What a person's choice means for the file.
#[derive(Debug)]
pub(super) struct Chosen {
    /// Where statements go that name no account.
    pub(super) unnamed: Unnamed,
    /// The account, hashed by another key, that is the only one the file names and does not find.
    pub(super) again: Option<Box<Account>>,
}

impl Imports {
    /// Holds what a person named against what the file names.
    pub(super) async fn choose(
        &self,
        owner: UserId,
        survey: &Survey,
        choice: Option<AccountChoice>,
    ) -> Result<Chosen, ImportError> {
        let stated: Vec<&StatementAccount> = survey.statements.iter().map(|one| &one.account).collect();
        let account = match choice {
            Some(AccountChoice::Existing(id)) => {
                Some(self.queries.account(owner, id).await?.ok_or(AccountProblem::Unknown)?)
            }
            _ => None,
        };
        let unnamed: Vec<&StatementAccount> =
            stated.iter().copied().filter(|account| account.identity().is_none()).collect();
        let hasher = &*self.account_hasher;
        let Some(first) = unnamed.first() else {
            let uncertain = self.uncertain(owner, &stated).await?;
            let chosen = |again| Ok(Chosen { unnamed: Unnamed::None, again });
            return match (choice, account) {
                (None, _) if uncertain.is_empty() => chosen(None),
                (None, _) => Err(AccountProblem::Uncertain.into()),
                (_, Some(account)) if stated.iter().any(|stated| is(&account, stated, hasher)) => {
                    chosen(None)
                }
                (_, None) if !uncertain.is_empty() => chosen(None),
                (_, Some(account)) => match &uncertain[..] {
                    [one] if one.contains(&account.id) => chosen(Some(Box::new(account))),
                    [] | [_] => Err(AccountProblem::NotNeeded.into()),
                    _ => Err(AccountProblem::Several.into()),
                },
                _ => Err(AccountProblem::NotNeeded.into()),
            };
        };
        let choice = choice.ok_or(AccountProblem::Needed)?;
        if unnamed.iter().any(|other| (sort(other), other.currency) != (sort(first), first.currency)) {
            return Err(AccountProblem::Several.into());
        }
        let unnamed = match (choice, account) {
            (_, None) => Unnamed::New,
            (_, Some(account)) if account.source.connection().is_some() => {
                return Err(AccountProblem::Connected.into());
            }
            (_, Some(account)) if first.currency.is_some_and(|currency| currency != account.currency) => {
                return Err(AccountProblem::OtherCurrency.into());
            }
            (_, Some(account)) => Unnamed::Into(Box::new(account)),
        };
        Ok(Chosen { unnamed, again: None })
    }

    /// For each account the file names and nobody finds: those that might be it, as far as can be told since their
    /// numbers were hashed by another key.
    async fn uncertain(
        &self,
        owner: UserId,
        stated: &[&StatementAccount],
    ) -> Result<Vec<Vec<AccountId>>, ImportError> {
        let hasher = &*self.account_hasher;
        let known = self.queries.file_accounts(owner).await?;
        // By what finds them, so that a file of many accounts is not held against each account there is.
        let found: HashSet<(String, &str)> =
            known.iter().map(|account| (account.source.key(), account.external_id.as_str())).collect();
        let hashed_before: Vec<&Account> =
            known.iter().filter(|account| is_hashed_by_another_key(hasher, &account.external_id)).collect();
        let mut uncertain = Vec::new();
        if hashed_before.is_empty() {
            return Ok(uncertain);
        }
        let mut seen = HashSet::new();
        for stated in stated {
            let Some(identity) = stated.identity() else { continue };
            let source = AccountSource::Files { institution_id: stated.institution_id.clone() };
            let AccountIdentity { external_id, earlier } = identity.hashed(owner, hasher);
            let is_known = |id: &String| found.contains(&(source.key(), id.as_str()));
            if is_known(&external_id)
                || earlier.iter().any(is_known)
                || !seen.insert((source.key(), external_id))
            {
                continue;
            }
            let mask = stated.number.as_deref().and_then(mask_number);
            let alike = |account: &&&Account| {
                account.source == source
                    && account.mask == mask
                    && one_sort(account.kind) == sort(stated)
                    && stated.currency.is_none_or(|currency| currency == account.currency)
            };
            let alike: Vec<AccountId> =
                hashed_before.iter().filter(alike).map(|account| account.id).collect();
            if !alike.is_empty() {
                uncertain.push(alike);
            }
        }
        Ok(uncertain)
    }
}

/// Whether a stored account is the one a statement names.
fn is(account: &Account, stated: &StatementAccount, hasher: &dyn AccountHasher) -> bool {
    let source = AccountSource::Files { institution_id: stated.institution_id.clone() };
    let identity = || stated.identity().map(|identity| identity.hashed(account.owner, hasher));
    account.source == source
        && identity().is_some_and(|AccountIdentity { external_id, earlier }| {
            account.external_id == external_id || earlier.contains(&account.external_id)
        })
}

fn sort(account: &StatementAccount) -> AccountKind {
    one_sort(account.kind)
}

/// Retirement shows in some statements of an account only.
fn one_sort(kind: AccountKind) -> AccountKind {
    if kind == AccountKind::Retirement { AccountKind::Brokerage } else { kind }
}

/// The account of a statement as it is made when it is not known.
pub(super) fn made(
    owner: UserId,
    stated: StatementAccount,
    identity: Option<AccountIdentity>,
    file_name: Option<&str>,
    id: Uuid,
    now: Timestamp,
) -> Account {
    let called = stated.name.filter(|_| stated.number.is_none());
    let mask = identity.as_ref().and(stated.number.as_deref()).and_then(mask_number);
    let institution = stated.institution.filter(|name| !name.is_empty());
    let parts = [
        Some(institution.as_deref().unwrap_or("Imported account").to_owned()),
        stated.branch.filter(|_| mask.is_some()),
        mask.clone().or_else(|| file_name.map(|name| format!("({name})"))),
    ];
    let name = called.unwrap_or_else(|| match parts.into_iter().flatten().collect::<Vec<_>>().join(" ") {
        name if mask.is_none() && file_name.is_none() => format!("{name} without a number"),
        name => name,
    });
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
        terms: AccountTerms::default(),
        balance_as_of: None,
        is_active: true,
        covered: None,
        last_synced_at: None,
        corrections: None,
        created_at: now,
        updated_at: now,
    }
}
