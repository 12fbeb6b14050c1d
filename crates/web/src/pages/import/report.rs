//! What imports did, and undoing them.

use askama::Template;
use dashtam_api::Problem;
use dashtam_application::imports::{GetImport, ImportError, ListImports, UndoImport};
use dashtam_domain::{
    id::ImportId,
    ledger::{Import, ImportFilter, ImportState},
    page::Limit,
};

use super::look::size;
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// So many imports are listed at once.
const ROWS: u16 = 25;

/// An import in a list.
pub(super) struct ImportRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) when: String,
    pub(super) state: &'static str,
    pub(super) what: String,
}

#[derive(Template)]
#[template(path = "import_report.html")]
struct Report {
    frame: Frame,
    about: String,
    row: ImportRow,
    /// What undoing it has done.
    undone: Vec<String>,
    can_undo: bool,
    is_running: bool,
    problems: Vec<(u64, String)>,
}

/// The latest imports, and where the earlier ones are.
pub(super) async fn list(visit: &Visit) -> Result<(Vec<ImportRow>, Option<String>), ImportError> {
    let limit = Limit::new(ROWS).unwrap_or_default();
    let after: Option<ImportId> = visit.query.text("after").parse().ok();
    let asked = ListImports { filter: ImportFilter::default(), after, limit };
    let page = visit.dashtam().imports().list(&visit.call, asked).await?;
    let rows = page.items.iter().map(|import| row(import, visit)).collect();
    Ok((rows, page.next.map(|next| format!("/import?after={next}"))))
}

fn row(import: &Import, visit: &Visit) -> ImportRow {
    let counts = import.counts;
    let parts = [(counts.taken, "new"), (counts.known, "already here"), (counts.refused, "refused")];
    let told: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    ImportRow {
        id: import.id.to_string(),
        name: import.file_name.clone().unwrap_or_else(|| "A file without a name".to_owned()),
        when: words::ago(import.created_at, visit.now()),
        state: match import.state {
            ImportState::Running => "Under way",
            ImportState::Completed => "Done",
            ImportState::Interrupted => "Interrupted",
            ImportState::Undone => "Undone",
        },
        what: if told.is_empty() { "no rows".to_owned() } else { told.join(", ") },
    }
}

/// The report of one import.
pub(crate) async fn report(visit: Visit) -> Outcome {
    let id: ImportId = visit.id()?;
    let import = visit.dashtam().imports().get(&visit.call, GetImport { import: id }).await?;
    let row = row(&import, &visit);
    let undone = import.undone.map(|undone| {
        let parts = [
            (undone.removed, "row is gone", "rows are gone"),
            (
                undone.kept,
                "row stays, because it came another way too",
                "rows stay, because they came another way too",
            ),
            (
                undone.restored,
                "row that it took back is there again",
                "rows that it took back are there again",
            ),
            (undone.accounts, "account is gone", "accounts are gone"),
        ];
        let told = parts.into_iter().filter(|(count, ..)| *count > 0);
        told.map(|(count, one, many)| format!("{}.", words::counted(count, one, many))).collect()
    });
    let bytes = usize::try_from(import.size).unwrap_or_default();
    Reply::page(&Report {
        frame: visit.frame(row.name.clone(), "connections").renewing(import.state == ImportState::Running),
        about: format!("{} \u{b7} {} \u{b7} {}", import.format.to_uppercase(), size(bytes), row.when),
        row,
        undone: undone.unwrap_or_default(),
        can_undo: import.may_be_undone().is_ok(),
        is_running: import.state == ImportState::Running,
        problems: import.problems.iter().map(|problem| (problem.line, problem.reason.clone())).collect(),
    })
}

/// Takes back what an import did.
pub(crate) async fn undo(visit: Visit) -> Outcome {
    let id: ImportId = visit.id()?;
    match visit.dashtam().imports().undo(&visit.call, UndoImport { import: id }).await.map_err(Problem::from)
    {
        Ok(_) => {}
        // A second click.
        Err(problem) if problem.code() == "import-undone" => {}
        Err(problem) => return Err(problem),
    }
    Ok(Reply::to(format!("/imports/{id}?said=import-undone")))
}
