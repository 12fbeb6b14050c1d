//! Words of a person's own by which transactions are found again.

use std::str::FromStr;

use super::wording::{WordingError, wording};
use crate::text::fold;

/// Why a text is no tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// It breaks a rule of texts.
    #[error(transparent)]
    Wording(#[from] WordingError),
    /// It holds a comma, which stands between tags where several are written in a row.
    #[error("must not contain a comma")]
    Comma,
}

impl TagError {
    /// Stable slug.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Wording(WordingError::Blank) => "blank",
            Self::Wording(WordingError::TooLong(_)) => "too_long",
            Self::Wording(WordingError::Control) => "control_character",
            Self::Comma => "comma",
        }
    }
}

/// A tag: 1 to 32 characters, trimmed, without commas and control characters. It is shown as it was written, and is the same
/// tag in upper and lower case.
#[derive(Debug, Clone)]
pub struct Tag {
    label: String,
    key: TagKey,
}

/// What two spellings of one tag have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagKey(String);

impl Tag {
    /// Most characters.
    pub const MOST: usize = 32;

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.label
    }

    /// What it is found by.
    pub fn key(&self) -> &TagKey {
        &self.key
    }
}

/// As they are shown: a tag in another case is another value of a correction, though it is found by the same key.
impl PartialEq for Tag {
    fn eq(&self, other: &Self) -> bool {
        self.label == other.label
    }
}

impl Eq for Tag {}

impl FromStr for Tag {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, TagError> {
        let label = wording(text, Self::MOST, |_| false)?;
        if label.contains(',') {
            return Err(TagError::Comma);
        }
        let mut key = fold(&label);
        key.truncate(key.floor_char_boundary(TagKey::LONGEST));
        let key = TagKey(key);
        Ok(Self { label, key })
    }
}

impl TagKey {
    /// Most bytes. A few characters stand for whole sentences, and keys must fit into indexes and cursors: tags that are the
    /// same so far are one.
    const LONGEST: usize = 512;

    /// The key that a list named as its place.
    pub fn of_place(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A tag that transactions have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagInUse {
    /// As the latest of these transactions writes it.
    pub tag: Tag,
    /// How many have it, hidden ones among them, but at most [`Self::MOST`].
    pub transactions: u64,
}

impl TagInUse {
    /// So many are counted of one tag: rules can give one to everything there is, and a page names many.
    pub const MOST: u16 = 1_000;
}

/// The tags of one transaction: at most 20, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(Vec<Tag>);

impl Tags {
    /// Most tags of one transaction.
    pub const MOST: usize = 20;

    /// These tags, in their order, each where it is first written; `None` when they are too many.
    pub fn new(tags: impl IntoIterator<Item = Tag>) -> Option<Self> {
        let mut each: Vec<Tag> = Vec::new();
        for tag in tags {
            if each.iter().all(|other| other.key != tag.key) {
                each.push(tag);
            }
        }
        (each.len() <= Self::MOST).then_some(Self(each))
    }

    /// The tags, in their order.
    pub fn as_slice(&self) -> &[Tag] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_the_same_in_any_case_and_kept_as_it_is_written() {
        let tag: Tag = " Straße 1 ".parse().unwrap();
        assert_eq!((tag.as_str(), tag.key().as_str()), ("Straße 1", "strasse 1"));
        assert_eq!(
            "ＶＡＣＡＴＩＯＮ".parse::<Tag>().unwrap().key(),
            "vacation".parse::<Tag>().unwrap().key()
        );
        for (text, error) in [
            (" ", TagError::Wording(WordingError::Blank)),
            ("a,b", TagError::Comma),
            ("a\nb", TagError::Wording(WordingError::Control)),
        ] {
            assert_eq!(text.parse::<Tag>(), Err(error));
        }
        // The one character is written out as eighteen.
        let long: Tag = "\u{FDFA}".repeat(32).parse().unwrap();
        assert!((500..=TagKey::LONGEST).contains(&long.key().as_str().len()));
        assert!("я".repeat(32).parse::<Tag>().is_ok() && "я".repeat(33).parse::<Tag>().is_err());
    }

    #[test]
    fn tags_are_a_set_of_at_most_twenty() {
        let tags = |texts: &[&str]| Tags::new(texts.iter().map(|text| text.parse().unwrap()));
        let set = tags(&["Trip", "2026", "TRIP"]).unwrap();
        assert_eq!(set.as_slice().iter().map(Tag::as_str).collect::<Vec<_>>(), ["Trip", "2026"]);
        let many: Vec<Tag> = (0..21).map(|n| n.to_string().parse().unwrap()).collect();
        assert_eq!(Tags::new(many.clone()), None);
        assert!(Tags::new(many.into_iter().skip(1)).is_some());
    }
}
