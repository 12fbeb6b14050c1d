//! [`PriceRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{SecurityId, UserId},
    ledger::portfolio::{PriceRepository, PriceSource, SecurityPrice},
    store::StoreError,
    time::Day,
};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};

use super::newest;
use crate::{rows::prices::PRICE, unit_of_work::SeaUnitOfWork};

const TABLE: &str = "security_prices";

#[async_trait]
impl PriceRepository for SeaUnitOfWork {
    /// The owner's clock is held from here on, as by whoever else changes the owner's ledger.
    async fn hold_all(&mut self, owner: UserId) -> Result<(), StoreError> {
        self.change_number(owner).await.map(drop)
    }

    async fn of_source(
        &mut self,
        owner: UserId,
        source: &PriceSource,
        (from, to): (Day, Day),
    ) -> Result<Vec<SecurityPrice>, StoreError> {
        let (from, to) = (from.max(Day::FIRST), to.min(Day::LAST));
        let prices = Query::select()
            .columns(PRICE)
            .from(TABLE)
            .and_where(Expr::col("user_id").eq(owner.0))
            .and_where(Expr::col("source").eq(source.as_str().to_owned()))
            .and_where(Expr::col("day").gte(from.0))
            .and_where(Expr::col("day").lte(to.0))
            .take();
        self.rows(&prices).await
    }

    async fn store(&mut self, owner: UserId, prices: &[SecurityPrice]) -> Result<(), StoreError> {
        let mut prices = newest(prices, |price| &price.key);
        // In one order, so that no two writers wait for each other crosswise.
        prices.sort_by_cached_key(|price| price.key.clone());
        for chunk in prices.chunks(Self::chunk(PRICE.len() + 1)) {
            let known = OnConflict::columns(["user_id", "security_id", "day", "source"])
                .update_columns(["price", "currency", "is_adjusted", "told_at"])
                .to_owned();
            let mut insert = Query::insert();
            insert.into_table(TABLE).columns(std::iter::once("user_id").chain(PRICE)).on_conflict(known);
            for price in chunk {
                let values: [Expr; 8] = [
                    owner.0.into(),
                    price.key.security.0.into(),
                    price.key.day.0.into(),
                    price.key.source.as_str().to_owned().into(),
                    price.price.to_string().into(),
                    price.currency.as_str().to_owned().into(),
                    price.is_adjusted.into(),
                    price.told_at.as_chrono().into(),
                ];
                insert.values_panic(values);
            }
            self.execute(&insert).await?;
        }
        Ok(())
    }

    async fn remove(
        &mut self,
        owner: UserId,
        source: &PriceSource,
        security: Option<SecurityId>,
    ) -> Result<u64, StoreError> {
        let mut delete = Query::delete();
        delete
            .from_table(TABLE)
            .and_where(Expr::col("user_id").eq(owner.0))
            .and_where(Expr::col("source").eq(source.as_str().to_owned()));
        if let Some(security) = security {
            delete.and_where(Expr::col("security_id").eq(security.0));
        }
        self.execute(&delete).await
    }
}
