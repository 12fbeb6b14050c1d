//! The reading.

use std::{collections::HashMap, fmt, str::FromStr};

use async_trait::async_trait;
use dashtam_domain::page::Limit;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, Row as _, postgres::PgConnectOptions};
use uuid::Uuid;

use crate::{
    LeftBehind, ReferenceAccount, ReferenceAuditLine, ReferenceConnection, ReferenceError, ReferenceLink,
    ReferenceSource, ReferenceTable, ReferenceToken,
    wire::{self, failure, read},
};

/// The database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is not one of Postgres. It may hold a password and is not shown.
    #[error("the address cannot be read: use postgres://user@host/name")]
    Address,
    /// See [`ReferenceError`].
    #[error(transparent)]
    Reference(#[from] ReferenceError),
}

/// The reference system's database, open for reading.
pub struct PostgresReference {
    connection: PgConnection,
}

impl fmt::Debug for PostgresReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresReference")
    }
}

/// What makes the moment stand still, and times readable. Every page is planned for its own place: a plan for any
/// place would walk to it from the first row.
const BEGIN: &str = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; \
    SET LOCAL TIME ZONE 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL plan_cache_mode = 'force_custom_plan'; \
    SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0";

const USERS: &str = "SELECT row_to_json(u)::text FROM users u \
    WHERE $1::uuid IS NULL OR u.id > $1 ORDER BY u.id LIMIT $2";
const PROVIDERS: &str =
    "SELECT row_to_json(p)::text FROM providers p WHERE p.user_id = ANY($1) ORDER BY p.user_id, p.id";
const CONNECTIONS: &str = "SELECT row_to_json(c)::text FROM provider_connections c \
    JOIN providers p ON p.id = c.provider_id WHERE p.user_id = ANY($1)";
const TOKENS: &str = "SELECT row_to_json(t)::text FROM provider_tokens t \
    JOIN provider_connections c ON c.id = t.connection_id JOIN providers p ON p.id = c.provider_id \
    WHERE p.user_id = ANY($1)";
const AUDIT_LINES: &str = "SELECT row_to_json(a)::text, p.id FROM provider_audit_logs a \
    LEFT JOIN provider_connections c ON c.id = a.connection_id \
    LEFT JOIN providers p ON p.id = c.provider_id AND p.user_id = a.user_id \
    WHERE a.user_id = $1 AND ($2::uuid IS NULL OR a.id > $2) ORDER BY a.id LIMIT $3";

/// Rows no user's reading comes across.
fn orphans(table: ReferenceTable) -> Option<&'static str> {
    Some(match table {
        ReferenceTable::Users => return None,
        ReferenceTable::Providers => {
            "SELECT p.id FROM providers p WHERE ($1::uuid IS NULL OR p.id > $1) \
             AND NOT EXISTS (SELECT FROM users u WHERE u.id = p.user_id) ORDER BY p.id LIMIT $2"
        }
        ReferenceTable::Connections => {
            "SELECT c.id FROM provider_connections c WHERE ($1::uuid IS NULL OR c.id > $1) \
             AND NOT EXISTS (SELECT FROM providers p JOIN users u ON u.id = p.user_id \
             WHERE p.id = c.provider_id) ORDER BY c.id LIMIT $2"
        }
        ReferenceTable::Tokens => {
            "SELECT t.id FROM provider_tokens t WHERE ($1::uuid IS NULL OR t.id > $1) \
             AND NOT EXISTS (SELECT FROM provider_connections c JOIN providers p ON p.id = c.provider_id \
             JOIN users u ON u.id = p.user_id WHERE c.id = t.connection_id) ORDER BY t.id LIMIT $2"
        }
        ReferenceTable::AuditLogs => {
            "SELECT a.id FROM provider_audit_logs a WHERE ($1::uuid IS NULL OR a.id > $1) \
             AND NOT EXISTS (SELECT FROM users u WHERE u.id = a.user_id) ORDER BY a.id LIMIT $2"
        }
    })
}

/// What counts the rows of a kind that is not copied: its table and column, and the count.
fn count(kind: LeftBehind) -> (&'static str, Option<&'static str>, &'static str) {
    match kind {
        LeftBehind::Sessions => ("refresh_tokens", None, "SELECT count(*) FROM refresh_tokens"),
        LeftBehind::EmailVerifications => {
            ("email_verification_tokens", None, "SELECT count(*) FROM email_verification_tokens")
        }
        LeftBehind::PasswordResets => {
            ("password_reset_tokens", None, "SELECT count(*) FROM password_reset_tokens")
        }
        LeftBehind::AccountsLists => (
            "provider_connections",
            Some("accounts_list"),
            "SELECT count(*) FROM provider_connections WHERE accounts_list::text NOT IN ('[]', 'null', '{}')",
        ),
        LeftBehind::Locks => (
            "users",
            Some("account_locked_until"),
            "SELECT count(*) FROM users WHERE account_locked_until > now()",
        ),
        LeftBehind::RateLimitLog => {
            ("rate_limit_audit_logs", None, "SELECT count(*) FROM rate_limit_audit_logs")
        }
    }
}

fn unavailable(error: sqlx::Error) -> ReferenceError {
    ReferenceError::Unavailable(Box::new(failure(&error)))
}

/// The address as the driver reads it. The reference system names its Python driver in the scheme.
fn options(url: &str) -> Result<PgConnectOptions, OpenError> {
    let (scheme, rest) = url.split_once("://").ok_or(OpenError::Address)?;
    let scheme = scheme.split('+').next().unwrap_or_default();
    if !matches!(scheme, "postgres" | "postgresql") {
        return Err(OpenError::Address);
    }
    let options =
        PgConnectOptions::from_str(&format!("postgres://{rest}")).map_err(|_| OpenError::Address)?;
    Ok(options.disable_statement_logging())
}

impl PostgresReference {
    /// Opens the database at `url` (`postgres://…`, `postgresql+asyncpg://…`) and looks whether it is what the
    /// reference system makes.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let mut connection = PgConnection::connect_with(&options(url)?).await.map_err(unavailable)?;
        sqlx::raw_sql(BEGIN).execute(&mut connection).await.map_err(unavailable)?;
        let mut source = Self { connection };
        for table in ReferenceTable::ALL {
            if !source.has(table.as_str(), None).await? {
                let reason = format!("it has no table {}", table.as_str());
                return Err(ReferenceError::Foreign(reason).into());
            }
        }
        Ok(source)
    }

    /// Ends the reading.
    pub async fn close(self) {
        // Nothing was written, so there is nothing that could be lost.
        let _ = self.connection.close().await;
    }

    /// Whether there is such a table, with such a column, where statements look for it.
    async fn has(&mut self, table: &str, column: Option<&str>) -> Result<bool, ReferenceError> {
        let found = sqlx::query(
            "SELECT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = to_regclass($1) \
             AND a.attname = coalesce($2, 'id') AND NOT a.attisdropped)",
        );
        let row = found.bind(table).bind(column).fetch_one(&mut self.connection).await;
        row.and_then(|row| row.try_get(0)).map_err(unavailable)
    }

    /// The first column of what these users own.
    async fn owned(&mut self, sql: &'static str, users: &[Uuid]) -> Result<Vec<String>, ReferenceError> {
        let rows = sqlx::query(sql).bind(users).fetch_all(&mut self.connection).await.map_err(unavailable)?;
        rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>().map_err(unavailable)
    }
}

/// Keeps what hangs on `parent`; the reference system lets only one thing do so.
fn hang<T>(map: &mut HashMap<Uuid, T>, parent: Uuid, row: T, table: &str) -> Result<(), ReferenceError> {
    match map.insert(parent, row) {
        None => Ok(()),
        Some(_) => Err(ReferenceError::Foreign(format!("{table}: two rows hang on {parent}"))),
    }
}

fn page_size(limit: Limit) -> i64 {
    i64::try_from(limit.get()).unwrap_or(i64::MAX)
}

#[async_trait]
impl ReferenceSource for PostgresReference {
    async fn accounts(
        &mut self,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Vec<ReferenceAccount>, ReferenceError> {
        let page = sqlx::query(USERS).bind(after).bind(page_size(limit));
        let rows = page.fetch_all(&mut self.connection).await.map_err(unavailable)?;
        let mut users = Vec::with_capacity(rows.len());
        for row in &rows {
            let row: String = row.try_get(0).map_err(unavailable)?;
            users.push(read::<wire::User>("users", &row)?);
        }
        let ids: Vec<Uuid> = users.iter().map(|user| user.id).collect();

        let mut tokens: HashMap<Uuid, ReferenceToken> = HashMap::new();
        for row in self.owned(TOKENS, &ids).await? {
            let row: wire::Token = read("provider_tokens", &row)?;
            hang(&mut tokens, row.connection_id, row.into(), "provider_tokens")?;
        }
        let mut connections: HashMap<Uuid, ReferenceConnection> = HashMap::new();
        for row in self.owned(CONNECTIONS, &ids).await? {
            let row: wire::Connection = read("provider_connections", &row)?;
            hang(&mut connections, row.provider_id, row.into(), "provider_connections")?;
        }
        let mut links: HashMap<Uuid, Vec<ReferenceLink>> = HashMap::new();
        for row in self.owned(PROVIDERS, &ids).await? {
            let row: wire::Provider = read("providers", &row)?;
            let owner = row.user_id;
            let connection = connections.remove(&row.id);
            let token = connection.as_ref().and_then(|connection| tokens.remove(&connection.id));
            links.entry(owner).or_default().push(ReferenceLink { provider: row.into(), connection, token });
        }
        let accounts = users.into_iter().map(|user| {
            let links = links.remove(&user.id).unwrap_or_default();
            ReferenceAccount { user: user.into(), links }
        });
        Ok(accounts.collect())
    }

    async fn audit_lines(
        &mut self,
        user: Uuid,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Vec<ReferenceAuditLine>, ReferenceError> {
        let page = sqlx::query(AUDIT_LINES).bind(user).bind(after).bind(page_size(limit));
        let rows = page.fetch_all(&mut self.connection).await.map_err(unavailable)?;
        let line = |row: &sqlx::postgres::PgRow| {
            let provider = row.try_get(1).map_err(unavailable)?;
            let row: String = row.try_get(0).map_err(unavailable)?;
            Ok(read::<wire::AuditLine>("provider_audit_logs", &row)?.about(provider))
        };
        rows.iter().map(line).collect()
    }

    async fn orphans(
        &mut self,
        table: ReferenceTable,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Vec<Uuid>, ReferenceError> {
        let Some(sql) = orphans(table) else { return Ok(Vec::new()) };
        let page = sqlx::query(sql).bind(after).bind(page_size(limit));
        let rows = page.fetch_all(&mut self.connection).await.map_err(unavailable)?;
        rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>().map_err(unavailable)
    }

    async fn left_behind(&mut self) -> Result<Vec<(LeftBehind, u64)>, ReferenceError> {
        let mut found = Vec::new();
        for kind in LeftBehind::ALL {
            let (table, column, sql) = count(kind);
            if !self.has(table, column).await? {
                continue;
            }
            let row = sqlx::query(sql).fetch_one(&mut self.connection).await;
            let rows: i64 = row.and_then(|row| row.try_get(0)).map_err(unavailable)?;
            if let Some(rows) = u64::try_from(rows).ok().filter(|rows| *rows > 0) {
                found.push((kind, rows));
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_reference_system_are_understood() {
        for url in [
            "postgres://u:p@h:5433/d",
            "postgresql://u:p@h:5433/d",
            "postgresql+asyncpg://u:p@h:5433/d",
            "postgresql+psycopg2://u:p@h:5433/d",
        ] {
            let options = options(url).unwrap();
            assert_eq!(
                (options.get_host(), options.get_port(), options.get_database()),
                ("h", 5433, Some("d"))
            );
        }
        for url in ["", "sqlite:x", "mysql://u:hunter2@h/d", "postgres://u:hunter2@h:port/d", "u:hunter2@h"] {
            let error = options(url).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
    #[tokio::test]
    async fn nothing_can_be_written_there() {
        let database = match dashtam_testkit::reference::ReferenceDatabase::household().await {
            Ok(database) => database,
            Err(skip) => return skip.announce("nothing_can_be_written_there"),
        };
        let mut source = PostgresReference::open(database.url()).await.unwrap();
        let level = sqlx::query("SELECT current_setting('transaction_isolation')");
        let level: String = level.fetch_one(&mut source.connection).await.unwrap().get(0);
        assert_eq!(level, "repeatable read");
        let error =
            sqlx::query("DELETE FROM provider_tokens").execute(&mut source.connection).await.unwrap_err();
        // read_only_sql_transaction
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "25006");
    }
}
