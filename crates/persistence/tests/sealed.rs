//! Whether the list of sealed columns is complete: what is not on it would be forgotten when keys are rotated, and
//! lost with the old key.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

mod support;

use std::{collections::BTreeSet, fs, path::Path};

use dashtam_domain::sealed::SealedField;
use dashtam_persistence::SealedColumn;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use support::{Guard, postgres, sqlite};

/// The list, as `table.column`.
fn declared() -> BTreeSet<String> {
    let names: Vec<_> = SealedField::ALL.iter().map(|field| SealedColumn::of(*field).to_string()).collect();
    let unique: BTreeSet<_> = names.iter().cloned().collect();
    assert_eq!(unique.len(), names.len(), "a column is listed twice");
    unique
}

/// Columns whose name says that they are encrypted.
async fn encrypted_by_name(guard: &Guard) -> BTreeSet<String> {
    let url = match guard {
        Guard::File(_) => format!("sqlite://{}", guard.url()),
        Guard::Clone(_) => guard.url(),
    };
    let db = sea_orm::Database::connect(url).await.unwrap();
    let query = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT table_name || '.' || column_name FROM information_schema.columns \
             WHERE table_schema = current_schema() AND column_name LIKE '%encrypted%'"
        }
        _ => {
            "SELECT t.name || '.' || c.name FROM sqlite_master t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND c.name LIKE '%encrypted%'"
        }
    };
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), query)).await.unwrap();
    let names = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    db.close().await.unwrap();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn every_encrypted_column_of_the_schema_is_on_the_list() {
    let test = "every_encrypted_column_of_the_schema_is_on_the_list";
    for (_database, guard) in [Some(sqlite().await), postgres(test).await].into_iter().flatten() {
        assert_eq!(encrypted_by_name(&guard).await, declared());
    }
}

/// `AccessToken` as `access_token`.
fn snake(name: &str) -> String {
    name.char_indices().fold(String::new(), |mut text, (at, letter)| {
        if letter.is_uppercase() && at > 0 {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
        text
    })
}

/// The columns a file with rows reads sealed values from. Whatever their name, these are the ones.
fn read_as_sealed(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let table = text.split("table_name = \"").nth(1).map(|rest| rest.split('"').next().unwrap());
    let makes = text.lines().filter(|line| line.contains("Sealed::new"));
    makes
        .map(|line| {
            let column = line.split("C::").nth(1).unwrap_or_else(|| {
                panic!("{}: name the column in the line that makes the sealed value: {line}", file.display())
            });
            let column: String = column.chars().take_while(char::is_ascii_alphanumeric).collect();
            format!("{}.{}", table.unwrap(), snake(&column))
        })
        .collect()
}

#[test]
fn every_column_that_is_read_as_a_sealed_value_is_on_the_list() {
    let rows = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rows");
    let files = fs::read_dir(rows).unwrap().map(|entry| entry.unwrap().path());
    let read: BTreeSet<_> = files.flat_map(|file| read_as_sealed(&file)).collect();
    assert_eq!(read, declared());
}
