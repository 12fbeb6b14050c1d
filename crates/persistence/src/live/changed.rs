//! Which rows of the feed a unit of work changed, found by the number they have from it: whatever wrote them, none is
//! forgotten.

use std::sync::LazyLock;

use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{ChangeKind, DecisionState},
    record::Record,
    store::StoreError,
};
use uuid::Uuid;

use crate::{
    cells::{Cells, Entry, FromRow},
    unit_of_work::SeaUnitOfWork,
};

/// The tables of the feed, what says in each of which account a row is, and whether it is a new suggestion.
fn changed(index: fn(&str) -> String) -> String {
    let suggested = format!(
        "CASE WHEN r.state = '{}' AND r.born_seq = r.seq THEN 1 ELSE 0 END",
        DecisionState::Suggested.as_str()
    );
    let tables = [
        ("accounts", "r.id", "0"),
        ("securities", "CAST(NULL AS uuid)", "0"),
        ("holdings", "r.account_id", "0"),
        ("transactions", "r.account_id", "0"),
        ("balances", "r.account_id", "0"),
        ("decisions", "r.account_id", &suggested),
    ];
    let mut parts: Vec<String> = tables
        .into_iter()
        .map(|(table, account, suggested)| {
            let index = index(table);
            format!("SELECT {account}, {suggested} FROM {table} r{index} WHERE r.user_id = $1 AND r.seq = $2")
        })
        .collect();
    let kinds: Vec<String> = ChangeKind::ALL.iter().map(|kind| format!("'{}'", kind.as_str())).collect();
    parts.push(format!(
        "SELECT CASE WHEN r.kind = '{}' THEN r.id END, 0 FROM removals r \
         WHERE r.user_id = $1 AND r.kind IN ({}) AND r.seq = $2",
        ChangeKind::Account.as_str(),
        kinds.join(", ")
    ));
    parts.join(" UNION ")
}

static SQLITE: LazyLock<String> = LazyLock::new(|| {
    changed(|table| format!(" INDEXED BY ix_{table}_user_id_seq_id")).replace("CAST(NULL AS uuid)", "NULL")
});
static POSTGRES: LazyLock<String> = LazyLock::new(|| changed(|_| String::new()));

/// What a unit of work changed of one owner.
pub(super) struct Changed {
    /// The accounts that changed rows are of, in order.
    pub(super) accounts: Vec<AccountId>,
    /// Whether something is suggested that was not before.
    pub(super) is_suggested: bool,
}

struct Row {
    account: Option<Uuid>,
    is_suggested: bool,
}

impl FromRow for Row {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Transaction, 0);
        Ok(Self { account: entry.get(0)?, is_suggested: entry.get::<i32>(1)? != 0 })
    }
}

impl SeaUnitOfWork {
    /// What the unit changed under this number; `None` if it changed nothing.
    pub(super) async fn changed(&mut self, owner: UserId, seq: i64) -> Result<Option<Changed>, StoreError> {
        let statement = self.statement(&SQLITE, &POSTGRES, vec![owner.0.into(), seq.into()]);
        let rows: Vec<Row> = self.rows_raw(statement).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let mut accounts: Vec<AccountId> = rows.iter().filter_map(|row| row.account).map(AccountId).collect();
        accounts.sort_unstable();
        accounts.dedup();
        Ok(Some(Changed { accounts, is_suggested: rows.iter().any(|row| row.is_suggested) }))
    }
}
