//! Tables that fit where they are shown.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};

/// Narrower than this, no column is kept whole: nothing would be left for the others.
const KEEPS_COLUMNS: u16 = 60;

/// An empty table as wide as the terminal at most, so that long texts are wrapped within their cells. Where nothing is
/// known of a terminal, it is as wide as its content.
pub(crate) fn fitting() -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    if let Some(width) = width() {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    table
}

/// Keeps a column as wide as its content, e.g. because figures are not to be broken.
pub(crate) fn keep_whole(table: &mut Table, column: usize) {
    if table.width().is_none_or(|width| width >= KEEPS_COLUMNS)
        && let Some(column) = table.column_mut(column)
    {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
}

/// Columns of the terminal; `COLUMNS` speaks for it where standard output is none.
fn width() -> Option<u16> {
    let terminal = rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| size.ws_col);
    let named = || std::env::var("COLUMNS").ok()?.trim().parse().ok();
    terminal.filter(|columns| *columns > 0).or_else(named).filter(|columns| *columns > 0)
}
