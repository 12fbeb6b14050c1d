//! Whether two texts speak of the same thing.

use std::collections::BTreeSet;

/// Words of a text in upper case; everything but letters and digits separates them.
fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_uppercase).collect()
}

/// How close two texts have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closeness {
    /// One says what the other says, and maybe more.
    Contained,
    /// Half of the shorter one's words are also in the other, and no number contradicts.
    Alike,
}

/// Whether two descriptions may be those of one transaction. A text that says nothing contradicts none.
pub(super) fn agree(one: &str, other: &str, closeness: Closeness) -> bool {
    let (a, b) = (words(one), words(other));
    if a.is_subset(&b) || b.is_subset(&a) || is_cut_off(one, other) || is_cut_off(other, one) {
        return true;
    }
    let has_digit = |word: &&String| word.chars().any(|c| c.is_ascii_digit());
    let numbers = |words: &BTreeSet<String>| words.iter().filter(has_digit).cloned().collect::<BTreeSet<_>>();
    let (first, second) = (numbers(&a), numbers(&b));
    let contradict = !first.is_empty() && !second.is_empty() && first.is_disjoint(&second);
    let common = a.intersection(&b).filter(|word| !has_digit(word)).count();
    let letters = |all: &BTreeSet<String>, numbers: &BTreeSet<String>| all.len() - numbers.len();
    let shorter = letters(&a, &first).min(letters(&b, &second));
    closeness == Closeness::Alike && !contradict && shorter > 0 && 2 * common >= shorter
}

/// Whether `short` is the beginning of `long`: banks cut names at a fixed length.
fn is_cut_off(short: &str, long: &str) -> bool {
    /// Shorter beginnings are chance.
    const LEAST: usize = 12;
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
    let (short, long) = (plain(short), plain(long));
    short.chars().count() >= LEAST && long.starts_with(&short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_may_be_of_one_transaction() {
        for (one, other) in [
            ("CAFE LUNA", "Cafe  Luna"),
            ("B", "B GmbH"),
            ("WHOLE FOODS MARK", "WHOLE FOODS MARKET 123"),
            ("", "anything"),
            ("АШАН", "АШАН МОСКВА"),
        ] {
            assert!(agree(one, other, Closeness::Contained), "{one} / {other}");
        }
        for (one, other) in
            [("SQ *JOES PIZZA", "JOES PIZZA NEW YORK"), ("SHELL OIL 12", "SHELL OIL AUSTIN 12")]
        {
            assert!(agree(one, other, Closeness::Alike), "{one} / {other}");
        }
    }

    #[test]
    fn texts_of_different_transactions() {
        for (one, other) in [
            ("CAFE LUNA", "BOOK SHOP"),
            ("INVOICE 1001", "INVOICE 1002"),
            ("RIDE 1", "RIDE 2"),
            ("МАГАЗИН", "АПТЕКА"),
            ("1001", "1002"),
        ] {
            assert!(!agree(one, other, Closeness::Alike), "{one} / {other}");
        }
        assert!(!agree("SQ *JOES PIZZA", "JOES PIZZA NEW YORK", Closeness::Contained));
    }
}
