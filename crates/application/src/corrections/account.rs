//! Corrects accounts.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::AccountId,
    identity::{AuditAction, AuditLine, Scope},
    ledger::{Account, AccountChange, AccountField},
};
use serde_json::json;

use super::{CorrectionError, Corrections};
use crate::request::{Request, authorize, request};

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

impl Corrections {
    /// Shows what a person says in the place of what the institution says, field by field; of two corrections of a field
    /// the later one counts. What the institution says stays beside it, and may change meanwhile.
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
        let changed = account.correct(change, call.now);
        if changed.is_empty() {
            return Ok((account, false));
        }
        account.updated_at = call.now;
        work.corrections().correct_account(&account).await?;
        let fields: Vec<&str> = changed.into_iter().map(AccountField::as_str).collect();
        let line = AuditLine::new(AuditAction::AccountCorrected, owner)
            .with(json!({"account_id": id.to_string(), "fields": fields}));
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        Ok((account, true))
    }
}
