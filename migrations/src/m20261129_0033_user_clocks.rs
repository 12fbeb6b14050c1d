//! A number for every change of the ledger, by which programs follow it: one clock for each user, and the number of the
//! last change in each row. What is there already has number 0.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The tables whose rows are followed.
const FOLLOWED: [&str; 4] = ["accounts", "holdings", "transactions", "balances"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let clocks = Table::create()
            .table("user_clocks")
            .col(ColumnDef::new("user_id").uuid().not_null().primary_key())
            // The number of the last change.
            .col(ColumnDef::new("seq").big_integer().not_null())
            // Another one after a restore, because numbers are given anew from then on.
            .col(ColumnDef::new("epoch").big_integer().not_null().default(0))
            .foreign_key(&mut belongs(("user_clocks", &["user_id"]), ("users", &["id"])))
            .take();
        let removals = Table::create()
            .table("removals")
            .col(uuid("user_id"))
            .col(short("kind", 16))
            .col(ColumnDef::new("seq").big_integer().not_null())
            .col(uuid("id"))
            .primary_key(Index::create().col("user_id").col("kind").col("seq").col("id"))
            .foreign_key(&mut belongs(("removals", &["user_id"]), ("users", &["id"])))
            .take();
        create(manager, [clocks, removals], []).await?;
        for table in FOLLOWED {
            for column in ["seq", "born_seq"] {
                let mut number = ColumnDef::new(column).big_integer().not_null().default(0).take();
                manager.alter_table(Table::alter().table(table).add_column(&mut number).take()).await?;
            }
            manager.create_index(index(table, &["user_id", "seq", "id"])).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in FOLLOWED {
            let name = format!("ix_{table}_user_id_seq_id");
            manager.drop_index(Index::drop().name(name).table(table).to_owned()).await?;
            for column in ["born_seq", "seq"] {
                manager.alter_table(Table::alter().table(table).drop_column(column).take()).await?;
            }
        }
        drop(manager, &["removals", "user_clocks"]).await
    }
}
