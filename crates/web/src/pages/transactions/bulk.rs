//! The form that changes many of the listed transactions at once, and its undoing.

use std::collections::HashSet;

use dashtam_api::visit::Fields;
use dashtam_application::{
    corrections::{BulkCorrect, BulkCorrected, BulkOutcome, BulkUndone, CorrectionError, UndoBulkCorrect},
    errors::CommonError,
};
use dashtam_domain::{
    delivery::idempotency::StoredAnswer,
    fault::Fault,
    id::{BulkEditId, TransactionId},
    ledger::{
        BulkChange, Line, Tags,
        meaning::{CategoryChoice, OwnCategory},
    },
};

use super::{place, shown};
use crate::{
    forms::{self, Wrong},
    pages::rows::{self, CategoryGroup, TransactionRow},
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// The choice of a category that gives the corrected one back.
const BACK: &str = "back";

/// The form as a page shows it: empty, or as it was sent and refused.
#[derive(Default)]
pub(super) struct Bulk {
    pub(super) once: String,
    /// Whether it is shown open.
    pub(super) is_open: bool,
    pub(super) categories: Vec<CategoryGroup>,
    pub(super) category: String,
    pub(super) merchant: String,
    pub(super) add_tags: String,
    pub(super) remove_tags: String,
    pub(super) hidden: String,
    pub(super) is_all: bool,
    /// The ids of the transactions that were chosen.
    pub(super) chosen: HashSet<String>,
    /// Those of them that are not on the page: the script had added more rows to it. They are sent along again.
    pub(super) elsewhere: Vec<String>,
    pub(super) wrong: Wrong,
}

impl Bulk {
    /// What was sent, with what is wrong with it.
    fn sent(visit: &Visit, wrong: Wrong) -> Self {
        let form = &visit.form;
        let text = |name: &str| form.raw(name).to_owned();
        Self {
            is_open: true,
            category: text("category"),
            merchant: text("merchant"),
            add_tags: text("add_tags"),
            remove_tags: text("remove_tags"),
            hidden: text("hidden"),
            is_all: form.has("all"),
            chosen: chosen(form).map(|id| id.to_string()).collect(),
            wrong,
            ..Self::default()
        }
    }

    /// The same with what it is made of at the moment, above these rows.
    pub(super) fn on(self, visit: &Visit, own: &[OwnCategory], rows: &mut [TransactionRow]) -> Self {
        let mut elsewhere = self.chosen.clone();
        rows.iter_mut().for_each(|row| row.is_chosen = elsewhere.remove(&row.id));
        let mut elsewhere: Vec<String> = elsewhere.into_iter().collect();
        elsewhere.sort_unstable();
        Self { once: visit.once(), categories: rows::category_groups(own, &self.category), elsewhere, ..self }
    }
}

/// The transactions that were chosen: one by one or all of the page, and those that are not on it any more.
fn chosen(form: &Fields) -> impl Iterator<Item = TransactionId> {
    let on_page = if form.has("all") { "shown" } else { "id" };
    form.all(on_page).chain(form.all("beside")).filter_map(|id| id.parse().ok())
}

/// Changes the chosen transactions, and leads back to the list as it was narrowed.
pub(crate) async fn correct(visit: Visit) -> Outcome {
    let wanted = match wanted(&visit) {
        Ok(wanted) => wanted,
        Err(wrong) => return refused(&visit, wrong).await,
    };
    match visit.dashtam().corrections().bulk_correct(&visit.call, wanted, present).await {
        Ok(corrected) => Ok(Reply::to(place(&visit, &said(&corrected)))),
        // The form was sent twice, and took effect once.
        Err(CorrectionError::Common(CommonError::Replay(before))) => {
            Ok(Reply::to(place(&visit, &before.body)))
        }
        Err(error @ (CorrectionError::TooManyTags(_) | CorrectionError::NoCategory(_))) => {
            refused(&visit, Wrong::of_fields(&error.fields())).await
        }
        Err(CorrectionError::TooMany) => refused(&visit, Wrong::at("rows", too_many())).await,
        Err(error) => Err(error.into()),
    }
}

fn too_many() -> String {
    format!("At most {} transactions can be changed at once.", BulkChange::MOST)
}

async fn refused(visit: &Visit, wrong: Wrong) -> Outcome {
    shown(visit, Bulk::sent(visit, wrong)).await.map(forms::refused)
}

/// What the form asks for, or what is wrong with it.
fn wanted(visit: &Visit) -> Result<BulkCorrect, Wrong> {
    let form = &visit.form;
    let mut wrong = Wrong::default();
    let transactions: Vec<TransactionId> = chosen(form).collect();
    if transactions.is_empty() {
        wrong.note("rows", "Choose the transactions that shall be changed.");
    }
    let category = match form.text("category") {
        "" => None,
        BACK => Some(None),
        key => match key.parse::<CategoryChoice>() {
            Ok(choice) => Some(Some(choice)),
            Err(_) => {
                wrong.note("category", "There is no such category.");
                None
            }
        },
    };
    let mut tags = |field: &str| {
        forms::tags(form.text(field)).unwrap_or_else(|error| {
            wrong.note(field, error);
            Tags::default()
        })
    };
    let (add_tags, remove_tags) = (tags("add_tags"), tags("remove_tags"));
    if BulkChange::contradictions(&add_tags, &remove_tags).next().is_some() {
        wrong.note("remove_tags", "A tag cannot be added and removed at once.");
    }
    let merchant: Option<Line> = forms::optional(form, "merchant").unwrap_or_else(|error| {
        wrong.note("merchant", error);
        None
    });
    let hidden = match form.text("hidden") {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let change =
        BulkChange { category, merchant: merchant.map(Some), note: None, hidden, add_tags, remove_tags };
    if wrong.is_empty() && change == BulkChange::default() {
        wrong.note("change", "Say what shall be different.");
    }
    if wrong.is_empty() { Ok(BulkCorrect { transactions, change }) } else { Err(wrong) }
}

/// What the list says then, as its address has it.
fn said(corrected: &BulkCorrected) -> String {
    let changed = corrected.count(BulkOutcome::Changed);
    let left = corrected.rows.len() - changed;
    match corrected.edit {
        Some(edit) => format!("said=bulk&changed={changed}&left={left}&edit={edit}"),
        None => "said=bulk-same".to_owned(),
    }
}

/// What the list says of how many, by the numbers in its address. An address that somebody else made says no more than another
/// number of what can be changed at once.
pub(super) fn told(query: &Fields) -> Option<String> {
    let number = |name: &str| {
        let number = query.text(name).parse::<u16>().ok()?;
        (usize::from(number) <= BulkChange::MOST).then_some(i64::from(number))
    };
    let said = query.text("said");
    let (changed, left) = (number("changed").filter(|changed| *changed > 0)?, number("left")?);
    let many = words::counted(changed, "transaction", "transactions");
    let is_one = changed == 1;
    let first = match said {
        "bulk" if is_one => format!("{many} was changed."),
        "bulk" => format!("{many} were changed."),
        "bulk-undone" if is_one => format!("{many} is what it was before."),
        "bulk-undone" => format!("{many} are what they were before."),
        _ => return None,
    };
    let rest = match (said, left) {
        (_, 0) => return Some(first),
        ("bulk", 1) => "1 was left as it is: it was like that already, or is not there.".to_owned(),
        ("bulk", _) => {
            format!("{left} were left as they are: they were like that already, or are not there.")
        }
        (_, 1) => "1 keeps what was changed since.".to_owned(),
        _ => format!("{left} keep what was changed since."),
    };
    Some(format!("{first} {rest}"))
}

fn present(corrected: &BulkCorrected) -> StoredAnswer {
    StoredAnswer { status: 303, body: said(corrected) }
}

/// Takes the last change of many back.
pub(crate) async fn undo(visit: Visit) -> Outcome {
    let late = "said=bulk-late";
    let Ok(edit) = visit.form.text("edit").parse::<BulkEditId>() else {
        return Ok(Reply::to(place(&visit, late)));
    };
    let said = match visit.dashtam().corrections().undo_bulk(&visit.call, UndoBulkCorrect { edit }).await {
        // Nothing is as it was: all of it was changed otherwise since.
        Ok(BulkUndone { restored: 0, .. }) => "said=bulk-undone-partly".to_owned(),
        Ok(BulkUndone { restored, kept }) => format!("said=bulk-undone&changed={restored}&left={kept}"),
        // A second click, or another change came after it.
        Err(CorrectionError::NotToUndo) => late.to_owned(),
        Err(error) => return Err(error.into()),
    };
    Ok(Reply::to(place(&visit, &said)))
}
