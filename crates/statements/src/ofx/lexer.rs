//! Cuts a file into elements, for SGML with open leaves and for XML alike.
//!
//! There is no tree and no stack here: each element comes with the text that follows it, and what belongs
//! together is for the caller to say. Every byte is looked at a bounded number of times.

use super::tags::{LONGEST_NAME, Tag};

/// How an element is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As `<NAME>`.
    Open,
    /// As `</NAME>`.
    Close,
    /// As `<NAME/>`.
    Empty,
}

/// One element and the text after it. All numbers are offsets in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) tag: Tag,
    /// Where its `<` stands in the file.
    pub(super) at: usize,
    /// Where its name begins and ends.
    pub(super) name: (usize, usize),
    /// Where its text begins: the byte after `>`.
    pub(super) end: usize,
    /// End of the text; the same as `end` unless this is an opening element.
    pub(super) text_end: usize,
    /// Whether the text holds comments or CDATA that have to be taken out.
    pub(super) mixed: bool,
}

impl Token {
    /// The name as it is written.
    pub(super) fn name<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        text.get(self.name.0..self.name.1).unwrap_or_default()
    }

    /// The text after the element, not decoded yet.
    pub(super) fn text<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        text.get(self.end..self.text_end).unwrap_or_default()
    }
}

/// Blanks as banks use them, with the nul bytes that some exports pad with.
pub(super) fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0 || byte == 0x0b
}

/// A position in the file, from which elements are read.
#[derive(Debug, Clone)]
pub(super) struct Lexer {
    pos: usize,
    unread: Option<Token>,
    /// The element that ended the last text, so that it is not cut out twice.
    ahead: Option<(usize, Markup)>,
    /// From here on there is no `-->`, respectively no `]]>`. Looking for them again and again would make a
    /// file of opened comments take quadratic time.
    no_comment_end: usize,
    no_cdata_end: usize,
}

#[derive(Debug, Clone, Copy)]
enum Markup {
    Tag { kind: Kind, name: (usize, usize), end: usize },
    Skip(usize),
    Text,
}

impl Lexer {
    /// Begins at the start of the file; what is not markup is passed over.
    pub(super) fn new() -> Self {
        Self { pos: 0, unread: None, ahead: None, no_comment_end: usize::MAX, no_cdata_end: usize::MAX }
    }

    /// Puts the last element back, to be read again.
    pub(super) fn unread(&mut self, token: Token) {
        self.unread = Some(token);
    }

    /// Takes over what a copy that ran ahead found out about comments.
    pub(super) fn learn(&mut self, ahead: &Self) {
        self.no_comment_end = self.no_comment_end.min(ahead.no_comment_end);
        self.no_cdata_end = self.no_cdata_end.min(ahead.no_cdata_end);
    }

    /// The next element, or `None` at the end of the file.
    pub(super) fn next(&mut self, text: &[u8]) -> Option<Token> {
        if let Some(token) = self.unread.take() {
            return Some(token);
        }
        loop {
            let (at, markup) = match self.ahead.take() {
                Some(ahead) => ahead,
                None => {
                    let Some(at) = find_angle(text, self.pos) else {
                        self.pos = text.len();
                        return None;
                    };
                    (at, self.markup(text, at))
                }
            };
            match markup {
                Markup::Tag { kind, name, end } => {
                    let (text_end, mixed) =
                        if kind == Kind::Open { self.text_end(text, end) } else { (end, false) };
                    self.pos = text_end;
                    let tag = Tag::of(text.get(name.0..name.1).unwrap_or_default());
                    return Some(Token { kind, tag, at, name, end, text_end, mixed });
                }
                Markup::Skip(end) => self.pos = end,
                Markup::Text => self.pos = at + 1,
            }
        }
    }

    /// Where the text that begins at `from` ends: at the next element or instruction.
    fn text_end(&mut self, text: &[u8], from: usize) -> (usize, bool) {
        let (mut pos, mut mixed) = (from, false);
        while let Some(at) = find_angle(text, pos) {
            match self.markup(text, at) {
                markup @ Markup::Tag { .. } => {
                    self.ahead = Some((at, markup));
                    return (at, mixed);
                }
                Markup::Skip(end) => {
                    if text.get(at + 1) == Some(&b'?') {
                        return (at, mixed);
                    }
                    mixed = true;
                    pos = end;
                }
                Markup::Text => pos = at + 1,
            }
        }
        (text.len(), mixed)
    }

    /// What the `<` at `at` begins. A bracket that begins nothing is text, as in `A < B`.
    fn markup(&mut self, text: &[u8], at: usize) -> Markup {
        let rest = &text[at + 1..];
        match rest.first() {
            Some(b'!') => self.declaration(text, at),
            Some(b'?') => skip_to_bracket(text, at),
            Some(b'/') => tag(text, at + 2, Kind::Close),
            Some(letter) if letter.is_ascii_alphabetic() => tag(text, at + 1, Kind::Open),
            _ => Markup::Text,
        }
    }

    fn declaration(&mut self, text: &[u8], at: usize) -> Markup {
        let rest = &text[at..];
        if rest.starts_with(b"<!--") {
            return closed_by(text, at, at + 4, b"-->", &mut self.no_comment_end);
        }
        if rest.starts_with(b"<![CDATA[") {
            return closed_by(text, at, at + 9, b"]]>", &mut self.no_cdata_end);
        }
        skip_to_bracket(text, at)
    }
}

/// Finds the next `<` from a position on.
fn find_angle(text: &[u8], from: usize) -> Option<usize> {
    text.get(from..)?.iter().position(|b| *b == b'<').map(|at| from + at)
}

/// Skips a comment or CDATA section, unless it is never closed.
fn closed_by(text: &[u8], at: usize, from: usize, mark: &[u8; 3], none_from: &mut usize) -> Markup {
    if at >= *none_from {
        return Markup::Text;
    }
    match find_mark(text, from, mark) {
        Some(found) => Markup::Skip(found + mark.len()),
        None => {
            *none_from = at;
            Markup::Text
        }
    }
}

/// Finds one of the three-byte marks that end a comment or CDATA section.
pub(super) fn find_mark(text: &[u8], from: usize, mark: &[u8; 3]) -> Option<usize> {
    text.get(from..)?.windows(3).position(|w| w == mark).map(|at| from + at)
}

/// Skips an instruction or declaration. It never reaches over another `<`, so that a forgotten `>` costs
/// one line and no search to the end of the file.
fn skip_to_bracket(text: &[u8], at: usize) -> Markup {
    for (offset, byte) in text[at + 1..].iter().enumerate() {
        match byte {
            b'>' => return Markup::Skip(at + offset + 2),
            b'<' => break,
            _ => {}
        }
    }
    Markup::Text
}

/// Reads an element's name and what stands before its `>`.
fn tag(text: &[u8], from: usize, kind: Kind) -> Markup {
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let rest = text.get(from..).unwrap_or_default();
    let length = rest.iter().take(LONGEST_NAME + 1).take_while(|b| is_name(b)).count();
    if length == 0 || length > LONGEST_NAME || !rest[0].is_ascii_alphabetic() {
        return Markup::Text;
    }
    let name = (from, from + length);
    // Attributes have a `=`; words without one are a remark in angle brackets.
    let (mut blank, mut equals, mut last) = (true, false, 0_u8);
    for (offset, byte) in rest[length..].iter().enumerate() {
        match byte {
            b'>' if blank || equals => {
                let kind = if last == b'/' && kind == Kind::Open { Kind::Empty } else { kind };
                return Markup::Tag { kind, name, end: from + length + offset + 1 };
            }
            b'>' | b'<' => break,
            b'/' => {}
            other if is_space(*other) => {}
            _ if offset == 0 => break,
            b'=' => (blank, equals) = (false, true),
            _ => blank = false,
        }
        if !is_space(*byte) {
            last = *byte;
        }
    }
    Markup::Text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let (mut lexer, mut out) = (Lexer::new(), Vec::new());
        while let Some(token) = lexer.next(text.as_bytes()) {
            let name = String::from_utf8_lossy(token.name(text.as_bytes())).into_owned();
            let value = String::from_utf8_lossy(token.text(text.as_bytes())).trim().to_owned();
            out.push(match token.kind {
                Kind::Open => format!("{name}={value}"),
                Kind::Close => format!("/{name}"),
                Kind::Empty => format!("{name}/"),
            });
        }
        out
    }

    #[test]
    fn open_leaves_closed_leaves_and_empty_ones() {
        assert_eq!(
            all("x<A>\n<B>1 \n<C.D>2</C.D><E/><F /></A >rest"),
            ["A=", "B=1", "C.D=2", "/C.D", "E/", "F/", "/A"]
        );
    }

    #[test]
    fn brackets_in_text_are_text() {
        assert_eq!(all("<M>1 < 2 <3 <x y> <N>v"), ["M=1 < 2 <3 <x y>", "N=v"]);
        assert_eq!(all("<<A>1<B"), ["A=1<B"]);
        assert_eq!(all("<A b=\"1\" c='2'>x</A>"), ["A=x", "/A"]);
    }

    #[test]
    fn instructions_comments_and_declarations_are_passed_over() {
        assert_eq!(all("<?xml a?><!DOCTYPE x><!-- <A> --><B>1<!-- <C> -->2"), ["B=1<!-- <C> -->2"]);
        assert_eq!(all("<B><![CDATA[<A>]]><C>1"), ["B=<![CDATA[<A>]]>", "C=1"]);
        assert_eq!(all("<A>1<!-- never closed <B>2"), ["A=1<!-- never closed", "B=2"]);
        assert_eq!(all("<?OFX broken <A>1"), ["A=1"]);
    }
}
