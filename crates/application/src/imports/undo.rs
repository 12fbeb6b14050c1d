//! Takes back what an import did.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, BalanceId, ImportId, UserId},
    identity::{AuditAction, AuditLine, Scope},
    ledger::{BalancePoint, BalanceSource, Import, ImportFixed, ImportState, Undone},
    page::Limit,
    store::UnitOfWork,
};
use serde_json::json;

use super::{ImportError, Imports, holdings::forget_holdings};
use crate::{
    reconciliations::dissolve,
    request::{authorize, request},
    transfers::release_import,
};

/// How many of the decisions are named that have to be undone first.
const NAMED: u16 = 10;

/// Which import.
#[derive(Debug)]
pub struct UndoImport {
    /// Its id.
    pub import: ImportId,
}

request!(UndoImport, "imports.undo", Access::User(Needs::command(Scope::ImportsWrite)));

impl Imports {
    /// Takes back, in one unit of work, what the caller's import did: the rows that only it told, what its corrections
    /// did to others, its balances, and the accounts that are there because of it and are empty without it. Of callers
    /// at once one does it.
    #[tracing::instrument(name = "imports.undo", skip_all, fields(import.id = %request.import))]
    pub async fn undo(&self, call: &Call, request: UndoImport) -> Result<Import, ImportError> {
        let owner = authorize::<UndoImport>(call)?.user;
        let id = request.import;
        let now = call.now;
        let mut work = self.store.begin().await?;
        let import = work.imports().find(owner, id).await?.ok_or(ImportError::NotFound)?;
        import.may_be_undone()?;
        if let Some(other) = work.imports().in_doubt(owner, id).await? {
            return Err(ImportError::InDoubt(other));
        }
        let few = Limit::new(NAMED).unwrap_or_default();
        let merged = work.reconciliations().applied_to_import(owner, id, few).await?;
        if !merged.is_empty() {
            return Err(ImportError::Merged(merged));
        }
        work.reconciliations().dismiss_import(owner, id, now).await?;
        release_import(&mut *work, owner, id, now).await?;
        let rows = work.told().take_back_rows(owner, id, now).await?;
        let accounts = work.told().accounts(owner, id).await?;
        let mut abandoned = Vec::new();
        for account in accounts {
            if self.take_back_account(&mut *work, call, (owner, id), account).await? {
                abandoned.push(account);
            }
        }
        work.told().forget(owner, id).await?;
        let mut gone = 0;
        for account in abandoned {
            let Some(account) = work.accounts().find(owner, account).await? else { continue };
            if work.accounts().remove_empty(owner, account.id).await? {
                gone += 1;
                dissolve(&mut *work, &account, now).await?;
            }
        }
        let count = |rows: u64| i64::try_from(rows).unwrap_or(i64::MAX);
        let undone = Undone {
            at: now,
            removed: count(rows.removed),
            kept: count(rows.kept),
            restored: count(rows.restored),
            accounts: gone,
        };
        if !work.imports().undo(owner, id, undone).await? {
            return Err(ImportFixed::Undone.into());
        }
        let line = AuditLine::new(AuditAction::StatementImportUndone, owner).with(json!({
            "import_id": id.to_string(), "removed": undone.removed, "kept": undone.kept,
            "restored": undone.restored, "accounts": undone.accounts,
        }));
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        tracing::info!(?undone, "import undone");
        Ok(Import { state: ImportState::Undone, undone: Some(undone), ..import })
    }

    /// Takes back what the import told of an account and of its balances; whether the account is there because of this
    /// import alone.
    async fn take_back_account(
        &self,
        work: &mut dyn UnitOfWork,
        call: &Call,
        (owner, import): (UserId, ImportId),
        account: AccountId,
    ) -> Result<bool, ImportError> {
        forget_holdings(work, &*self.sources.ids, (owner, import), account, call.now).await?;
        let tellings = work.told().of_account(owner, account).await?;
        let balances = tellings.balances_without(import);
        if !balances.removed.is_empty() {
            let source = BalanceSource::Statement;
            work.balances().remove(owner, account, source, &balances.removed).await?;
        }
        if !balances.recorded.is_empty() {
            let with_id =
                |point: BalancePoint| BalancePoint { id: BalanceId(self.sources.ids.next()), ..point };
            let recorded: Vec<BalancePoint> = balances.recorded.into_iter().map(with_id).collect();
            work.balances().record(&recorded).await?;
        }
        let latest = work.balances().latest(owner, account).await?;
        if let Some(stored) = work.accounts().find(owner, account).await?
            && let Some(left) = tellings.account_without(import, &stored, latest.as_ref(), call.now)
        {
            work.accounts().restate(&left).await?;
        }
        match tellings.heir(import) {
            Some(heir) => {
                work.told().note_account(&heir).await?;
                Ok(false)
            }
            None => Ok(tellings.own(import).is_some_and(|own| own.made)),
        }
    }
}
