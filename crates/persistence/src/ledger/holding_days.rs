//! [`HoldingDayRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, ImportId, UserId},
    ledger::{HoldingDayRepository, HoldingSnapshot},
    store::StoreError,
};
use sea_orm::{
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};

use super::newest;
use crate::{
    queries::{LAST_DAY, snapshot_of},
    rows::holding_days::{POSITION, Told, latest, position},
    unit_of_work::SeaUnitOfWork,
};

const SNAPSHOTS: &str = "holding_snapshots";
const DAYS: &str = "holding_days";

static LATEST: LazyLock<String> = LazyLock::new(latest);

#[async_trait]
impl HoldingDayRepository for SeaUnitOfWork {
    async fn take(&mut self, snapshot: &HoldingSnapshot) -> Result<(), StoreError> {
        let HoldingSnapshot { owner, account, day, import, taken_at, value, positions } = snapshot;
        // Whoever stores positions holds the clock.
        self.change_number(*owner).await?;
        let origin = import.map_or_else(Uuid::nil, |id| id.0);
        let known = OnConflict::columns(["user_id", "account_id", "day", "origin"])
            .update_columns(["taken_at", "value"])
            .to_owned();
        let place: [Expr; 4] = [owner.0.into(), account.0.into(), day.0.into(), origin.into()];
        let values = place.clone().into_iter();
        let values = values.chain([taken_at.as_chrono().into(), value.map(|value| value.to_string()).into()]);
        let mut insert = Query::insert();
        insert
            .into_table(SNAPSHOTS)
            .columns(["user_id", "account_id", "day", "origin", "taken_at", "value"])
            .on_conflict(known)
            .values_panic(values);
        self.execute(&insert).await?;
        let mut delete = Query::delete();
        delete.from_table(DAYS);
        for (column, value) in ["user_id", "account_id", "day", "origin"].into_iter().zip(place.clone()) {
            delete.and_where(Expr::col(column).eq(value));
        }
        self.execute(&delete).await?;
        let positions = newest(positions, |held| held.external_id.as_str());
        for chunk in positions.chunks(Self::chunk(POSITION.len() + 4)) {
            let columns = ["user_id", "account_id", "day", "origin"].into_iter().chain(POSITION);
            let mut insert = Query::insert();
            insert.into_table(DAYS).columns(columns);
            for held in chunk {
                insert.values_panic(place.clone().into_iter().chain(position(held)));
            }
            self.execute(&insert).await?;
        }
        Ok(())
    }

    async fn latest(
        &mut self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Option<HoldingSnapshot>, StoreError> {
        let values = vec![owner.0.into(), account.0.into(), LAST_DAY.into()];
        let found: Vec<Told> = self.rows_raw(self.statement(&LATEST, &LATEST, values)).await?;
        Ok(snapshot_of(owner, account, found))
    }

    async fn forget(
        &mut self,
        owner: UserId,
        account: AccountId,
        import: ImportId,
    ) -> Result<u64, StoreError> {
        self.change_number(owner).await?;
        let mut delete = Query::delete();
        delete
            .from_table(SNAPSHOTS)
            .and_where(Expr::col("user_id").eq(owner.0))
            .and_where(Expr::col("account_id").eq(account.0))
            .and_where(Expr::col("origin").eq(import.0));
        self.execute(&delete).await
    }
}
