//! What a transaction is found by when people search: one definition for every store, so that the same words find the same
//! transactions wherever they are kept.
//!
//! Texts are taken apart into words: letters, digits and what belongs to them, in the form in which two spellings are the
//! same (compatible characters, upper and lower case). Numbers are written with a point and without thousands, as typed
//! `12,50` is. A word of three or more characters is found anywhere in a word; a shorter one where a word begins, and in
//! scripts that put no blanks between words a pair of characters anywhere.

use std::collections::HashSet;

use unicode_normalization::char::is_combining_mark;

use super::Transaction;
use crate::{id::UserId, money::Decimal, text::fold};

/// Most characters of the text that a transaction is found by; what is behind them is not found.
const LONGEST: usize = 3_000;
/// What numbers in names are made of: three characters of private use (U+E000 to U+F8FF) stand for a user.
const PRIVATE: u128 = 6_400;

/// Why a text cannot be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// It has no word of two or more characters.
    #[error("must have a word of at least two letters or digits")]
    TooShort,
    /// Longer than it may be.
    #[error("must be at most 100 characters long, with at most 10 words")]
    TooLong,
}

/// What is searched for: every one of these words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchTerms {
    text: String,
    words: Vec<String>,
}

impl SearchTerms {
    /// Most characters.
    pub const MOST: usize = 100;
    /// Most words.
    const WORDS: usize = 10;

    /// What this text searches for.
    pub fn parse(text: &str) -> Result<Self, SearchError> {
        if text.chars().count() > Self::MOST {
            return Err(SearchError::TooLong);
        }
        let mut words: Vec<String> = Vec::new();
        each_word(text, |word| {
            if !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        });
        if words.len() > Self::WORDS {
            return Err(SearchError::TooLong);
        }
        if words.iter().all(|word| word.chars().nth(1).is_none()) {
            return Err(SearchError::TooShort);
        }
        Ok(Self { text: text.to_owned(), words })
    }

    /// As it was asked for.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The parts that the [text of a transaction](Transaction::search_text) must all hold.
    pub fn parts(&self) -> impl Iterator<Item = String> {
        self.words.iter().map(|word| match word.chars().nth(2) {
            Some(_) => word.clone(),
            None => format!(" {word}"),
        })
    }

    /// Runs of three characters that are in everything of the owner that is found: the owner's own, and those of the words. A
    /// store looks for these, and then for the [parts](Self::parts) in what it found.
    pub fn grams(&self, owner: UserId) -> Vec<String> {
        let mut grams = vec![private_name(owner)];
        for part in self.parts() {
            let chars: Vec<char> = part.chars().collect();
            grams.extend(chars.windows(3).map(String::from_iter));
        }
        grams
    }

    /// Whether a text has everything that is searched for.
    pub fn finds(&self, text: &str) -> bool {
        self.parts().all(|part| text.contains(&part))
    }
}

/// Three characters that no text has, and by which what belongs to one user is found first. Two users may have the same;
/// that only costs time.
fn private_name(owner: UserId) -> String {
    let mut number = owner.0.as_u128();
    let mut next = || {
        let place = u32::try_from(number % PRIVATE).unwrap_or_default();
        number /= PRIVATE;
        char::from_u32(0xE000 + place).unwrap_or('\u{E000}')
    };
    [next(), next(), next()].iter().collect()
}

/// Scripts that put no blanks between words: Han and kana, Thai, Lao, Burmese, Khmer.
fn has_no_blanks(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}'
        | '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}')
}

/// Goes through the words of a text.
fn each_word(text: &str, mut word: impl FnMut(&str)) {
    let belongs = |c: char| c.is_alphanumeric() || is_combining_mark(c);
    let folded = fold(text);
    for piece in folded.split(|c: char| !belongs(c) && c != '.' && c != ',') {
        let piece = piece.trim_matches(['.', ',']);
        if piece.is_empty() {
            continue;
        }
        if piece.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b',') {
            word(&plain_number(piece));
        } else {
            piece.split(['.', ',']).filter(|part| !part.is_empty()).for_each(&mut word);
        }
    }
}

/// A number with a point: of two different signs the first one only parts thousands.
fn plain_number(digits: &str) -> String {
    let thousands = match (digits.find('.'), digits.find(',')) {
        (Some(point), Some(comma)) if point < comma => Some('.'),
        (Some(_), Some(_)) => Some(','),
        _ => None,
    };
    digits.chars().filter(|c| Some(*c) != thousands).map(|c| if c == ',' { '.' } else { c }).collect()
}

/// The text that a transaction with these texts is found by: the owner's characters, then each word once, each behind a
/// blank.
pub fn search_text<'t>(owner: UserId, amount: Decimal, texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut found = private_name(owner);
    let mut length = 3;
    let mut words: HashSet<String> = HashSet::new();
    // Whether there is room for another word, however short.
    let mut put = |word: &str| {
        let more = word.chars().count() + 1;
        if length + more <= LONGEST && words.insert(word.to_owned()) {
            found.push(' ');
            found.push_str(word);
            length += more;
        }
        length + 2 <= LONGEST
    };
    let mut has_room = put(&typed(amount));
    for text in texts {
        each_word(text, |word| {
            has_room = has_room && put(word);
            if !has_room {
                return;
            }
            let chars: Vec<char> = word.chars().collect();
            for pair in
                chars.windows(2).filter(|pair| chars.len() > 2 && pair.iter().all(|c| has_no_blanks(*c)))
            {
                put(&String::from_iter(pair));
            }
        });
    }
    found
}

/// An amount as people type it: without its sign, with at least two places if it has any.
fn typed(amount: Decimal) -> String {
    let mut amount = amount.abs().normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    amount.to_string()
}

/// A text by whose bytes amounts are in order, whatever their sign: how many digits there are before the point, these, and what
/// is behind it.
pub fn amount_key(amount: Decimal) -> String {
    let text = amount.abs().normalize().to_string();
    let whole = text.split('.').next().unwrap_or_default().len();
    // At most 29 digits.
    let length = u8::try_from(whole).unwrap_or(29);
    format!("{}{text}", char::from(b'a' + length - 1))
}

/// What two spellings of one other side have in common.
pub fn merchant_key(merchant: &str) -> String {
    fold(merchant.trim())
}

impl Transaction {
    /// What it is found by when people search, by the values that they are shown: its amount, description, other side, memo and
    /// note.
    pub fn search_text(&self) -> String {
        let texts =
            [Some(self.shown_description()), self.shown_merchant(), self.memo.as_deref(), self.note()];
        search_text(self.owner, self.shown_amount(), texts.into_iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::money::exact_decimal;

    const OWNER: UserId = UserId(Uuid::from_u128(0x0192_aaaa_bbbb_7ccc_8ddd_eeee_ffff_0001));

    fn finds(words: &str, text: &str) -> bool {
        let text = search_text(OWNER, exact_decimal("-1234.5").unwrap(), [text]);
        SearchTerms::parse(words).unwrap().finds(&text)
    }

    #[test]
    fn words_are_found_in_every_spelling_and_script() {
        for (words, text) in [
            ("café", "CAFÉ Müller"),
            ("cafe\u{301} MÜL", "CAFÉ Müller"),
            ("strasse", "Hauptstraße 1"),
            ("ＡＭＡＺＯＮ", "Amazon Mktp"),
            ("mazo mktp", "AMZN AMAZON*Mktp"),
            ("jo", "SQ *JOE'S"),
            ("1234,50", ""),
            ("1.234,50", ""),
            ("1,234.5", ""),
            ("12,50", "Total 12.50 EUR"),
            ("咖啡", "星巴克咖啡店"),
            ("巴克咖", "星巴克咖啡店"),
            ("コーヒー", "ｺｰﾋｰショップ"),
            ("قهوة", "مقهى قهوة الصباح"),
            ("שלום", "בית קפה שלום"),
            ("กาแฟ", "ร้านกาแฟสด"),
            ("x coffee", "coffee x"),
        ] {
            assert!(finds(words, text), "{words} in {text}");
        }
        for (words, text) in [
            ("oe", "SQ *JOE'S"),
            ("coffee tea", "coffee"),
            ("12,51", "Total 12.50 EUR"),
            ("巴店", "星巴克咖啡店"),
            ("fee x", "coffee yx"),
        ] {
            assert!(!finds(words, text), "{words} in {text}");
        }
    }

    #[test]
    fn what_is_too_short_or_too_long_is_refused() {
        for text in ["", " ", "-", "a", "咖", "a b"] {
            assert_eq!(SearchTerms::parse(text), Err(SearchError::TooShort), "{text:?}");
        }
        assert_eq!(SearchTerms::parse(&"a".repeat(101)), Err(SearchError::TooLong));
        assert_eq!(SearchTerms::parse("a b c d e f g h i j kk"), Err(SearchError::TooLong));
        assert!(SearchTerms::parse("a bc").is_ok());
    }

    #[test]
    fn of_long_texts_each_word_is_kept_once_until_there_is_no_room() {
        let words = |text: &str| {
            let found = search_text(OWNER, Decimal::ONE, [text]);
            assert!(found.chars().count() <= LONGEST, "{}", found.chars().count());
            found.split(' ').skip(2).map(str::to_owned).collect::<Vec<String>>()
        };
        let many: Vec<String> = (0..200_000).map(|n| format!("{n:x}z")).collect();
        let kept = words(&many.join(" "));
        assert_eq!(kept, many[..kept.len()]);
        assert!(kept.len() > 600, "{}", kept.len());
        // A word that does not fit leaves the room to shorter ones.
        assert_eq!(words(&format!("one {} two ONE", "x".repeat(4_000))), ["one", "two"]);
    }

    #[test]
    fn users_are_told_apart() {
        let (one, other) = (private_name(OWNER), private_name(UserId(Uuid::from_u128(7))));
        assert_ne!(one, other);
        assert_eq!(one.chars().count(), 3);
        assert!(
            SearchTerms::parse(&format!("{one} ab")).unwrap().grams(OWNER).len() == 2,
            "no text has such characters"
        );
    }

    fn any_text() -> impl Strategy<Value = String> {
        "[a-cA-CéßŁ .,0-9*'咖啡店星한국カナقهוה่า]{0,24}"
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_found_has_all_that_stores_look_for(text in any_text(), words in any_text()) {
            let found_by = search_text(OWNER, Decimal::new(1250, 2), [text.as_str()]);
            if let Ok(terms) = SearchTerms::parse(&words)
                && terms.finds(&found_by)
            {
                prop_assert!(terms.grams(OWNER).iter().all(|gram| found_by.contains(gram)));
            }
            if let Ok(itself) = SearchTerms::parse(&text) {
                prop_assert!(itself.finds(&found_by), "{found_by}");
            }
        }

        #[test]
        fn keys_of_amounts_are_in_their_order(one in -9_999_999_i64..9_999_999, other in -9_999_999_i64..9_999_999, places in 0_u32..5, more in 0_u32..5) {
            let (one, other) = (Decimal::new(one, places), Decimal::new(other, more));
            prop_assert_eq!(amount_key(one).cmp(&amount_key(other)), one.abs().cmp(&other.abs()));
        }
    }
}
