//! Indexes of the transactions that are rare: pending and removed ones, of everybody's accounts together and of one.
//!
//! A list of them would otherwise read the whole history to find the few, or none.

use sea_orm_migration::prelude::*;

use crate::columns::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "transactions";
const RARE: [&str; 2] = ["pending", "removed"];
/// Name and columns, in the order of the lists.
const LISTS: [(&str, &[&str]); 2] =
    [("", &["user_id", "day", "id"]), ("account_", &["user_id", "account_id", "day", "id"])];

fn name(of: &str, status: &str) -> String {
    format!("ix_transactions_{of}{status}")
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for status in RARE {
            for (of, columns) in LISTS {
                let rare = index(TABLE, columns)
                    .name(name(of, status))
                    .and_where(Expr::col("status").eq(status))
                    .take();
                manager.create_index(rare).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for status in RARE {
            for (of, _) in LISTS {
                manager.drop_index(Index::drop().name(name(of, status)).table(TABLE).to_owned()).await?;
            }
        }
        Ok(())
    }
}
