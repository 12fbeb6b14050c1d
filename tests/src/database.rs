//! A look into the database past the program, for what no answer shows, and for moving stored times into the past.

use sqlx::{Connection, Executor, PgConnection, Row, SqliteConnection};

use crate::Place;

enum Open {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Place {
    async fn open(&self) -> Open {
        match self.database_url() {
            Some(url) => Open::Postgres(PgConnection::connect(url).await.expect("Postgres answers")),
            None => {
                let file = format!("sqlite://{}", self.path().join("dashtam.db").display());
                let mut sqlite = SqliteConnection::connect(&file).await.expect("the file opens");
                sqlite.execute("PRAGMA busy_timeout = 10000").await.expect("the file answers");
                Open::Sqlite(sqlite)
            }
        }
    }

    /// Every row of a query, all its columns as text. Columns must be cast to text in the query.
    pub async fn rows(&self, query: &'static str) -> Vec<Vec<String>> {
        macro_rules! texts {
            ($rows:expr) => {
                $rows.iter().map(|row| (0..row.len()).map(|at| row.get::<String, _>(at)).collect()).collect()
            };
        }
        match self.open().await {
            Open::Sqlite(mut open) => texts!(open.fetch_all(query).await.expect("the query works")),
            Open::Postgres(mut open) => texts!(open.fetch_all(query).await.expect("the query works")),
        }
    }

    /// The one number a query answers.
    pub async fn number(&self, query: &'static str) -> u64 {
        let rows = self.rows(query).await;
        rows[0][0].parse().expect("the query answers a number")
    }

    /// Waits until nobody is connected to the database any more. Postgres finishes what a killed program asked it last, a
    /// commit too, and only then notices that nobody waits for the answer.
    pub async fn left_alone(&self) {
        if self.database_url().is_none() {
            return;
        }
        let others = "SELECT CAST(COUNT(*) AS TEXT) FROM pg_stat_activity \
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        crate::patience::eventually("the end of all connections", crate::patience::SOON, async || {
            (self.number(others).await == 0).then_some(())
        })
        .await;
    }

    /// Changes something; how many rows it met.
    pub async fn change(&self, statement: &'static str) -> u64 {
        match self.open().await {
            Open::Sqlite(mut open) => {
                open.execute(statement).await.expect("the statement works").rows_affected()
            }
            Open::Postgres(mut open) => {
                open.execute(statement).await.expect("the statement works").rows_affected()
            }
        }
    }
}
