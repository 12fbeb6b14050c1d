//! Imports a statement file.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{ImportId, UserId},
    identity::{AuditAction, AuditLine, Scope},
    ledger::{
        CsvProfile, Import, ImportState, SavedLayout, Survey, mask_number,
        statement::{
            OpenStatement, StatementError, StatementEvent, StatementEvents, StatementHints, StatementLayout,
            StatementReader,
        },
    },
    live::LiveBody,
    time::Timestamp,
};
use serde_json::json;

use super::{AccountChoice, ImportError, Imports, accounts::Chosen, pages::Pages, units::Units};
use crate::{
    once::{self, Present},
    request::{authorize, request},
    turn::others_turn,
};

/// So many bytes of a file tell its format.
pub(super) const HEAD: usize = 4096;

/// A file to import.
pub struct ImportStatement {
    /// Its name as uploaded.
    pub file_name: Option<String>,
    /// Its contents.
    pub file: Vec<u8>,
    /// Where statements go that do not say which account they are about.
    pub account: Option<AccountChoice>,
    /// How a table is read; where it is not said, as it was said of the last one with the same column names, or as is found
    /// out.
    pub profile: Option<ProfileChoice>,
}

/// How a person says a table is read.
#[derive(Debug, Clone)]
pub enum ProfileChoice {
    /// By this profile, or by what is found out completed by it.
    Given(Box<CsvProfile>),
    /// By the layout that Dashtam knows under this key.
    Known(String),
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
        let _turn = self.turns.take(call).await;
        let (reading, chosen) = Reading::begin(self, owner, request).await?;
        let import = reading.import(self, owner, call.now);
        let told = reading.told_layout(owner, call.now);
        let mut work = self.store.begin().await?;
        // Looked up here to answer a repeated request at once; taken for good with the last page.
        once::begin(call, &mut *work).await?;
        drop(work);
        let mut work = self.store.begin().await?;
        work.imports().insert(&import).await?;
        work.commit().await?;

        let pages = Pages::new(self, Units::stored(&*self.store), import, &reading.survey, chosen);
        let mut import = reading.store(pages).await?.finish().await?;

        import.state = ImportState::Completed;
        import.finished_at = Some(self.sources.clock.now());
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        if !work.imports().goes_on(owner, import.id).await? {
            return Err(ImportError::Interrupted);
        }
        work.imports().update(&import).await?;
        let counts = import.counts;
        let line = AuditLine::new(AuditAction::StatementImported, owner).with(json!({
            "import_id": import.id.to_string(), "format": import.format, "taken": counts.taken,
            "known": counts.known, "refused": counts.refused,
        }));
        work.note(&self.sources, call, line).await?;
        let finished = LiveBody::ImportFinished { import: import.id };
        work.live_events().append(owner, call.now, finished).await?;
        // Behind the event, which holds the owner's clock: nobody else keeps one of the owner's meanwhile.
        if let Some(layout) = &told {
            work.saved_layouts().keep(layout).await?;
        }
        once::finish(call, &mut *work, &import, present).await?;
        let waits = work.transfers().waits(owner).await?;
        work.commit().await?;
        if waits {
            self.transfers.catch_up(owner, call.now).await;
        }
        tracing::info!(import.id = %import.id, ?counts, "statement imported");
        Ok(import)
    }
}

/// A file that was gone through once.
pub(super) struct Reading<'i> {
    reader: &'i dyn StatementReader,
    statement: ImportStatement,
    hints: StatementHints,
    /// How the file is read, where that is not fixed by its format.
    pub(super) layout: Option<StatementLayout>,
    pub(super) survey: Survey,
}

impl<'i> Reading<'i> {
    /// Finds who reads the file, and goes through it.
    pub(super) async fn begin(
        imports: &'i Imports,
        owner: UserId,
        statement: ImportStatement,
    ) -> Result<(Self, Chosen), ImportError> {
        let head = &statement.file[..statement.file.len().min(HEAD)];
        if statement.file.iter().all(u8::is_ascii_whitespace) {
            return Err(StatementError::Empty.into());
        }
        let reader = imports.readers.iter().find(|reader| reader.recognises(head));
        let reader = &**reader.ok_or(StatementError::Unrecognised)?;
        let mut hints = hints(reader, &statement)?;
        if reader.takes_profile() {
            let saved = imports.layouts.saved_layouts(owner).await?;
            hints.saved = saved.into_iter().map(|layout| layout.profile).collect();
        }
        let OpenStatement { layout, events } = reader.open(&statement.file, &hints)?;
        let survey = survey(events).await;
        let chosen = imports.choose(owner, &survey, statement.account).await?;
        Ok((Self { reader, statement, hints, layout, survey }, chosen))
    }

    /// The import as it begins.
    pub(super) fn import(&self, imports: &Imports, owner: UserId, now: Timestamp) -> Import {
        let id = ImportId(imports.sources.ids.next());
        let file_name = self.statement.file_name.clone().map(|name| without_numbers(name, &self.survey));
        Import::begin(id, owner, file_name, self.reader.format().key, self.statement.file.len(), now)
    }

    /// How the caller said that the file is read, for the next one with the same column names.
    fn told_layout(&self, owner: UserId, now: Timestamp) -> Option<SavedLayout> {
        self.statement.profile.as_ref()?;
        let sample = self.reader.sample(&self.statement.file)?;
        SavedLayout::new(owner, &self.layout.as_ref()?.profile, &sample, now)
    }

    /// Hands the whole file to the pages.
    pub(super) async fn store<'p>(&self, mut pages: Pages<'p>) -> Result<Pages<'p>, ImportError> {
        for event in self.reader.open(&self.statement.file, &self.hints)?.events {
            match event {
                StatementEvent::Account(account) => pages.account(account).await?,
                StatementEvent::Row(row) => pages.row(row).await?,
                StatementEvent::Balance(balance) => pages.balance(balance),
                StatementEvent::Holdings(held) => pages.holdings(held),
                StatementEvent::Terms(terms) => pages.terms(terms),
                StatementEvent::Refused(problem) => pages.refused(problem),
                StatementEvent::Note(problem) => pages.note(problem),
            }
        }
        Ok(pages)
    }
}

/// What is known of the file beside its bytes.
fn hints(reader: &dyn StatementReader, statement: &ImportStatement) -> Result<StatementHints, ImportError> {
    if statement.profile.is_some() && !reader.takes_profile() {
        return Err(ImportError::ProfileNotNeeded);
    }
    let profile = match &statement.profile {
        None => None,
        Some(ProfileChoice::Given(profile)) => Some((**profile).clone()),
        Some(ProfileChoice::Known(key)) => {
            let known = reader.layouts().into_iter().find(|layout| layout.key == *key);
            Some(known.ok_or(ImportError::UnknownProfile)?)
        }
    };
    Ok(StatementHints { file_name: statement.file_name.clone(), profile, saved: Vec::new() })
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
            others_turn().await;
        }
    }
    survey
}
