//! Budgets of wrong passwords and of mails, changes of the e-mail address that can be taken back, and accounts that
//! are going to be deleted.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const USERS: [&str; 3] = ["email_changed_at", "deletion_due_at", "erasing_until"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One at a time: SQLite adds one column per statement.
        for name in USERS {
            let mut column = maybe_time(name);
            manager.alter_table(Table::alter().table("users").add_column(&mut column).take()).await?;
        }
        // `user_id` is set for clients that are known; what is counted for an address may be nobody's.
        let sign_in_budgets = table(
            "sign_in_budgets",
            [
                hash("subject").primary_key().take(),
                maybe_uuid("user_id"),
                int("failures"),
                time("last_at"),
                maybe_time("locked_until"),
            ],
        )
        .foreign_key(&mut belongs(("sign_in_budgets", &["user_id"]), ("users", &["id"])))
        .take();
        // Counted by the hash of an address, whether or not somebody has it.
        let mail_budgets = table(
            "mail_budgets",
            [hash("subject"), short("kind", 32), int("sent"), time("began_at"), time("last_at")],
        )
        .primary_key(Index::create().col("subject").col("kind"))
        .take();
        create(
            manager,
            [sign_in_budgets, mail_budgets],
            [
                index("sign_in_budgets", &["user_id", "last_at"]),
                index("sign_in_budgets", &["last_at"]),
                index("mail_budgets", &["last_at"]),
                // The few that are going to be deleted.
                index("users", &["deletion_due_at"])
                    .and_where(Expr::col("deletion_due_at").is_not_null())
                    .take(),
                // An archive reads these from the first to the last.
                index("balances", &["user_id", "id"]),
                index("audit_log", &["user_id", "id"]),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, name) in [
            ("audit_log", "ix_audit_log_user_id_id"),
            ("balances", "ix_balances_user_id_id"),
            ("users", "ix_users_deletion_due_at"),
        ] {
            manager.drop_index(Index::drop().name(name).table(table).to_owned()).await?;
        }
        drop(manager, &["mail_budgets", "sign_in_budgets"]).await?;
        for name in USERS {
            manager.alter_table(Table::alter().table("users").drop_column(name).take()).await?;
        }
        Ok(())
    }
}
