//! Codes of an authenticator: TOTP (RFC 6238) on HOTP (RFC 4226), with HMAC-SHA-1, six digits and steps of 30 seconds,
//! which is what every authenticator knows.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use crate::{secret::SecretText, sources::Randomness, time::Timestamp};

/// Six decimal digits, as an authenticator or a mail shows them.
#[derive(Clone)]
pub struct OneTimeCode(SecretText);

impl OneTimeCode {
    /// How many codes there are.
    pub const COUNT: u32 = 1_000_000;

    /// Reads what somebody typed: spaces are dropped, anything else but six digits is no code.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| *c != ' ').take(7).collect();
        let right = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        right.then(|| Self(SecretText::new(digits)))
    }

    /// The last six digits of a number.
    pub fn of(number: u32) -> Self {
        Self(SecretText::new(format!("{:06}", number % Self::COUNT)))
    }

    /// The digits.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The digits, to be handed on.
    pub fn into_secret(self) -> SecretText {
        self.0
    }

    /// Equality that takes the same time wherever the codes differ.
    pub fn matches(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}

/// The dynamic truncation of an HMAC (RFC 4226, section 5.3). Keys longer than a block, which HMAC would hash first, are
/// cut; ours never are.
macro_rules! truncated {
    ($hash:ty, $block:literal, $key:expr, $counter:expr) => {{
        let mut block = [0u8; $block];
        for (place, byte) in block.iter_mut().zip($key) {
            *place = *byte;
        }
        let counter: u64 = $counter;
        let mac =
            Hmac::<$hash>::new(&block.into()).chain_update(counter.to_be_bytes()).finalize().into_bytes();
        let offset = usize::from(mac[mac.len() - 1] & 0x0f);
        u32::from_be_bytes([mac[offset] & 0x7f, mac[offset + 1], mac[offset + 2], mac[offset + 3]])
    }};
}

/// Number of a step of 30 seconds since 1970.
pub type TotpStep = i64;

/// The key an authenticator shares with us.
#[derive(Clone)]
pub struct TotpKey(SecretText);

impl TotpKey {
    /// Length in bytes: that of the hash, as RFC 4226 asks for.
    pub const BYTES: usize = 20;
    /// Seconds of a step.
    pub const PERIOD: i64 = 30;
    /// So many steps before and after the present one are accepted, for clocks that are not exact.
    const SKEW: i64 = 1;

    /// A new key.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let random = randomness.bytes();
        Self(SecretText::new(base32(&random[random.len() - Self::BYTES..])))
    }

    /// Reads the stored form.
    pub fn from_base32(text: &str) -> Option<Self> {
        let bytes = from_base32(text)?;
        (bytes.len() == Self::BYTES).then(|| Self(SecretText::new(text)))
    }

    /// RFC 4648 base 32 without padding: what is stored (sealed) and what people type into an authenticator.
    pub fn as_base32(&self) -> &SecretText {
        &self.0
    }

    /// The key as an authenticator takes it from a picture (Key URI Format of Google Authenticator).
    pub fn uri(&self, issuer: &str, account: &str) -> SecretText {
        let issuer = escaped(issuer);
        let account = escaped(account);
        SecretText::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period={}",
            self.0.expose(),
            Self::PERIOD
        ))
    }

    /// The code of a step.
    pub fn code(&self, step: TotpStep) -> OneTimeCode {
        let key = from_base32(self.0.expose()).unwrap_or_default();
        OneTimeCode::of(truncated!(Sha1, 64, &key, step.cast_unsigned()))
    }

    /// The step a code is good for at this instant: of the present one and its neighbours, the greatest one after
    /// `last_used` that has this code. Adjacent steps may have equal codes, so that the first match would be wrong.
    /// Every step is looked at in full, whatever matches.
    pub fn matching_step(
        &self,
        code: &OneTimeCode,
        last_used: Option<TotpStep>,
        now: Timestamp,
    ) -> Option<TotpStep> {
        let present = now.as_seconds().div_euclid(Self::PERIOD);
        let steps = (present - Self::SKEW).max(0)..=present + Self::SKEW;
        let matching: Vec<TotpStep> = steps.filter(|step| self.code(*step).matches(code)).collect();
        matching.into_iter().filter(|step| last_used.is_none_or(|last| *step > last)).max()
    }
}

impl fmt::Debug for TotpKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpKey(…)")
    }
}

/// Part of a label: without the colon that would divide it, and percent-encoded but for RFC 3986's unreserved
/// characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes().filter(|byte| *byte != b':') {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// RFC 4648, section 6, without padding.
fn base32(bytes: &[u8]) -> String {
    let digit = |group: &[u8], at: usize| {
        let bits =
            group.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte)) << (40 - 8 * group.len());
        char::from(BASE32[(bits >> (35 - 5 * at) & 31) as usize])
    };
    bytes
        .chunks(5)
        .flat_map(|group| (0..(group.len() * 8).div_ceil(5)).map(move |at| digit(group, at)))
        .collect()
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut held) = (Vec::with_capacity(text.len() * 5 / 8), 0u32, 0);
    for letter in text.bytes() {
        let digit = BASE32.iter().position(|other| *other == letter)?;
        bits = bits << 5 | u32::try_from(digit).ok()?;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sha2::{Sha256, Sha512};

    use super::*;

    /// Key of the RFCs' vectors, ASCII `12345678901234567890`.
    const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn key() -> TotpKey {
        TotpKey::from_base32(KEY).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    fn code(text: &str) -> OneTimeCode {
        OneTimeCode::parse(text).unwrap()
    }

    /// RFC 4226, appendix D.
    #[test]
    fn hotp_gives_the_codes_of_the_rfc() {
        let expected = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
            "520489",
        ];
        for (step, expected) in (0..).zip(expected) {
            assert_eq!(key().code(step).expose(), expected, "{step}");
        }
    }

    /// RFC 6238, appendix B, with eight digits. The keys are the same digits over and over, as long as the hash.
    #[test]
    fn totp_gives_the_codes_of_the_rfc_with_every_hash() {
        let key_of =
            |length: usize| -> Vec<u8> { b"1234567890".iter().copied().cycle().take(length).collect() };
        for (seconds, sha1, sha256, sha512) in [
            (59, 94_287_082, 46_119_246, 90_693_936),
            (1_111_111_109, 7_081_804, 68_084_774, 25_091_201),
            (1_111_111_111, 14_050_471, 67_062_674, 99_943_326),
            (1_234_567_890, 89_005_924, 91_819_424, 93_441_116),
            (2_000_000_000, 69_279_037, 90_698_825, 38_618_901),
            (20_000_000_000u64, 65_353_130, 77_737_706, 47_863_826),
        ] {
            let step = seconds / 30;
            assert_eq!(truncated!(Sha1, 64, &key_of(20), step) % 100_000_000, sha1, "{seconds}");
            assert_eq!(truncated!(Sha256, 64, &key_of(32), step) % 100_000_000, sha256, "{seconds}");
            assert_eq!(truncated!(Sha512, 128, &key_of(64), step) % 100_000_000, sha512, "{seconds}");
            let six = OneTimeCode::of(sha1);
            let now = at(i64::try_from(seconds).unwrap());
            assert_eq!(key().matching_step(&six, None, now), Some(i64::try_from(step).unwrap()));
        }
    }

    #[test]
    fn of_adjacent_steps_with_equal_codes_the_greatest_unused_one_is_taken() {
        for (first, both) in [(910_737, "911617"), (1_300_575, "761737")] {
            let code = code(both);
            assert!(key().code(first).matches(&code) && key().code(first + 1).matches(&code));
            let now = at((first + 1) * 30 + 5);
            assert_eq!(key().matching_step(&code, None, now), Some(first + 1));
            assert_eq!(key().matching_step(&code, Some(first), now), Some(first + 1));
            assert_eq!(key().matching_step(&code, Some(first + 1), now), None);
        }
    }

    #[test]
    fn a_code_works_one_step_before_and_after_its_own() {
        let code = key().code(100);
        for (seconds, works) in
            [(2_969, false), (2_970, true), (3_000, true), (3_029, true), (3_059, true), (3_060, false)]
        {
            assert_eq!(key().matching_step(&code, None, at(seconds)).is_some(), works, "{seconds}");
        }
        assert_eq!(key().matching_step(&code, None, at(-100)), None);
    }

    #[test]
    fn typed_codes_may_have_spaces_and_nothing_else() {
        assert_eq!(code(" 287 082 ").expose(), "287082");
        for wrong in ["", "28708", "2870822", "28708a", "287-082", "２８７０８２", "287082\n"] {
            assert!(OneTimeCode::parse(wrong).is_none(), "{wrong:?}");
        }
        assert_eq!(OneTimeCode::of(42).expose(), "000042");
    }

    #[test]
    fn keys_are_written_for_people_and_for_pictures() {
        assert_eq!(base32(b"12345678901234567890"), KEY);
        // RFC 4648, section 10.
        for (plain, written) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB")]
        {
            assert_eq!(base32(plain.as_bytes()), written);
            assert_eq!(from_base32(written).unwrap(), plain.as_bytes());
        }
        assert!(TotpKey::from_base32("GEZDGNBV").is_none() && TotpKey::from_base32("gezdgnbv").is_none());
        assert_eq!(
            key().uri("Dash:tam", "ada+x@example.com").expose(),
            format!(
                "otpauth://totp/Dashtam:ada%2Bx%40example.com?secret={KEY}&issuer=Dashtam&algorithm=SHA1&digits=6\
                 &period=30"
            )
        );
        assert_eq!(format!("{:?} {:?}", key(), code("000000")), "TotpKey(…) OneTimeCode(…)");
    }

    proptest! {
        /// Whatever the order of the calls and however the clock jumps, no step is accepted twice and none after a
        /// greater one.
        #[test]
        fn no_step_is_accepted_twice(jumps in proptest::collection::vec((-90i64..90, -2i64..=2), 1..60)) {
            let (mut seconds, mut last) = (27_322_100i64, None);
            for (jump, beside) in jumps {
                seconds += jump;
                let shown = key().code(seconds.div_euclid(30) + beside);
                let accepted = key().matching_step(&shown, last, at(seconds));
                if let Some(step) = accepted {
                    prop_assert!(last.is_none_or(|last| step > last));
                    prop_assert!((step - seconds.div_euclid(30)).abs() <= 1);
                    last = accepted;
                }
            }
        }

        #[test]
        fn what_is_written_is_read_back(bytes in any::<[u8; 20]>()) {
            prop_assert_eq!(from_base32(&base32(&bytes)).unwrap(), bytes);
        }
    }
}
