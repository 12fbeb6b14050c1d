//! Texts that people write and other people are shown.

/// A text without blanks around it and without the marks that turn the direction of what stands beside them (UAX #9:
/// embeddings, overrides and isolates). In a mail or a list these would show other words in another order; they are
/// dropped and not refused, because phones put isolates around names that are copied.
pub(crate) fn tidy(text: &str) -> String {
    let turns = |c: &char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let kept: String = text.chars().filter(|c| !turns(c)).collect();
    kept.trim().to_owned()
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
