//! Copies what the reference system holds, user by user.

use std::collections::HashSet;

use dashtam_application::Request;
use dashtam_domain::{
    access::Access, call::Call, id::UserId, identity::AuditEntry, page::Limit, secret::SecretHash,
    store::StoreError,
};
use uuid::Uuid;

use super::{
    ImportReport, ReferenceImport, ReferenceImportError,
    map::{self, Link},
    report::{Mark, Marks},
    store::{Owner, Writing},
};
use crate::{ReferenceAccount, ReferenceAuditLine, ReferenceSource, ReferenceTable as Table};

/// Users read at once, with what they own.
const USERS: u16 = 50;
/// Audit lines read, and written in one unit of work.
const LINES: u16 = 500;
/// Why rows are not copied that belong to a user who is not.
const WITHOUT_USER: &str = "its user was refused";
/// Why rows are not copied whose user an earlier run brought and somebody removed.
const USER_GONE: &str = "its user was removed from Dashtam after an earlier run";

/// Everything the reference system holds is to be copied.
#[derive(Debug, Clone, Copy)]
pub struct CopyReference {
    /// Whether to do all of it and store nothing.
    pub dry_run: bool,
}

impl Request for CopyReference {
    const NAME: &'static str = "reference_import.copy";
    const ACCESS: Access = Access::System;
}

/// One run.
struct Run<'a> {
    import: &'a ReferenceImport,
    call: &'a Call,
    dry_run: bool,
    /// Addresses a dry run would have taken: nothing is stored that the next user could collide with.
    taken: HashSet<SecretHash>,
    report: ImportReport,
}

impl ReferenceImport {
    /// Copies every row that was not copied before. A user with all that is owned is one unit of work, but for
    /// audit lines beyond the first few hundred, which follow in units of their own. What is there already is left
    /// as it is, whatever the reference system says by now; what was removed from Dashtam stays away. A row that
    /// cannot be copied is put down in the report and loses no other. `watch` sees the report as it grows.
    #[tracing::instrument(name = "reference_import.copy", skip_all)]
    pub async fn copy(
        &self,
        call: &Call,
        request: CopyReference,
        source: &mut dyn ReferenceSource,
        watch: &(dyn Fn(&ImportReport) + Send + Sync),
    ) -> Result<ImportReport, ReferenceImportError> {
        call.permits(CopyReference::ACCESS)?;
        let report = ImportReport::default();
        let dry_run = request.dry_run;
        let mut run = Run { import: self, call, dry_run, taken: HashSet::new(), report };
        run.users(source, watch).await?;
        run.orphans(source).await?;
        run.report.left_behind = source.left_behind().await?;
        Ok(run.report)
    }
}

fn limit(count: u16) -> Limit {
    Limit::new(count).unwrap_or_default()
}

impl Run<'_> {
    async fn users(
        &mut self,
        source: &mut dyn ReferenceSource,
        watch: &(dyn Fn(&ImportReport) + Send + Sync),
    ) -> Result<(), ReferenceImportError> {
        let mut after = None;
        loop {
            let accounts = source.accounts(after, limit(USERS)).await?;
            let Some(last) = accounts.last() else { return Ok(()) };
            after = Some(last.user.id);
            for account in accounts {
                self.user(source, &account).await?;
                watch(&self.report);
            }
        }
    }

    /// A user with everything owned.
    async fn user(
        &mut self,
        source: &mut dyn ReferenceSource,
        account: &ReferenceAccount,
    ) -> Result<(), ReferenceImportError> {
        let id = account.user.id;
        let mut lines = source.audit_lines(id, None, limit(LINES)).await?;
        let owner = self.account(account, &lines).await?;
        while let Some(last) = lines.last().filter(|_| lines.len() >= usize::from(LINES)) {
            lines = source.audit_lines(id, Some(last.id), limit(LINES)).await?;
            self.more_lines(id, owner, &lines).await?;
        }
        Ok(())
    }

    /// The user, the providers and the first audit lines; what became of the user.
    async fn account(
        &mut self,
        account: &ReferenceAccount,
        lines: &[ReferenceAuditLine],
    ) -> Result<Owner, ReferenceImportError> {
        // What takes time comes before the unit of work is open.
        let (id, now) = (account.user.id, self.call.now);
        let user = map::user(&account.user);
        let cipher = &*self.import.cipher;
        let links: Vec<Link> =
            account.links.iter().map(|row| map::link(cipher, UserId(id), row, now)).collect();
        let lines = entries(id, lines);

        let mut writing = Writing::begin(&*self.import.store, &self.import.sources, self.call).await?;
        let written = async {
            let owner = writing.user(id, user.as_ref()).await?;
            match owner {
                Owner::New | Owner::Known => {
                    for link in &links {
                        writing.link(UserId(id), link).await?;
                    }
                    writing.lines(&lines).await?;
                    writing.note_import(UserId(id)).await?;
                }
                Owner::Gone => writing.gone(&links, &lines, USER_GONE).await?,
                Owner::Refused => writing.refused(&links, &lines, WITHOUT_USER),
            }
            Ok(owner)
        };
        match written.await {
            Ok(owner @ (Owner::New | Owner::Known)) => {
                let email = user.as_ref().map(|user| SecretHash::of(user.email.canonical()));
                if let (true, Owner::New, Ok(email)) = (self.dry_run, owner, email)
                    && !self.taken.insert(email)
                {
                    self.refuse_all(id, &links, &lines, super::store::ADDRESS_TAKEN);
                    return Ok(Owner::Refused);
                }
                match writing.end(self.dry_run).await {
                    Ok(marks) => self.report.absorb(marks),
                    Err(error) => return self.failed(error, id, &links, &lines),
                }
                Ok(owner)
            }
            Ok(owner) => {
                self.report.absorb(writing.abandon());
                Ok(owner)
            }
            Err(error) => self.failed(error, id, &links, &lines),
        }
    }

    /// A store that cannot take this user may take the next; one that is busy or gone ends the run.
    fn failed(
        &mut self,
        error: StoreError,
        user: Uuid,
        links: &[Link],
        lines: &[(Uuid, Result<AuditEntry, String>)],
    ) -> Result<Owner, ReferenceImportError> {
        if matches!(error, StoreError::Contended(_)) {
            return Err(error.into());
        }
        // Errors of the store name codes and rules of the schema, never a value.
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        let reason = format!("it could not be stored: {error}{}", cause.unwrap_or_default());
        self.refuse_all(user, links, lines, &reason);
        Ok(Owner::Refused)
    }

    fn refuse_all(
        &mut self,
        user: Uuid,
        links: &[Link],
        lines: &[(Uuid, Result<AuditEntry, String>)],
        reason: &str,
    ) {
        let mut marks = Marks::default();
        marks.add(Table::Users, user, Mark::Refused(reason.to_owned()));
        marks.refuse_owned(links, lines, WITHOUT_USER);
        self.report.absorb(marks);
    }

    /// Further audit lines of a user.
    async fn more_lines(
        &mut self,
        id: Uuid,
        owner: Owner,
        lines: &[ReferenceAuditLine],
    ) -> Result<(), ReferenceImportError> {
        let lines = entries(id, lines);
        if owner == Owner::Refused {
            let mut marks = Marks::default();
            marks.refuse_owned(&[], &lines, WITHOUT_USER);
            self.report.absorb(marks);
            return Ok(());
        }
        let mut writing = Writing::begin(&*self.import.store, &self.import.sources, self.call).await?;
        if owner == Owner::Gone {
            writing.gone(&[], &lines, USER_GONE).await?;
            self.report.absorb(writing.abandon());
            return Ok(());
        }
        writing.lines(&lines).await?;
        self.report.absorb(writing.end(self.dry_run).await?);
        Ok(())
    }

    /// Rows that no user's reading comes across.
    async fn orphans(&mut self, source: &mut dyn ReferenceSource) -> Result<(), ReferenceImportError> {
        for table in Table::ALL {
            let mut after = None;
            loop {
                let ids = source.orphans(table, after, limit(LINES)).await?;
                let Some(last) = ids.last() else { break };
                after = Some(*last);
                for id in ids {
                    let reason = "it is an orphan: what it belongs to is not there".to_owned();
                    self.report.count(table, id, Mark::Refused(reason));
                }
            }
        }
        Ok(())
    }
}

fn entries(user: Uuid, lines: &[ReferenceAuditLine]) -> Vec<(Uuid, Result<AuditEntry, String>)> {
    lines.iter().map(|line| (line.id, map::audit_entry(UserId(user), line))).collect()
}
