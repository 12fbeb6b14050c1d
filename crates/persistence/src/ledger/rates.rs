//! [`RateRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    ledger::worth::{FxRate, RateRepository},
    money::Currency,
    store::StoreError,
    time::Day,
};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};

use super::newest;
use crate::unit_of_work::SeaUnitOfWork;

const COLUMNS: [&str; 5] = ["base", "quote", "day", "source", "rate"];

#[async_trait]
impl RateRepository for SeaUnitOfWork {
    async fn store(&mut self, rates: &[FxRate]) -> Result<u64, StoreError> {
        let key = |rate: &FxRate| (rate.base, rate.quote, rate.day, rate.source);
        let mut rates = newest(rates, key);
        // In one order, so that no two writers wait for each other crosswise.
        rates.sort_unstable_by_key(|rate| key(rate));
        let mut stored = 0;
        for chunk in rates.chunks(Self::chunk(COLUMNS.len())) {
            // What is there already is not written again, so that the same list once more costs no writing.
            let changed = Expr::col(("fx_rates", "rate")).ne(Expr::col(("excluded", "rate")));
            let known = OnConflict::columns(["base", "quote", "day", "source"])
                .update_column("rate")
                .action_and_where(changed)
                .to_owned();
            let mut insert = Query::insert();
            insert.into_table("fx_rates").columns(COLUMNS).on_conflict(known);
            for rate in chunk {
                let values: [Expr; 5] = [
                    rate.base.as_str().to_owned().into(),
                    rate.quote.as_str().to_owned().into(),
                    rate.day.0.into(),
                    rate.source.as_str().into(),
                    rate.rate.to_string().into(),
                ];
                insert.values_panic(values);
            }
            stored += self.execute(&insert).await?;
        }
        Ok(stored)
    }

    async fn among(
        &mut self,
        currencies: &[Currency],
        from: Day,
        to: Day,
    ) -> Result<Vec<FxRate>, StoreError> {
        let codes: Vec<&str> = currencies.iter().map(Currency::as_str).collect();
        let (from, to) = (from.max(Day::FIRST), to.min(Day::LAST));
        let rates = Query::select()
            .columns(["base", "quote", "day", "rate", "source"])
            .from("fx_rates")
            .and_where(Expr::col("base").is_in(codes.clone()))
            .and_where(Expr::col("quote").is_in(codes))
            .and_where(Expr::col("day").gte(from.0))
            .and_where(Expr::col("day").lte(to.0))
            .take();
        self.rows(&rates).await
    }
}
