//! [`MailBudgetRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    identity::{MailBudgetRepository, MailKind, MailRule},
    record::Record,
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};

use crate::{
    cells::{Cells, Entry, FromRow},
    unit_of_work::SeaUnitOfWork,
};

/// The first mail of a day opens its count; the guard refuses what comes too soon or is too much. What lies ahead of
/// `$7` was counted by a clock that has been set back since.
const TAKE: &str = "INSERT INTO mail_budgets (subject, kind, sent, began_at, last_at) VALUES ($1, $2, 1, $3, $3) \
    ON CONFLICT (subject, kind) DO UPDATE SET \
    sent = CASE WHEN mail_budgets.began_at <= $5 OR mail_budgets.began_at > $7 THEN 1 \
        ELSE mail_budgets.sent + 1 END, \
    began_at = CASE WHEN mail_budgets.began_at <= $5 OR mail_budgets.began_at > $7 THEN $3 \
        ELSE mail_budgets.began_at END, \
    last_at = $3 \
    WHERE (mail_budgets.last_at <= $4 OR mail_budgets.last_at > $7) \
    AND (mail_budgets.began_at <= $5 OR mail_budgets.began_at > $7 OR mail_budgets.sent < $6)";

const PURGE: &str = "DELETE FROM mail_budgets WHERE (subject, kind) IN \
    (SELECT subject, kind FROM mail_budgets WHERE last_at < $1 LIMIT $2)";

const LAST: &str = "SELECT last_at FROM mail_budgets WHERE subject = $1 AND kind = $2";

/// When a mail was taken.
struct Taken(Timestamp);

impl FromRow for Taken {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::MailBudget, 0).time(0).map(Self)
    }
}

#[async_trait]
impl MailBudgetRepository for SeaUnitOfWork {
    async fn take(
        &mut self,
        subject: &SecretHash,
        kind: MailKind,
        rule: MailRule,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let values = vec![
            subject.to_hex().into(),
            kind.as_str().into(),
            now.as_chrono().into(),
            now.plus(-rule.pause).as_chrono().into(),
            now.plus(-MailRule::DAY).as_chrono().into(),
            rule.most.into(),
            now.plus(Timestamp::SKEW).as_chrono().into(),
        ];
        Ok(self.execute_raw(self.statement(TAKE, TAKE, values)).await? == 1)
    }

    async fn last(&mut self, subject: &SecretHash, kind: MailKind) -> Result<Option<Timestamp>, StoreError> {
        let values = vec![subject.to_hex().into(), kind.as_str().into()];
        let found: Vec<Taken> = self.rows_raw(self.statement(LAST, LAST, values)).await?;
        Ok(found.first().map(|Taken(at)| *at))
    }

    async fn purge(&mut self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let values = vec![now.plus(-MailRule::DAY).as_chrono().into(), i64::from(limit).into()];
        self.execute_raw(self.statement(PURGE, PURGE, values)).await
    }
}
