//! [`OneTimeTokenRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    identity::{OneTimeToken, OneTimeTokenRepository, Purpose},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};

use crate::{
    rows::{
        columns,
        one_time_tokens::{Column, Entity, row},
    },
    unit_of_work::SeaUnitOfWork,
};

/// Of which purposes a user has one token at most, as the index says it.
const ONE_AT_A_TIME: &str = "purpose NOT IN ('email_verification', 'deletion_cancel')";

/// The token that is shown goes with all others its user has for the purpose. Of two callers with different ones, one
/// gets any: rows are locked in one order, and who waited finds them gone.
fn redeem(lock: &str) -> String {
    format!(
        "WITH held AS (SELECT token_hash FROM one_time_tokens WHERE purpose = $2 AND user_id = \
         (SELECT t.user_id FROM one_time_tokens t WHERE t.token_hash = $1 AND t.purpose = $2 AND t.expires_at >= $3) \
         ORDER BY token_hash{lock}) \
         DELETE FROM one_time_tokens WHERE token_hash IN (SELECT token_hash FROM held) RETURNING {}",
        columns("", Column::iter())
    )
}

static REDEEM_SQLITE: LazyLock<String> = LazyLock::new(|| redeem(""));
static REDEEM_POSTGRES: LazyLock<String> = LazyLock::new(|| redeem(" FOR UPDATE"));

#[async_trait]
impl OneTimeTokenRepository for SeaUnitOfWork {
    async fn issue(&mut self, token: &OneTimeToken) -> Result<bool, StoreError> {
        if token.purpose.earlier_stay_good() {
            let again = OnConflict::column(Column::TokenHash).update_column(Column::ExpiresAt).to_owned();
            return Ok(self.execute(&Entity::insert(row(token)).on_conflict(again).into_query()).await? == 1);
        }
        let asked_for = |table: &'static str| Expr::col((table, Column::CreatedAt));
        let newest = OnConflict::columns([Column::UserId, Column::Purpose])
            .target_and_where(Expr::cust(ONE_AT_A_TIME))
            .update_columns([Column::TokenHash, Column::CreatedAt, Column::ExpiresAt, Column::Subject])
            .action_and_where(asked_for("one_time_tokens").lte(asked_for("excluded")))
            .to_owned();
        Ok(self.execute(&Entity::insert(row(token)).on_conflict(newest).into_query()).await? == 1)
    }

    async fn prolong(&mut self, token: &OneTimeToken) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::ExpiresAt, Expr::val(token.expires_at.as_chrono()))
            .filter(Column::UserId.eq(token.user.0))
            .filter(Column::Purpose.eq(token.purpose.as_str()))
            .filter(Column::TokenHash.eq(token.hash.to_hex()));
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn revoke(&mut self, user: UserId, purposes: &[Purpose]) -> Result<(), StoreError> {
        let delete = Entity::delete_many()
            .filter(Column::UserId.eq(user.0))
            .filter(Column::Purpose.is_in(purposes.iter().map(|purpose| purpose.as_str())));
        self.execute(&delete.into_query()).await.map(drop)
    }

    async fn redeem(
        &mut self,
        purpose: Purpose,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError> {
        if purpose.earlier_stay_good() {
            let values = vec![hash.to_hex().into(), purpose.as_str().into(), now.as_chrono().into()];
            let statement = self.statement(&REDEEM_SQLITE, &REDEEM_POSTGRES, values);
            let gone: Vec<OneTimeToken> = self.rows_raw(statement).await?;
            return Ok(gone.into_iter().find(|token| token.hash == *hash));
        }
        let mut delete = Entity::delete_many()
            .filter(Column::TokenHash.eq(hash.to_hex()))
            .filter(Column::Purpose.eq(purpose.as_str()))
            .filter(Column::ExpiresAt.gte(now.as_chrono()))
            .into_query();
        delete.returning(Query::returning().columns(Column::iter()));
        self.row(&delete).await
    }
}
