//! The net worth over time in one hand-written statement, for accounts that were all told one balance before their first
//! transaction, and amounts with two places: that is all it can do.

use actix_web::{
    error::ErrorInternalServerError,
    web::{Data, Json},
};
use serde::Serialize;

use super::State;

/// The sum of all balances at the end of a day.
#[derive(Serialize)]
pub(super) struct Point {
    date: String,
    total: String,
}

/// What was told.
#[derive(Serialize)]
pub(super) struct Worth {
    items: Vec<Point>,
}

impl Worth {
    fn of(rows: Vec<(String, i64)>) -> Self {
        let point = |(date, cents): (String, i64)| {
            let sign = if cents < 0 { "-" } else { "" };
            let (whole, part) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
            Point { date, total: format!("{sign}{whole}.{part:02}") }
        };
        Self { items: rows.into_iter().map(point).collect() }
    }
}

const SQLITE_MONTHS: &str = "SELECT MAX(day), \
    SUM(SUM(CAST(REPLACE(sum, '.', '') AS INTEGER))) OVER (ORDER BY substr(day, 1, 7)) \
    + (SELECT SUM(CAST(REPLACE(balance, '.', '') AS INTEGER)) FROM balances WHERE user_id = $1) \
    FROM account_days WHERE user_id = $1 GROUP BY substr(day, 1, 7) ORDER BY 1";
const SQLITE_DAYS: &str = "SELECT day, SUM(SUM(CAST(REPLACE(sum, '.', '') AS INTEGER))) OVER (ORDER BY day) \
    + (SELECT SUM(CAST(REPLACE(balance, '.', '') AS INTEGER)) FROM balances WHERE user_id = $1) \
    FROM account_days WHERE user_id = $1 GROUP BY day ORDER BY 1";
const POSTGRES_MONTHS: &str = "SELECT MAX(day)::text, \
    ((SUM(SUM(sum::numeric)) OVER (ORDER BY date_trunc('month', day)) \
    + (SELECT SUM(balance::numeric) FROM balances WHERE user_id = $1)) * 100)::bigint \
    FROM account_days WHERE user_id = $1 GROUP BY date_trunc('month', day) ORDER BY 1";
const POSTGRES_DAYS: &str = "SELECT day::text, ((SUM(SUM(sum::numeric)) OVER (ORDER BY day) \
    + (SELECT SUM(balance::numeric) FROM balances WHERE user_id = $1)) * 100)::bigint \
    FROM account_days WHERE user_id = $1 GROUP BY day ORDER BY day";

macro_rules! handlers {
    ($engine:ident, $pool:ty, $months:expr, $days:expr) => {
        pub(super) mod $engine {
            use super::*;

            pub(in super::super) async fn months(
                state: Data<State<$pool>>,
            ) -> actix_web::Result<Json<Worth>> {
                ask(&state, $months).await
            }

            pub(in super::super) async fn days(state: Data<State<$pool>>) -> actix_web::Result<Json<Worth>> {
                ask(&state, $days).await
            }

            async fn ask(state: &State<$pool>, sql: &'static str) -> actix_web::Result<Json<Worth>> {
                let asked = sqlx::query_as(sql).bind(state.subject.user).fetch_all(&state.pool);
                Ok(Json(Worth::of(asked.await.map_err(ErrorInternalServerError)?)))
            }
        }
    };
}

handlers!(sqlite, sqlx::SqlitePool, SQLITE_MONTHS, SQLITE_DAYS);
handlers!(postgres, sqlx::PgPool, POSTGRES_MONTHS, POSTGRES_DAYS);
