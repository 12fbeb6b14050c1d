//! The stored rows of one owner, part by part, for an archive.

use std::sync::LazyLock;

use dashtam_domain::{
    archive::{StoredPlace, StoredRow},
    id::UserId,
    page::{Limit, Page},
    record::Record,
    store::StoreError,
};
use serde_json::{Map, Value as Json};

use crate::{
    cells::{Cells, Entry, FromRow},
    pool::{Arg, Pool},
    whole_account::{self, Kind, Part, day, time},
};

/// The statements that read a part: from its beginning, and behind a row.
struct Reading {
    part: &'static Part,
    first: String,
    further: String,
}

static READINGS: LazyLock<Vec<Reading>> = LazyLock::new(|| whole_account::all().map(Reading::of).collect());

/// The names of the parts in their order.
static NAMES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| whole_account::all().map(|part| part.table).collect());

/// The names of the parts in their order.
pub(super) fn names() -> &'static [&'static str] {
    &NAMES
}

impl Reading {
    fn of(part: &'static Part) -> Self {
        let kinds: String = part.told().map(|(_, kind)| kind.letter()).collect();
        let place: String = part.keys.iter().map(|(_, kind)| kind.letter()).collect();
        let cells = part.told().map(|(name, kind)| {
            let told_as = part.told_as.iter().find(|(column, _)| *column == name);
            let told = told_as.map_or_else(|| format!("x.\"{name}\""), |(_, told)| (*told).to_owned());
            // Whole numbers are of several sizes on Postgres.
            let told = if kind == Kind::Whole { format!("CAST({told} AS bigint)") } else { told };
            format!("{told} AS \"{name}\"")
        });
        let keys = part.keys.iter().map(|(key, kind)| match kind {
            Kind::Whole => format!("CAST({key} AS bigint)"),
            _ => (*key).to_owned(),
        });
        let list: Vec<String> = cells.chain(keys).collect();
        let columns: Vec<&str> = part.keys.iter().map(|(key, _)| *key).collect();
        let columns = columns.join(", ");
        let select =
            format!("SELECT CAST('{kinds}|{place}' AS text), {} FROM {}", list.join(", "), part.from);
        let order = if columns.is_empty() { String::new() } else { format!(" ORDER BY {columns}") };
        let behind = match part.keys {
            [] => " AND FALSE".to_owned(),
            [(first, _), ..] => {
                let places: Vec<String> = (3..part.keys.len() + 3).map(|place| format!("${place}")).collect();
                let behind = format!(" AND ({columns}) > ({})", places.join(", "));
                // Postgres finds no place in an index by the columns of two tables. SQLite would look at nothing else.
                if part.owner.is_none() { format!(" AND {first} >= $3{behind}") } else { behind }
            }
        };
        let of_owner = part.of_owner;
        Self {
            part,
            first: format!("{select} WHERE {of_owner}{order} LIMIT $2"),
            further: format!("{select} WHERE {of_owner}{behind}{order} LIMIT $2"),
        }
    }
}

/// A row, and its place.
struct Told(StoredRow, StoredPlace);

impl FromRow for Told {
    /// The first column says by letters what the others are.
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Store, 0);
        let kinds: &str = entry.get(0)?;
        let (cells, keys) = kinds.split_once('|').unwrap_or((kinds, ""));
        let (mut column, mut told, mut place) = (0, Map::new(), Vec::new());
        for kind in cells.chars().filter_map(Kind::of) {
            column += 1;
            if let Some(value) = kind.read(&entry, column)? {
                told.insert(row.name(column), value);
            }
        }
        for kind in keys.chars().filter_map(Kind::of) {
            column += 1;
            place.push(kind.read(&entry, column)?.unwrap_or(Json::Null));
        }
        Ok(Self(StoredRow(Json::Object(told).to_string()), StoredPlace(Json::Array(place).to_string())))
    }
}

/// A place that this store did not make.
fn foreign() -> StoreError {
    StoreError::Corrupt { record: Record::Store, reason: "is no place in a part of an archive".to_owned() }
}

/// A value of a place; `None` if it is not of this kind, or null.
fn argument(kind: Kind, json: &Json) -> Option<Arg<'_>> {
    Some(match kind {
        Kind::Id => Arg::Id(json.as_str()?.parse().ok()?),
        Kind::Text => Arg::Text(json.as_str()?),
        Kind::Day => Arg::Day(day(json)?),
        Kind::Time => Arg::Time(time(json)?),
        Kind::Whole => Arg::Count(json.as_i64()?),
        Kind::Flag | Kind::Real => return None,
    })
}

/// A page of a part. A row that cannot be read is an error: an archive leaves nothing out without saying so.
pub(super) async fn page(
    pool: &Pool,
    owner: UserId,
    part: &str,
    after: Option<StoredPlace>,
    limit: Limit,
) -> Result<Page<StoredRow, StoredPlace>, StoreError> {
    let reading = READINGS.iter().find(|reading| reading.part.table == part).ok_or_else(foreign)?;
    let rows = i64::try_from(limit.get()).unwrap_or(i64::MAX).saturating_add(1);
    let mut args = vec![Arg::Id(owner.0), Arg::Rows(rows)];
    let place: Vec<Json> = match &after {
        Some(StoredPlace(place)) => serde_json::from_str(place).map_err(|_| foreign())?,
        None => Vec::new(),
    };
    if after.is_some() && place.len() != reading.part.keys.len() {
        return Err(foreign());
    }
    for ((_, kind), value) in reading.part.keys.iter().zip(&place) {
        args.push(argument(*kind, value).ok_or_else(foreign)?);
    }
    let sql: &'static str = if after.is_some() { &reading.further } else { &reading.first };
    let found = pool.found::<Told>(sql, &args, None).await?.items;
    let Page { items, next } = Page::cut(found, limit, |Told(_, place)| place.clone());
    Ok(Page { items: items.into_iter().map(|Told(row, _)| row).collect(), next })
}
