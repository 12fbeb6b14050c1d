//! Takes the account numbers out of the stored rows of statement files, such as the other account's of a transfer:
//! only their end stays. Rows that are stored from now on have it so.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{FromQueryResult, prelude::Uuid},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Rows that are read at once.
const BATCH: u64 = 500;
/// End of the names of elements whose value is an account's full number, e.g. `ACCTID` and `LOANACCTID`.
const NUMBER: &str = "ACCTID>";
/// Signs that stay of a number.
const KEPT: usize = 4;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    raw: String,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let mut after = Uuid::nil();
        loop {
            let found = Query::select()
                .columns(["id", "raw"])
                .from("transactions")
                .and_where(Expr::col("id").gt(after))
                .and_where(Expr::expr(Func::upper(Expr::col("raw"))).like(format!("%{NUMBER}%")))
                .order_by("id", Order::Asc)
                .limit(BATCH)
                .take();
            let rows = connection.query_all(&found).await?;
            for row in &rows {
                let Row { id, raw } = Row::from_query_result(row, "")?;
                let masked = Query::update()
                    .table("transactions")
                    .value("raw", masked(&raw))
                    .and_where(Expr::col("id").eq(id))
                    .take();
                connection.execute(&masked).await?;
                after = id;
            }
            if rows.is_empty() {
                return Ok(());
            }
        }
    }

    /// The numbers are gone.
    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

/// The row with every account number cut to its end.
fn masked(raw: &str) -> String {
    let mut pieces = raw.split('<');
    let mut masked = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        masked.push('<');
        let end = piece.find('>').map(|at| at + 1).filter(|end| {
            let name = &piece[..*end];
            !name.starts_with('/') && name.to_ascii_uppercase().ends_with(NUMBER)
        });
        let Some(end) = end else {
            masked.push_str(piece);
            continue;
        };
        let (name, value) = piece.split_at(end);
        let number: Vec<char> = value.chars().filter(|c| c.is_alphanumeric()).collect();
        let cut = if number.len() > KEPT { &number[number.len() - KEPT..] } else { &[] };
        masked.push_str(name);
        masked.push_str("****");
        masked.extend(cut);
    }
    masked
}
