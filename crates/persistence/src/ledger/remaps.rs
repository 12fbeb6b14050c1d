//! [`RemapRepository`] on the unit of work.

use std::collections::BTreeMap;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, TransactionId, UserId},
    ledger::{KeptPayload, PayloadSort, RemapPlace, RemapRepository, TransactionKey},
    record::Record,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    Value,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, Order, Query},
};

use crate::{
    cells::{Cells, Entry, FromRow},
    unit_of_work::SeaUnitOfWork,
};

const PLACE: &str = "SELECT mappers, account_id, after_day, after_id FROM remap_places WHERE scope = $1";
const KEEP: &str = "INSERT INTO remap_places (scope, mappers, account_id, after_day, after_id, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (scope) DO UPDATE SET mappers = excluded.mappers, \
    account_id = excluded.account_id, after_day = excluded.after_day, after_id = excluded.after_id, \
    updated_at = excluded.updated_at";
const PAYLOADS: &str = "kept_payloads";
/// Stands for the account itself in the place of a position's id.
const ITSELF: &str = "";
const FORGET: &str = "DELETE FROM remap_places WHERE scope = $1";

impl FromRow for RemapPlace {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::RemapPlace, 0);
        let after = entry.maybe_day(2)?.zip(entry.get::<Option<Uuid>>(3)?);
        Ok(Self {
            mappers: entry.text(0)?,
            account: AccountId(entry.get(1)?),
            after: after.map(|(day, id)| TransactionKey { day, id: TransactionId(id), amount: None }),
        })
    }
}

impl FromRow for KeptPayload {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::KeptPayload, 0);
        let position = Some(entry.text(0)?).filter(|id| id != ITSELF);
        Ok(Self { position, raw: entry.text(1)? })
    }
}

#[async_trait]
impl RemapRepository for SeaUnitOfWork {
    async fn place(&mut self, scope: &str) -> Result<Option<RemapPlace>, StoreError> {
        let found = self.statement(PLACE, PLACE, vec![scope.into()]);
        Ok(self.rows_raw::<RemapPlace>(found).await?.pop())
    }

    async fn keep<'a>(
        &mut self,
        scope: &str,
        place: Option<&'a RemapPlace>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(place) = place else {
            return self.execute_raw(self.statement(FORGET, FORGET, vec![scope.into()])).await.map(drop);
        };
        let values: Vec<Value> = vec![
            scope.into(),
            place.mappers.clone().into(),
            place.account.0.into(),
            place.after.map(|after| after.day.0).into(),
            place.after.map(|after| after.id.0).into(),
            now.as_chrono().into(),
        ];
        self.execute_raw(self.statement(KEEP, KEEP, values)).await.map(drop)
    }

    async fn keep_payloads(
        &mut self,
        owner: UserId,
        account: AccountId,
        sort: PayloadSort,
        payloads: &[KeptPayload],
    ) -> Result<(), StoreError> {
        let replaced = match sort {
            PayloadSort::Account => Expr::col("external_id").eq(ITSELF),
            PayloadSort::Positions => Expr::col("external_id").ne(ITSELF),
        };
        let mut delete = Query::delete();
        delete
            .from_table(PAYLOADS)
            .and_where(Expr::col("user_id").eq(owner.0))
            .and_where(Expr::col("account_id").eq(account.0))
            .and_where(replaced);
        self.execute(&delete).await?;
        let payloads = newest_of(payloads);
        for chunk in payloads.chunks(Self::chunk(4)) {
            let mut insert = Query::insert();
            insert.into_table(PAYLOADS).columns(["user_id", "account_id", "external_id", "raw"]);
            for payload in chunk {
                let external_id = payload.position.as_deref().unwrap_or(ITSELF);
                let values: [Expr; 4] =
                    [owner.0.into(), account.0.into(), external_id.into(), payload.raw.as_str().into()];
                insert.values_panic(values);
            }
            self.execute(&insert).await?;
        }
        Ok(())
    }

    async fn payloads(&mut self, owner: UserId, account: AccountId) -> Result<Vec<KeptPayload>, StoreError> {
        let select = Query::select()
            .columns(["external_id", "raw"])
            .from(PAYLOADS)
            .and_where(Expr::col("user_id").eq(owner.0))
            .and_where(Expr::col("account_id").eq(account.0))
            .order_by("external_id", Order::Asc)
            .take();
        self.rows(&select).await
    }
}

/// Of payloads of one position the last.
fn newest_of(payloads: &[KeptPayload]) -> Vec<&KeptPayload> {
    let by_id: BTreeMap<Option<&str>, &KeptPayload> =
        payloads.iter().map(|payload| (payload.position.as_deref(), payload)).collect();
    by_id.into_values().collect()
}
