//! Rules of users, what they decided about each transaction, and which transactions each of them decided something about.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const RULES: &str = "rules";
const EFFECTS: &str = "rule_effects";
const TRANSACTIONS: &str = "transactions";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            id(),
            uuid("user_id"),
            text("name"),
            int("position"),
            flag("is_enabled"),
            short("matching", 16),
            text("conditions"),
            text("actions"),
            flag("stops"),
            time("created_at"),
            time("updated_at"),
        ];
        let rules =
            table(RULES, columns).foreign_key(&mut belongs((RULES, &["user_id"]), ("users", &["id"]))).take();
        // What decided may be gone before what it decided is decided anew.
        let effects = table(EFFECTS, [uuid("decider_id"), uuid("transaction_id")])
            .primary_key(Index::create().col("decider_id").col("transaction_id"))
            .foreign_key(&mut belongs((EFFECTS, &["transaction_id"]), (TRANSACTIONS, &["id"])))
            .take();
        let indexes = [index(RULES, &["user_id", "position", "id"]), index(EFFECTS, &["transaction_id"])];
        create(manager, [rules, effects], indexes).await?;
        let decided = Table::alter().table(TRANSACTIONS).add_column(maybe_text("decided")).take();
        manager.alter_table(decided).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[EFFECTS, RULES]).await?;
        manager.alter_table(Table::alter().table(TRANSACTIONS).drop_column("decided").take()).await
    }
}
