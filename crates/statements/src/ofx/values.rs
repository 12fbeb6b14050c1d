//! Turns the bytes of a value into text: character set, entities, CDATA, comments.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

use super::lexer::{Token, find_mark};

/// No value outside a row needs more; what is longer is not what its element says.
const LONGEST_VALUE: usize = 4096;

/// The value of a leaf, trimmed; `None` when there is none.
pub(super) fn value<'t>(text: &'t [u8], token: &Token) -> Option<Cow<'t, str>> {
    let plain = tidy(unescape(decode(trim(token.text(text))), token.mixed));
    (!plain.is_empty()).then_some(plain)
}

/// Whether an element has no text: it is an aggregate, or a leaf without a value.
pub(super) fn is_blank(text: &[u8], token: &Token) -> bool {
    let bytes = token.text(text);
    bytes.iter().all(|b| super::lexer::is_space(*b)) || (token.mixed && value(text, token).is_none())
}

/// The value of a leaf that must be short, such as an account number.
pub(super) fn short_value(text: &[u8], token: &Token) -> Option<String> {
    if token.text_end - token.end > LONGEST_VALUE {
        return None;
    }
    value(text, token).map(Cow::into_owned)
}

/// A stretch of the file as it stands, without the nul bytes that databases refuse.
pub(super) fn raw(bytes: &[u8]) -> String {
    let mut text = decode(bytes).into_owned();
    if text.as_bytes().contains(&0) {
        text.retain(|c| c != '\0');
    }
    text
}

/// Decodes one value. Headers lie about the character set, so the bytes decide: what is UTF-8 is UTF-8, as
/// text in another character set practically never is by chance; the rest is Windows-1252.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Cow::Borrowed(text),
        Err(error) => error,
    };
    // Banks cut names at a number of bytes, which can leave half a character at the end of UTF-8 text.
    let (good, _) = bytes.split_at(error.valid_up_to());
    if error.error_len().is_none()
        && !good.is_ascii()
        && let Ok(text) = std::str::from_utf8(good)
    {
        return Cow::Borrowed(text);
    }
    WINDOWS_1252.decode_without_bom_handling(bytes).0
}

fn trim(bytes: &[u8]) -> &[u8] {
    let is_space = |b: &u8| super::lexer::is_space(*b);
    let Some(first) = bytes.iter().position(|b| !is_space(b)) else { return &[] };
    let last = bytes.iter().rposition(|b| !is_space(b)).unwrap_or(first);
    &bytes[first..=last]
}

/// Takes comments out, CDATA as it is, and resolves entities once.
fn unescape(text: Cow<'_, str>, mixed: bool) -> Cow<'_, str> {
    if !mixed {
        return if text.contains('&') { Cow::Owned(entities(&text)) } else { text };
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), &*text);
    while let Some(at) = rest.find("<!") {
        let (before, markup) = rest.split_at(at);
        out.push_str(&entities(before));
        let section = match markup.strip_prefix("<!--") {
            Some(comment) => find_mark(comment.as_bytes(), 0, b"-->").map(|end| ("", &comment[end + 3..])),
            None => markup.strip_prefix("<![CDATA[").and_then(|data| {
                find_mark(data.as_bytes(), 0, b"]]>").map(|end| (&data[..end], &data[end + 3..]))
            }),
        };
        // A section that is never closed is text, and so is all that follows.
        let Some((kept, after)) = section else {
            rest = markup;
            break;
        };
        out.push_str(kept);
        rest = after;
    }
    out.push_str(&entities(rest));
    Cow::Owned(out)
}

/// Resolves the entities of XML, `&nbsp;` and character numbers, escaped once or several times; a bare `&` stays.
fn entities(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match first_entity(from) {
            Some((mut c, mut after)) => {
                // Programs that escape what is escaped already leave an entity behind each `&amp;`.
                while c == '&'
                    && let Some((inner, left)) = first_entity_after_mark(after)
                {
                    (c, after) = (inner, left);
                }
                out.push(c);
                rest = after;
            }
            None => {
                out.push('&');
                rest = &from[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The entity a text begins with, and what follows it.
fn first_entity(from: &str) -> Option<(char, &str)> {
    first_entity_after_mark(from.strip_prefix('&')?)
}

/// The same without the `&`, as it stands behind an `&amp;`.
fn first_entity_after_mark(from: &str) -> Option<(char, &str)> {
    // The longest entity is short; looking further would search the whole value for every `&`.
    let end = from.bytes().take(11).position(|b| b == b';')?;
    entity(&from[..end]).map(|c| (c, &from[end + 1..]))
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

/// Control characters become blanks, nul bytes go, blanks at the ends go.
fn tidy(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_edge = |c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}';
    // Nearly all values are printable ASCII, already trimmed.
    let is_plain = |t: &str| t.bytes().all(|b| (0x20..0x7f).contains(&b));
    let clean = |t: &str| !t.chars().any(char::is_control);
    match text {
        Cow::Borrowed(t) if is_plain(t) => text,
        Cow::Borrowed(t) if clean(t) => Cow::Borrowed(t.trim_matches(is_edge)),
        other => {
            let trimmed = other.trim_matches(is_edge);
            let mut out = String::with_capacity(trimmed.len());
            let mut broke = false;
            for c in trimmed.chars().filter(|c| *c != '\0') {
                // A line end with its indentation is one blank: banks fold long texts.
                if c.is_control() {
                    broke = true;
                } else if broke && c == ' ' {
                } else {
                    if std::mem::take(&mut broke) {
                        out.truncate(out.trim_end().len());
                        out.push(' ');
                    }
                    out.push(c);
                }
            }
            Cow::Owned(out)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::Lexer;
    use super::*;

    fn read(bytes: &[u8]) -> Option<String> {
        let token = Lexer::new().next(bytes).unwrap();
        value(bytes, &token).map(Cow::into_owned)
    }

    #[test]
    fn utf8_wins_and_the_rest_is_windows_1252() {
        assert_eq!(read("<A>Caf\u{e9} \u{20ac}".as_bytes()).unwrap(), "Caf\u{e9} \u{20ac}");
        assert_eq!(read(b"<A>Caf\xe9 \x80").unwrap(), "Caf\u{e9} \u{20ac}");
        assert_eq!(read(b"<A>Caf\xe9").unwrap(), "Caf\u{e9}");
        assert_eq!(read(b"<A>Cr\xc3\xa9dit march\xc3").unwrap(), "Cr\u{e9}dit march", "a cut character");
    }

    #[test]
    fn entities_are_resolved_as_often_as_they_were_escaped() {
        assert_eq!(read(b"<A>R&amp;D &amp;lt; &lt;b&gt;").unwrap(), "R&D < <b>");
        assert_eq!(read(b"<A>A&amp;amp;B &amp;amp;quot; &amp;#233; &amp;x;").unwrap(), "A&B \" \u{e9} &x;");
        assert_eq!(
            read(b"<A>A & B &unknown; &#233;&#xE9; &amp").unwrap(),
            "A & B &unknown; \u{e9}\u{e9} &amp"
        );
        assert_eq!(read(b"<A>x&#0;y&#xD800;").unwrap(), "xy&#xD800;");
    }

    #[test]
    fn sections_and_comments() {
        assert_eq!(read(b"<A><![CDATA[a &amp; <b>]]></A>").unwrap(), "a &amp; <b>");
        assert_eq!(read(b"<A>1<!-- no -->2 &amp; <![CDATA[3]]>").unwrap(), "12 & 3");
        assert_eq!(read(b"<A>1 <!-- open").unwrap(), "1 <!-- open");
        assert_eq!(read(b"<A><!-- only --></A>"), None);
    }

    #[test]
    fn blanks_and_control_characters() {
        assert_eq!(read(b"<A>\r\n  \0 </A>"), None);
        assert_eq!(read(b"<A>\n one  two\r\n   three\0\tfour \0").unwrap(), "one  two three four");
        assert_eq!(raw(b"<A>\0x\n"), "<A>x\n");
    }
}
