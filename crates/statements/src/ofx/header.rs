//! Tells statement files from others, and brings them into a form the lexer can read.

use std::borrow::Cow;

use dashtam_domain::ledger::statement::StatementError;
use encoding_rs::{UTF_16BE, UTF_16LE};

use super::lexer::find_mark;

/// Beginnings of files of other sorts that may still speak of OFX further down.
const OTHERS: [&[u8]; 8] = [b"<html", b"<!doctype html", b"{", b"[", b"%pdf", b"pk\x03", b"%!ps", b"!type:"];

/// Turns UTF-16 into UTF-8; everything else stays as it is and is decoded value by value.
pub(super) fn transcode(file: &[u8]) -> Cow<'_, [u8]> {
    let encoding = match file {
        [0xff, 0xfe, ..] => UTF_16LE,
        [0xfe, 0xff, ..] => UTF_16BE,
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => UTF_16LE,
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => UTF_16BE,
        _ => return Cow::Borrowed(file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file)),
    };
    let (text, _) = encoding.decode_with_bom_removal(file);
    Cow::Owned(text.into_owned().into_bytes())
}

/// Whether the beginning of a file, already transcoded, looks like OFX.
pub(super) fn check(text: &[u8]) -> Result<(), StatementError> {
    let text = skip_blanks(text);
    if text.is_empty() {
        return Err(StatementError::Empty);
    }
    if OTHERS.iter().any(|other| starts_with(text, other)) {
        return Err(StatementError::Unrecognised);
    }
    let body = root(text);
    let header = text.get(..body.unwrap_or(text.len())).unwrap_or_default();
    let named = find(header, b"OFXHEADER").is_some();
    if named || (body.is_some() && is_header(header)) { Ok(()) } else { Err(StatementError::Unrecognised) }
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let mut rest = text;
    loop {
        rest = match rest {
            [first, after @ ..] if super::lexer::is_space(*first) => after,
            [0xef, 0xbb, 0xbf, after @ ..] => after,
            _ => return rest,
        };
    }
}

fn starts_with(text: &[u8], lower: &[u8]) -> bool {
    text.get(..lower.len()).is_some_and(|start| start.eq_ignore_ascii_case(lower))
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|window| window.eq_ignore_ascii_case(needle))
}

/// Finds where the element `<OFX>` begins.
pub(super) fn root(text: &[u8]) -> Option<usize> {
    let ends = |b: u8| b == b'>' || b == b'/' || super::lexer::is_space(b);
    text.windows(5).position(|w| w[..4].eq_ignore_ascii_case(b"<OFX") && ends(w[4]))
}

/// Whether what stands before `<OFX>` can stand there when it does not name the format: nothing,
/// instructions, comments, or words such as `DATA:OFXSGML`.
fn is_header(header: &[u8]) -> bool {
    let mut rest = skip_blanks(header);
    while !rest.is_empty() {
        let end = if rest.starts_with(b"<!--") {
            find_mark(rest, 4, b"-->").map(|at| at + 3)
        } else if rest.starts_with(b"<?") || rest.starts_with(b"<!") {
            rest.iter().position(|b| *b == b'>').map(|at| at + 1)
        } else {
            word(rest)
        };
        let Some(end) = end else { return false };
        rest = skip_blanks(rest.get(end..).unwrap_or_default());
    }
    true
}

/// The length of the `KEY:VALUE` word at the beginning of the text.
fn word(text: &[u8]) -> Option<usize> {
    let end = text.iter().position(|b| super::lexer::is_space(*b)).unwrap_or(text.len());
    let key = text.get(..end)?.iter().position(|b| *b == b':')?;
    (key > 0 && text[..key].iter().all(u8::is_ascii_uppercase)).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_every_sort() {
        for text in [
            "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX>",
            "\r\n\r\nOFXHEADER:100 DATA:OFXSGML VERSION:102<OFX>",
            "<?xml version=\"1.0\"?>\n<!-- note --><?OFX OFXHEADER=\"200\"?><OFX>",
            "<?xml version=\"1.0\"?><ofx>",
            "<OFX>",
            "DATA:OFXSGML\nVERSION:102\n<OFX>",
            "HTTP/1.1 200 OK\r\n\r\nOFXHEADER:100\r\n",
        ] {
            assert_eq!(check(text.as_bytes()), Ok(()), "{text}");
        }
    }

    #[test]
    fn other_files_are_told_apart() {
        for text in [
            "this is a letter about <OFX> files",
            "<html><pre>OFXHEADER:100<OFX>",
            "{\"OFXHEADER\": \"<OFX>\"}",
            "%PDF-1.7 OFXHEADER",
            "<OFXQUESTION>",
            "<STATUS><OFX>",
            "Date;Amount\n2024-01-01;1",
        ] {
            assert_eq!(check(text.as_bytes()), Err(StatementError::Unrecognised), "{text}");
        }
        assert_eq!(check(b" \r\n\0\xef\xbb\xbf"), Err(StatementError::Empty));
    }

    #[test]
    fn sixteen_bit_text_with_and_without_a_mark() {
        let wide = |text: &str, big: bool| -> Vec<u8> {
            let split = |u: u16| if big { u.to_be_bytes() } else { u.to_le_bytes() };
            text.encode_utf16().flat_map(split).collect()
        };
        for big in [false, true] {
            for mark in ["", "\u{feff}"] {
                let file = wide(&format!("{mark}<OFX>\u{e9}"), big);
                assert_eq!(transcode(&file).as_ref(), "<OFX>\u{e9}".as_bytes());
            }
        }
        assert_eq!(transcode(b"\xef\xbb\xbf<OFX>").as_ref(), b"<OFX>");
    }
}
