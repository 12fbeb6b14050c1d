//! Texts of institutions made fit for people: no markup, no control characters, no more than is useful.

/// How characters with a meaning in HTML are written.
const ENTITIES: [(&str, char); 7] = [
    ("&lt;", '<'),
    ("&gt;", '>'),
    ("&quot;", '"'),
    ("&#39;", '\''),
    ("&apos;", '\''),
    ("&nbsp;", ' '),
    ("&amp;", '&'),
];

/// The text without HTML tags, control and direction characters, with single spaces and at most `longest`
/// characters. A `<` that begins no tag stays.
pub fn plain_text(text: &str, longest: usize) -> String {
    let decoded = decode(text);
    let mut plain = String::with_capacity(decoded.len());
    let mut rest = decoded.as_str();
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        let tag = &rest[at + 1..];
        let begins = tag.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
        rest = match tag.find('>').filter(|_| begins) {
            Some(end) => &tag[end + 1..],
            None if begins => tag,
            None => {
                plain.push('<');
                tag
            }
        };
    }
    plain.push_str(rest);
    let plain: String = plain.chars().filter(|c| !is_invisible(*c)).map(space_for_control).collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().take(longest).collect::<String>().trim_end().to_owned()
}

/// At most 40 letters, digits and `_.-` of an institution's code or id, fit for a log or an error.
pub fn clean_code(code: &str) -> String {
    crate::oauth::clean(code)
}

/// Decodes entities once, from left to right.
fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = ENTITIES.iter().find(|(written, _)| rest.starts_with(written));
        let (character, length) = known.map_or(('&', 1), |(written, meant)| (*meant, written.len()));
        decoded.push(character);
        rest = &rest[length..];
    }
    decoded.push_str(rest);
    decoded
}

fn space_for_control(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}

/// Characters that change how a text reads without being seen.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_control_characters_go() {
        for (given, plain) in [
            ("<b>Failed</b> to get all transactions.", "Failed to get all transactions."),
            ("a\0b\r\n\tc", "a b c"),
            ("<script>alert(1)</script>", "alert(1)"),
            ("&lt;img src=x&gt;M&amp;M &#39;s", "M&M 's"),
            ("AT&T &unknown; 1 < 2 > 0", "AT&T &unknown; 1 < 2 > 0"),
            ("cut <b", "cut b"),
            ("I <3 U", "I <3 U"),
            ("\u{202E}evil\u{FEFF}", "evil"),
            ("   ", ""),
        ] {
            assert_eq!(plain_text(given, 100), plain, "{given:?}");
        }
        assert_eq!(plain_text("ääää ä", 5), "ääää");
    }

    #[test]
    fn codes_keep_letters_digits_and_three_marks() {
        assert_eq!(clean_code("act.failed<b>\n"), "act.failedb");
        assert_eq!(clean_code(&"x".repeat(99)).len(), 40);
    }
}
