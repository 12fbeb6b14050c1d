//! Keys and counts, for people and for programs.

use comfy_table::CellAlignment;
use dashtam_persistence::SealedColumn;
use serde_json::{Value, json};

use super::{
    Ring,
    rotate::Moved,
    walk::{Census, Place},
};

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

/// The keys as a table.
pub(super) fn table(ring: &Ring, values: Option<&[u64]>) -> String {
    let mut table = crate::commands::tables::fitting();
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

/// Every column with what its values are under, and what a rotation did to it if there was one.
pub(super) fn columns(census: &Census, moved: &[Moved]) -> Vec<Value> {
    let columns = census.by_column.iter().enumerate();
    columns
        .map(|(at, column)| {
            let place = SealedColumn::of(column.field);
            let mut shown = json!({
                "table": place.table, "column": place.column, "values": column.by_key, "unreadable": column.unreadable,
            });
            if let Some(Moved { moved, changed }) = moved.get(at) {
                shown["moved"] = json!(moved);
                shown["changed_meanwhile"] = json!(changed);
            }
            shown
        })
        .collect()
}

/// The columns as a table, without those that hold nothing.
pub(super) fn columns_table(census: &Census, moved: Option<&[Moved]>) -> String {
    let mut table = crate::commands::tables::fitting();
    let mut header = vec!["Column", "Newest key", "Older keys", "No key"];
    header.extend(moved.map(|_| "Moved"));
    table.set_header(header);
    for (at, column) in census.by_column.iter().enumerate() {
        let newest = column.by_key.first().copied().unwrap_or(0);
        let older = column.by_key.iter().skip(1).sum::<u64>();
        if newest + older + column.unreadable == 0 {
            continue;
        }
        let name = SealedColumn::of(column.field).to_string();
        let mut row = vec![name, newest.to_string(), older.to_string(), column.unreadable.to_string()];
        row.extend(moved.and_then(|moved| moved.get(at)).map(|done| done.moved.to_string()));
        table.add_row(row);
    }
    for column in 1..=4 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

/// The values that no key opens, as JSON.
pub(super) fn unreadable(places: &[Place]) -> Vec<Value> {
    let shown = |place: &Place| {
        let SealedColumn { table, column, .. } = SealedColumn::of(place.field);
        json!({"table": table, "column": column, "row": place.row.to_string()})
    };
    places.iter().map(shown).collect()
}

/// What to do about values that no key opens.
pub(super) const UNREADABLE: &str = "put the key that is missing back as the last one of the list; if it is lost, so \
     are these values: run dashtam keys forget --lost, and their owners link the accounts again";
