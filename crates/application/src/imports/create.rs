//! Imports a statement file.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AuditId, ImportId},
    identity::{AuditAction, AuditEntry, Scope},
    ledger::{
        Import, ImportState, Survey, mask_number,
        statement::{StatementError, StatementEvent, StatementEvents},
    },
};
use serde_json::json;

use super::{AccountChoice, ImportError, Imports, pages::Pages};
use crate::{
    once::{self, Present},
    request::{authorize, request},
};

/// A file to import.
pub struct ImportStatement {
    /// Its name as uploaded.
    pub file_name: Option<String>,
    /// Its contents.
    pub file: Vec<u8>,
    /// Where statements go that do not say which account they are about.
    pub account: Option<AccountChoice>,
}

impl std::fmt::Debug for ImportStatement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportStatement").field("size", &self.file.len()).finish_non_exhaustive()
    }
}

request!(ImportStatement, "imports.create", Access::User(Needs::command(Scope::ImportsWrite)));

impl Imports {
    /// Imports the file page by page, each page in one unit of work: after a crash, whole pages are stored and
    /// the same file again completes the work. Rows that are known, by this or another file, add nothing.
    ///
    /// The file is gone through twice: what a page of rows means shows in the whole statement only, and a file that
    /// finds no account leaves no trace.
    #[tracing::instrument(name = "imports.create", skip_all, fields(file.size = request.file.len()))]
    pub async fn create(
        &self,
        call: &Call,
        request: ImportStatement,
        present: Present<Import>,
    ) -> Result<Import, ImportError> {
        let owner = authorize::<ImportStatement>(call)?.user;
        let head = &request.file[..request.file.len().min(4096)];
        if request.file.iter().all(u8::is_ascii_whitespace) {
            return Err(StatementError::Empty.into());
        }
        let reader = self.readers.iter().find(|reader| reader.recognises(head));
        let reader = reader.ok_or(StatementError::Unrecognised)?;
        let _turn = self.turns.take(call).await;
        let survey = survey(reader.read(&request.file)?).await;
        let chosen = self.choose(owner, &survey, request.account).await?;
        let events = reader.read(&request.file)?;

        let id = ImportId(self.sources.ids.next());
        let format = reader.format().key;
        let file_name = request.file_name.map(|name| without_numbers(name, &survey));
        let import = Import::begin(id, owner, file_name, format, request.file.len(), call.now);
        let mut work = self.store.begin().await?;
        // Looked up here to answer a repeated request at once; taken for good with the last page.
        once::begin(call, &mut *work).await?;
        drop(work);
        let mut work = self.store.begin().await?;
        work.imports().insert(&import).await?;
        work.commit().await?;

        let mut pages = Pages::new(self, import, &survey, chosen, call.now);
        for event in events {
            match event {
                StatementEvent::Account(account) => pages.account(account).await?,
                StatementEvent::Row(row) => pages.row(row).await?,
                StatementEvent::Balance(balance) => pages.balance(balance),
                StatementEvent::Refused(problem) => pages.refused(problem),
                StatementEvent::Note(problem) => pages.note(problem),
            }
        }
        let mut import = pages.finish().await?;

        import.state = ImportState::Completed;
        import.finished_at = Some(self.sources.clock.now());
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        work.imports().update(&import).await?;
        let counts = import.counts;
        let entry =
            AuditEntry::new(AuditId(self.sources.ids.next()), call, AuditAction::StatementImported, owner)
                .with(json!({
                    "import_id": import.id.to_string(), "format": import.format, "taken": counts.taken,
                    "known": counts.known, "refused": counts.refused,
                }));
        work.audit().append(&entry).await?;
        once::finish(call, &mut *work, &import, present).await?;
        work.commit().await?;
        tracing::info!(import.id = %import.id, ?counts, "statement imported");
        Ok(import)
    }
}

/// A file's name with the numbers of its accounts cut to their ends, as banks like to name files.
fn without_numbers(name: String, survey: &Survey) -> String {
    let numbers = survey.statements.iter().filter_map(|statement| statement.account.number.as_deref());
    numbers.fold(name, |name, number| match mask_number(number) {
        // Shorter ones are no secret, and may be part of any word.
        Some(mask) if number.len() > mask.len() => name.replace(number, &mask),
        _ => name,
    })
}

/// Goes through a file, leaving others their turn.
async fn survey(events: StatementEvents<'_>) -> Survey {
    /// Events between two turns: some milliseconds.
    const TURN: usize = 4_096;
    let mut survey = Survey::default();
    for (at, event) in events.enumerate() {
        survey.take(event);
        if at % TURN == TURN - 1 {
            let mut waited = false;
            std::future::poll_fn(|context| {
                if std::mem::replace(&mut waited, true) {
                    return std::task::Poll::Ready(());
                }
                context.waker().wake_by_ref();
                std::task::Poll::Pending
            })
            .await;
        }
    }
    survey
}
