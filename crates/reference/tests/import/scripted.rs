//! A reference system's database that holds what a test says.

use async_trait::async_trait;
use dashtam_domain::page::Limit;
use dashtam_reference::{
    LeftBehind, ReferenceAccount, ReferenceAuditLine, ReferenceError, ReferenceSource, ReferenceTable,
};
use dashtam_testkit::fakes::OpenUnits;
use uuid::Uuid;

/// [`ReferenceSource`] over lists; reading takes time, so it is not asked while a unit of work is open.
#[derive(Debug)]
pub(crate) struct ScriptedReference {
    /// Users with what they own.
    pub(crate) accounts: Vec<ReferenceAccount>,
    /// Audit lines and whose they are.
    pub(crate) lines: Vec<(Uuid, ReferenceAuditLine)>,
    /// Rows that hang on no user.
    pub(crate) orphans: Vec<(ReferenceTable, Uuid)>,
    /// What is not copied.
    pub(crate) left_behind: Vec<(LeftBehind, u64)>,
    /// How many pages of users it hands out before it breaks down.
    pub(crate) pages: usize,
    open: OpenUnits,
}

impl ScriptedReference {
    /// A database without rows.
    pub(crate) fn new(open: &OpenUnits) -> Self {
        Self {
            accounts: Vec::new(),
            lines: Vec::new(),
            orphans: Vec::new(),
            left_behind: Vec::new(),
            pages: usize::MAX,
            open: open.clone(),
        }
    }
}

/// The rows after this id, in the order of ids.
fn page<T: Clone>(
    rows: impl Iterator<Item = T>,
    id: fn(&T) -> Uuid,
    after: Option<Uuid>,
    limit: Limit,
) -> Vec<T> {
    let mut rows: Vec<T> = rows.filter(|row| after.is_none_or(|after| id(row) > after)).collect();
    rows.sort_by_key(id);
    rows.truncate(limit.get());
    rows
}

#[async_trait]
impl ReferenceSource for ScriptedReference {
    async fn accounts(
        &mut self,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Vec<ReferenceAccount>, ReferenceError> {
        self.open.assert_none("reading the reference system");
        self.pages = self
            .pages
            .checked_sub(1)
            .ok_or_else(|| ReferenceError::Unavailable("the cable was pulled".into()))?;
        Ok(page(self.accounts.iter().cloned(), |account| account.user.id, after, limit))
    }

    async fn audit_lines(
        &mut self,
        user: Uuid,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Vec<ReferenceAuditLine>, ReferenceError> {
        self.open.assert_none("reading the reference system");
        let own = self.lines.iter().filter(|(owner, _)| *owner == user).map(|(_, line)| line.clone());
        Ok(page(own, |line| line.id, after, limit))
    }

    async fn orphans(
        &mut self,
        table: ReferenceTable,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Vec<Uuid>, ReferenceError> {
        self.open.assert_none("reading the reference system");
        let own = self.orphans.iter().filter(|(one, _)| *one == table).map(|(_, id)| *id);
        Ok(page(own, |id| *id, after, limit))
    }

    async fn left_behind(&mut self) -> Result<Vec<(LeftBehind, u64)>, ReferenceError> {
        Ok(self.left_behind.clone())
    }
}
