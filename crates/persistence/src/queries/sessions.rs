//! Sessions and API keys, and the token floor.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{SessionId, UserId},
    identity::{
        ApiKeyNotice, ApiKeyQueries, Familiarity, SecurityConfig, Session, SessionKey, SessionQueries,
        SessionSnapshot,
    },
    page::{Limit, Page},
    record::Record,
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::Iterable;
use uuid::Uuid;

use super::{SqlQueries, count};
use crate::{
    cells::{Cells, Entry, FromRow},
    pool::Arg,
    rows::{columns, security_config, sessions, users},
};

/// A session with its user.
pub(crate) static SESSION: LazyLock<String> = LazyLock::new(|| {
    let user = columns("u", users::Column::iter());
    let session = columns("s", sessions::Column::iter());
    let floor = columns("c", security_config::Column::iter());
    format!(
        "SELECT {user}, {session}, {floor} FROM sessions s JOIN users u ON u.id = s.user_id \
         CROSS JOIN security_config c WHERE s.id = $1"
    )
});
static SESSION_BY_CREDENTIAL: LazyLock<String> =
    LazyLock::new(|| SESSION.replace("s.id = $1", "s.credential_hash = $1"));

/// Everything but API keys.
const SIGN_INS: &str = "s.transport <> 'api_key'";
/// API keys alone.
const KEYS: &str = "s.transport = 'api_key'";

/// `SessionSnapshot::admits` in SQL, for a token of the session's own version: $1 is the owner, $2 now, and $3 the
/// latest instant of a request that is too long ago. What is the same for all sessions is asked for once, so that
/// nothing but the index of live sessions is gone through, in its order.
fn live(transports: &str) -> String {
    held(&format!("{transports} AND s.created_at <= $2"))
}

/// The same with those that began after `$2`, by the clock of whoever began them.
fn held(which: &str) -> String {
    format!(
        "FROM sessions s \
         WHERE s.user_id = $1 AND s.ended_at IS NULL AND s.expires_at >= $2 \
         AND (s.long_lived OR s.last_seen_at > $3) AND {which} \
         AND s.token_version >= (SELECT u.min_token_version FROM users u WHERE u.id = $1 AND u.is_active \
         AND (u.expiration_time IS NULL OR u.expiration_time >= $2)) \
         AND (s.global_version >= (SELECT c.global_min_token_version FROM security_config c) \
         OR $2 < (SELECT c.grace_until FROM security_config c)) \
         AND (s.global_version >= (SELECT c.earlier_version FROM security_config c) \
         OR $2 < (SELECT c.earlier_until FROM security_config c))"
    )
}

/// The API keys that stand in the way of another: racing requests read their clocks in one order and come here in
/// another, so that a key may be there which begins a moment later.
pub(crate) static HELD_KEYS: LazyLock<String> = LazyLock::new(|| held(KEYS));

static SESSIONS: LazyLock<String> = LazyLock::new(|| {
    let session = columns("s", sessions::Column::iter());
    let live = live(SIGN_INS);
    format!(
        "SELECT {session} {live} AND (s.last_seen_at, s.id) < ($4, $5) \
         ORDER BY s.last_seen_at DESC, s.id DESC LIMIT $6"
    )
});
static COUNT: LazyLock<String> = LazyLock::new(|| format!("SELECT COUNT(*) {}", live(SIGN_INS)));
static API_KEYS: LazyLock<String> = LazyLock::new(|| {
    let session = columns("s", sessions::Column::iter());
    format!("SELECT {session} {} ORDER BY s.id DESC", live(KEYS))
});
const KEY_NOTICES: &str = "SELECT id, user_id, notice_due_at, expires_at FROM sessions \
     WHERE notice_due_at IS NOT NULL AND notice_due_at <= $1 AND ended_at IS NULL \
     ORDER BY notice_due_at, id LIMIT $2";
const FAMILIARITY: &str = "SELECT CASE WHEN EXISTS (SELECT 1 FROM sessions WHERE user_id = $1 AND device = $2 \
     AND network = $3) THEN 2 WHEN EXISTS (SELECT 1 FROM sessions WHERE user_id = $1) THEN 1 ELSE 0 END";
static TRUSTS: LazyLock<String> =
    LazyLock::new(|| format!("SELECT COUNT(*) {} AND s.is_trusted AND s.fingerprint = $4", live(SIGN_INS)));
const BELOW: &str = "SELECT COUNT(*), COUNT(DISTINCT user_id) FROM sessions \
     WHERE global_version < $1 AND ended_at IS NULL AND expires_at >= $2";
static CONFIG: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {} FROM security_config c", columns("c", security_config::Column::iter()))
});

/// The end of the year 9999, in microseconds: no session was seen later.
pub(super) const LATEST: i64 = 253_402_300_799_999_999;

/// Whole numbers in the first columns.
struct Numbers<const N: usize>([i64; N]);

impl<const N: usize> FromRow for Numbers<N> {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Session, 0);
        let mut numbers = [0; N];
        for (index, number) in numbers.iter_mut().enumerate() {
            *number = entry.get(index)?;
        }
        Ok(Self(numbers))
    }
}

fn number(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[async_trait]
impl SessionQueries for SqlQueries {
    async fn session(&self, id: SessionId) -> Result<Option<SessionSnapshot>, StoreError> {
        self.pool.row(&SESSION, &[Arg::Id(id.0)]).await
    }

    async fn session_by_credential(&self, hash: &SecretHash) -> Result<Option<SessionSnapshot>, StoreError> {
        self.pool.row(&SESSION_BY_CREDENTIAL, &[Arg::Text(&hash.to_hex())]).await
    }

    async fn sessions(
        &self,
        owner: UserId,
        now: Timestamp,
        after: Option<SessionKey>,
        limit: Limit,
    ) -> Result<Page<Session, SessionKey>, StoreError> {
        let now_arg = Arg::Time(now.as_chrono());
        let (seen, id) = match after {
            Some(key) => (key.last_seen_at, key.id.0),
            None => (Timestamp::from_micros(LATEST).unwrap_or(now), Uuid::max()),
        };
        let args = [
            Arg::Id(owner.0),
            now_arg,
            idle_limit(now),
            Arg::Time(seen.as_chrono()),
            Arg::Id(id),
            count(limit),
        ];
        let key = |last: &Session| SessionKey { last_seen_at: last.last_seen_at, id: last.id };
        self.pool.page(&SESSIONS, &args, limit, key).await
    }

    async fn count_sessions(&self, owner: UserId, now: Timestamp) -> Result<u64, StoreError> {
        let args = [Arg::Id(owner.0), Arg::Time(now.as_chrono()), idle_limit(now)];
        let counted: Option<Numbers<1>> = self.pool.row(&COUNT, &args).await?;
        Ok(counted.map_or(0, |Numbers([sessions])| number(sessions)))
    }

    async fn familiarity(
        &self,
        owner: UserId,
        device: &str,
        network: &str,
    ) -> Result<Familiarity, StoreError> {
        let args = [Arg::Id(owner.0), Arg::Text(device), Arg::Text(network)];
        let found: Option<Small> = self.pool.row(FAMILIARITY, &args).await?;
        Ok(match found {
            Some(Small(2)) => Familiarity::Known,
            Some(Small(1)) => Familiarity::New,
            _ => Familiarity::First,
        })
    }

    async fn trusts(
        &self,
        owner: UserId,
        fingerprint: &SecretHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let print = fingerprint.to_hex();
        let args = [Arg::Id(owner.0), Arg::Time(now.as_chrono()), idle_limit(now), Arg::Text(print.as_str())];
        let counted: Option<Numbers<1>> = self.pool.row(&TRUSTS, &args).await?;
        Ok(counted.is_some_and(|Numbers([sessions])| sessions > 0))
    }

    async fn security_config(&self) -> Result<SecurityConfig, StoreError> {
        self.pool.row(&CONFIG, &[]).await?.ok_or_else(|| StoreError::Corrupt {
            record: Record::TokenFloor,
            reason: "the one row is missing".to_owned(),
        })
    }

    async fn sessions_below(&self, version: i32, now: Timestamp) -> Result<(u64, u64), StoreError> {
        let args = [Arg::Count(version.into()), Arg::Time(now.as_chrono())];
        let counted: Option<Numbers<2>> = self.pool.row(BELOW, &args).await?;
        Ok(counted.map_or((0, 0), |Numbers([sessions, users])| (number(sessions), number(users))))
    }
}

#[async_trait]
impl ApiKeyQueries for SqlQueries {
    async fn api_keys(&self, owner: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let args = [Arg::Id(owner.0), Arg::Time(now.as_chrono()), idle_limit(now)];
        self.pool.listed(&API_KEYS, &args).await
    }

    async fn due_key_notices(&self, now: Timestamp, limit: u32) -> Result<Vec<ApiKeyNotice>, StoreError> {
        self.pool.rows(KEY_NOTICES, &[Arg::Time(now.as_chrono()), Arg::Count(limit.into())]).await
    }
}

/// The latest instant of a request that is too long ago.
fn idle_limit(now: Timestamp) -> Arg<'static> {
    Arg::Time(now.plus(-Session::IDLE_LIMIT).as_chrono())
}

/// A small whole number, which Postgres has in 32 bits.
struct Small(i32);

impl FromRow for Small {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::Session, 0).get(0).map(Self)
    }
}
