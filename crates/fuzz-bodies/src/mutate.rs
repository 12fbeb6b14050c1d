//! Changed inputs without libFuzzer: the same seed gives the same inputs on every machine.

/// Words that parsers of money, dates, markup and tokens have a word for.
const WORDS: [&str; 26] = [
    "null",
    "true",
    "[]",
    "{}",
    "NaN",
    "1e400",
    "-0.0",
    "1e-400",
    "9999999999999999999999999999999999999999",
    "\"\"",
    "\\u0000",
    "\\ud800",
    "<",
    ">",
    "</",
    "&amp;",
    "&",
    "\r\n",
    "<STMTTRN>",
    "</STMTTRN>",
    "<TRNAMT>",
    "20260230",
    "[-99:X]",
    "%00",
    "%C0%80",
    "==",
];
/// Longest input that is made.
const LONGEST: usize = 64 * 1024;

/// Makes inputs out of seeds.
#[derive(Debug)]
pub struct Mutator {
    state: u64,
}

impl Mutator {
    /// Begins a sequence.
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(2).wrapping_add(1) }
    }

    /// A number below `end`: SplitMix64.
    fn below(&mut self, end: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = mixed ^ (mixed >> 31);
        usize::try_from(mixed % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    /// One of the seeds with one to eight changes.
    pub fn next(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut input = match seeds.len() {
            0 => Vec::new(),
            many => seeds[self.below(many)].clone(),
        };
        for _ in 0..=self.below(8) {
            self.change(&mut input, seeds);
        }
        input.truncate(LONGEST);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        let end = (at + self.below(64)).min(input.len());
        match self.below(9) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = u8::try_from(self.below(256)).unwrap_or(0),
            2 => {
                input.drain(at..end);
            }
            3 => input.truncate(at),
            4 => {
                let part = input[at..end].to_vec();
                for _ in 0..=self.below(32) {
                    input.splice(at..at, part.iter().copied());
                }
            }
            5 if !seeds.is_empty() => {
                let other = &seeds[self.below(seeds.len())];
                let from = self.below(other.len() + 1);
                let part = &other[from..(from + self.below(256)).min(other.len())];
                input.splice(at..end, part.iter().copied());
            }
            _ => {
                let word = WORDS[self.below(WORDS.len())];
                input.splice(at..end, word.bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_inputs_and_they_differ_from_each_other() {
        let seeds = [b"{\"a\": [1, 2, 3]}".to_vec(), b"other".to_vec()];
        let made = |seed| {
            let mut mutator = Mutator::new(seed);
            (0..200).map(|_| mutator.next(&seeds)).collect::<Vec<_>>()
        };
        assert_eq!(made(7), made(7));
        assert_ne!(made(7), made(8));
        let different: std::collections::BTreeSet<_> = made(7).into_iter().collect();
        assert!(different.len() > 150, "{}", different.len());
        assert!(different.iter().all(|input| input.len() <= LONGEST));
    }
}
