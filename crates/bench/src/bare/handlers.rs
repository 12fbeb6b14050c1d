//! The handlers, once for each engine: sqlx is typed by it.

use actix_web::{
    HttpResponse,
    error::ErrorInternalServerError,
    web::{Data, Json},
};
use chrono::NaiveDate;
use uuid::Uuid;

use super::{
    State,
    rows::{Account, List, Transaction, User},
};

const USER: &str = "SELECT id, email, email_canonical, name, password_hash, email_verified_at, is_active, \
    min_token_version, last_login_at, last_login_ip, created_at, updated_at, revision, administrator, expiration_time, \
    readonly, device_readonly, limit_commands, fixed_email, device_limit, user_limit, managed_by, two_factor_type, \
    phone, login, map, latitude, longitude, attributes, zoom FROM users WHERE id = $1";

const ACCOUNTS: &str = "SELECT id, user_id, source, external_id, institution, name, mask, kind, currency, balance, \
    available, balance_as_of, is_active, last_synced_at, created_at, updated_at, institution_url, parts, corrections, \
    credit_limit, interest_rate, closed_since FROM accounts \
    WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT $3";

const TRANSACTIONS: &str = "SELECT id, user_id, account_id, source_id, ordinal, day, occurred_at, amount, currency, \
    description, kind, status, memo, check_number, trade_symbol, trade_name, trade_asset_class, trade_quantity, \
    trade_price, trade_fees, import_id, seen_in, created_at, updated_at, merchant, corrections, \
    trade_security_id, told_category, category, decided, pending_amount, pending_day, transfer_id, transfer_kind \
    FROM transactions t \
    WHERE user_id = $1 AND day >= $2 AND (day, id) < ($3, $4) AND status <> 'removed' AND NOT is_hidden \
    ORDER BY day DESC, id DESC LIMIT $5";

/// The number of items on a page.
const PAGE: i64 = 100;

const FIRST_DAY: NaiveDate = day(1, 1, 1);
const LAST_DAY: NaiveDate = day(9999, 12, 31);

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

type Answered<T> = actix_web::Result<Json<T>>;

macro_rules! handlers {
    ($engine:ident, $pool:ty) => {
        pub(super) mod $engine {
            use super::*;

            pub(in super::super) async fn me(state: Data<State<$pool>>) -> Answered<User> {
                let user = sqlx::query_as(USER)
                    .bind(state.subject.user)
                    .fetch_one(&state.pool)
                    .await
                    .map_err(ErrorInternalServerError)?;
                Ok(Json(user))
            }

            pub(in super::super) async fn accounts(state: Data<State<$pool>>) -> Answered<List<Account>> {
                let items = sqlx::query_as(ACCOUNTS)
                    .bind(state.subject.user)
                    .bind(Uuid::nil())
                    .bind(PAGE + 1)
                    .fetch_all(&state.pool)
                    .await
                    .map_err(ErrorInternalServerError)?;
                Ok(Json(List::cut(items, PAGE as usize)))
            }

            pub(in super::super) async fn transactions(
                state: Data<State<$pool>>,
            ) -> Answered<List<Transaction>> {
                page(&state.pool, state.subject.user, (LAST_DAY, Uuid::max())).await
            }

            pub(in super::super) async fn last_transactions(
                state: Data<State<$pool>>,
            ) -> Answered<List<Transaction>> {
                page(&state.pool, state.subject.user, state.subject.before_last).await
            }

            pub(in super::super) async fn constant(state: Data<State<$pool>>) -> HttpResponse {
                HttpResponse::Ok().content_type("application/json").body(state.subject.constant.clone())
            }

            async fn page(
                pool: &$pool,
                user: Uuid,
                before: (NaiveDate, Uuid),
            ) -> Answered<List<Transaction>> {
                let items = sqlx::query_as(TRANSACTIONS)
                    .bind(user)
                    .bind(FIRST_DAY)
                    .bind(before.0)
                    .bind(before.1)
                    .bind(PAGE + 1)
                    .fetch_all(pool)
                    .await
                    .map_err(ErrorInternalServerError)?;
                Ok(Json(List::cut(items, PAGE as usize)))
            }
        }
    };
}

handlers!(sqlite, sqlx::SqlitePool);
handlers!(postgres, sqlx::PgPool);
