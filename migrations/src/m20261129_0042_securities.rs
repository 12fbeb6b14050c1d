//! Securities as things of their own. Those of the positions and trades that are there are found by what was stored of
//! them, symbol or name: numbers were not kept, and are learnt as sources tell them again.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{
        DbBackend, FromQueryResult, Statement,
        prelude::{DateTimeUtc, Uuid},
    },
};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Securities that are written at once.
const WRITTEN: usize = 500;
const SECURITIES: [&str; 8] =
    ["id", "user_id", "symbol", "name", "asset_class", "currency", "created_at", "updated_at"];

/// The rows that tell of securities, with what they tell.
const TELLING: [(&str, &str, &str, &str, &str); 2] = [
    ("holdings", "security_id", "symbol", "name", "asset_class"),
    ("transactions", "trade_security_id", "trade_symbol", "trade_name", "trade_asset_class"),
];

#[derive(FromQueryResult)]
struct Told {
    user_id: Uuid,
    key: String,
    symbol: Option<String>,
    name: Option<String>,
    asset_class: String,
    currency: Option<String>,
    at: DateTimeUtc,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // What is referred to has to be unique before the reference is made.
        create(manager, [securities()], [unique("securities", &["user_id", "id"])]).await?;
        create(manager, [keys()], [index("securities", &["user_id", "seq", "id"])]).await?;
        for (table, column, ..) in TELLING {
            // No reference: it would cost every row a look-up, and securities go with their owner only.
            let added = Table::alter().table(table).add_column(maybe_uuid(column)).take();
            manager.alter_table(added).await?;
        }
        fill(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column, ..) in TELLING {
            manager.alter_table(Table::alter().table(table).drop_column(column).take()).await?;
        }
        drop(manager, &["security_keys", "securities"]).await
    }
}

fn securities() -> TableCreateStatement {
    table(
        "securities",
        [
            id(),
            uuid("user_id"),
            maybe_text("symbol"),
            maybe_text("exchange"),
            maybe_short("isin", 12),
            maybe_short("cusip", 9),
            maybe_short("figi", 12),
            maybe_text("name"),
            short("asset_class", 32),
            maybe_short("currency", 3),
            maybe_text("multiplier"),
            time("created_at"),
            time("updated_at"),
            long("seq").default(0).take(),
            long("born_seq").default(0).take(),
        ],
    )
    .foreign_key(&mut belongs(("securities", &["user_id"]), ("users", &["id"])))
    .take()
}

fn keys() -> TableCreateStatement {
    table("security_keys", [uuid("user_id"), text("key"), uuid("security_id")])
        .primary_key(Index::create().col("user_id").col("key"))
        .foreign_key(&mut belongs(
            ("security_keys", &["user_id", "security_id"]),
            ("securities", &["user_id", "id"]),
        ))
        .take()
}

/// The key of a row's security, as the program makes it of symbol or name; null where there is neither.
fn key(backend: DbBackend, (symbol, name, class): (&str, &str, &str)) -> String {
    // Capitals of ASCII only, as the program does it.
    let upper = |text: &str| match backend {
        DbBackend::Postgres => format!("upper(({text}) COLLATE \"C\")"),
        _ => format!("upper({text})"),
    };
    let plain = format!("replace({symbol}, ' ', '')");
    let known = format!("{symbol} IS NOT NULL AND {plain} <> '' AND length({plain}) <= 250");
    format!(
        "CASE WHEN {known} AND {class} = 'cryptocurrency' THEN 'coin:' || {} \
         WHEN {known} THEN 'symbol:' || {} || '@' || currency \
         WHEN {name} <> '' AND length({name}) <= 250 THEN 'name:' || {} || '@' || currency END",
        upper(&plain),
        upper(&plain),
        upper(name)
    )
}

/// Makes the securities of all positions and trades, and refers to them: a handful of statements, however many rows there
/// are.
async fn fill(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let backend = manager.get_database_backend();
    let telling: Vec<String> = TELLING
        .iter()
        .map(|(table, _, symbol, name, class)| {
            let key = key(backend, (symbol, name, class));
            format!(
                "SELECT user_id, {key} AS key, {symbol} AS symbol, {name} AS name, {class} AS asset_class, currency, \
                 updated_at AS at FROM {table} WHERE {class} IS NOT NULL"
            )
        })
        .collect();
    let told = format!(
        "SELECT user_id, key, MIN(symbol) AS symbol, MAX(name) AS name, MIN(asset_class) AS asset_class, \
         MIN(currency) AS currency, MIN(at) AS at FROM ({}) AS told WHERE key IS NOT NULL GROUP BY user_id, key",
        telling.join(" UNION ALL ")
    );
    let told = connection.query_all_raw(Statement::from_string(backend, told)).await?;
    let told: Vec<Told> =
        told.iter().map(|row| Told::from_query_result(row, "")).collect::<Result<_, _>>()?;
    // Ids of version 7 that nobody has: of the latest moment that is told, and counted.
    let latest = told.iter().map(|told| told.at.timestamp_millis()).max().unwrap_or_default();
    let millis = u128::from(latest.unsigned_abs());
    let (first, mut made) = ((millis << 80) | (0x7 << 76) | (0x2 << 62), 0_u128);
    for chunk in told.chunks(WRITTEN) {
        let (mut rows, mut keys) = (Query::insert(), Query::insert());
        rows.into_table("securities").columns(SECURITIES);
        keys.into_table("security_keys").columns(["user_id", "key", "security_id"]);
        for Told { user_id, key, symbol, name, asset_class, currency, at } in chunk {
            made += 1;
            let id = Uuid::from_u128(first | made);
            let values: [Expr; 8] = [
                id.into(),
                (*user_id).into(),
                symbol.clone().into(),
                name.clone().into(),
                asset_class.clone().into(),
                currency.clone().into(),
                (*at).into(),
                (*at).into(),
            ];
            rows.values_panic(values);
            let values: [Expr; 3] = [(*user_id).into(), key.clone().into(), id.into()];
            keys.values_panic(values);
        }
        connection.execute(&rows).await?;
        connection.execute(&keys).await?;
    }
    for (table, column, symbol, name, class) in TELLING {
        let key = key(backend, (symbol, name, class));
        let refer = format!(
            "UPDATE {table} SET {column} = (SELECT k.security_id FROM security_keys k \
             WHERE k.user_id = {table}.user_id AND k.key = {key}) WHERE {class} IS NOT NULL"
        );
        connection.execute_unprepared(&refer).await?;
    }
    Ok(())
}
