//! A database as the reference system leaves it behind, in a real Postgres.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use crate::servers::{Database, Postgres, Skip};

/// Its tables.
const SCHEMA: &str = include_str!("reference/schema.sql");
/// Users with data of every shape, all of it sound.
const HOUSEHOLD: &str = include_str!("reference/household.sql");

/// The reference system's `ENCRYPTION_KEY` in [`ReferenceDatabase::household`].
pub const ENCRYPTION_KEY: &str = "test-encryption-key-32-chars-long";
/// Its `SECRET_KEY`.
pub const SECRET_KEY: &str = "secret-key-for-tests";
/// What its tokens say.
pub const TOKEN: &str = "access-token-123";
/// That, under `ENCRYPTION_KEY`.
pub const SEALED_TOKEN: &str = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0OD9yW2j910Zweil6ADEH_dBXBxUanpdtYWs6sEVN1zZ9LiI1zDrNT-2xCdQzEF-2W3EXt7IYEY3pbtL2eniRxSyU=";

/// One test's own database of the reference system, dropped with this value.
#[derive(Debug)]
pub struct ReferenceDatabase {
    database: Database,
}

impl ReferenceDatabase {
    /// Its tables without rows; a [`Skip`] where there is no Postgres.
    pub async fn empty() -> Result<Self, Skip> {
        let found = tokio::task::spawn_blocking(Postgres::start_or_connect).await;
        let postgres = found.expect("looking for Postgres does not fail")?;
        let make = async |url: String| -> Result<(), sqlx::Error> {
            let mut connection = PgConnection::connect(&url).await?;
            sqlx::raw_sql(SCHEMA).execute(&mut connection).await?;
            connection.close().await
        };
        let template = postgres.template("reference", make).await;
        Ok(Self { database: postgres.clone_database(&template).await })
    }

    /// With users that have data of every shape.
    pub async fn household() -> Result<Self, Skip> {
        let made = Self::empty().await?;
        made.run(HOUSEHOLD).await;
        Ok(made)
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.database.url
    }

    /// Runs statements past every foreign key.
    pub async fn run(&self, statements: &str) {
        let mut connection = PgConnection::connect(self.url()).await.expect("Postgres answers");
        let loose = sqlx::raw_sql("SET session_replication_role = replica").execute(&mut connection).await;
        loose.expect("the user of the server may do that");
        // Written by the test that runs it.
        let done = sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await;
        done.expect("the statements work");
        connection.close().await.expect("Postgres answers");
    }

    /// A text that changes when any row of any of its tables does.
    pub async fn print(&self) -> String {
        let mut connection = PgConnection::connect(self.url()).await.expect("Postgres answers");
        let mut print = String::new();
        for table in [
            "users",
            "providers",
            "provider_connections",
            "provider_tokens",
            "provider_audit_logs",
            "refresh_tokens",
        ] {
            let sql =
                format!("SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t.id)), '') FROM {table} t");
            let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut connection).await;
            print += &row.expect("the table is there").get::<String, _>(0);
        }
        connection.close().await.expect("Postgres answers");
        print
    }
}
