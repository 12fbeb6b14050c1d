//! What no text that people are shown may hold.

/// Whether a text holds control characters, or marks that turn the direction of what stands around it (UAX #9: embeddings,
/// overrides and isolates): in a mail or a list these would show other people's words in another order.
pub(crate) fn holds_controls(text: &str) -> bool {
    text.chars().any(|c| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_the_text_around_it_is_found_and_scripts_are_not() {
        for text in ["a\u{202E}b", "\u{2066}a", "a\u{2069}", "a\nb", "\u{7}", "\u{85}"] {
            assert!(holds_controls(text), "{text:?}");
        }
        for text in ["", "Zoë Łukasz", "محمد", "שרה\u{200F}", "नेहा\u{200D}", "山田 太郎", "👩\u{200D}🚀"]
        {
            assert!(!holds_controls(text), "{text:?}");
        }
    }
}
