//! Texts that people write and other people are shown.

/// A text without blanks around it and without the marks that turn the direction of what stands beside them (UAX #9:
/// embeddings, overrides and isolates). In a mail or a list these would show other words in another order; they are
/// dropped and not refused, because phones put isolates around names that are copied.
pub(crate) fn tidy(text: &str) -> String {
    let turns = |c: &char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let kept: String = text.chars().filter(|c| !turns(c)).collect();
    kept.trim().to_owned()
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
