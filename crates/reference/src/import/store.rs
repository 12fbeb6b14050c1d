//! One unit of work of the copying: a user with everything owned, or further lines of one's audit trail.

use std::collections::HashSet;

use dashtam_domain::{
    call::Call,
    connections::{Connection, ConnectionState},
    id::{ConnectionId, UserId},
    identity::{AuditAction, AuditEntry, AuditLine, User},
    sources::Sources,
    store::{Inserted, StoreError},
};
use serde_json::json;
use uuid::Uuid;

use super::{
    map::Link,
    report::{Mark, Marks},
};
use crate::{ImportStore, ImportWork, ReferenceTable as Table};

/// Why a user is not copied whose address somebody has.
pub(super) const ADDRESS_TAKEN: &str = "email: another account has this address";

/// What became of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// Copied now.
    New,
    /// There already.
    Known,
    /// Copied by an earlier run, and removed since.
    Gone,
    /// Not copied.
    Refused,
}

/// The provider a row hangs on.
enum Parent {
    /// Stored; whether by this run.
    Stored { connection: Box<Connection>, is_new: bool },
    /// Copied by an earlier run, and removed since.
    Gone,
    /// Not copied.
    Refused,
}

fn refused(reason: impl Into<String>) -> Mark {
    Mark::Refused(reason.into())
}

/// A unit of work and what came of its rows so far.
///
/// Every row is noted before it is written, and the note is taken back when the row is refused: runs at the same
/// time wait for each other at the user's note, and each row is copied by one of them.
pub(super) struct Writing<'a> {
    work: Box<dyn ImportWork>,
    sources: &'a Sources,
    call: &'a Call,
    marks: Marks,
}

impl<'a> Writing<'a> {
    pub(super) async fn begin(
        store: &dyn ImportStore,
        sources: &'a Sources,
        call: &'a Call,
    ) -> Result<Self, StoreError> {
        Ok(Self { work: store.begin().await?, sources, call, marks: Marks::default() })
    }

    /// Makes it visible, unless it is a dry run; what came of the rows.
    pub(super) async fn end(self, dry_run: bool) -> Result<Marks, StoreError> {
        if !dry_run {
            self.work.commit().await?;
        }
        Ok(self.marks)
    }

    /// Lets go of whatever was written; what came of the rows.
    pub(super) fn abandon(self) -> Marks {
        self.marks
    }

    /// Notes a row; whether it was not noted before.
    async fn note(&mut self, table: Table, id: Uuid) -> Result<bool, StoreError> {
        Ok(!self.work.imported_rows().note(table, &[id], self.call.now).await?.is_empty())
    }

    async fn refuse(&mut self, table: Table, id: Uuid, reason: impl Into<String>) -> Result<(), StoreError> {
        self.work.imported_rows().forget(table, &[id]).await?;
        self.marks.add(table, id, refused(reason));
        Ok(())
    }

    /// The user's own row.
    pub(super) async fn user(&mut self, id: Uuid, user: Result<&User, &String>) -> Result<Owner, StoreError> {
        let fresh = self.note(Table::Users, id).await?;
        let stored = self.work.unit().users().find(UserId(id)).await?;
        let (owner, mark) = match (fresh, stored, user) {
            (_, Some(_), _) => (Owner::Known, Mark::Present),
            (false, None, _) => (Owner::Gone, Mark::Present),
            (true, None, Err(reason)) => (Owner::Refused, refused(reason)),
            (true, None, Ok(user)) => match self.work.unit().users().insert_if_absent(user).await? {
                Inserted::New => (Owner::New, Mark::Copied),
                Inserted::Exists => (Owner::Refused, refused(ADDRESS_TAKEN)),
            },
        };
        self.marks.add(Table::Users, id, mark);
        Ok(owner)
    }

    /// A provider with its connection and tokens.
    pub(super) async fn link(&mut self, owner: UserId, link: &Link) -> Result<(), StoreError> {
        let mut parent = self.provider(owner, link).await?;
        let connection_is_bad = match &link.state {
            Some((id, row)) => self.state(*id, row, link, &mut parent).await?,
            None => false,
        };
        if let Some((id, _)) = link.token {
            self.token(id, link, parent, connection_is_bad).await?;
        }
        Ok(())
    }

    async fn provider(&mut self, owner: UserId, link: &Link) -> Result<Parent, StoreError> {
        let (table, id) = (Table::Providers, link.provider);
        let fresh = self.note(table, id).await?;
        let stored = self.work.unit().connections().find(owner, ConnectionId(id)).await?;
        if let Some(connection) = stored {
            self.marks.add(table, id, Mark::Present);
            return Ok(Parent::Stored { connection: Box::new(connection), is_new: false });
        }
        if !fresh {
            self.marks.add(table, id, Mark::Present);
            return Ok(Parent::Gone);
        }
        let connection = match link.to_store(self.call.now) {
            Ok(connection) => connection,
            Err(reason) => {
                self.refuse(table, id, reason).await?;
                return Ok(Parent::Refused);
            }
        };
        if self.work.unit().connections().insert_if_absent(&connection).await? == Inserted::Exists {
            self.refuse(table, id, "alias: the user has another provider of this name").await?;
            return Ok(Parent::Refused);
        }
        self.marks.add(table, id, Mark::Copied);
        Ok(Parent::Stored { connection: Box::new(connection), is_new: true })
    }

    /// The row of the connection's state, which went in with the provider; whether it is unusable.
    async fn state(
        &mut self,
        id: Uuid,
        row: &Result<(), String>,
        link: &Link,
        parent: &mut Parent,
    ) -> Result<bool, StoreError> {
        let table = Table::Connections;
        if !self.note(table, id).await? {
            self.marks.add(table, id, Mark::Present);
            return Ok(false);
        }
        if let Err(reason) = row {
            self.refuse(table, id, reason).await?;
            return Ok(true);
        }
        let mark = match parent {
            Parent::Refused => {
                self.refuse(table, id, "its provider was refused").await?;
                return Ok(true);
            }
            Parent::Gone => {
                self.refuse(table, id, "its provider was removed from Dashtam after an earlier run").await?;
                return Ok(true);
            }
            Parent::Stored { is_new: true, .. } => Mark::Copied,
            // Refused by an earlier run: it goes in as long as nobody did anything with the provider.
            Parent::Stored { connection, .. }
                if connection.state == ConnectionState::Pending && connection.revision == 0 =>
            {
                match link.to_store(self.call.now) {
                    Ok(whole) => {
                        let (alias, created_at) = (connection.alias.clone(), connection.created_at);
                        **connection = Connection { alias, created_at, revision: 0, ..whole };
                        self.work.unit().connections().update(connection).await?;
                        Mark::Copied
                    }
                    Err(_) => Mark::Present,
                }
            }
            Parent::Stored { .. } => Mark::Present,
        };
        self.marks.add(table, id, mark);
        Ok(false)
    }

    async fn token(
        &mut self,
        id: Uuid,
        link: &Link,
        parent: Parent,
        connection_is_bad: bool,
    ) -> Result<(), StoreError> {
        let table = Table::Tokens;
        if !self.note(table, id).await? {
            self.marks.add(table, id, Mark::Present);
            return Ok(());
        }
        let mut connection = match parent {
            Parent::Stored { connection, .. } => *connection,
            Parent::Refused => return self.refuse(table, id, "its provider was refused").await,
            Parent::Gone => {
                let reason = "its provider was removed from Dashtam after an earlier run";
                return self.refuse(table, id, reason).await;
            }
        };
        if self.work.unit().credentials().find(connection.id).await?.is_some() {
            self.marks.add(table, id, Mark::Present);
            return Ok(());
        }
        let Some((_, Ok(sealed))) = &link.token else {
            let reason = link.token.as_ref().and_then(|(_, token)| token.as_ref().err());
            return self.refuse(table, id, reason.cloned().unwrap_or_default()).await;
        };
        if connection_is_bad {
            return self.refuse(table, id, "its connection was refused").await;
        }
        if connection.state == ConnectionState::Revoked {
            return self.refuse(table, id, "its connection was given up by the user").await;
        }
        self.work.unit().credentials().put(&mut sealed.clone()).await?;
        // Refused by an earlier run, which stored the connection as one to be linked again.
        if let (ConnectionState::Expired, Ok(whole)) = (connection.state, &link.whole)
            && whole.state != ConnectionState::Expired
        {
            connection.state = whole.state;
            connection.error_message = whole.error_message.clone();
            connection.error_count = whole.error_count;
            connection.next_sync_at = whole.next_sync_at;
            connection.updated_at = self.call.now;
            self.work.unit().connections().update(&mut connection).await?;
        }
        self.marks.add(table, id, Mark::Copied);
        Ok(())
    }

    /// Lines of the audit trail.
    pub(super) async fn lines(
        &mut self,
        lines: &[(Uuid, Result<AuditEntry, String>)],
    ) -> Result<(), StoreError> {
        let table = Table::AuditLogs;
        let fresh = self.fresh(table, lines.iter().map(|(id, _)| *id)).await?;
        let mut bad = Vec::new();
        for (id, line) in lines {
            let mark = match line {
                _ if !fresh.contains(id) => Mark::Present,
                Ok(entry) => {
                    self.work.unit().audit().append(entry).await?;
                    Mark::Copied
                }
                Err(reason) => {
                    bad.push(*id);
                    refused(reason)
                }
            };
            self.marks.add(table, *id, mark);
        }
        if !bad.is_empty() {
            self.work.imported_rows().forget(table, &bad).await?;
        }
        Ok(())
    }

    async fn fresh(
        &mut self,
        table: Table,
        ids: impl Iterator<Item = Uuid>,
    ) -> Result<HashSet<Uuid>, StoreError> {
        let ids: Vec<Uuid> = ids.collect();
        if ids.is_empty() {
            return Ok(HashSet::new());
        }
        Ok(self.work.imported_rows().note(table, &ids, self.call.now).await?.into_iter().collect())
    }

    /// Rows of a user who was removed: known ones are left away in silence, the rest is refused. The unit of work
    /// is abandoned afterwards, with its notes.
    pub(super) async fn gone(
        &mut self,
        links: &[Link],
        lines: &[(Uuid, Result<AuditEntry, String>)],
        reason: &str,
    ) -> Result<(), StoreError> {
        let mut rows = Marks::default();
        rows.refuse_owned(links, lines, reason);
        for table in Table::ALL {
            let ids = rows.0.iter().filter(|(one, ..)| *one == table).map(|(_, id, _)| *id);
            let fresh = self.fresh(table, ids).await?;
            for (one, id, mark) in &mut rows.0 {
                if *one == table && !fresh.contains(id) {
                    *mark = Mark::Present;
                }
            }
        }
        self.marks.0.append(&mut rows.0);
        Ok(())
    }

    /// Rows of a user who was not copied.
    pub(super) fn refused(
        &mut self,
        links: &[Link],
        lines: &[(Uuid, Result<AuditEntry, String>)],
        reason: &str,
    ) {
        self.marks.refuse_owned(links, lines, reason);
    }

    /// Puts down in the audit trail that something was copied, if something was.
    pub(super) async fn note_import(&mut self, user: UserId) -> Result<(), StoreError> {
        let copied = self.marks.copied();
        if copied == 0 {
            return Ok(());
        }
        let line = AuditLine::new(AuditAction::AccountImported, user).with(json!({"rows": copied}));
        self.work.unit().note(self.sources, self.call, line).await
    }
}

impl Marks {
    /// Refuses everything a user owns.
    pub(super) fn refuse_owned(
        &mut self,
        links: &[Link],
        lines: &[(Uuid, Result<AuditEntry, String>)],
        reason: &str,
    ) {
        for link in links {
            self.add(Table::Providers, link.provider, refused(reason));
            if let Some((id, _)) = link.state {
                self.add(Table::Connections, id, refused(reason));
            }
            if let Some((id, _)) = link.token {
                self.add(Table::Tokens, id, refused(reason));
            }
        }
        for (id, _) in lines {
            self.add(Table::AuditLogs, *id, refused(reason));
        }
    }
}
