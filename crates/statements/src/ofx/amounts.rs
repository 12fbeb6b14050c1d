//! Amounts as banks write them: point or comma, marks between thousands, signs on either side.

use dashtam_domain::money::{Currency, Decimal, DecimalError, exact_decimal};

use super::{lexer::Lexer, values::value};

/// Amounts with more significant digits are refused.
const MOST_DIGITS: usize = 28;

/// Currencies that are counted in thousandths, where three digits after a comma are an amount's fraction.
const THOUSANDTHS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// How often each mark is certainly the decimal mark in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) points: u64,
    pub(crate) commas: u64,
}

impl Marks {
    /// Counts through all numbers of a file. Done once, and only when an amount cannot be read without it.
    pub(super) fn of(text: &[u8]) -> Self {
        let (mut lexer, mut marks) = (Lexer::new(), Self::default());
        while let Some(token) = lexer.next(text) {
            if token.tag.is_number()
                && token.text_end - token.end < 80
                && let Some(value) = value(text, &token)
            {
                marks.count(&value);
            }
        }
        marks
    }

    pub(crate) fn count(&mut self, text: &str) {
        let Ok((_, body)) = signed(text) else { return };
        match shape(body) {
            Ok(Shape::Fraction('.') | Shape::Groups(',')) => self.points += 1,
            Ok(Shape::Fraction(',') | Shape::Groups('.')) => self.commas += 1,
            _ => {}
        }
    }

    /// Whether `mark`, standing alone before exactly three digits, separates thousands in this file.
    fn groups_with(self, mark: char, currency: Option<Currency>) -> bool {
        if mark == '.' {
            // A lone point is the decimal mark of the format; only a file that never uses it so says else.
            return self.commas > 0 && self.points == 0;
        }
        match self.points.cmp(&self.commas) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => !currency.is_some_and(|c| THOUSANDTHS.contains(&c.as_str())),
        }
    }
}

/// What the marks in an unsigned number mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// There are only digits, maybe with blanks between the thousands.
    Whole,
    /// This character is the decimal mark.
    Fraction(char),
    /// The character stands between thousands, and there is no fraction.
    Groups(char),
    /// There is one mark before exactly three digits: it could be either.
    Unclear(char),
}

/// Reads an amount. `marks` is asked only when the amount alone leaves two readings.
pub(crate) fn amount(
    text: &str,
    currency: Option<Currency>,
    marks: impl FnOnce() -> Marks,
) -> Result<Decimal, DecimalError> {
    let (negative, body) = signed(text)?;
    if body.contains(['e', 'E']) {
        // Programs print so, never with a comma or with thousands set apart.
        if body.contains(|c| c == ',' || is_spacer(c)) {
            return Err(DecimalError::Malformed);
        }
        return exact_decimal(&plain(negative, body, Some('.'))?);
    }
    let decimal_mark = match shape(body)? {
        Shape::Whole | Shape::Groups(_) => None,
        Shape::Fraction(mark) => Some(mark),
        Shape::Unclear(mark) => (!marks().groups_with(mark, currency)).then_some(mark),
    };
    exact_decimal(&plain(negative, body, decimal_mark)?)
}

/// Takes the sign off, which may stand on either side, though not on both.
fn signed(text: &str) -> Result<(bool, &str), DecimalError> {
    let text = text.trim();
    let sign = |c: char| match c {
        '-' | '\u{2212}' => Some(true),
        '+' => Some(false),
        _ => None,
    };
    let (first, last) = (text.chars().next(), text.chars().next_back());
    let (negative, body) = match (first.and_then(sign), last.and_then(sign)) {
        (Some(_), Some(_)) => return Err(DecimalError::Malformed),
        (Some(negative), None) => (negative, &text[first.map_or(0, char::len_utf8)..]),
        (None, Some(negative)) => (negative, &text[..text.len() - last.map_or(0, char::len_utf8)]),
        (None, None) => (false, text),
    };
    let body = body.trim();
    if body.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',') && body.len() <= 400 {
        Ok((negative, body))
    } else {
        Err(DecimalError::Malformed)
    }
}

/// Whether the character only ever separates thousands.
fn is_spacer(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '\u{2019}')
}

fn shape(body: &str) -> Result<Shape, DecimalError> {
    let (mut points, mut commas, mut spacers) = (0, 0, false);
    let mut last = None;
    for c in body.chars() {
        match c {
            '.' => (points, last) = (points + 1, Some(c)),
            ',' => (commas, last) = (commas + 1, Some(c)),
            c if is_spacer(c) => spacers = true,
            c if c.is_ascii_digit() => {}
            _ => return Err(DecimalError::Malformed),
        }
    }
    let Some(mark) = last else {
        return check(body, is_spacer).map(|()| Shape::Whole);
    };
    let (whole, fraction) = body.rsplit_once(mark).unwrap_or((body, ""));
    let is_other = |c: char| c == if mark == '.' { ',' } else { '.' };
    match (points, commas) {
        // Both are there: the last one is the decimal mark, the other stands between thousands.
        (1.., 1..) => {
            if whole.contains(mark) || fraction.contains(is_spacer) {
                return Err(DecimalError::Malformed);
            }
            check(whole, |c| is_other(c) || is_spacer(c)).map(|()| Shape::Fraction(mark))
        }
        (2.., _) | (_, 2..) => check(body, |c| c == mark).map(|()| Shape::Groups(mark)),
        _ => {
            if fraction.contains(is_spacer) {
                return Err(DecimalError::Malformed);
            }
            check(whole, is_spacer)?;
            // Thousands are never marked before three digits only, as in `0,125` or `1234,567`.
            let could_group = !spacers && matches!(whole.len(), 1..=3) && !whole.starts_with('0');
            Ok(if fraction.len() == 3 && could_group { Shape::Unclear(mark) } else { Shape::Fraction(mark) })
        }
    }
}

/// Checks that the marks cut the digits as people do: three at the end, three or two (India) between.
fn check(whole: &str, is_mark: impl Fn(char) -> bool) -> Result<(), DecimalError> {
    let mut groups = whole.split(is_mark).peekable();
    let mut first = true;
    while let Some(group) = groups.next() {
        let last = groups.peek().is_none();
        let fits = match (first, last) {
            (true, true) => true,
            (true, false) => matches!(group.len(), 1..=3),
            (false, false) => matches!(group.len(), 2 | 3),
            (false, true) => group.len() == 3,
        };
        if !fits || !group.bytes().all(|b| b.is_ascii_digit()) {
            return Err(DecimalError::Malformed);
        }
        first = false;
    }
    Ok(())
}

/// Writes the number with a point and nothing else, and counts its digits.
fn plain(negative: bool, body: &str, decimal_mark: Option<char>) -> Result<String, DecimalError> {
    let mut out = String::with_capacity(body.len() + 1);
    if negative {
        out.push('-');
    }
    for c in body.chars() {
        match c {
            c if Some(c) == decimal_mark => out.push('.'),
            '.' | ',' => {}
            c if is_spacer(c) => {}
            c => out.push(c),
        }
    }
    let mantissa = out.split(['e', 'E']).next().unwrap_or_default();
    let fraction = mantissa.contains('.');
    let digits = mantissa.trim_start_matches(['-', '0', '.']);
    let digits = if fraction { digits.trim_end_matches('0') } else { digits };
    if digits.bytes().filter(u8::is_ascii_digit).count() > MOST_DIGITS {
        return Err(DecimalError::TooPrecise);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOTHING: Marks = Marks { points: 0, commas: 0 };
    const POINTS: Marks = Marks { points: 9, commas: 1 };
    const COMMAS: Marks = Marks { points: 0, commas: 2 };

    fn read(text: &str, marks: Marks) -> Result<String, DecimalError> {
        amount(text, None, || marks).map(|d| d.to_string())
    }

    #[test]
    fn amounts_that_say_it_all() {
        for (text, expected) in [
            ("-30.00", "-30.00"),
            ("+00000000000115.8331", "115.8331"),
            ("  -11,76 ", "-11.76"),
            ("- 12.5", "-12.5"),
            ("12.50-", "-12.50"),
            ("12,50+", "12.50"),
            ("\u{2212}3", "-3"),
            ("1.234,56", "1234.56"),
            ("-1,234.56", "-1234.56"),
            ("1,234,567", "1234567"),
            ("1.234.567", "1234567"),
            ("12,34,567.5", "1234567.5"),
            ("1 234,56", "1234.56"),
            ("1\u{202f}234\u{a0}567,8", "1234567.8"),
            ("1'234.5", "1234.5"),
            ("0,125", "0.125"),
            ("1234,567", "1234.567"),
            ("1 234,567", "1234.567"),
            ("-30.000", "-30.000"),
            (",5", "0.5"),
            ("5,", "5"),
            ("5.", "5"),
            ("1.0E-4", "0.00010"),
            ("1.2E7", "12000000"),
            ("-995.4190396554627", "-995.4190396554627"),
        ] {
            assert_eq!(read(text, NOTHING).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn the_other_amounts_of_the_file_decide_what_is_unclear() {
        assert_eq!(read("1,234", POINTS).unwrap(), "1234");
        assert_eq!(read("1,234", COMMAS).unwrap(), "1.234");
        assert_eq!(read("1,234", NOTHING).unwrap(), "1234");
        assert_eq!(read("1.234", COMMAS).unwrap(), "1234");
        assert_eq!(read("1.234", POINTS).unwrap(), "1.234");
        let dinar = "KWD".parse().ok();
        assert_eq!(amount("1,234", dinar, || NOTHING).unwrap().to_string(), "1.234");
        assert_eq!(amount("1,234", dinar, || POINTS).unwrap().to_string(), "1234");
    }

    #[test]
    fn marks_are_counted_over_the_file() {
        let text = b"<TRNAMT>-1,50<TRNAMT>1,234<BALAMT>1.234,00</BALAMT><UNITS>2.25<NAME>9.99<TRNAMT>x1.5";
        assert_eq!(Marks::of(text), Marks { points: 1, commas: 2 });
    }

    #[test]
    fn garbage_is_refused() {
        for text in [
            "", " ", ".", " . ", "-", "$120", "12$", "abc", "1.2.3", "1,2.5", "1,23,4", "--1", "-1-", "+-1",
            "(5)", "NaN", "1e", "e5", "12 34", "1, 234", "1 2", "0x10", "1.5,", "1,5e3", "\u{661}",
        ] {
            assert_eq!(read(text, NOTHING), Err(DecimalError::Malformed), "{text}");
        }
    }

    #[test]
    fn too_many_digits_are_refused_and_zeros_are_none() {
        assert!(read("1234567890123456789012345678", NOTHING).is_ok());
        assert_eq!(read("12345678901234567890123456789", NOTHING), Err(DecimalError::TooPrecise));
        assert_eq!(read("-0.12345678901234567890123456789", NOTHING), Err(DecimalError::TooPrecise));
        assert_eq!(read("1e99", NOTHING), Err(DecimalError::TooPrecise));
        assert_eq!(read("0000000000000000000000000000000001.50", NOTHING).unwrap(), "1.50");
    }

    proptest! {
        #[test]
        fn any_text_is_an_answer(text in ".{0,40}", points in 0u64..2, commas in 0u64..2) {
            let _ = amount(&text, None, || Marks { points, commas });
        }

        #[test]
        fn both_ways_of_writing_mean_the_same(cents in -99_999_999_999_i64..99_999_999_999) {
            let exact = Decimal::new(cents, 2);
            let comma = exact.to_string().replace('.', ",");
            prop_assert_eq!(amount(&exact.to_string(), None, || NOTHING).unwrap(), exact);
            prop_assert_eq!(amount(&comma, None, || NOTHING).unwrap(), exact);
        }
    }
}
