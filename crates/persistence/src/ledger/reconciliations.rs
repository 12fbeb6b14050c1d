//! [`ReconciliationRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, DecisionId, ImportId, TransactionId, UserId},
    ledger::{Alias, Decision, DecisionState, ReconciliationRepository, RejectedPair},
    page::Limit,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryTrait, sea_query::OnConflict};

use super::newest;
use crate::{
    rows::{
        columns,
        transaction_aliases::{Column, Entity, WIDTH, row},
    },
    unit_of_work::SeaUnitOfWork,
};

/// Looks each id up by itself, as for the transactions' own ids.
static ALIASES: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {} FROM (SELECT DISTINCT value FROM jsonb_array_elements_text($3::text::jsonb)) AS wanted \
         CROSS JOIN LATERAL (SELECT * FROM transaction_aliases WHERE user_id = $1 AND account_id = $2 \
         AND source_id = wanted.value ORDER BY user_id, account_id, source_id, ordinal) AS known",
        columns("known", Column::iter())
    )
});

#[async_trait]
impl ReconciliationRepository for SeaUnitOfWork {
    async fn aliases(
        &mut self,
        owner: UserId,
        account: AccountId,
        source_ids: &[String],
    ) -> Result<Vec<Alias>, StoreError> {
        // Whoever changes transactions, or what leads to them, holds the clock.
        self.change_number(owner).await?;
        if self.is_postgres() {
            let wanted = serde_json::Value::from(source_ids).to_string();
            let values = vec![owner.0.into(), account.0.into(), wanted.into()];
            let statement = self.statement("", &ALIASES, values);
            return self.rows_raw(statement).await;
        }
        let mut found = Vec::new();
        for chunk in source_ids.chunks(Self::chunk(1)) {
            let select = Entity::find()
                .filter(Column::UserId.eq(owner.0))
                .filter(Column::AccountId.eq(account.0))
                .filter(Column::SourceId.is_in(chunk.iter().map(String::as_str)));
            found.extend(self.rows::<Alias>(&select.into_query()).await?);
        }
        Ok(found)
    }

    async fn aliases_of(
        &mut self,
        owner: UserId,
        transactions: &[TransactionId],
    ) -> Result<Vec<Alias>, StoreError> {
        let mut found = Vec::new();
        for chunk in transactions.chunks(Self::chunk(1)) {
            let select = Entity::find()
                .filter(Column::UserId.eq(owner.0))
                .filter(Column::TransactionId.is_in(chunk.iter().map(|id| id.0)));
            found.extend(self.rows::<Alias>(&select.into_query()).await?);
        }
        Ok(found)
    }

    async fn put_aliases(&mut self, aliases: &[Alias]) -> Result<(), StoreError> {
        let aliases =
            newest(aliases, |alias| (alias.owner, alias.account, alias.source_id.as_str(), alias.ordinal));
        for chunk in aliases.chunks(Self::chunk(WIDTH)) {
            let known =
                OnConflict::columns([Column::UserId, Column::AccountId, Column::SourceId, Column::Ordinal])
                    .update_columns([Column::TransactionId, Column::MergedId])
                    .to_owned();
            let insert = Entity::insert_many(chunk.iter().map(|alias| row(alias))).on_conflict(known);
            self.execute(&insert.into_query()).await?;
        }
        Ok(())
    }

    async fn remove_alias(&mut self, alias: &Alias) -> Result<(), StoreError> {
        let delete = Entity::delete_many()
            .filter(Column::UserId.eq(alias.owner.0))
            .filter(Column::AccountId.eq(alias.account.0))
            .filter(Column::SourceId.eq(alias.source_id.as_str()))
            .filter(Column::Ordinal.eq(alias.ordinal));
        self.execute(&delete.into_query()).await.map(drop)
    }

    async fn insert(&mut self, decisions: &[Decision]) -> Result<(), StoreError> {
        self.insert_decisions(decisions).await
    }

    async fn find(&mut self, owner: UserId, id: DecisionId) -> Result<Option<Decision>, StoreError> {
        self.find_decision(owner, id).await
    }

    async fn about(
        &mut self,
        owner: UserId,
        transactions: &[TransactionId],
    ) -> Result<Vec<Decision>, StoreError> {
        self.decisions_about(owner, transactions).await
    }

    async fn applied_to_import(
        &mut self,
        owner: UserId,
        import: ImportId,
        limit: Limit,
    ) -> Result<Vec<DecisionId>, StoreError> {
        self.decisions_applied_to_import(owner, import, limit).await
    }

    async fn dismiss_import(
        &mut self,
        owner: UserId,
        import: ImportId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.dismiss_decisions_of_import(owner, import, now).await
    }

    async fn applied_after(&mut self, decision: &Decision) -> Result<Vec<DecisionId>, StoreError> {
        self.decisions_applied_after(decision).await
    }

    async fn settle(&mut self, decision: &Decision, from: DecisionState) -> Result<bool, StoreError> {
        self.settle_decision(decision, from).await
    }

    async fn dismiss(
        &mut self,
        owner: UserId,
        transactions: &[TransactionId],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.dismiss_decisions(owner, transactions, now).await
    }

    async fn across(
        &mut self,
        owner: UserId,
        account: AccountId,
        limit: Limit,
    ) -> Result<Vec<Decision>, StoreError> {
        self.decisions_across(owner, account, limit).await
    }

    async fn merged_across(
        &mut self,
        owner: UserId,
        account: AccountId,
        merged: &[TransactionId],
    ) -> Result<Vec<Decision>, StoreError> {
        self.decisions_that_merged(owner, account, merged).await
    }

    async fn applied_after_across(
        &mut self,
        owner: UserId,
        account: AccountId,
        limit: Limit,
    ) -> Result<Vec<DecisionId>, StoreError> {
        self.decisions_applied_after_across(owner, account, limit).await
    }

    async fn dismiss_across(
        &mut self,
        owner: UserId,
        account: AccountId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.dismiss_decisions_across(owner, account, now).await
    }

    async fn reject_pair(&mut self, pair: &RejectedPair) -> Result<(), StoreError> {
        self.insert_rejected_pair(pair).await
    }

    async fn rejected_pairs(
        &mut self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Vec<RejectedPair>, StoreError> {
        self.rejected_pairs_of(owner, account).await
    }
}
