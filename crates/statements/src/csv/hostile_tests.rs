//! Files made to be slow, or to bring the reader down.

use std::time::Instant;

use dashtam_domain::ledger::statement::{StatementEvent, StatementReader};
use proptest::prelude::*;

use super::CsvReader;

/// Reads a file in a time that no quadratic step would leave it.
fn read(file: &[u8]) -> Vec<StatementEvent> {
    let begun = Instant::now();
    let events = CsvReader.read(file).map(Iterator::collect).unwrap_or_default();
    // A busy machine gives a thread a hundredth of its time.
    let most = 60.0 + file.len() as f64 / 50_000.0;
    assert!(begun.elapsed().as_secs_f64() < most, "{} bytes took {:?}", file.len(), begun.elapsed());
    events
}

const HEAD: &str = "Date,Description,Amount\n";

#[test]
fn hostile_files_are_read_in_bounded_time() {
    let row = "2026-01-02,Shop,-1.00\n";
    let huge = format!("{HEAD}2026-01-02,{},-1.00\n{row}", "x".repeat(4 << 20));
    assert_eq!(read(huge.as_bytes()).iter().filter(|e| matches!(e, StatementEvent::Row(_))).count(), 1);
    let wide = format!("{HEAD}{}\n{row}", "2026-01-02,".repeat(100_000));
    assert_eq!(read(wide.as_bytes()).iter().filter(|e| matches!(e, StatementEvent::Row(_))).count(), 1);
    let short_and_wide = format!("{HEAD}2026-01-02,Shop,-1.00{}\n{row}", ",".repeat(60_000));
    assert_eq!(
        read(short_and_wide.as_bytes()).iter().filter(|e| matches!(e, StatementEvent::Row(_))).count(),
        2
    );
    for line in ["\"a\n", "\"\n", "a,\"b\"c\"\n", "\"\"\"\n", ",\"\"x\n", "\r", "\n", "\0\n", "\"a,\"\"\n\n"]
    {
        read(format!("{HEAD}{row}{}", line.repeat(200_000)).as_bytes());
    }
    let head_of_many = (0..100_000).map(|at| format!("c{at}")).collect::<Vec<_>>().join(",");
    read(format!("{head_of_many}\n{head_of_many}\n{}", row.repeat(1_000)).as_bytes());
    let accounts: String = (0..50_000).map(|at| format!("a{at},2026-01-02,Shop,-1.00\n")).collect();
    read(format!("Account,{HEAD}{accounts}").as_bytes());
}

#[test]
fn an_unclosed_quotation_costs_one_row() {
    let file = format!("{HEAD}2026-01-02,One,-1.00\n2026-01-03,\"Two,-2.00\n2026-01-04,Three,-3.00\n");
    let events = read(file.as_bytes());
    let lines: Vec<u64> = events
        .iter()
        .filter_map(|event| match event {
            StatementEvent::Row(row) => Some(row.line),
            _ => None,
        })
        .collect();
    assert_eq!(lines, [2, 4]);
    assert!(
        events.iter().any(|event| matches!(event, StatementEvent::Refused(problem) if problem.line == 3))
    );
}

proptest! {
    #[test]
    fn any_bytes_are_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = CsvReader.recognises(&bytes);
        let read = || CsvReader.read(&bytes).map(Iterator::collect::<Vec<_>>);
        prop_assert_eq!(read().ok(), read().ok());
    }

    #[test]
    fn any_rows_are_an_answer(rows in "([-0-9/\",;$().x\r\n ]{0,12},){0,60}") {
        let _ = read(format!("{HEAD}2026-01-02,Shop,-1.00\n{rows}").as_bytes());
    }

    /// What is written as a table is read as it was, whatever its texts hold.
    #[test]
    fn what_is_written_is_read_again(
        rows in proptest::collection::vec(("[^\0\u{feff}]{1,40}", -9_999_999_i64..9_999_999, 1_u32..29), 1..30),
        delimiter in prop_oneof![Just(','), Just(';'), Just('\t')],
        end in prop_oneof![Just("\n"), Just("\r\n")],
    ) {
        let mut file = ["Date", "Description", "Amount"].join(&delimiter.to_string());
        file += end;
        let mut expected = Vec::new();
        for (text, cents, day) in &rows {
            let amount = dashtam_domain::money::Decimal::new(*cents, 2);
            let quoted = text.replace('"', "\"\"");
            file += &format!("2026-02-{day:02}{delimiter}\"{quoted}\"{delimiter}{amount}{end}");
            let name = Some(text.trim().replace("\r\n", "\n")).filter(|text| !text.is_empty());
            expected.push((*day, name, amount));
        }
        let mut told: Vec<_> = CsvReader
            .read(file.as_bytes())
            .unwrap()
            .filter_map(|event| match event {
                StatementEvent::Row(row) => Some((chrono::Datelike::day(&row.day.0), row.name, row.amount)),
                _ => None,
            })
            .collect();
        told.sort();
        expected.sort();
        prop_assert_eq!(told, expected);
    }
}
