//! [`HoldingRepository`] on the unit of work.

use std::collections::HashSet;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{ChangeKind, Holding, HoldingRepository},
    record::Record,
    store::StoreError,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    prelude::Uuid,
    sea_query::{LockType, OnConflict},
};

use super::newest;
use crate::{
    cells::{Cells, Entry, FromRow},
    rows::holdings::{Column, Entity, WIDTH, row},
    unit_of_work::SeaUnitOfWork,
};

/// What tells a stored position from the others of its account.
struct Stored {
    id: Uuid,
    external_id: String,
}

impl FromRow for Stored {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Holding, 0);
        Ok(Self { id: entry.get(0)?, external_id: entry.text(1)? })
    }
}

#[async_trait]
impl HoldingRepository for SeaUnitOfWork {
    async fn replace(
        &mut self,
        owner: UserId,
        account: AccountId,
        holdings: &[Holding],
    ) -> Result<(), StoreError> {
        self.change_number(owner).await?;
        let stored = Entity::find()
            .select_only()
            .columns([Column::Id, Column::ExternalId])
            .filter(Column::UserId.eq(owner.0))
            .filter(Column::AccountId.eq(account.0))
            .lock(LockType::NoKeyUpdate);
        let stored: Vec<Stored> = self.rows(&stored.into_query()).await?;
        let kept: HashSet<&str> = holdings.iter().map(|holding| holding.external_id.as_str()).collect();
        let gone: Vec<Uuid> = stored
            .iter()
            .filter(|held| !kept.contains(held.external_id.as_str()))
            .map(|held| held.id)
            .collect();
        for chunk in gone.chunks(Self::chunk(1)) {
            let delete = Entity::delete_many().filter(Column::Id.is_in(chunk.iter().copied()));
            self.execute(&delete.into_query()).await?;
        }
        self.note_removals(owner, ChangeKind::Holding, &gone).await?;
        self.merge(owner, account, holdings).await
    }

    async fn merge(
        &mut self,
        owner: UserId,
        account: AccountId,
        holdings: &[Holding],
    ) -> Result<(), StoreError> {
        let seq = self.change_number(owner).await?;
        let holdings = newest(holdings, |holding| holding.external_id.as_str());
        for chunk in holdings.chunks(Self::chunk(WIDTH)) {
            let known = OnConflict::columns([Column::UserId, Column::AccountId, Column::ExternalId])
                .update_columns([
                    Column::SecurityId,
                    Column::Symbol,
                    Column::Name,
                    Column::AssetClass,
                    Column::Quantity,
                    Column::Price,
                    Column::MarketValue,
                    Column::CostBasis,
                    Column::Currency,
                    Column::OptionTerms,
                    Column::AsOf,
                    Column::UpdatedAt,
                    Column::Seq,
                ])
                .to_owned();
            // The account is the one that was named, whatever the positions say.
            let rows = chunk.iter().map(|&holding| row(&Holding { owner, account, ..holding.clone() }, seq));
            self.execute(&Entity::insert_many(rows).on_conflict(known).into_query()).await?;
        }
        Ok(())
    }
}
