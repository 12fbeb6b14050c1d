//! Tests of the merge of statement rows.

use super::*;
use crate::{
    ledger::{
        AccountKind, Survey, TransactionDetails, TransactionKind,
        statement::{StatementAccount, StatementEvent},
    },
    money::{Decimal, exact_decimal},
};

fn row(id: Option<&str>, day: u32, amount: &str, name: &str) -> StatementRow {
    StatementRow {
        line: 1,
        source_id: id.map(str::to_owned),
        corrects: None,
        day: Day::new(2026, 3, day).unwrap(),
        occurred_at: None,
        amount: exact_decimal(amount).unwrap(),
        kind: TransactionKind::Debit,
        source_kind: "DEBIT".into(),
        name: Some(name.into()),
        memo: None,
        check_number: None,
        reference: None,
        currency: None,
        trade: None,
        details: TransactionDetails::default(),
        raw: String::new(),
    }
}

fn survey(rows: &[StatementRow]) -> Survey {
    let account = StatementAccount {
        line: 1,
        institution: None,
        institution_id: String::new(),
        institution_hint: None,
        branch: None,
        number: Some("42".to_owned()),
        name: None,
        kind: AccountKind::Checking,
        kind_word: String::new(),
        currency: Some(Currency::USD),
    };
    let rows = rows.iter().cloned().map(StatementEvent::Row);
    Survey::of(std::iter::once(StatementEvent::Account(account)).chain(rows))
}

/// Known and added rows of a file.
type Counts = (i64, usize);
type Notes = Vec<String>;

/// Imports files one after the other, page by page, as the use case does; what is stored in the end, and of each
/// file how many rows were known, how many were added, and the notes.
fn import_all(files: &[Vec<StatementRow>], page: usize) -> (Vec<Transaction>, Vec<Counts>, Vec<Notes>) {
    let mut stored: Vec<Transaction> = Vec::new();
    let (mut reports, mut notes) = (Vec::new(), Vec::new());
    let mut id = 100;
    for (n, file) in files.iter().enumerate() {
        let survey = survey(file);
        let statement = &survey.statements[0];
        let mut merge = StatementMerge::new(statement, stored.is_empty());
        let import = ImportId(Uuid::from_u128(n as u128));
        let (mut known, mut added) = (0, 0);
        let mut said: Vec<String> = statement.note().into_iter().map(|note| note.reason).collect();
        for rows in file.chunks(page) {
            let ids = merge.source_ids(rows);
            let there = stored.iter().filter(|t| ids.contains(&t.source_id)).cloned().collect();
            let into = StatementTarget {
                owner: UserId(Uuid::nil()),
                account: AccountId(Uuid::from_u128(2)),
                import,
                currency: Currency::USD,
                now: Timestamp::from_micros(1_700_000_000_000_000).unwrap(),
            };
            let plan = merge.plan(into, there, rows.to_vec(), || {
                id += 1;
                Uuid::from_u128(id)
            });
            let days = merge.days_to_compare(&plan);
            let beside: Vec<Transaction> = stored
                .iter()
                .filter(|t| t.import != Some(import) && days.contains(&t.day))
                .cloned()
                .collect();
            merge.compare(&plan, &beside);
            known += plan.known;
            added += plan.added.len();
            said.extend(plan.notes.into_iter().map(|note| note.reason));
            stored.extend(plan.added);
        }
        said.extend(merge.finish().notes.into_iter().map(|note| note.reason));
        reports.push((known, added));
        notes.push(said);
    }
    // What the database would refuse would be lost.
    let keys: HashSet<_> = stored.iter().map(|t| (t.source_id.clone(), t.ordinal)).collect();
    assert_eq!(keys.len(), stored.len());
    (stored, reports, notes)
}

fn names(stored: &[Transaction]) -> Vec<&str> {
    stored.iter().map(|row| row.description.as_str()).collect()
}

#[test]
fn the_same_file_again_adds_nothing() {
    let file = vec![
        row(Some("1"), 1, "-5", "Coffee"),
        row(None, 2, "-3.50", "Coffee"),
        row(None, 2, "-3.50", "Coffee"),
        row(Some("2"), 3, "10", "Refund"),
    ];
    for page in [1, 2, 10] {
        let (stored, reports, notes) = import_all(&[file.clone(), file.clone()], page);
        assert_eq!(stored.len(), 4, "two equal coffees stay two");
        assert_eq!(reports, [(0, 4), (4, 0)]);
        assert!(notes.iter().all(Vec::is_empty), "{notes:?}");
    }
}

/// A file that was exported has an id of its own for each row, and leads back to the rows it came from; in another account
/// it adds each.
#[test]
fn what_is_exported_leads_back_to_the_same_rows() {
    let long = "A description that is far longer than the names that strict readers take";
    let equal = || row(None, 2, "-3.50", long);
    let file = vec![equal(), equal(), row(Some("x"), 3, "1", "X"), equal()];
    let (stored, _, _) = import_all(std::slice::from_ref(&file), 10);
    // Cut, and in another order.
    let exported: Vec<StatementRow> = stored
        .iter()
        .rev()
        .map(|stored| StatementRow {
            source_id: Some(stored.unique_source_id().into_owned()),
            name: Some(stored.description.chars().take(32).collect()),
            memo: Some(stored.description.clone()).filter(|text| text.chars().count() > 32),
            ..row(None, 2, "-3.50", "")
        })
        .zip(stored.iter().rev())
        .map(|(row, stored)| StatementRow { day: stored.day, amount: stored.amount, ..row })
        .collect();
    let ids: HashSet<&str> = exported.iter().filter_map(|row| row.source_id.as_deref()).collect();
    assert_eq!(ids.len(), 4, "{ids:?}");
    for page in [1, 10] {
        let (all, reports, _) = import_all(&[file.clone(), exported.clone(), exported.clone()], page);
        assert_eq!((all.len(), reports), (4, vec![(0, 4), (4, 0), (4, 0)]));
        let (all, reports, _) = import_all(&[exported.clone(), exported.clone()], page);
        assert_eq!((all.len(), reports), (4, vec![(0, 4), (4, 0)]));
    }
}

#[test]
fn overlapping_statements_add_the_overlap_once_and_tell_of_another_payee() {
    let first = vec![row(Some("a"), 1, "-1", "A"), row(Some("b"), 5, "-2", "B")];
    // The bank shifted b by two days and spells it otherwise.
    let second = vec![row(Some("b"), 7, "-2", "B GmbH"), row(Some("c"), 9, "-3", "C")];
    let (stored, reports, notes) = import_all(&[first, second], 10);
    assert_eq!(stored.len(), 3);
    assert_eq!(reports[1], (1, 1));
    assert!(notes[1].len() == 1 && notes[1][0].contains("another text"), "{notes:?}");
}

#[test]
fn an_id_that_several_rows_share_is_none() {
    let file = vec![
        row(Some("x"), 1, "-1", "A"),
        row(Some("x"), 1, "-2", "A"),
        row(Some("x"), 20, "-1", "A"),
        row(Some("x"), 1, "-1", "Other"),
        row(Some("x"), 1, "-1", "A"),
    ];
    for page in [1, 2, 10] {
        let (stored, reports, notes) = import_all(&[file.clone(), file.clone()], page);
        assert_eq!(reports, [(0, 5), (5, 0)], "equal rows are two as well");
        let total: Decimal = stored.iter().map(|t| t.amount).sum();
        assert_eq!(total, exact_decimal("-6").unwrap());
        assert!(notes.iter().all(|notes| notes.len() == 1 && notes[0].starts_with("5 rows")), "{notes:?}");
    }
}

#[test]
fn a_shared_id_and_one_that_is_not_yet_are_the_same_row() {
    let ride = || row(Some("B7"), 1, "-3.20", "BUS");
    let (stored, reports, _) = import_all(&[vec![ride()], vec![ride(), ride()], vec![ride()]], 10);
    assert_eq!((stored.len(), reports), (2, vec![(0, 1), (1, 1), (1, 0)]));
}

#[test]
fn ids_that_begin_anew_in_each_statement_lose_no_row() {
    let first = vec![row(Some("5"), 30, "-12", "CAFE LUNA"), row(Some("6"), 30, "-4", "BUS")];
    let second = vec![row(Some("5"), 31, "-12", "BOOK SHOP"), row(Some("6"), 31, "-4", "BUS")];
    let (stored, reports, notes) = import_all(&[first.clone(), second.clone(), first, second], 10);
    assert_eq!(names(&stored), ["CAFE LUNA", "BUS", "BOOK SHOP", "BUS"]);
    assert_eq!(reports, [(0, 2), (0, 2), (2, 0), (2, 0)]);
    assert_eq!(notes[1].len(), 2, "{notes:?}");
}

#[test]
fn rows_of_one_id_amount_and_day_with_other_texts_are_both_kept() {
    let first = vec![row(Some("77"), 10, "-19", "HARDWARE"), row(Some("78"), 10, "-8", "INVOICE 1001")];
    let second = vec![row(Some("77"), 10, "-19", "GROCER"), row(Some("78"), 10, "-8", "INVOICE 1002")];
    let (stored, _, notes) = import_all(&[first, second], 10);
    assert_eq!(stored.len(), 4);
    assert!(notes[1].iter().all(|note| note.contains("both are kept")), "{notes:?}");
}

#[test]
fn ids_that_change_with_each_download_are_proposed_as_duplicates() {
    let file = |a: &str, b: &str| vec![row(Some(a), 10, "-20", "SHOP"), row(Some(b), 10, "-3", "BUS")];
    for page in [1, 10] {
        let (stored, reports, notes) =
            import_all(&[file("R1", "R2"), file("Q1", "Q2"), file("Q1", "Q2")], page);
        assert_eq!((stored.len(), &reports[1], &reports[2]), (4, &(0, 2), &(2, 0)));
        assert!(notes[1].len() == 2 && notes[1][0].contains("duplicate"), "{notes:?}");
        assert!(notes[0].is_empty() && notes[2].is_empty(), "{notes:?}");
    }
}

#[test]
fn a_second_equal_row_of_a_day_is_no_duplicate_of_one_that_is_in_the_file_too() {
    let first = vec![row(Some("F1"), 10, "-3", "BUS")];
    for second in [["F1", "F2"], ["F2", "F1"]] {
        let rows = second.map(|id| row(Some(id), 10, "-3", "BUS")).to_vec();
        for page in [1, 10] {
            let (stored, reports, notes) = import_all(&[first.clone(), rows.clone()], page);
            assert_eq!((stored.len(), reports[1]), (2, (1, 1)));
            assert!(notes[1].is_empty(), "{notes:?}");
        }
    }
}

#[test]
fn a_row_in_another_currency_is_another_row() {
    let euro = StatementRow { currency: "EUR".parse().ok(), ..row(Some("a"), 1, "-1", "A") };
    let (stored, reports, _) = import_all(&[vec![row(Some("a"), 1, "-1", "A")], vec![euro]], 10);
    assert_eq!((stored.len(), reports[1]), (2, (0, 1)));
}
