//! The shape of every list.

use serde::Serialize;
use utoipa::ToSchema;

use super::Answer;
use crate::{
    cursor::{self, CursorKey},
    extract::Listing,
};

/// One page of a list.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what `list` writes")]
pub(crate) struct List<T> {
    /// The items of this page.
    items: Vec<T>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// Cuts one page out of a list that is there as a whole, with the place after which the next one begins; `None` on the last. A page
/// after an item that has gone meanwhile is empty.
pub(crate) fn cut<'a, T, K: CursorKey + PartialEq>(
    items: &'a [T],
    listing: &Listing<K>,
    key: impl Fn(&T) -> K,
) -> (&'a [T], Option<K>) {
    let start = match &listing.after {
        None => 0,
        Some(after) => items.iter().position(|item| key(item) == *after).map_or(items.len(), |at| at + 1),
    };
    let rest = items.get(start..).unwrap_or_default();
    let page = rest.get(..listing.limit.get()).unwrap_or(rest);
    let next = if page.len() < rest.len() { page.last().map(key) } else { None };
    (page, next)
}

/// Writes one page of a list that is small and there as a whole.
pub(crate) fn page_of<'a, T, V: Serialize, K: CursorKey + PartialEq>(
    items: &'a [T],
    listing: &Listing<K>,
    key: impl Fn(&T) -> K,
    size: usize,
    view: impl Fn(&'a T) -> V,
) -> Answer {
    let (page, next) = cut(items, listing, key);
    list(page, next.as_ref(), size, view)
}

/// Writes a page straight from its items; `size` is a good guess at the bytes of one.
pub(crate) fn list<'a, T, V: Serialize, K: CursorKey>(
    items: &'a [T],
    next: Option<&K>,
    size: usize,
    view: impl Fn(&'a T) -> V,
) -> Answer {
    let mut body = Vec::with_capacity(size * items.len() + 160);
    body.extend_from_slice(b"{\"items\":[");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        if let Err(error) = serde_json::to_writer(&mut body, &view(item)) {
            // Views hold strings, numbers and lists only: there is nothing that could fail.
            tracing::error!(%error, "a view could not be serialised");
        }
    }
    body.extend_from_slice(b"],\"next_cursor\":");
    match next {
        // Cursors are base64url: nothing in them needs an escape.
        Some(key) => {
            body.push(b'"');
            body.extend_from_slice(cursor::encode(key).as_bytes());
            body.push(b'"');
        }
        None => body.extend_from_slice(b"null"),
    }
    body.push(b'}');
    Answer::written(body)
}
