//! Transfers between a user's own accounts: of which one a transaction is a side, how far each user's changes were looked
//! through for them, and the lists of them.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TRANSACTIONS: &str = "transactions";
const CLOCKS: &str = "user_clocks";
const DECISIONS: &str = "decisions";
/// Of the transactions that bring money, which are rare beside those that take it.
const COMING: &str = "ix_transactions_coming";
/// The columns of the lists, what each adds to the name of its index, and the name of the index of what makes one
/// transaction of two and of transfers together.
const LISTS: [(&[&str], &str, &str); 2] = [
    (&["user_id", "id"], "", "ix_decisions_user_id_id"),
    (&["user_id", "state", "id"], "_state", "ix_decisions_user_id_state_id"),
];
/// The names of the indexes of each sort: the lists of one leave the other out.
const SORTS: [(&str, BinOper); 2] =
    [("ix_decisions_transfers", BinOper::Equal), ("ix_decisions_merges", BinOper::NotEqual)];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut through = ColumnDef::new("transfers_seq").big_integer().not_null().default(0).take();
        let columns = [
            (TRANSACTIONS, &mut maybe_uuid("transfer_id")),
            (TRANSACTIONS, &mut maybe_short("transfer_kind", 32)),
            (CLOCKS, &mut through),
            (CLOCKS, &mut maybe_uuid("transfers_row")),
        ];
        for (table, column) in columns {
            manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
        }
        let coming = Expr::cust("substr(amount, 1, 1)").ne("-");
        let coming = index(TRANSACTIONS, &["user_id", "day", "id"]).name(COMING).and_where(coming).take();
        manager.create_index(coming).await?;
        for (columns, of, both) in LISTS {
            for (sort, is) in SORTS {
                let one = Expr::col("kind").binary(is, "transfer");
                let list = index(DECISIONS, columns).name(format!("{sort}{of}")).and_where(one).take();
                manager.create_index(list).await?;
            }
            manager.drop_index(Index::drop().name(both).table(DECISIONS).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (columns, of, both) in LISTS {
            manager.create_index(index(DECISIONS, columns).name(both).take()).await?;
            for (sort, _) in SORTS {
                let drop = Index::drop().name(format!("{sort}{of}")).table(DECISIONS).to_owned();
                manager.drop_index(drop).await?;
            }
        }
        manager.drop_index(Index::drop().name(COMING).table(TRANSACTIONS).to_owned()).await?;
        let columns = [
            (CLOCKS, "transfers_row"),
            (CLOCKS, "transfers_seq"),
            (TRANSACTIONS, "transfer_kind"),
            (TRANSACTIONS, "transfer_id"),
        ];
        for (table, column) in columns {
            manager.alter_table(Table::alter().table(table).drop_column(column).take()).await?;
        }
        Ok(())
    }
}
