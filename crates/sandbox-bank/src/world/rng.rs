//! A small keyed generator: the same key gives the same draws on every platform.

use sha2::{Digest, Sha256};

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The last step of SplitMix64.
const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Names one stream of draws. Keys are derived from keys, so that a day's draws depend on that day only.
#[derive(Clone, Copy)]
pub(crate) struct Key(u64);

impl Key {
    /// The root key of a label under a seed.
    pub(crate) fn root(seed: u64, label: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_be_bytes());
        hash.update(label.as_bytes());
        let digest = hash.finalize();
        Self(digest.iter().take(8).fold(0, |key, byte| (key << 8) | u64::from(*byte)))
    }

    /// The key of the part `number` of this key.
    pub(crate) const fn part(self, number: u64) -> Self {
        Self(mix(self.0 ^ mix(number.wrapping_add(GOLDEN))))
    }

    /// The key of a calendar day under this key.
    pub(crate) fn day(self, day: chrono::NaiveDate) -> Self {
        use chrono::Datelike;
        self.part(u64::from(day.num_days_from_ce().unsigned_abs()))
    }

    /// Sixteen hexadecimal digits that stand for this key.
    pub(crate) fn hex(self) -> String {
        format!("{:016x}", mix(self.0 ^ GOLDEN))
    }

    /// The random numbers of this key.
    pub(crate) const fn rng(self) -> Rng {
        Rng(self.0)
    }
}

/// A random number generator, SplitMix64.
pub(crate) struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number from 0 to `bound - 1`; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // Multiply and shift: the bias is below one in 2^32 for our bounds.
        let wide = u128::from(self.next()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.saturating_sub(low).max(0).unsigned_abs().saturating_add(1);
        low.saturating_add_unsigned(self.below(span))
    }

    /// True in `hits` of `of` cases, on average.
    pub(crate) fn chance(&mut self, hits: u64, of: u64) -> bool {
        self.below(of) < hits
    }

    /// One of the choices, each as likely as another.
    pub(crate) fn pick<T: Copy, const N: usize>(&mut self, choices: &[T; N]) -> T {
        const { assert!(N > 0, "a choice needs something to choose from") };
        let index = usize::try_from(self.below(N as u64)).unwrap_or(0);
        choices[index.min(N - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_fixed_for_good() {
        let mut rng = Key::root(7, "alice").rng();
        let draws = [rng.below(1000), rng.below(1000), rng.below(1000)];
        assert_eq!(draws, [275, 390, 12]);
        assert_eq!(Key::root(7, "alice").part(3).hex(), "880236eaa22dc624");
    }

    #[test]
    fn draws_stay_in_their_bounds() {
        let mut rng = Key::root(1, "bounds").rng();
        assert!((0..2000).all(|_| (-5..=5).contains(&rng.between(-5, 5))));
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.between(4, 4), 4);
    }
}
