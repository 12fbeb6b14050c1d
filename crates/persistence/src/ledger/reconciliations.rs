//! [`ReconciliationRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{Alias, ReconciliationRepository},
    store::StoreError,
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
        self.stamp(owner).await?;
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
}
