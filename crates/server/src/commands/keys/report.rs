//! Keys and counts, for people and for programs.

use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use serde_json::{Value, json};

use super::{Ring, walk::Place};

/// The keys in order, with how many values each opens if they were counted.
pub(super) fn keys(ring: &Ring, values: Option<&[u64]>) -> Vec<Value> {
    let described = ring.keys.describe().into_iter().enumerate();
    described
        .map(|(at, key)| {
            let mut shown = json!({
                "position": at + 1, "kind": key.format, "fingerprint": key.fingerprint, "seals": at == 0,
            });
            if let Some(count) = values.and_then(|values| values.get(at)) {
                shown["values"] = json!(count);
            }
            shown
        })
        .collect()
}

/// The same as a table.
pub(super) fn table(ring: &Ring, values: Option<&[u64]>) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    let mut header = vec!["Key", "Kind", "Fingerprint", "Use"];
    header.extend(values.map(|_| "Values"));
    table.set_header(header);
    for (at, key) in ring.keys.describe().into_iter().enumerate() {
        let role = if at == 0 { "seals and opens" } else { "opens" };
        let mut row = vec![(at + 1).to_string(), key.format.to_owned(), key.fingerprint, role.to_owned()];
        row.extend(values.and_then(|values| values.get(at)).map(u64::to_string));
        table.add_row(row);
    }
    for column in [0, 4] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

/// Values that no key opens.
pub(super) fn unreadable(places: &[Place]) -> Vec<Value> {
    let shown = |place: &Place| {
        let (table, column) = (place.field.table(), place.field.column());
        json!({"table": table, "column": column, "row": place.row.to_string()})
    };
    places.iter().map(shown).collect()
}

/// What to do about them.
pub(super) const UNREADABLE: &str = "put the key that is missing back as the last one of the list; if it is lost, so \
     are these values, and their owners have to link the accounts again";
