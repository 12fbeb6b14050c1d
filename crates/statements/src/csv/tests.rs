//! What a table need not say, and what it has to be asked for.

use dashtam_domain::{
    ledger::{
        CsvProfile, TransactionKind,
        statement::{
            LayoutOrigin, StatementError, StatementEvent, StatementHints, StatementReader, StatementRow,
        },
    },
    money::Decimal,
};
use serde_json::{Value, json};

use super::CsvReader;

fn hints(profile: Option<Value>) -> StatementHints {
    let profile = profile.map(|value| CsvProfile::from_json(&value).unwrap());
    StatementHints { profile, ..StatementHints::default() }
}

fn events(file: &str, profile: Option<Value>) -> Result<Vec<StatementEvent>, StatementError> {
    Ok(CsvReader.open(file.as_bytes(), &hints(profile))?.events.collect())
}

fn rows(file: &str, profile: Option<Value>) -> Vec<StatementRow> {
    let rows = events(file, profile).unwrap().into_iter();
    rows.filter_map(|event| match event {
        StatementEvent::Row(row) => Some(row),
        _ => None,
    })
    .collect()
}

fn amounts(file: &str, profile: Option<Value>) -> Vec<String> {
    rows(file, profile).iter().map(|row| row.amount.to_string()).collect()
}

#[test]
fn a_table_nobody_knows_is_guessed() {
    let file = "Buchungsdatum;Empfänger;Verwendungszweck;Betrag (EUR);Saldo\n\
                31.01.2026;Laden;Kauf;-12,50;87,50\n30.01.2026;Amt;;100,00;100,00\n";
    let layout = CsvReader.open(file.as_bytes(), &hints(None)).unwrap().layout.unwrap();
    assert_eq!(layout.origin, LayoutOrigin::Guessed);
    assert!((40..=60).contains(&layout.confidence), "{}", layout.confidence);
    assert_eq!(layout.balances.map(|check| (check.compared, check.wrong)), Some((1, 0)));
    let rows = rows(file, None);
    assert_eq!(rows[1].amount, "-12.50".parse::<Decimal>().unwrap());
    assert_eq!((rows[1].name.as_deref(), rows[1].memo.as_deref()), (Some("Laden"), Some("Kauf")));
    assert_eq!(rows[1].line, 2);
}

#[test]
fn balances_tell_the_sign_of_a_table_nobody_knows() {
    let file = "Date,Description,Amount,Balance\n2026-01-01,A,10.00,90.00\n2026-01-02,B,-5.00,95.00\n2026-01-03,C,1.00,94.00\n";
    assert_eq!(amounts(file, None), ["-10.00", "5.00", "-1.00"]);
    let wrong =
        file.replace("94.00", "50.00").replace("2026-01-02,B,-5.00,95.00", "2026-01-02,B,-5.00,85.00");
    let notes = events(&wrong, None).unwrap();
    let is_told = |event: &StatementEvent| matches!(event, StatementEvent::Note(note) if note.reason.contains("1 of 2 balances") && note.line == 4);
    assert!(notes.iter().any(is_told), "{notes:?}");
}

#[test]
fn a_common_column_makes_no_known_layout() {
    // Spending is positive at American Express only.
    let file = "Date,Description,Amount,Reference\n2026-01-01,A,-10.00,R1\n";
    assert_eq!(amounts(file, None), ["-10.00"]);
    // An IBAN may be the other side's: it makes no account.
    let file = "Date,Name,IBAN,Amount\n2026-01-01,A,DE89370400440532013000,-10.00\n";
    let told = events(file, None).unwrap();
    assert!(matches!(&told[0], StatementEvent::Account(account) if account.number.is_none()), "{told:?}");
    assert!(rows(file, None)[0].raw.contains("****3000"));
}

#[test]
fn an_indicator_is_found() {
    let file = "Date,Narrative,Amount,Dr/Cr\n2026-01-01,A,10.00,DR\n2026-01-02,B,5.00,CR\n";
    assert_eq!(amounts(file, None), ["-10.00", "5.00"]);
}

#[test]
fn doubtful_dates_are_asked_for() {
    let file = "Date,Text,Amount\n03/04/2026,A,1.00\n05/06/2026,B,2.00\n";
    let Err(StatementError::Unclear { field, candidates, .. }) = events(file, None) else { panic!() };
    assert_eq!((field, candidates), ("profile.date_order", vec!["mdy".to_owned(), "dmy".to_owned()]));
    let told = rows(file, Some(json!({"date_order": "dmy"})));
    assert_eq!(told[0].day.to_string(), "2026-04-03");
    // One day that can only be read in one way tells all others.
    assert_eq!(rows(&file.replace("05/06", "25/06"), None)[0].day.to_string(), "2026-04-03");
    let mixed = file.replace("05/06", "25/06").replace("03/04", "03/24");
    assert!(matches!(events(&mixed, None), Err(StatementError::Unclear { .. })));
}

#[test]
fn unknown_columns_are_asked_for_and_can_be_told() {
    let file = "Quand,Quoi,Combien\n2026-01-02,Pain,-3.50\n";
    let Err(StatementError::Unclear { field, candidates, .. }) = events(file, None) else { panic!() };
    assert_eq!((field, candidates.len()), ("profile", 3));
    let profile =
        json!({"columns": {"day": "quand", "payee": "Quoi", "amount": "COMBIEN"}, "currency": "EUR"});
    assert_eq!(amounts(file, Some(profile)), ["-3.50"]);
    let by_number = json!({"without_header": true, "columns": {"day": "1", "payee": "2", "amount": "3"}});
    assert_eq!(amounts("2026-01-02,Pain,-3.50\n2026-01-03,Lait,-1\n", Some(by_number)), ["-3.50", "-1"]);
    let missing = json!({"columns": {"day": "Date", "amount": "Combien"}});
    assert!(matches!(
        events(file, Some(missing)),
        Err(StatementError::Unclear { field: "profile.columns", .. })
    ));
}

#[test]
fn one_bad_row_costs_no_other() {
    let file = "Date,Description,Amount\n2026-01-01,A,1.00\n2026-13-40,B,2.00\n2026-01-03,C,abc\n\n,,\nshort\n\
                2026-01-04,=cmd|' /C calc'!A0,4.00\nTotal,,7.00\n";
    let told = events(file, None).unwrap();
    let refused: Vec<(u64, Option<String>)> = told
        .iter()
        .filter_map(|event| match event {
            StatementEvent::Refused(problem) => Some((problem.line, problem.field().map(str::to_owned))),
            _ => None,
        })
        .collect();
    assert_eq!(refused, [(3, Some("DAY".to_owned())), (4, Some("AMOUNT".to_owned()))]);
    let rows = rows(file, None);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1].name.as_deref(), Some("=cmd|' /C calc'!A0"), "a formula is a text");
}

#[test]
fn account_numbers_are_masked_where_rows_are_kept() {
    let file = "Datum;IBAN;Naam / Omschrijving;Af Bij;Bedrag (EUR);Rekening\n\
                20260102;NL02RABO0000000002;X;Bij;1,00;NL01INGB0000000001\n\
                20260103;;Y;Af;2,00;NL01INGB0000000001\n";
    let rows = rows(file, None);
    assert_eq!(rows[0].raw, "20260102;****0002;X;Bij;1,00;****0001");
    assert_eq!(rows[0].kind, TransactionKind::Credit);
}

#[test]
fn an_empty_table_is_no_statement() {
    let file = "Date,Description,Amount\nTotal,,\n";
    assert!(matches!(events(file, None), Err(StatementError::NoStatement(_))));
}

#[test]
fn thousands_of_rows_have_the_lines_they_stand_on() {
    let mut file = String::from("Date,Description,Amount\r\n");
    for at in 0..20_000 {
        file += &format!("2026-01-{:02},\"Shop\r\n{at}\",-1.00\r\n", at % 28 + 1);
    }
    let rows = rows(&file, None);
    assert_eq!(rows.len(), 20_000);
    assert_eq!(rows[19_999].line, 40_000);
}

/// Databases do not take all characters.
#[test]
fn nul_characters_are_left_out() {
    let file = format!(
        "Date,Description,Amount\n{}2026-01-09,Ca\0fe,-1.0\0\n",
        "2026-01-01,Shop,-2.00\n".repeat(60)
    );
    let rows = rows(&file, None);
    let last = rows.last().unwrap();
    assert_eq!((last.name.as_deref(), last.amount.to_string()), (Some("Cafe"), "-1.0".to_owned()));
    assert!(!last.raw.contains('\0'));
}

/// What this program wrote comes back as it was, and never two accounts as one.
#[test]
fn own_exports_come_back() {
    let head = "id,account_id,day,amount,currency,status,kind,description,memo,category,source_id\r\n";
    let line = |account: &str, kind: &str, text: &str| {
        format!("1,{account},2026-01-01,-1.00,USD,posted,{kind},{text},,food.coffee,x#1\r\n")
    };
    let rows =
        rows(&format!("{head}{}{}", line("a", "standing_order", "'=1+1"), line("a", "hold", "'tis")), None);
    assert_eq!((rows[0].name.as_deref(), rows[1].name.as_deref()), (Some("=1+1"), Some("'tis")));
    assert_eq!((rows[0].kind, rows[1].kind), (TransactionKind::StandingOrder, TransactionKind::Hold));
    let code = rows[0].details.category.as_deref().unwrap();
    assert_eq!(dashtam_domain::ledger::meaning::DefaultCategory::by_code(code).unwrap().key, "food.coffee");
    assert_eq!(rows[0].source_id.as_deref(), Some("x#1"));
    let several = events(&format!("{head}{}{}", line("a", "debit", "A"), line("b", "debit", "B")), None);
    assert!(
        matches!(several, Err(StatementError::NoStatement(reason)) if reason.contains("one account at a time"))
    );
}

#[test]
fn a_layout_that_is_sent_back_as_it_was_shown_reads_the_same() {
    let table = "Umsätze persönliches Konto;;;Kundennummer: 100\n\n01.03.2026 - 31.03.2026\n\
                 Buchungstag;Wert;Umsatzart;Begünstigter / Auftraggeber;Verwendungszweck;IBAN;BIC;Kundenreferenz;\
                 Mandatsreferenz;Gläubiger ID;Fremde Gebühren;Betrag;Abweichender Empfänger;Anzahl der Aufträge;\
                 Anzahl der Schecks;Soll;Haben;Währung\n\
                 01.03.2026;01.03.2026;SEPA-Überweisung;Bäcker;Brötchen;DE1;;;;;;;;;;-8,00;;EUR\n";
    let latin = encoding_rs::WINDOWS_1252.encode(table).0.into_owned();
    for (file, encoding) in [(table.as_bytes(), None), (&latin, Some("windows-1252"))] {
        let read = |profile| {
            let opened = CsvReader.open(file, &hints(profile)).unwrap();
            let mut events = opened.events;
            let name = events.find_map(|event| match event {
                StatementEvent::Row(row) => row.name,
                _ => None,
            });
            (opened.layout.unwrap().profile, name)
        };
        let (found, name) = read(None);
        assert_eq!((found.encoding.as_deref(), name.as_deref()), (encoding, Some("Bäcker")));
        let (given, again) = read(Some(found.to_json()));
        assert_eq!((given, again), (found, name));
    }
}
