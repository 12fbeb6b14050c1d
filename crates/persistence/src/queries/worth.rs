//! [`WorthQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    ledger::worth::{AccountRecord, FxRate, WorthQueries},
    money::Currency,
    store::StoreError,
    time::Day,
};

use super::{
    Guided, SqlQueries,
    ledger::{FIRST_DAY, LAST_DAY},
};
use crate::{
    pool::{Arg, Pool},
    rows::worth::NEXT,
};

/// All accounts of an owner, each with its told balances and the sums of its days, packed into one text each. It is one
/// statement, so that all of it is of one moment, and one row for each account, because rows are what takes time.
///
/// What is needed from a day on is what was told on the last day before it and since, and what moved since then; where
/// nothing was told before it, the last movement before it shows that the account was there. Of the last day all is read,
/// because not what was told last on it counts, but what tells it best.
static RECORDS: LazyLock<Guided> = LazyLock::new(|| Guided {
    sqlite: records(
        "group_concat",
        "b.as_of",
        "d.day",
        // As a text the day alone is less than each instant of it.
        ["substr(MAX(c.as_of), 1, 10)", "substr(MAX(c.as_of), 1, 10)"],
        " INDEXED BY ix_balances_user_id_account_id_as_of",
    ),
    postgres: records(
        "string_agg",
        "(EXTRACT(EPOCH FROM b.as_of) * 1000000)::bigint",
        "(d.day - DATE '1970-01-01')",
        [
            "(MAX(c.as_of) AT TIME ZONE 'UTC')::date",
            "date_trunc('day', MAX(c.as_of) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'",
        ],
        "",
    ),
});

fn records(pack: &str, as_of: &str, day: &str, [last_day, its_start]: [&str; 2], index: &str) -> String {
    let of = |table: &str| {
        format!("{table}.user_id = a.user_id AND {table}.account_id = a.id AND {table}.currency = a.currency")
    };
    let last =
        |what: &str| format!("(SELECT {what} FROM balances c{index} WHERE {} AND c.as_of < $2)", of("c"));
    format!(
        "SELECT a.id, a.kind, a.currency, a.is_active, \
         (SELECT {pack}({as_of} || ' ' || b.source || ' ' || b.balance, '{NEXT}') FROM balances b{index} \
         WHERE {} AND b.as_of >= COALESCE({}, $2)), \
         (SELECT {pack}({day} || ' ' || d.count || ' ' || d.sum, '{NEXT}') FROM account_days d \
         WHERE {} AND d.day >= COALESCE({}, (SELECT MAX(e.day) FROM account_days e WHERE {} AND e.day < $3), $3)), \
         a.corrections FROM accounts a WHERE a.user_id = $1 ORDER BY a.id",
        of("b"),
        last(its_start),
        of("d"),
        last(last_day),
        of("e"),
    )
}

static RATES: LazyLock<Guided> = LazyLock::new(|| {
    let rates = |among: &str| {
        format!(
            "SELECT base, quote, day, rate, source FROM fx_rates \
             WHERE base {among} AND quote {among} AND day >= $2 AND day <= $3"
        )
    };
    Guided {
        sqlite: rates("IN (SELECT value FROM json_each($1))"),
        postgres: rates("= ANY(string_to_array($1, ','))"),
    }
});

/// A day that both engines compare alike.
fn plain(day: Day) -> Day {
    Day(day.0.clamp(FIRST_DAY, LAST_DAY))
}

#[async_trait]
impl WorthQueries for SqlQueries {
    async fn account_records(&self, owner: UserId, from: Day) -> Result<Vec<AccountRecord>, StoreError> {
        let from = plain(from);
        let args = [Arg::Id(owner.0), Arg::Time(from.start().as_chrono()), Arg::Day(from.0)];
        self.pool.rows(RECORDS.of(&self.pool), &args).await
    }

    async fn rates(&self, among: &[Currency], from: Day, to: Day) -> Result<Vec<FxRate>, StoreError> {
        let codes: Vec<&str> = among.iter().map(Currency::as_str).collect();
        let codes = match self.pool {
            Pool::Sqlite(_) => format!("[\"{}\"]", codes.join("\",\"")),
            Pool::Postgres(_) => codes.join(","),
        };
        let args = [Arg::Text(&codes), Arg::Day(plain(from).0), Arg::Day(plain(to).0)];
        self.pool.rows(RATES.of(&self.pool), &args).await
    }
}

#[cfg(test)]
mod tests {
    use super::{super::ledger::tests::schema, *};
    use crate::queries::ledger::tests::plan;

    /// What SQLite looks for, it finds through an index, by the whole of what is known.
    #[tokio::test]
    async fn every_part_is_a_range_of_an_index() {
        let pool = schema().await;
        let records = plan(&pool, &RECORDS.sqlite).await;
        let rates = plan(&pool, &RATES.sqlite).await;
        for plan in [&records, &rates] {
            assert!(
                !plan.contains("SCAN a") && !plan.contains("SCAN b") && !plan.contains("SCAN fx"),
                "{plan}"
            );
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
        for part in [
            "SEARCH b USING INDEX ix_balances_user_id_account_id_as_of (user_id=? AND account_id=? AND as_of>?)",
            "SEARCH c USING INDEX ix_balances_user_id_account_id_as_of (user_id=? AND account_id=? AND as_of<?)",
            "SEARCH d USING INDEX sqlite_autoindex_account_days_1 (user_id=? AND account_id=? AND day>?)",
            "SEARCH e USING COVERING INDEX sqlite_autoindex_account_days_1 (user_id=? AND account_id=? AND day<?)",
        ] {
            assert!(records.contains(part), "{part}\n{records}");
        }
        let of_rates = "SEARCH fx_rates USING INDEX sqlite_autoindex_fx_rates_1 (base=? AND quote=? AND day>? AND day<?)";
        assert!(rates.contains(of_rates), "{rates}");
    }
}
