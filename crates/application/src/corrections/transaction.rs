//! Corrects transactions.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{CategoryId, TransactionId},
    identity::{AuditAction, AuditLine, Scope},
    ledger::meaning::{CategoryChoice, CategoryKey, OwnCategory},
    ledger::{Transaction, TransactionChange, TransactionField},
    store::UnitOfWork,
};
use serde_json::json;

use super::{CorrectionError, Corrections};
use crate::{
    request::{Request, authorize, request},
    rules::decide_moved,
};

/// What shall be shown of a transaction instead.
#[derive(Debug)]
pub struct CorrectTransaction {
    /// Of which one.
    pub transaction: TransactionId,
    /// What it shall show from now on.
    pub change: TransactionChange,
}

request!(CorrectTransaction, "transactions.correct", Access::User(Needs::change(Scope::TransactionsWrite)));

/// Which correction is taken back.
#[derive(Debug)]
pub struct TakeBackOfTransaction {
    /// Of which transaction.
    pub transaction: TransactionId,
    /// Of which field.
    pub field: TransactionField,
}

request!(
    TakeBackOfTransaction,
    "transactions.take_back",
    Access::User(Needs::change(Scope::TransactionsWrite))
);

impl Corrections {
    /// Shows what a person says in the place of what the institution says, field by field; of two corrections of a field
    /// the later one counts. What the institution says stays beside it, and may change meanwhile.
    #[tracing::instrument(
        name = "transactions.correct", skip_all, fields(transaction.id = %request.transaction)
    )]
    pub async fn correct_transaction(
        &self,
        call: &Call,
        request: CorrectTransaction,
    ) -> Result<Transaction, CorrectionError> {
        let CorrectTransaction { transaction, change } = request;
        let (transaction, _) = self.change::<CorrectTransaction>(call, transaction, change).await?;
        Ok(transaction)
    }

    /// Takes the correction of one field back: what the institution says is shown again, as it says it now. Lots that a sale is
    /// named stay while a later one would lose those of its own.
    #[tracing::instrument(
        name = "transactions.take_back", skip_all, fields(transaction.id = %request.transaction)
    )]
    pub async fn take_back_of_transaction(
        &self,
        call: &Call,
        request: TakeBackOfTransaction,
    ) -> Result<Transaction, CorrectionError> {
        if request.field == TransactionField::Lots {
            self.may_lose_names(call, request.transaction).await?;
        }
        let change = TransactionChange::take_back(request.field);
        match self.change::<TakeBackOfTransaction>(call, request.transaction, change).await? {
            (_, false) => Err(CorrectionError::NotCorrected),
            (transaction, true) => Ok(transaction),
        }
    }

    /// Applies a change; whether there was anything to write.
    pub(super) async fn change<R: Request>(
        &self,
        call: &Call,
        id: TransactionId,
        change: TransactionChange,
    ) -> Result<(Transaction, bool), CorrectionError> {
        let owner = authorize::<R>(call)?.user;
        let splits = matches!(change.split, Some(Some(_)));
        let mut work = self.store.begin().await?;
        let found = work.corrections().hold_transaction(owner, id).await?;
        let mut transaction = found.ok_or(CorrectionError::NotFound("transaction"))?;
        own_categories(&mut *work, &transaction, &change).await?;
        let chosen = transaction.chosen_category();
        let changed = transaction.correct(change, call.now);
        if splits && !transaction.split_adds_up() {
            return Err(CorrectionError::PartsDoNotAddUp);
        }
        if changed.is_empty() {
            return Ok((transaction, false));
        }
        transaction.updated_at = call.now;
        work.corrections().correct_transaction(&transaction).await?;
        let mut is_left = false;
        if changed.contains(&TransactionField::Category) {
            let payees = self.learn(&mut *work, call, owner, &[(&transaction, chosen)]).await?;
            if !payees.is_empty() {
                is_left = self.decide_again(&mut *work, call, owner, &payees).await?;
                // It may be one of those that are decided anew.
                let found = work.corrections().hold_transaction(owner, id).await?;
                transaction = found.ok_or(CorrectionError::NotFound("transaction"))?;
            }
        }
        if changed.contains(&TransactionField::Day) {
            transaction = decide_moved(&mut *work, call, transaction).await?;
        }
        let fields: Vec<&str> = changed.into_iter().map(TransactionField::as_str).collect();
        let line = AuditLine::new(AuditAction::TransactionCorrected, owner)
            .with(json!({"transaction_id": id.to_string(), "fields": fields}));
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        if is_left {
            self.signal.ring();
        }
        Ok((transaction, true))
    }
}

/// The categories of a user's own that a change names, each with the field that does.
fn named(change: &TransactionChange) -> Vec<(String, CategoryId)> {
    let own = |key| match key {
        CategoryKey::Own(id) => Some(id),
        CategoryKey::Default(_) => None,
    };
    let whole = change.category.flatten().and_then(CategoryChoice::category).and_then(own);
    let whole = whole.map(|id| ("category".to_owned(), id));
    let parts = change.split.iter().flatten().flatten().enumerate();
    let parts = parts.filter_map(|(at, part)| Some((format!("split[{at}].category"), own(part.category?)?)));
    whole.into_iter().chain(parts).collect()
}

/// An error unless every category that a change names can be chosen, or is that of the transaction already.
async fn own_categories(
    work: &mut dyn UnitOfWork,
    transaction: &Transaction,
    change: &TransactionChange,
) -> Result<(), CorrectionError> {
    let named = named(change);
    if named.is_empty() {
        return Ok(());
    }
    let all = work.categories().hold_all(transaction.owner).await?;
    let shown = transaction.category().map(|(category, _)| category);
    let is_offered = |id: CategoryId| {
        let can_be = |of: &OwnCategory| !of.is_archived || shown == Some(CategoryKey::Own(id));
        all.iter().any(|category| category.id == id && can_be(category))
    };
    match named.into_iter().find(|(_, id)| !is_offered(*id)) {
        Some((field, _)) => Err(CorrectionError::NoCategory(field)),
        None => Ok(()),
    }
}
