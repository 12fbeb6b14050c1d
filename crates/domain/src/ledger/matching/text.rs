//! What of a description tells one transaction from another.

/// Words that say nothing of who was paid.
const SAY_NOTHING: [&str; 18] = [
    "POS", "DEBIT", "CREDIT", "CARD", "PURCHASE", "PAYMENT", "ACH", "WEB", "ID", "INC", "LLC", "LTD", "THE",
    "CO", "COM", "WWW", "US", "USA",
];
/// Words that are compared: what banks add comes at the end.
const COMPARED: usize = 6;

/// The words of a description that are compared: in upper case, each once, in their order, without those that hold a
/// digit, are a single character, or say nothing of who was paid.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Words(Vec<String>);

impl Words {
    /// The words of this text.
    pub fn of(text: &str) -> Self {
        let mut words: Vec<String> = Vec::with_capacity(COMPARED);
        for word in text.to_uppercase().split(|c: char| !c.is_alphanumeric()) {
            let is_short = word.chars().nth(1).is_none();
            let has_digit = word.chars().any(char::is_numeric);
            let is_known = words.iter().any(|known| known == word);
            if is_short || has_digit || is_known || SAY_NOTHING.contains(&word) {
                continue;
            }
            words.push(word.to_owned());
            if words.len() == COMPARED {
                break;
            }
        }
        Self(words)
    }

    /// The words, in their order.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// How much of the shorter one is in the other, in thousandths; nothing where one has no words.
    pub fn likeness(&self, other: &Self) -> i64 {
        let shorter = self.0.len().min(other.0.len());
        if shorter == 0 {
            return 0;
        }
        let common = self.0.iter().filter(|word| other.0.contains(word)).count();
        // At most six words: none of this can overflow.
        (1000 * common / shorter) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_tell_transactions_apart() {
        for (text, words) in [
            ("POS DEBIT 0312 SQ *JOE'S PIZZA #42 NEW YORK US", &["SQ", "JOE", "PIZZA", "NEW", "YORK"][..]),
            ("Café Müller 12/03", &["CAFÉ", "MÜLLER"]),
            ("АШАН 0042 МОСКВА", &["АШАН", "МОСКВА"]),
            ("one two three four five six seven", &["ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX"]),
            ("Shop SHOP shop-24 24H", &["SHOP"]),
            ("a b c 1 22", &[]),
            ("", &[]),
        ] {
            assert_eq!(Words::of(text).as_slice(), words, "{text}");
        }
    }

    #[test]
    fn likeness_is_what_the_shorter_one_has_in_common() {
        for (one, other, likeness) in [
            ("SQ *JOES", "JOE S PIZZA 0042", 0),
            ("SHELL OIL 57444", "SHELL OIL 57444 AUSTIN", 1000),
            ("BISTRO 21", "BISTRO 21 ANYTOWN US", 1000),
            ("CORNER CAFE", "CORNER SHOP", 500),
            ("ONE TWO THREE", "ONE SIX SEVEN EIGHT", 333),
            ("", "", 0),
            ("12", "12", 0),
        ] {
            assert_eq!(Words::of(one).likeness(&Words::of(other)), likeness, "{one} / {other}");
            assert_eq!(Words::of(other).likeness(&Words::of(one)), likeness, "{other} / {one}");
        }
    }
}
