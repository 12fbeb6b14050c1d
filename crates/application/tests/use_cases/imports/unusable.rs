//! Files that cannot be used leave no trace.

use dashtam_application::imports::{ImportError, ImportStatement};
use dashtam_domain::ledger::statement::{StatementError, StatementEvent};
use dashtam_testkit::fakes::ScriptedReader;

use super::{import, problem};
use crate::world::{World, assert_refused};

/// Uploads these bytes. No unit of work is expected to be opened.
async fn upload(file: &[u8]) -> Result<(), StatementError> {
    let mut world = World::new();
    let reader = ScriptedReader::new()
        .knowing("nothing in it", Err(StatementError::NoStatement("investments only".to_owned())))
        .knowing(
            "an error",
            Err(StatementError::InstitutionError { code: "15500".to_owned(), message: None }),
        )
        .knowing("good", Ok(vec![StatementEvent::Note(problem(1))]));
    world.reader(reader);
    match import(
        &mut world,
        ImportStatement { file_name: None, file: file.to_vec(), account: None, profile: None },
    )
    .await
    {
        Err(ImportError::Unusable(error)) => Err(error),
        other => panic!("expected an unusable file, got {other:?}"),
    }
}

#[tokio::test]
async fn an_empty_file_or_one_of_blanks_is_refused() {
    for file in ["", " \r\n\t "] {
        assert_refused!(upload(file.as_bytes()).await, StatementError::Empty);
    }
}

#[tokio::test]
async fn a_file_no_reader_recognises_is_refused() {
    for file in [&b"%PDF-1.7"[..], b"\xff\xfe\x00", b"date,amount\n"] {
        assert_refused!(upload(file).await, StatementError::Unrecognised);
    }
}

#[tokio::test]
async fn a_file_without_a_statement_for_us_is_refused() {
    let file = ScriptedReader::file("nothing in it");
    assert_refused!(upload(&file).await, StatementError::NoStatement(_));
}

#[tokio::test]
async fn an_error_answer_of_the_institution_is_refused_with_its_code() {
    let refused = upload(&ScriptedReader::file("an error")).await.unwrap_err();
    assert_eq!(refused, StatementError::InstitutionError { code: "15500".to_owned(), message: None });
}

#[test]
fn the_debug_form_of_an_upload_shows_nothing_of_the_file() {
    let request = ImportStatement {
        file_name: Some("me.ofx".to_owned()),
        file: b"SECRET".to_vec(),
        account: None,
        profile: None,
    };
    let shown = format!("{request:?}");
    assert!(shown.contains('6') && !shown.contains("SECRET") && !shown.contains("me.ofx"), "{shown}");
}
