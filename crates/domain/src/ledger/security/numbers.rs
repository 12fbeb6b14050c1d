//! Numbers that name a security all over the world, each with a check digit.

use std::fmt;

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident: $length:literal, $sound:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// Reads it in either case; `None` when it has not its form, or its check digit is wrong.
            pub fn parse(text: &str) -> Option<Self> {
                let text = text.trim().to_ascii_uppercase();
                let sound: fn(&[u8]) -> bool = $sound;
                let is_one = text.len() == $length
                    && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
                    && sound(text.as_bytes());
                is_one.then_some(Self(text))
            }

            /// The number, in capitals.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

numbers! {
    /// International securities identification number (ISO 6166): a country, nine signs, a check digit.
    Isin: 12, |of| of[..2].iter().all(u8::is_ascii_uppercase) && luhn(of);
    /// The number of North American securities: eight signs and a check digit.
    Cusip: 9, |of| doubled(of);
    /// Financial instrument global identifier: it begins with two letters and a G.
    Figi: 12, |of| of[..2].iter().all(u8::is_ascii_uppercase) && of[2] == b'G' && doubled(of);
}

impl Isin {
    /// The number that is its middle, of countries that have such numbers.
    pub fn cusip(&self) -> Option<Cusip> {
        ["US", "CA"].contains(&&self.0[..2]).then(|| Cusip::parse(&self.0[2..11])).flatten()
    }
}

/// What a sign counts for: digits as they are, letters from ten on.
fn value(sign: u8) -> u32 {
    let letter = |sign: u8| u32::from(sign - b'A') + 10;
    if sign.is_ascii_digit() { u32::from(sign - b'0') } else { letter(sign) }
}

/// Whether the digits of all signs, every second from the end doubled, come to a multiple of ten.
fn luhn(signs: &[u8]) -> bool {
    let digits: Vec<u32> = signs
        .iter()
        .flat_map(|sign| {
            let value = value(*sign);
            if value < 10 { vec![value] } else { vec![value / 10, value % 10] }
        })
        .collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 1 { cross(digit * 2) } else { *digit })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether the last digit is what the signs before it make, every second of which is doubled.
fn doubled(signs: &[u8]) -> bool {
    let Some((check, signs)) = signs.split_last() else { return false };
    let doubled =
        |(place, sign): (usize, &u8)| cross(if place % 2 == 1 { value(*sign) * 2 } else { value(*sign) });
    let sum: u32 = signs.iter().enumerate().map(doubled).sum();
    check.is_ascii_digit() && (10 - sum % 10) % 10 == value(*check)
}

/// The digits of a number of two digits together.
fn cross(number: u32) -> u32 {
    number / 10 + number % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_checked() {
        for sound in ["US0378331005", "us5949181045", "GB0002634946", "DE000BAY0017", "CA0679011084"] {
            assert_eq!(Isin::parse(sound).unwrap().as_str(), sound.to_ascii_uppercase());
        }
        for broken in ["US0378331006", "0378331005US", "US037833100", "", "US03783310055", "US037833100é"] {
            assert_eq!(Isin::parse(broken), None, "{broken}");
        }
        for sound in ["037833100", "594918104", "38259P508", "88160R101"] {
            assert!(Cusip::parse(sound).is_some(), "{sound}");
        }
        for broken in ["037833101", "0META.MV5", "123", "03783310A"] {
            assert_eq!(Cusip::parse(broken), None, "{broken}");
        }
        assert!(Figi::parse("BBG000B9XRY4").is_some() && Figi::parse("BBG000BLNNH6").is_some());
        assert_eq!((Figi::parse("BBG000B9XRY5"), Figi::parse("037833100")), (None, None));
    }

    #[test]
    fn an_american_number_is_in_the_middle_of_the_worlds() {
        assert_eq!(Isin::parse("US0378331005").unwrap().cusip(), Cusip::parse("037833100"));
        assert_eq!(Isin::parse("DE000BAY0017").unwrap().cusip(), None);
    }
}
