//! One aggregate of the investment part: a trade, a position, or what the file says of a security. What is inside of it is
//! told apart by the names of its leaves, which are all different.

use std::borrow::Cow;

use dashtam_domain::money::{Currency, Decimal, DecimalError};

use super::{
    amounts::{Marks, amount},
    lexer::{Kind, Lexer, Token},
    values::{is_blank, value},
};

/// An aggregate with more leaves, or more bytes, is none. The limits keep memory flat whatever the file holds.
const MOST_LEAVES: usize = 200;
const MOST_BYTES: usize = 64 * 1024;

/// The leaves of an aggregate, with where it stands in the file.
#[derive(Debug)]
pub(super) struct Aggregate<'t> {
    /// Its name, in capitals.
    pub(super) name: String,
    /// Where it begins and ends.
    pub(super) span: (usize, usize),
    /// Whether the file ended before it did.
    pub(super) is_cut: bool,
    /// Whether it is longer than any real one.
    pub(super) is_endless: bool,
    leaves: Vec<(String, Cow<'t, str>)>,
}

/// The name of an element, in capitals.
pub(super) fn name_of(text: &[u8], token: &Token) -> String {
    String::from_utf8_lossy(token.name(text)).to_ascii_uppercase()
}

impl<'t> Aggregate<'t> {
    /// Reads from its first element to the one that closes it, or to one that cannot be inside: that is left for the
    /// caller.
    pub(super) fn collect(lexer: &mut Lexer, text: &'t [u8], start: &Token) -> Self {
        let name = name_of(text, start);
        let mut read = Self {
            name,
            span: (start.at, start.text_end),
            is_cut: false,
            is_endless: false,
            leaves: Vec::new(),
        };
        let mut in_original = false;
        while let Some(token) = lexer.next(text) {
            let is_own = token.tag == start.tag && name_of(text, &token) == read.name;
            if token.kind == Kind::Close && is_own {
                read.span.1 = token.end;
                return read.measured();
            }
            let ends = match token.kind {
                Kind::Empty => false,
                Kind::Close => token.tag.is_around_investments(),
                Kind::Open => token.tag.begins_investment() && is_blank(text, &token),
            };
            if ends {
                read.span.1 = token.at;
                lexer.unread(token);
                return read.measured();
            }
            if token.kind != Kind::Open {
                continue;
            }
            let leaf = name_of(text, &token);
            match leaf.as_str() {
                "ORIGCURRENCY" => in_original = true,
                "CURRENCY" => in_original = false,
                _ => {}
            }
            let leaf = if in_original && matches!(leaf.as_str(), "CURSYM" | "CURRATE") {
                format!("ORIG{leaf}")
            } else {
                leaf
            };
            if let Some(value) = value(text, &token)
                && read.leaves.len() < MOST_LEAVES
            {
                read.leaves.push((leaf, value));
            }
        }
        read.span.1 = text.len();
        read.is_cut = true;
        read
    }

    fn measured(mut self) -> Self {
        self.is_endless = self.leaves.len() == MOST_LEAVES || self.span.1 - self.span.0 > MOST_BYTES;
        self
    }

    /// The value of a leaf; of several, the first counts.
    pub(super) fn text(&self, leaf: &str) -> Option<&str> {
        self.leaves.iter().find(|(name, _)| name == leaf).map(|(_, value)| &**value)
    }

    /// The same, taken over.
    pub(super) fn owned(&self, leaf: &str) -> Option<String> {
        self.text(leaf).map(str::to_owned)
    }

    /// A figure that may be absent. An error is a sentence without any value of the file.
    pub(super) fn figure(
        &self,
        leaf: &str,
        currency: Option<Currency>,
        marks: &mut dyn FnMut() -> Marks,
    ) -> Result<Option<Decimal>, String> {
        let Some(text) = self.text(leaf) else { return Ok(None) };
        amount(text, currency, marks).map(Some).map_err(|error| match error {
            DecimalError::Malformed => format!("{leaf} is not a number."),
            DecimalError::TooPrecise => format!("{leaf} has more than 28 digits."),
        })
    }
}
