//! Rows that somebody else wrote, read as they are written by those who will read them later. What the schema lets pass and the
//! domain does not is refused there: one row that cannot be read would hold up workers that look after everybody.

use dashtam_domain::{
    connections::Connection,
    delivery::notification::{NotificationKey, NotificationSettings},
    identity::User,
    ledger::{
        Account, Alias, BalancePoint, BulkEdit, DaySum, Decision, Holding, Import, ImportedBalance,
        LedgerClock, RejectedPair, SavedLayout, SavedView, Security, ToldAccount, Transaction,
        meaning::{
            OwnCategory, Payee,
            rule::{Rule, RuleRun, RuleRunChange},
        },
        portfolio::SecurityPrice,
        recurring::StreamMark,
    },
    money::Currency,
    record::Record,
    store::StoreError,
    webhook::Webhook,
};
use sea_orm::{IdenStatic, Iterable as _, Value, prelude::Uuid};

use crate::{
    cells::{Cells, Entry, FromRow},
    fault::BrokenRule,
    rows::{
        accounts, allocation_targets, balances, bulk_edits, categories, decisions, holding_days, holdings,
        imports, notification_settings, payees, prices, providers, rule_runs, rules, saved_layouts,
        saved_views, securities, transaction_aliases, transactions, users, webhooks,
    },
    unit_of_work::SeaUnitOfWork,
};

/// What an account held on a day as a whole.
struct Snapshot;

impl FromRow for Snapshot {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::HoldingDay, 0);
        entry.day(0)?;
        entry.time(1)?;
        entry.maybe_decimal(2)?;
        Ok(Self)
    }
}

fn listed(columns: &[&'static str]) -> String {
    format!("\"{}\"", columns.join("\", \""))
}

fn all<C: IdenStatic>(columns: impl Iterator<Item = C>) -> String {
    listed(&columns.map(|column| column.as_str()).collect::<Vec<_>>())
}

fn held() -> String {
    listed(&[&["account_id", "day"][..], &holding_days::POSITION[..]].concat())
}

macro_rules! readings {
    ($($table:literal: $row:ty = $columns:expr;)+) => {
        /// The tables whose rows are read.
        #[cfg(test)]
        const READ: &[&str] = &[$($table),+];

        impl SeaUnitOfWork {
            /// Writes rows of this table by an insert without anything behind its values, and reads each.
            /// [`StoreError::Corrupt`] if one cannot be read, which is the end of the unit of work like a broken rule.
            pub(crate) async fn insert_and_read(
                &mut self,
                table: &str,
                insert: &str,
                values: Vec<Value>,
            ) -> Result<Result<(), BrokenRule>, StoreError> {
                match table {
                    $($table => {
                        let sql = format!("{insert} RETURNING {}", $columns);
                        let statement = self.statement(&sql, &sql, values);
                        Ok(self.insert_new::<$row>(statement).await?.map(drop))
                    })+
                    _ => {
                        let statement = self.statement(insert, insert, values);
                        Ok(self.insert_new::<Uuid>(statement).await?.map(drop))
                    }
                }
            }
        }
    };
}

readings! {
    "users": User = all(users::Column::iter());
    "user_clocks": LedgerClock = listed(&["seq", "epoch"]);
    "providers": Connection = all(providers::Column::iter());
    "categories": OwnCategory = all(categories::Column::iter());
    "rules": Rule = all(rules::Column::iter());
    "payees": Payee = all(payees::Column::iter());
    "saved_views": SavedView = all(saved_views::Column::iter());
    "saved_layouts": SavedLayout = all(saved_layouts::Column::iter());
    "allocation_targets": allocation_targets::Kept = listed(&["targets"]);
    "notification_settings": NotificationSettings = all(notification_settings::Column::iter());
    "told_notifications": NotificationKey = listed(&["kind", "subject"]);
    "webhooks": Webhook = all(webhooks::Column::iter());
    "accounts": Account = all(accounts::Column::iter());
    "securities": Security = all(securities::Column::iter());
    "holdings": Holding = all(holdings::Column::iter());
    "holding_snapshots": Snapshot = listed(&["day", "taken_at", "value"]);
    "holding_days": holding_days::HeldIn = held();
    "balances": BalancePoint = all(balances::Column::iter());
    "account_days": (Currency, DaySum) = listed(&["currency", "day", "sum", "count"]);
    "imports": Import = all(imports::Column::iter());
    "import_accounts": ToldAccount = listed(&[
        "user_id", "import_id", "account_id", "made", "institution", "name", "mask", "kind", "currency",
        "told_at",
    ]);
    "import_balances": ImportedBalance = listed(&[
        "user_id", "import_id", "account_id", "as_of", "balance", "available", "currency", "told_at",
    ]);
    "transactions": Transaction = all(transactions::Column::iter());
    "transaction_aliases": Alias = all(transaction_aliases::Column::iter());
    "rejected_pairs": RejectedPair = listed(&[
        "user_id", "account_id", "source_id", "ordinal", "other_account_id", "other_source_id",
        "other_ordinal",
    ]);
    "decisions": Decision = all(decisions::Column::iter());
    "recurring_marks": StreamMark = listed(&[
        "id", "user_id", "account_id", "verdict", "name", "created_at", "updated_at",
    ]);
    "rule_runs": RuleRun = all(rule_runs::Column::iter());
    "rule_run_changes": RuleRunChange = listed(&["transaction_id", "decided_before", "decided_after"]);
    "bulk_edits": BulkEdit = all(bulk_edits::Column::iter());
    "security_prices": SecurityPrice = listed(&prices::PRICE);
}

impl SeaUnitOfWork {
    /// Whether the rules of this owner are no heavier than anybody's may be: all of them are made ready at once.
    pub(crate) async fn rules_fit(&mut self, owner: Uuid) -> Result<bool, StoreError> {
        let sql = format!("SELECT {} FROM rules WHERE user_id = $1", all(rules::Column::iter()));
        let statement = self.statement(&sql, &sql, vec![owner.into()]);
        Ok(Rule::fit(&self.rows_raw::<Rule>(statement).await?).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::whole_account;

    /// Nothing is made of these but ids, texts as they are, and words that the schema knows.
    const PLAIN: &[&str] = &["security_keys", "kept_payloads", "import_rows", "rule_effects", "removals"];

    #[test]
    fn every_row_of_an_archive_is_read_before_anybody_relies_on_it() {
        for part in whole_account::all() {
            let (read, plain) = (READ.contains(&part.table), PLAIN.contains(&part.table));
            assert!(
                read != plain,
                "{}: give it a line in `readings`, or say in PLAIN that nothing is made of it",
                part.table
            );
        }
        for table in READ.iter().chain(PLAIN) {
            assert!(whole_account::all().any(|part| part.table == *table), "{table} is in no archive");
        }
    }
}
