//! What is learned of the other sides of transactions from what people choose for them.

use std::fmt;

use super::{CategoryChoice, CategoryKey};
use crate::{
    id::{PayeeId, UserId},
    ledger::Transaction,
    time::Timestamp,
};

/// The name of an other side, without what differs from one of its transactions to the next: upper case, without numbers, dates
/// and what card networks put before it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayeeName(String);

/// Words that say how something was paid and not to whom.
const EMPTY: &[&str] = &[
    "SQ",
    "TST",
    "SP",
    "PP",
    "PAYPAL",
    "PYPL",
    "POS",
    "PURCHASE",
    "DEBIT",
    "CREDIT",
    "CARD",
    "VISA",
    "MASTERCARD",
    "MAESTRO",
    "CHECKCARD",
    "RECURRING",
    "PAYMENT",
    "ACH",
    "SEPA",
    "REF",
    concat!("REFER", "ENCE"),
    "ID",
    "NO",
    "NR",
    "AUTH",
    "TXN",
    "TRANSACTION",
];

impl PayeeName {
    /// Most characters.
    pub const MOST: usize = 64;
    /// More words than these are rather a text than a name.
    const WORDS: usize = 4;

    /// The name of a transaction's other side, as its institution tells it; `None` where nothing is left of it.
    pub fn of(row: &Transaction) -> Option<Self> {
        Self::read(row.details.payee.as_deref().unwrap_or(&row.description))
    }

    fn read(text: &str) -> Option<Self> {
        let is_name =
            |word: &&str| word.chars().any(char::is_alphabetic) && !word.chars().any(|c| c.is_numeric());
        // An apostrophe is no end of a word: JOE'S is JOES.
        let text: String = text.chars().filter(|c| !matches!(c, '\'' | '’' | '`')).collect();
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(is_name).map(str::to_uppercase);
        let mut name = String::new();
        for word in words.filter(|word| !EMPTY.contains(&word.as_str())).take(Self::WORDS) {
            if name.chars().count() + 1 + word.chars().count() > Self::MOST {
                break;
            }
            if !name.is_empty() {
                name.push(' ');
            }
            name += &word;
        }
        (!name.is_empty()).then_some(Self(name))
    }

    /// A name as it was stored.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PayeeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What was learned of an other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Learned {
    /// Which payee.
    pub payee: PayeeId,
    /// The category.
    pub category: CategoryKey,
    /// How many of the choices were this one.
    pub agreed: u32,
    /// How many choices there were.
    pub of: u32,
    /// Whether it is given to transactions; else it is only proposed.
    pub is_given: bool,
}

/// An other side of a user's transactions, and what the user chose for these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payee {
    /// Its id.
    pub id: PayeeId,
    /// Whose it is.
    pub owner: UserId,
    /// Its name.
    pub name: PayeeName,
    /// How many transactions have each choice, the most frequent first.
    pub votes: Vec<(CategoryChoice, u32)>,
    /// Whether the user wants nothing to be learned of it.
    pub is_refused: bool,
    /// When the first choice was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Payee {
    /// So many different choices are counted; who chooses more of them has no habit.
    const MOST_VOTES: usize = 16;

    /// One of which nothing is known.
    pub fn new(id: PayeeId, owner: UserId, name: PayeeName, now: Timestamp) -> Self {
        Self { id, owner, name, votes: Vec::new(), is_refused: false, created_at: now, updated_at: now }
    }

    /// Notes that a transaction that had one choice has another one.
    pub fn vote(&mut self, from: Option<CategoryChoice>, to: Option<CategoryChoice>, now: Timestamp) {
        if let Some((_, count)) = self.votes.iter_mut().find(|(choice, _)| Some(*choice) == from) {
            *count = count.saturating_sub(1);
        }
        if let Some(choice) = to {
            match self.votes.iter_mut().find(|(known, _)| *known == choice) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => self.votes.push((choice, 1)),
            }
        }
        self.votes.retain(|(_, count)| *count > 0);
        // Of equally many the earlier choice stays the first.
        self.votes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        self.votes.truncate(Self::MOST_VOTES);
        self.updated_at = now;
    }

    /// How many choices there were.
    pub fn count(&self) -> u32 {
        self.votes.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// What was learned: two equal choices propose a third, and three or more of which four fifths agree are given.
    pub fn learned(&self) -> Option<Learned> {
        let (choice, agreed) = *self.votes.first()?;
        let category = choice.category().filter(|_| !self.is_refused)?;
        let of = self.count();
        let is_given = of >= 3 && 5 * u64::from(agreed) >= 4 * u64::from(of);
        let is_proposed = of == 2 && agreed == 2;
        let learned = Learned { payee: self.id, category, agreed, of, is_given };
        (is_given || is_proposed).then_some(learned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn name(text: &str) -> Option<String> {
        PayeeName::read(text).map(|name| name.as_str().to_owned())
    }

    #[test]
    fn names_are_left_of_what_banks_print() {
        for (text, expected) in [
            ("SQ *JOE'S PIZZA #1234", "JOES PIZZA"),
            ("Joes Pizza 17/01 REF 88231", "JOES PIZZA"),
            ("POS DEBIT VISA WHOLE FOODS MARKET 10233", "WHOLE FOODS MARKET"),
            ("PAYPAL *SPOTIFY", "SPOTIFY"),
            ("Straßencafé Müller", "STRASSENCAFÉ MÜLLER"),
            ("АШАН 042 МОСКВА", "АШАН МОСКВА"),
            ("one two three four five six", "ONE TWO THREE FOUR"),
        ] {
            assert_eq!(name(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "  ", "12345", "POS DEBIT 17", "#*-"] {
            assert_eq!(name(text), None, "{text}");
        }
        assert!(name(&"X".repeat(65)).is_none());
    }

    #[test]
    fn two_equal_choices_propose_and_three_give() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000).unwrap();
        let id = PayeeId(Uuid::from_u128(1));
        let name = PayeeName::read("Joes Pizza").unwrap();
        let mut payee = Payee::new(id, UserId(Uuid::from_u128(2)), name, at(0));
        let choice = |key: &str| Some(key.parse::<CategoryChoice>().unwrap());
        let learned = |payee: &Payee| {
            payee.learned().map(|of| (of.category.to_string(), of.agreed, of.of, of.is_given))
        };
        payee.vote(None, choice("food"), at(1));
        assert_eq!(learned(&payee), None);
        payee.vote(None, choice("food"), at(2));
        assert_eq!(learned(&payee), Some(("food".to_owned(), 2, 2, false)));
        payee.vote(None, choice("food"), at(3));
        assert_eq!(learned(&payee), Some(("food".to_owned(), 3, 3, true)));
        payee.vote(None, choice("travel"), at(4));
        assert_eq!(learned(&payee), None, "three of four are fewer than four fifths");
        payee.vote(None, choice("food"), at(5));
        assert_eq!(learned(&payee), Some(("food".to_owned(), 4, 5, true)));
        payee.is_refused = true;
        assert_eq!(learned(&payee), None);
        payee.is_refused = false;
        // Taken back and changed, a choice counts no more.
        payee.vote(choice("travel"), choice("none"), at(6));
        payee.vote(choice("none"), None, at(7));
        assert_eq!(learned(&payee), Some(("food".to_owned(), 4, 4, true)));
        for _ in 0..4 {
            payee.vote(choice("food"), choice("none"), at(8));
        }
        assert_eq!((learned(&payee), payee.count()), (None, 4), "no category is nothing to give");
    }
}
