//! What was agreed of accounts and of which days their transactions are known, and what booked transactions were while they
//! were pending.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut column in [
            maybe_text("credit_limit"),
            maybe_text("interest_rate"),
            maybe_day("closed_since"),
            maybe_day("covered_from"),
            maybe_day("covered_to"),
        ] {
            manager.alter_table(Table::alter().table("accounts").add_column(&mut column).take()).await?;
        }
        for mut column in [maybe_text("pending_amount"), maybe_day("pending_day")] {
            manager.alter_table(Table::alter().table("transactions").add_column(&mut column).take()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["pending_day", "pending_amount"] {
            manager.alter_table(Table::alter().table("transactions").drop_column(column).take()).await?;
        }
        for column in ["covered_to", "covered_from", "closed_since", "interest_rate", "credit_limit"] {
            manager.alter_table(Table::alter().table("accounts").drop_column(column).take()).await?;
        }
        Ok(())
    }
}
