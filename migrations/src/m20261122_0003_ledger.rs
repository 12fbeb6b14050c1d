//! Accounts, balances, holdings, transactions and imports.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const OWNED: &[&str] = &["user_id", "account_id"];
const ACCOUNT: (&str, &[&str]) = ("accounts", &["user_id", "id"]);

const ACCOUNT_KINDS: &[&str] = &[
    "checking",
    "savings",
    "money_market",
    "cd",
    "credit_card",
    "line_of_credit",
    "loan",
    "brokerage",
    "retirement",
    "other",
];
const ASSET_CLASSES: &[&str] =
    &["equity", "etf", "mutual_fund", "option", "fixed_income", "cryptocurrency", "cash_equivalent", "other"];
const TRANSACTION_KINDS: &[&str] = &[
    "credit",
    "debit",
    "interest",
    "dividend",
    "fee",
    "deposit",
    "withdrawal",
    "cash",
    "point_of_sale",
    "transfer",
    "check",
    "payment",
    "direct_deposit",
    "direct_debit",
    "standing_order",
    "hold",
    "trade",
    "other",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // What is referred to has to be unique before the first reference is made.
        let own = [
            unique("accounts", &["user_id", "id"]),
            unique("accounts", &["user_id", "source", "external_id"]),
            index("accounts", &["user_id", "connection_id", "id"]),
        ];
        create(manager, [accounts()], own).await?;
        create(
            manager,
            [balances(), holdings(), transactions(), imports()],
            [
                unique("balances", &["user_id", "account_id", "source", "as_of"]),
                unique("holdings", &["user_id", "account_id", "external_id"]),
                unique("transactions", &["user_id", "account_id", "source_id", "ordinal"]),
                index("transactions", &["user_id", "day", "id"]),
                index("transactions", &["user_id", "account_id", "day", "id"]),
                index("imports", &["user_id", "id"]),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["imports", "transactions", "holdings", "balances", "accounts"]).await
    }
}

fn accounts() -> TableCreateStatement {
    table(
        "accounts",
        [
            id(),
            uuid("user_id"),
            maybe_uuid("connection_id"),
            text("source"),
            text("external_id"),
            maybe_text("institution"),
            text("name"),
            maybe_short("mask", 32),
            word("kind", ACCOUNT_KINDS),
            currency(),
            maybe_text("balance"),
            maybe_text("available"),
            maybe_time("balance_as_of"),
            flag("is_active"),
            maybe_time("last_synced_at"),
            time("created_at"),
            time("updated_at"),
        ],
    )
    .foreign_key(&mut belongs(("accounts", &["user_id"]), ("users", &["id"])))
    .foreign_key(&mut belongs(("accounts", &["user_id", "connection_id"]), ("providers", &["user_id", "id"])))
    .take()
}

fn balances() -> TableCreateStatement {
    table(
        "balances",
        [
            id(),
            uuid("user_id"),
            uuid("account_id"),
            text("balance"),
            maybe_text("available"),
            currency(),
            time("as_of"),
            word("source", &["sync", "statement"]),
            time("created_at"),
        ],
    )
    .foreign_key(&mut belongs(("balances", OWNED), ACCOUNT))
    .take()
}

fn holdings() -> TableCreateStatement {
    table(
        "holdings",
        [
            id(),
            uuid("user_id"),
            uuid("account_id"),
            text("external_id"),
            maybe_text("symbol"),
            maybe_text("name"),
            word("asset_class", ASSET_CLASSES),
            text("quantity"),
            maybe_text("price"),
            maybe_text("market_value"),
            maybe_text("cost_basis"),
            currency(),
            maybe_time("as_of"),
            time("updated_at"),
        ],
    )
    .foreign_key(&mut belongs(("holdings", OWNED), ACCOUNT))
    .take()
}

/// `import_id` and `seen_in` say where a row came from and are not references: checking them would cost every
/// insert two look-ups, and a row stays true when the run that brought it is forgotten.
fn transactions() -> TableCreateStatement {
    table(
        "transactions",
        [
            id(),
            uuid("user_id"),
            uuid("account_id"),
            text("source_id"),
            int("ordinal"),
            day("day"),
            maybe_time("occurred_at"),
            text("amount"),
            currency(),
            text("description"),
            word("kind", TRANSACTION_KINDS),
            word("status", &["pending", "posted", "removed"]),
            maybe_text("memo"),
            maybe_text("check_number"),
            maybe_text("trade_symbol"),
            maybe_text("trade_name"),
            maybe_word("trade_asset_class", ASSET_CLASSES),
            maybe_text("trade_quantity"),
            maybe_text("trade_price"),
            maybe_text("trade_fees"),
            maybe_uuid("import_id"),
            maybe_uuid("seen_in"),
            time("created_at"),
            time("updated_at"),
            maybe_text("raw"),
        ],
    )
    .foreign_key(&mut belongs(("transactions", OWNED), ACCOUNT))
    .take()
}

fn imports() -> TableCreateStatement {
    table(
        "imports",
        [
            id(),
            uuid("user_id"),
            maybe_short("file_name", 255),
            short("format", 32),
            long("size"),
            word("state", &["running", "completed"]),
            long("taken"),
            long("known"),
            long("refused"),
            long("accounts"),
            text("problems"),
            time("created_at"),
            maybe_time("finished_at"),
        ],
    )
    .foreign_key(&mut belongs(("imports", &["user_id"]), ("users", &["id"])))
    .take()
}
