//! What of a file is not read, so that nothing is passed over in silence.

use super::{
    lexer::{Kind, Token},
    tags::Tag,
};

/// Message sets that are read, whatever their version, and the answers in them that are.
const SETS: [&str; 6] =
    ["SIGNONMSGSRSV", "BANKMSGSRSV", "CREDITCARDMSGSRSV", "INVSTMTMSGSRSV", "LOANMSGSRSV", "SECLISTMSGSRSV"];
const ANSWERS: [&str; 5] = ["STMTTRNRS", "CCSTMTTRNRS", "INVSTMTTRNRS", "LOANSTMTTRNRS", "SECLISTTRNRS"];

/// The format has fewer; a file with more was made to be long.
const MOST: usize = 64;

/// Remembers the parts of a file that are not read, so that each is reported once.
#[derive(Debug, Default)]
pub(super) struct Aside {
    names: Vec<String>,
    in_other_set: bool,
}

impl Aside {
    /// Looks at an element; its name when a part begins that is not read and was not told yet.
    pub(super) fn meet(&mut self, text: &[u8], token: &Token) -> Option<&str> {
        if !matches!(token.tag, Tag::MessageSet | Tag::Response) {
            return None;
        }
        let name = String::from_utf8_lossy(token.name(text)).to_ascii_uppercase();
        let is_read = match token.tag {
            Tag::MessageSet => {
                let is_read = SETS.iter().any(|set| {
                    name.strip_prefix(set).is_some_and(|version| version.bytes().all(|b| b.is_ascii_digit()))
                });
                self.in_other_set = token.kind == Kind::Open && !is_read;
                is_read
            }
            _ => self.in_other_set || ANSWERS.contains(&name.as_str()),
        };
        if is_read || token.kind != Kind::Open || self.names.len() == MOST || self.names.contains(&name) {
            return None;
        }
        self.names.push(name);
        self.names.last().map(String::as_str)
    }

    /// The names of all that was left aside, for a file in which there is nothing else.
    pub(super) fn all(&self) -> Option<String> {
        (!self.names.is_empty()).then(|| self.names.join(", "))
    }
}
