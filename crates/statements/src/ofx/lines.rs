//! Line numbers, counted once while the reader moves forward.

/// Counts LF, CRLF and bare CR as one line end each.
#[derive(Debug)]
pub(super) struct Lines {
    pos: usize,
    line: u64,
    after_cr: bool,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { pos: 0, line: 1, after_cr: false }
    }

    /// The line, from 1, on which the byte at `offset` stands. Offsets must not go backwards.
    pub(super) fn at(&mut self, text: &[u8], offset: usize) -> u64 {
        for byte in text.get(self.pos..offset).unwrap_or_default() {
            match byte {
                b'\n' if self.after_cr => {}
                b'\n' | b'\r' => self.line += 1,
                _ => {}
            }
            self.after_cr = *byte == b'\r';
        }
        self.pos = self.pos.max(offset);
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sort_of_line_end_counts_once() {
        let text = b"a\nb\r\nc\rd\r\r\ne";
        let mut lines = Lines::new();
        let found: Vec<u64> = text
            .iter()
            .enumerate()
            .filter(|(_, b)| b.is_ascii_alphabetic())
            .map(|(at, _)| lines.at(text, at))
            .collect();
        assert_eq!(found, [1, 2, 3, 4, 6]);
        assert_eq!(lines.at(text, 0), 6, "never backwards");
    }
}
