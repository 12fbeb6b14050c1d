//! [`SecurityRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{SecurityId, UserId},
    ledger::{KnownSecurity, Security, SecurityRepository},
    store::StoreError,
};
use sea_orm::{
    EntityTrait, Iterable, QueryTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};

use super::newest;
use crate::{
    rows::{
        columns,
        securities::{Column, Entity, WIDTH, row},
    },
    unit_of_work::SeaUnitOfWork,
};

/// Looks each key up by itself, so that the planner does not read all keys of the owner for a few.
static KNOWN: LazyLock<[String; 2]> = LazyLock::new(|| {
    ["SELECT value FROM json_each($2)", "SELECT value FROM jsonb_array_elements_text($2::text::jsonb)"].map(
        |wanted| {
            format!(
                "SELECT {}, k.key FROM ({wanted}) AS wanted \
                 JOIN security_keys k ON k.user_id = $1 AND k.key = wanted.value \
                 JOIN securities s ON s.id = k.security_id AND s.user_id = k.user_id",
                columns("s", Column::iter())
            )
        },
    )
});

#[async_trait]
impl SecurityRepository for SeaUnitOfWork {
    async fn known(&mut self, owner: UserId, keys: &[String]) -> Result<Vec<KnownSecurity>, StoreError> {
        let [sqlite, postgres] = &*KNOWN;
        let wanted = serde_json::Value::from(keys).to_string();
        self.rows_raw(self.statement(sqlite, postgres, vec![owner.0.into(), wanted.into()])).await
    }

    async fn known_alone(
        &mut self,
        owner: UserId,
        keys: &[String],
    ) -> Result<Vec<KnownSecurity>, StoreError> {
        self.change_number(owner).await?;
        self.known(owner, keys).await
    }

    async fn put(
        &mut self,
        owner: UserId,
        securities: &[Security],
        keys: &[(String, SecurityId)],
    ) -> Result<(), StoreError> {
        let seq = self.change_number(owner).await?;
        let securities = newest(securities, |security| security.id);
        for chunk in securities.chunks(Self::chunk(WIDTH)) {
            let known = OnConflict::column(Column::Id)
                .update_columns(Column::iter().filter(|column| {
                    !matches!(column, Column::Id | Column::UserId | Column::CreatedAt | Column::BornSeq)
                }))
                .action_and_where(Expr::col((Entity, Column::UserId)).eq(owner.0))
                .to_owned();
            let rows = chunk.iter().map(|&security| row(&Security { owner, ..security.clone() }, seq));
            self.execute(&Entity::insert_many(rows).on_conflict(known).into_query()).await?;
        }
        let keys = newest(keys, |(key, _)| key.as_str());
        for chunk in keys.chunks(Self::chunk(3)) {
            let known = OnConflict::columns(["user_id", "key"]).do_nothing().to_owned();
            let mut insert = Query::insert();
            insert.into_table("security_keys").columns(["user_id", "key", "security_id"]).on_conflict(known);
            for (key, security) in chunk {
                let values: [Expr; 3] = [owner.0.into(), key.clone().into(), security.0.into()];
                insert.values_panic(values);
            }
            self.execute(&insert).await?;
        }
        Ok(())
    }
}
