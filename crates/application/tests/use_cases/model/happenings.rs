//! What happens at the institution.

use dashtam_domain::time::Day;

use super::{
    bank::Entry,
    history::History,
    steps::{Booking, Step},
};

/// What rows may be: few amounts and texts, so that some are alike.
const KINDS: [(i64, &str); 4] = [
    (-1_250, "CORNER CAFE"),
    (-1_250, "CORNER CAFE ANYTOWN"),
    (-5_000, "BISTRO 21"),
    (20_000, "PAYROLL ACME"),
];

impl History {
    /// Something happens at the institution.
    pub(super) fn books(&self, step: Step) {
        let today = self.now.day();
        let mut books = self.bank.books();
        let number = books.next();
        let chosen = |which: usize, is_posted: bool| {
            let fits = |entry: &Entry| entry.is_posted == is_posted;
            let fitting: Vec<usize> =
                (0..books.entries.len()).filter(|at| fits(&books.entries[*at])).collect();
            (!fitting.is_empty()).then(|| fitting[which % fitting.len()])
        };
        let entry = |kind: usize, day: Day, is_posted: bool| {
            let (cents, text) = KINDS[kind % KINDS.len()];
            let id = format!("{}{number}", if is_posted { "t" } else { "p" });
            Entry { real: number, id, day, cents, text: text.to_owned(), is_posted, replaces: None }
        };
        match step {
            Step::Posts { ago, kind } => books.entries.push(entry(kind, today.plus_days(-ago), true)),
            Step::Announces { kind } => books.entries.push(entry(kind, today, false)),
            Step::Books { which, how } => {
                let Some(at) = chosen(which, false) else { return };
                let pending = books.entries[at].clone();
                if books.entries.iter().any(|entry| entry.is_posted && entry.real == pending.real) {
                    // It was booked beside it: a purchase is booked once.
                    books.entries.remove(at);
                    return;
                }
                let mut posted = Entry { is_posted: true, day: today, ..pending.clone() };
                match how {
                    Booking::SameId => {}
                    Booking::Named => posted.replaces = Some(pending.id.clone()),
                    Booking::WithTip => posted.cents += posted.cents / 10,
                    Booking::Unnamed | Booking::Beside => {}
                }
                if !matches!(how, Booking::SameId) {
                    posted.id = format!("t{number}");
                }
                match how {
                    Booking::Beside => books.entries.push(posted),
                    _ => books.entries[at] = posted,
                }
            }
            Step::Cancels { which } => {
                if let Some(at) = chosen(which, false) {
                    books.entries.remove(at);
                }
            }
            Step::Removes { which } => {
                if let Some(at) = chosen(which, true) {
                    books.entries.remove(at);
                }
            }
            Step::Reissues { which } => {
                if let Some(at) = chosen(which, true) {
                    books.entries[at].id = format!("r{number}");
                    books.entries[at].replaces = None;
                }
            }
            Step::Rewrites { which } => {
                if let Some(at) = chosen(which, true) {
                    let entry = &mut books.entries[at];
                    entry.cents -= 100;
                    entry.text = format!("{} REVISED", entry.text);
                }
            }
            Step::Repeats { which } => {
                if let Some(at) = chosen(which, true) {
                    let id = books.entries[at].id.clone();
                    books.repeated.push(id);
                }
            }
            other => unreachable!("{other:?} does not happen at the institution"),
        }
        books.note_ids();
    }
}
