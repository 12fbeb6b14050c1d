//! Passwords that satisfy the classes and are tried first by everybody.
//!
//! The list beside this file is the project's own: common words, names, places, teams, months, years and walks over
//! the keyboard, each with the endings people add when a digit and a special character are asked for. It is sorted,
//! in lower case and without look-alike characters, which the look-up folds away.

use std::{borrow::Cow, sync::LazyLock};

/// The list, in order.
static COMMON: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Whether a password in lower case is on the list, also when letters are written as look-alikes (`p@ssw0rd123!`).
pub(super) fn is_common(lower: &str) -> bool {
    COMMON.binary_search(&lower).is_ok() || begins_a_common_one(&plain_letters(lower))
}

/// Whether this is one of the list or a word of it with less of an ending: look-alikes inside a word satisfy the
/// classes as well, so that `p@ssw0rd` needs neither digit nor special character behind it.
fn begins_a_common_one(plain: &str) -> bool {
    let first = COMMON.partition_point(|listed| *listed < plain);
    let rest = COMMON.get(first).and_then(|listed| listed.strip_prefix(plain));
    plain.chars().any(char::is_alphabetic) && rest.is_some_and(|rest| !rest.chars().any(char::is_alphabetic))
}

/// The word at the beginning with its look-alike characters as letters. What stands behind its last letter is an
/// ending, whose digits are digits.
fn plain_letters(lower: &str) -> Cow<'_, str> {
    let Some((last, letter)) = lower.char_indices().rev().find(|(_, c)| c.is_alphabetic()) else {
        return Cow::Borrowed(lower);
    };
    let (word, ending) = lower.split_at(last + letter.len_utf8());
    let plain = word.chars().map(|c| match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        other => other,
    });
    Cow::Owned(plain.chain(ending.chars()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_long_sorted_and_in_plain_lower_case() {
        assert!(COMMON.len() >= 3_000, "{}", COMMON.len());
        assert!(COMMON.is_sorted_by(|a, b| a < b));
        for text in COMMON.iter() {
            assert_eq!(*text, text.trim().to_lowercase());
            // Anything else the classes refuse by themselves, so that listing it would be for nothing.
            let has = |test: fn(char) -> bool| text.chars().any(test);
            assert!(
                text.len() >= 8
                    && has(char::is_alphabetic)
                    && has(char::is_numeric)
                    && has(|c| !c.is_alphanumeric()),
                "{text}"
            );
        }
    }

    #[test]
    fn look_alikes_do_not_help() {
        for text in [
            "password1!",
            "p@ssw0rd1!",
            "pa$$w0rd123!",
            "w3lc0me1!",
            "summer2026!",
            "1qaz@wsx",
            "dr@gon1!",
            // The classes are satisfied inside the word.
            "p@ssw0rd",
            "pa$$w0rd",
            "p@$$w0rd",
            "p@ssw0rd1",
            "p@ssw0rd123",
            "p@ssw0rd!",
        ] {
            assert!(is_common(text), "{text}");
        }
        for text in
            ["correct-horse-7", "12345678!", "", "every-figure-right-1-77", "p@ssw0rds-9", "p4$$-horse"]
        {
            assert!(!is_common(text), "{text}");
        }
    }
}
