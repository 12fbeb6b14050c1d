//! Corrects accounts.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::AccountId,
    identity::{AuditAction, AuditLine, Scope},
    ledger::{Account, AccountChange, AccountField, LinkProblem},
    store::{StoreError, UnitOfWork},
    time::{Day, Timestamp},
};
use serde_json::json;

use super::{CorrectionError, Corrections};
use crate::{
    reconciliations::{AcrossSources, part, rest_on},
    request::{Request, authorize, request},
};

/// What shall be shown of an account instead.
#[derive(Debug)]
pub struct CorrectAccount {
    /// Of which one.
    pub account: AccountId,
    /// What it shall show from now on.
    pub change: AccountChange,
}

request!(CorrectAccount, "accounts.correct", Access::User(Needs::change(Scope::AccountsWrite)));

/// Which correction is taken back.
#[derive(Debug)]
pub struct TakeBackOfAccount {
    /// Of which account.
    pub account: AccountId,
    /// Of which field.
    pub field: AccountField,
}

request!(TakeBackOfAccount, "accounts.take_back", Access::User(Needs::change(Scope::AccountsWrite)));

/// So many accounts a person can say are others at most.
pub const MOST_DISTINCT: usize = 50;

/// Links an account to another one, or parts them.
async fn link(
    work: &mut dyn UnitOfWork,
    account: &Account,
    to: Option<AccountId>,
    now: Timestamp,
) -> Result<(), CorrectionError> {
    let before = account.same_as();
    if before == to {
        return Ok(());
    }
    let owner = account.owner;
    let primary = match to {
        None => None,
        Some(to) => {
            let found = work.corrections().hold_account(owner, to).await?;
            let primary = found.ok_or(LinkProblem::Unknown)?;
            match account.unlinkable(&primary) {
                Some(problem) => return Err(problem.into()),
                None => Some(primary),
            }
        }
    };
    if let Some(before) = before {
        let later = rest_on(work, owner, account.id).await?;
        if !later.is_empty() {
            return Err(CorrectionError::Later(later));
        }
        part(work, owner, account.id, now).await?;
        if let Some(mut former) = work.corrections().hold_account(owner, before).await? {
            former.note_link(account.id, false, now);
            work.corrections().correct_account(&former).await?;
        }
    }
    if let Some(mut primary) = primary {
        primary.note_link(account.id, true, now);
        work.corrections().correct_account(&primary).await?;
    }
    Ok(())
}

/// Whether these are others of the owner's accounts.
async fn check_distinct(
    work: &mut dyn UnitOfWork,
    account: &Account,
    distinct: &[AccountId],
) -> Result<(), CorrectionError> {
    for other in distinct {
        let is_there = work.accounts().find(account.owner, *other).await?.is_some();
        if !is_there || *other == account.id {
            return Err(CorrectionError::NotDistinct);
        }
    }
    Ok(())
}

impl Corrections {
    /// Shows what a person says in the place of what the institution says, field by field; of two corrections of a field
    /// the later one counts. What the institution says stays beside it, and may change meanwhile. An account that is said to
    /// be the same as another one is linked to it: their rows are paired, and shown and counted once.
    #[tracing::instrument(name = "accounts.correct", skip_all, fields(account.id = %request.account))]
    pub async fn correct_account(
        &self,
        call: &Call,
        request: CorrectAccount,
    ) -> Result<Account, CorrectionError> {
        let CorrectAccount { account, change } = request;
        let (account, _) = self.change_account::<CorrectAccount>(call, account, change).await?;
        Ok(account)
    }

    /// Takes the correction of one field back: what the institution says is shown again, as it says it now.
    #[tracing::instrument(name = "accounts.take_back", skip_all, fields(account.id = %request.account))]
    pub async fn take_back_of_account(
        &self,
        call: &Call,
        request: TakeBackOfAccount,
    ) -> Result<Account, CorrectionError> {
        let change = AccountChange::take_back(request.field);
        match self.change_account::<TakeBackOfAccount>(call, request.account, change).await? {
            (_, false) => Err(CorrectionError::NotCorrected),
            (account, true) => Ok(account),
        }
    }

    /// Looks for rows that an account and those that are one with it both have, whatever their days.
    async fn pair_rows(&self, call: &Call, account: &Account) -> Result<(), StoreError> {
        let (owner, now) = (account.owner, call.now);
        let pairs = AcrossSources { store: &*self.store, ids: &*self.sources.ids, owner, listed: None, now };
        pairs.run(account.id, (Day::FIRST, Day::LAST)).await
    }

    /// Applies a change; whether there was anything to write.
    async fn change_account<R: Request>(
        &self,
        call: &Call,
        id: AccountId,
        change: AccountChange,
    ) -> Result<(Account, bool), CorrectionError> {
        let owner = authorize::<R>(call)?.user;
        let mut work = self.store.begin().await?;
        let found = work.corrections().hold_account(owner, id).await?;
        let mut account = found.ok_or(CorrectionError::NotFound("account"))?;
        if let Some(distinct) = change.distinct_from.as_ref().and_then(Option::as_ref) {
            check_distinct(&mut *work, &account, distinct).await?;
        }
        if let Some(same_as) = change.same_as {
            link(&mut *work, &account, same_as, call.now).await?;
        }
        let is_linked = change.same_as.flatten().is_some();
        let changed = account.correct(change, call.now);
        if changed.is_empty() {
            if is_linked {
                // Its rows are paired once more: that may have been broken off.
                work.commit().await?;
                self.pair_rows(call, &account).await?;
            }
            return Ok((account, false));
        }
        account.updated_at = call.now;
        work.corrections().correct_account(&account).await?;
        let fields: Vec<&str> = changed.into_iter().map(AccountField::as_str).collect();
        let line = AuditLine::new(AuditAction::AccountCorrected, owner)
            .with(json!({"account_id": id.to_string(), "fields": fields}));
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        if is_linked {
            self.pair_rows(call, &account).await?;
        }
        Ok((account, true))
    }
}
