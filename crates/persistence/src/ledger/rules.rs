//! [`RuleRepository`] on the unit of work, and which transactions rules decided something about.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, RuleId, TransactionId, UserId},
    ledger::meaning::rule::{Rule, RuleRepository},
    ledger::{Transaction, TransactionKey},
    page::Limit,
    store::StoreError,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait, Value, prelude::Uuid,
    sea_query::OnConflict,
};

use super::newest;
use crate::{
    queries::LAST_DAY,
    rows::{
        columns,
        rules::{Column, Entity, INSTITUTIONS, Named, row},
        transactions,
    },
    unit_of_work::SeaUnitOfWork,
};

static DECIDED_BY: LazyLock<String> = LazyLock::new(|| {
    let told = columns("t", transactions::told());
    format!(
        "SELECT {told} FROM rule_effects e JOIN transactions t ON t.id = e.transaction_id \
         WHERE e.decider_id = $1 AND e.transaction_id > $2 AND t.user_id = $3 \
         ORDER BY e.transaction_id LIMIT $4"
    )
});

/// In the order of an index, which SQLite is told.
static HISTORY: LazyLock<[String; 2]> = LazyLock::new(|| {
    [" INDEXED BY ix_transactions_user_id_day_id", ""].map(|index| {
        let told = columns("t", transactions::told());
        format!(
            "SELECT {told} FROM transactions t{index} WHERE t.user_id = $1 AND (t.day, t.id) < ($2, $3) \
             AND t.status <> 'removed' ORDER BY t.day DESC, t.id DESC LIMIT $4"
        )
    })
});

#[async_trait]
impl RuleRepository for SeaUnitOfWork {
    async fn hold_all(&mut self, owner: UserId) -> Result<Vec<Rule>, StoreError> {
        self.change_number(owner).await?;
        let all = Entity::find()
            .filter(Column::UserId.eq(owner.0))
            .order_by_asc(Column::Position)
            .order_by_asc(Column::Id);
        self.rows(&all.into_query()).await
    }

    async fn put(&mut self, rules: &[Rule]) -> Result<(), StoreError> {
        let newest = newest(rules, |rule| rule.id);
        // What could not be read stays as it is stored.
        let (whole, unread): (Vec<&Rule>, Vec<&Rule>) =
            newest.into_iter().partition(|rule| rule.terms.is_readable());
        let around = [Column::Name, Column::Position, Column::IsEnabled, Column::UpdatedAt];
        let terms = [Column::Matching, Column::Conditions, Column::Actions, Column::Stops];
        for (rules, columns) in [(whole, [&around[..], &terms].concat()), (unread, around.to_vec())] {
            for chunk in rules.chunks(Self::chunk(11)) {
                let known = OnConflict::column(Column::Id).update_columns(columns.clone()).to_owned();
                let insert = Entity::insert_many(chunk.iter().map(|rule| row(rule))).on_conflict(known);
                self.execute(&insert.into_query()).await?;
            }
        }
        Ok(())
    }

    async fn remove(&mut self, owner: UserId, id: RuleId) -> Result<bool, StoreError> {
        self.change_number(owner).await?;
        let remove = Entity::delete_many().filter(Column::Id.eq(id.0)).filter(Column::UserId.eq(owner.0));
        Ok(self.execute(&remove.into_query()).await? > 0)
    }

    async fn institutions(&mut self, owner: UserId) -> Result<Vec<(AccountId, String)>, StoreError> {
        let named = self.statement(INSTITUTIONS, INSTITUTIONS, vec![owner.0.into()]);
        let named: Vec<Named> = self.rows_raw(named).await?;
        Ok(named.into_iter().map(|Named(account, name)| (account, name)).collect())
    }

    async fn decided_by(
        &mut self,
        owner: UserId,
        decider: Uuid,
        after: Option<TransactionId>,
        limit: Limit,
    ) -> Result<Vec<Transaction>, StoreError> {
        let after = after.map_or(Uuid::nil(), |after| after.0);
        let values = vec![decider.into(), after.into(), owner.0.into(), rows(limit)];
        self.rows_raw(self.statement(&DECIDED_BY, &DECIDED_BY, values)).await
    }

    async fn history(
        &mut self,
        owner: UserId,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Vec<Transaction>, StoreError> {
        let (day, id) = after.map_or((LAST_DAY, Uuid::max()), |after| (after.day.0, after.id.0));
        let values = vec![owner.0.into(), day.into(), id.into(), rows(limit)];
        let [sqlite, postgres] = &*HISTORY;
        self.rows_raw(self.statement(sqlite, postgres, values)).await
    }
}

fn rows(limit: Limit) -> Value {
    i64::try_from(limit.get()).unwrap_or(i64::MAX).into()
}

impl SeaUnitOfWork {
    /// Forgets what decided something about these transactions.
    pub(super) async fn forget_deciders(&mut self, transactions: &[Uuid]) -> Result<(), StoreError> {
        for chunk in transactions.chunks(Self::chunk(1)) {
            let places: Vec<String> = (1..=chunk.len()).map(|place| format!("${place}")).collect();
            let sql = format!("DELETE FROM rule_effects WHERE transaction_id IN ({})", places.join(", "));
            let values = chunk.iter().map(|id| (*id).into()).collect();
            self.execute_raw(self.statement(&sql, &sql, values)).await?;
        }
        Ok(())
    }

    /// Remembers what decided something about these transactions, of which nothing is remembered.
    pub(super) async fn note_deciders<'t>(
        &mut self,
        transactions: impl Iterator<Item = &'t Transaction>,
    ) -> Result<(), StoreError> {
        let pairs: Vec<(Uuid, Uuid)> = transactions
            .filter_map(|row| row.decided.as_deref().map(|outcome| (row.id.0, outcome.deciders())))
            .flat_map(|(id, deciders)| deciders.into_iter().map(move |decider| (decider, id)))
            .collect();
        for chunk in pairs.chunks(Self::chunk(2)) {
            let mut sql = "INSERT INTO rule_effects (decider_id, transaction_id) VALUES ".to_owned();
            let mut values: Vec<Value> = Vec::with_capacity(2 * chunk.len());
            for (at, (decider, transaction)) in chunk.iter().enumerate() {
                let comma = if at == 0 { "" } else { ", " };
                sql += &format!("{comma}(${}, ${})", 2 * at + 1, 2 * at + 2);
                values.extend([(*decider).into(), (*transaction).into()]);
            }
            self.execute_raw(self.statement(&sql, &sql, values)).await?;
        }
        Ok(())
    }
}
