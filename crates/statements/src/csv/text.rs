//! The character set of a table: by its mark, else UTF-8 if it is that, else Windows-1252 or what the profile says.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Decodes a file. Nothing is ever refused: what is in no known set reads as Windows-1252, which has a letter for every
/// byte.
pub(crate) fn decode<'a>(file: &'a [u8], label: Option<&str>) -> Cow<'a, str> {
    if let Some((set, mark)) = Encoding::for_bom(file) {
        return set.decode_without_bom_handling(file.get(mark..).unwrap_or_default()).0;
    }
    let named = label.and_then(|label| Encoding::for_label(label.as_bytes()));
    match (std::str::from_utf8(file), named) {
        (Ok(text), None) => Cow::Borrowed(text),
        (Ok(text), Some(set)) if set == UTF_8 || file.is_ascii() => Cow::Borrowed(text),
        (_, named) => {
            let set = named.filter(|set| *set != UTF_8).unwrap_or(WINDOWS_1252);
            set.decode_without_bom_handling(file).0
        }
    }
}

/// Decodes a file to be read, without the characters that no text has and databases refuse.
pub(crate) fn readable<'a>(file: &'a [u8], label: Option<&str>) -> Cow<'a, str> {
    match decode(file, label) {
        text if text.contains('\0') => Cow::Owned(text.replace('\0', "")),
        text => text,
    }
}

/// The first bytes of a file without a last character that was cut in two, by which they would not be UTF-8 any more.
pub(super) fn whole_characters(head: &[u8]) -> &[u8] {
    match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_none() => head.get(..error.valid_up_to()).unwrap_or_default(),
        _ => head,
    }
}

/// Whether these first bytes of a file may be a table: a text in which at least two lines have the same number of cells.
pub(super) fn may_be_table(head: &[u8]) -> bool {
    let text = decode(whole_characters(head), None);
    let begins_otherwise = text.trim_start().starts_with(['<', '{', '[', '%', '!', '\u{89}']);
    let is_binary = text.chars().take(1_000).any(|c| c < ' ' && !c.is_whitespace());
    !begins_otherwise && !is_binary && super::sheet::even_delimiter(&text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_rule_then_utf8_then_the_label_then_windows_1252() {
        assert_eq!(decode(b"\xef\xbb\xbfa\xc3\xa4", None), "aä");
        assert_eq!(decode(b"\xff\xfea\0", None), "a");
        assert_eq!(decode("Zürich".as_bytes(), None), "Zürich");
        assert_eq!(decode(b"Z\xfcrich \x80", None), "Zürich €");
        assert_eq!(decode(b"\xa3\xf3d\xbc", Some("iso-8859-2")), "Łódź");
        assert_eq!(decode("Zürich".as_bytes(), Some("no such set")), "Zürich");
    }

    #[test]
    fn tables_are_told_from_other_files() {
        for table in ["Date,Amount\n2026-01-01,1", "a;b\n1;2\n", "\u{feff}a\tb\r\n1\t2\r\n", "x\n\na|b\n1|2"]
        {
            assert!(may_be_table(table.as_bytes()), "{table:?}");
        }
        for other in [
            "",
            "nonsense s3cret",
            "<a>,b\n<c>,d",
            "{\"a\": 1,\n\"b\": 2}",
            "a,b\0\n1,2",
            "dear bank\nhi, you",
        ] {
            assert!(!may_be_table(other.as_bytes()), "{other:?}");
        }
    }
}
