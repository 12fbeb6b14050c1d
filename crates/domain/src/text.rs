//! Texts that people write and other people are shown.

use unicode_normalization::UnicodeNormalization;

/// A text without blanks around it and without the marks that turn the direction of what stands beside them (UAX #9:
/// embeddings, overrides and isolates). In a mail or a list these would show other words in another order; they are
/// dropped and not refused, because phones put isolates around names that are copied.
pub(crate) fn tidy(text: &str) -> String {
    let turns = |c: &char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let kept: String = text.chars().filter(|c| !turns(c)).collect();
    kept.trim().to_owned()
}

/// A text in the form in which two spellings of it are the same: normalised by NFKC, and every letter the same in all its cases;
/// accents are kept. `ß` is `ss`, `ı` is `i`, and `İ` is `i` with its dot.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let composed: String = text.nfkc().collect();
    // Upper case first: it takes apart what has no capital of its own. The end of a word has a sigma of its own, which is
    // the same letter.
    let lower = composed.to_uppercase().to_lowercase();
    lower.chars().map(|c| if c == 'ς' { 'σ' } else { c }).nfkc().collect()
}

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but blanks.
    #[error("must not be blank")]
    Blank,
    /// Longer than 100 characters.
    #[error("must be at most 100 characters long")]
    TooLong,
    /// Holds a control character.
    #[error("must not contain control characters")]
    Control,
}

impl NameError {
    /// Stable slug.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::TooLong => "too_long",
            Self::Control => "control_character",
        }
    }
}

/// Longest name, in characters.
pub(crate) const LONGEST_NAME: usize = 100;

/// Reads a name: 1 to 100 characters, trimmed, without control characters.
pub(crate) fn name(text: &str) -> Result<String, NameError> {
    let text = tidy(text);
    match text.chars().count() {
        0 => Err(NameError::Blank),
        1..=LONGEST_NAME if text.chars().any(char::is_control) => Err(NameError::Control),
        1..=LONGEST_NAME => Ok(text),
        _ => Err(NameError::TooLong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_and_spellings_are_the_same_and_accents_are_not() {
        for (one, other) in [
            ("AMAZON", "amazon"),
            ("Straße", "STRASSE"),
            ("İstanbul", "i\u{307}stanbul"),
            ("KIRTASİYE", "kırtasi\u{307}ye"),
            ("ΟΔΟΣ", "οδος"),
            ("ﬁne", "FINE"),
            ("é", "e\u{301}"),
            ("Ａ１", "a1"),
            ("МОСКВА", "москва"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        for (one, other) in [("é", "e"), ("ü", "u"), ("й", "и")] {
            assert_ne!(fold(one), fold(other), "{one} {other}");
        }
    }

    #[test]
    fn what_turns_the_text_around_it_is_dropped_and_scripts_are_kept() {
        for (text, tidied) in [
            ("a\u{202E}b", "ab"),
            (" \u{2068} Ann \u{2069} ", "Ann"),
            ("\u{202A}\u{202C} ", ""),
            ("a\nb", "a\nb"),
        ] {
            assert_eq!(tidy(text), tidied, "{text:?}");
        }
        for text in ["", "Zoë Łukasz", "محمد", "שרה\u{200F}", "नेहा\u{200D}", "山田 太郎", "👩\u{200D}🚀"]
        {
            assert_eq!(tidy(text), text);
        }
    }
}
