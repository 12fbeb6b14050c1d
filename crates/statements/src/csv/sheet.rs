//! A table cut into records, each of which is known by its place, so that memory stays a small part of the file.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// What may stand between two cells, the likeliest first.
pub(super) const DELIMITERS: [u8; 4] = *b",;\t|";
/// So many lines tell the delimiter.
const SAMPLE: usize = 50;
/// A record with more bytes is none: it was made by a quotation mark that nothing closes.
const MOST_BYTES: usize = 64 * 1024;

/// Where a record is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Line of the file, from 1.
    pub(super) line: u64,
    /// Whether it cannot be cut into cells, because a quotation mark in it is not closed or it is endless.
    pub(super) is_broken: bool,
}

/// Cuts records into cells.
pub(super) struct Cutter {
    reader: Reader,
    cells: Vec<u8>,
    ends: Vec<usize>,
}

/// The cells of one record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells<'c> {
    cells: &'c [u8],
    ends: &'c [usize],
}

impl<'c> Cells<'c> {
    pub(super) fn len(self) -> usize {
        self.ends.len()
    }

    /// A cell without the blanks around it; empty where there is none.
    pub(super) fn get(self, at: usize) -> &'c str {
        let from = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let cell = self.ends.get(at).and_then(|to| self.cells.get(from..*to)).unwrap_or_default();
        std::str::from_utf8(cell).unwrap_or_default().trim()
    }

    pub(super) fn iter(self) -> impl Iterator<Item = &'c str> {
        (0..self.len()).map(move |at| self.get(at))
    }

    pub(super) fn is_blank(self) -> bool {
        self.cells.iter().all(u8::is_ascii_whitespace)
    }
}

impl Cutter {
    pub(super) fn new(delimiter: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        Self { reader, cells: vec![0; 1024], ends: vec![0; 64] }
    }

    /// Cuts the record at this place.
    pub(super) fn cut(&mut self, text: &str, place: Place) -> Cells<'_> {
        self.run(text.as_bytes().get(place.from..place.to).unwrap_or_default());
        self.cells()
    }

    fn cells(&self) -> Cells<'_> {
        let used = self.used();
        let ends = self.ends.get(..used).unwrap_or_default();
        Cells { cells: self.cells.get(..ends.last().copied().unwrap_or(0)).unwrap_or_default(), ends }
    }

    fn used(&self) -> usize {
        self.ends.iter().position(|end| *end == usize::MAX).unwrap_or(self.ends.len())
    }

    /// Reads one record; how many bytes it takes, or `None` where the bytes end before it does.
    fn run(&mut self, mut input: &[u8]) -> Option<usize> {
        self.reader.reset();
        let (mut read, mut written, mut ended) = (0, 0, 0);
        let mut is_over = false;
        let whole = loop {
            let (cells, ends) = (self.cells.get_mut(written..), self.ends.get_mut(ended..));
            let (Some(cells), Some(ends)) = (cells, ends) else { break None };
            let (result, taken, put, finished) = self.reader.read_record(input, cells, ends);
            input = input.get(taken..).unwrap_or_default();
            (read, written, ended) = (read + taken, written + put, ended + finished);
            match result {
                // One more line end shows whether the record is inside a quotation.
                ReadRecordResult::InputEmpty if !is_over => (is_over, input) = (true, b"\n"),
                ReadRecordResult::Record => break Some(if is_over { read.saturating_sub(1) } else { read }),
                ReadRecordResult::OutputFull => self.cells.resize(self.cells.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty | ReadRecordResult::End => break None,
            }
        };
        if let Some(rest) = self.ends.get_mut(ended) {
            *rest = usize::MAX;
        }
        whole
    }
}

/// The places of all records of a text. A quotation mark that nothing closes costs its own line.
pub(super) fn records(text: &str, delimiter: u8) -> Vec<Place> {
    let bytes = text.as_bytes();
    let mut cutter = Cutter::new(delimiter);
    let mut places = Vec::new();
    let (mut at, mut line) = (0, 1);
    loop {
        let blank =
            bytes.get(at..).unwrap_or_default().iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        line += lines(bytes.get(at..at + blank).unwrap_or_default());
        at += blank;
        if at >= bytes.len() {
            return places;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let window = rest.get(..MOST_BYTES).unwrap_or(rest);
        let whole = cutter.run(window).filter(|taken| *taken < window.len() || window.len() == rest.len());
        let taken = whole.unwrap_or_else(|| {
            let end = rest.iter().position(|b| matches!(b, b'\r' | b'\n'));
            end.map_or(rest.len(), |end| end + 1)
        });
        places.push(Place { from: at, to: at + taken, line, is_broken: whole.is_none() });
        line += lines(rest.get(..taken).unwrap_or_default());
        at += taken;
        // The two characters of one line end belong together.
        if bytes.get(at) == Some(&b'\n') && bytes.get(at.wrapping_sub(1)) == Some(&b'\r') {
            (at, line) = (at + 1, line);
        }
    }
}

/// How many lines end in these bytes; the two characters of one end count once.
fn lines(bytes: &[u8]) -> u64 {
    let mut count = 0;
    let mut last = 0;
    for byte in bytes {
        count += u64::from(*byte == b'\r' || (*byte == b'\n' && last != b'\r'));
        last = *byte;
    }
    count
}

/// What stands between cells: the mark whose number is the most even over the first lines, outside quotations.
pub(super) fn even_delimiter(text: &str) -> Option<u8> {
    let mut counts: Vec<[u32; 4]> = Vec::with_capacity(SAMPLE);
    let (mut line, mut is_quoted, mut is_blank) = ([0_u32; 4], false, true);
    for byte in text.bytes().take(MOST_BYTES).chain(*b"\n") {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => {
                if !is_blank {
                    counts.push(line);
                }
                (line, is_blank) = ([0; 4], true);
                if counts.len() == SAMPLE {
                    break;
                }
                continue;
            }
            _ if is_quoted => {}
            byte => {
                if let Some(count) =
                    DELIMITERS.iter().position(|d| *d == byte).and_then(|at| line.get_mut(at))
                {
                    *count += 1;
                }
            }
        }
        is_blank = false;
    }
    let evenness = |at: usize| {
        let mut of_lines: Vec<u32> = counts.iter().filter_map(|line| line.get(at)).copied().collect();
        of_lines.retain(|count| *count > 0);
        of_lines.sort_unstable();
        let runs = of_lines.chunk_by(|one, other| one == other);
        runs.map(|run| (run.len(), run.first().copied().unwrap_or(0))).max().unwrap_or((0, 0))
    };
    let best = (0..DELIMITERS.len()).rev().map(|at| (evenness(at), at)).max_by_key(|(even, at)| {
        let ((lines, count), at) = (even, *at);
        (*lines, *count, DELIMITERS.len() - at)
    });
    best.filter(|((lines, _), _)| *lines >= 2).and_then(|(_, at)| DELIMITERS.get(at).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<(u64, bool, Vec<String>)> {
        let mut cutter = Cutter::new(b',');
        let all = records(text, b',').into_iter();
        all.map(|place| {
            let cells = cutter.cut(text, place).iter().map(str::to_owned).collect();
            (place.line, place.is_broken, cells)
        })
        .collect()
    }

    fn plain(line: u64, cells: &[&str]) -> (u64, bool, Vec<String>) {
        (line, false, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn records_know_their_lines() {
        assert_eq!(
            cut("\r\n\r\na,b\r\n\"1\n2\",\"say \"\"hi\"\"\"\r\n\n\nc\rd,\"e"),
            [
                plain(3, &["a", "b"]),
                plain(4, &["1\n2", "say \"hi\""]),
                plain(8, &["c"]),
                (9, true, vec!["d".to_owned()])
            ]
        );
        assert_eq!(cut("a,\"b\nc\""), [plain(1, &["a", "b\nc"])]);
        assert_eq!(cut(""), []);
    }

    #[test]
    fn a_quotation_that_is_not_closed_costs_its_line() {
        let text = format!("a,\"b\n{}", "1,2\n".repeat(40_000));
        let cut = cut(&text);
        assert_eq!(cut.len(), 40_001);
        assert!(cut[0].1 && !cut[1].1);
        assert_eq!(cut[1], plain(2, &["1", "2"]));
        assert_eq!(cut[40_000], plain(40_001, &["1", "2"]));
    }

    #[test]
    fn many_cells_and_long_ones() {
        let wide = cut(&"1,".repeat(30_000));
        assert_eq!(wide[0].2.len(), 30_001);
        let long = "x".repeat(60_000);
        assert_eq!(cut(&format!("{long},2\n"))[0].2[0], long);
        let endless = cut(&format!("{}\n1,2", "x,".repeat(50_000)));
        assert_eq!((endless[0].1, endless[1].clone()), (true, plain(2, &["1", "2"])));
    }

    #[test]
    fn delimiters() {
        for (text, expected) in [
            ("a,b\n1,2", Some(b',')),
            ("a;b;c\n1,5;2,5;x", Some(b';')),
            ("a;b\n\"x;y\";1,5\nz;2,5", Some(b';')),
            ("a\tb\n1\t2", Some(b'\t')),
            ("title\n\na|b\n1|2\n", Some(b'|')),
            ("a b c\nd e f", None),
            ("one, line", None),
        ] {
            assert_eq!(even_delimiter(text), expected, "{text:?}");
        }
    }
}
