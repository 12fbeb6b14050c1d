//! The beginning of a table, shown to whoever has to say what its columns mean.

use dashtam_domain::ledger::statement::TableSample;

use super::{
    layouts::widest,
    sheet::{Cutter, even_delimiter, records},
    text::{readable, whole_characters},
};

/// So many bytes of a file are looked at.
const HEAD: usize = 64 << 10;
/// So many lines are shown.
const LINES: usize = 30;
/// So many cells of a line, and so many characters of a cell.
const CELLS: usize = 60;
const CHARACTERS: usize = 200;

/// The first lines of a table.
pub(super) fn of(file: &[u8]) -> TableSample {
    let head = file.get(..HEAD).unwrap_or(file);
    let text = readable(whole_characters(head), None);
    let delimiter = even_delimiter(&text).unwrap_or(b',');
    let mut cutter = Cutter::new(delimiter);
    let cells = |place| {
        let cells = cutter.cut(&text, place);
        cells.iter().take(CELLS).map(|cell| cell.chars().take(CHARACTERS).collect()).collect()
    };
    let whole = records(&text, delimiter).into_iter().filter(|place| !place.is_broken);
    let lines: Vec<Vec<String>> = whole.take(LINES).map(cells).collect();
    TableSample { names: widest(&lines).unwrap_or_default(), lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_below_what_stands_above_them() {
        let sample = of(b"Statement of account\n\nDay;What;\"How; much\"\n1.2.2026;Rent;-5\n");
        assert_eq!((sample.lines.len(), sample.names), (3, 1));
        assert_eq!(sample.lines[1], ["Day", "What", "How; much"]);
        assert_eq!(of(b""), TableSample::default());
    }

    #[test]
    fn a_character_that_the_end_of_the_head_cuts_in_two_spoils_nothing() {
        let table = format!("Tag;Empfänger;Betrag\n{}", "1.2.2026;Bäcker;-5\n".repeat(4_000));
        // A row has 20 bytes: one of these heads ends within its letter of two.
        for shift in 0..20 {
            let file = format!("{}{table}", "x".repeat(shift));
            assert_eq!(of(file.as_bytes()).lines[0][1], "Empfänger", "{shift}");
        }
    }
}
