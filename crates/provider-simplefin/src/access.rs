//! The access URL: where a user's data is, and the name and password for it.

use std::fmt;

use dashtam_domain::secret::{SecretHash, SecretText};
use url::Url;

/// Longer access URLs are refused.
const LONGEST: usize = 2_048;

/// An access URL, taken apart. HTTP clients do not take a password in a URL, and logs should not see one.
pub(crate) struct Access {
    /// The address without user name and password.
    pub(crate) base: Url,
    pub(crate) user: SecretText,
    pub(crate) password: SecretText,
    whole: SecretText,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Access(…)")
    }
}

impl Access {
    /// Takes an access URL apart; `None` when it is none, or lacks the name or the password.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > LONGEST {
            return None;
        }
        let mut base = Url::parse(text).ok().filter(Url::has_host)?;
        let user = decoded(base.username()).filter(|user| !user.is_empty())?;
        let password = decoded(base.password()?).filter(|password| !password.is_empty())?;
        base.set_username("").ok()?;
        base.set_password(None).ok()?;
        base.set_query(None);
        base.set_fragment(None);
        let (user, password) = (SecretText::new(user), SecretText::new(password));
        Some(Self { base, user, password, whole: SecretText::new(text) })
    }

    /// The address of the list of accounts, with this query.
    pub(crate) fn accounts(&self, query: &[(&str, String)]) -> Option<Url> {
        let mut url = self.base.clone();
        url.path_segments_mut().ok()?.pop_if_empty().push("accounts");
        url.query_pairs_mut().append_pair("version", "2").extend_pairs(query);
        Some(url)
    }

    /// Names this access, and one account of it, without telling either.
    pub(crate) fn key(&self, account: Option<&str>) -> SecretHash {
        SecretHash::of(&format!("{}\n{}", self.whole.expose(), account.unwrap_or_default()))
    }

    /// The text without addresses and without what would open this access, should the server repeat it.
    pub(crate) fn redact(&self, text: &str) -> String {
        let secrets = [self.user.expose(), self.password.expose()];
        let telling = |word: &&str| {
            word.contains("://") || word.contains('@') || secrets.iter().any(|secret| word.contains(secret))
        };
        let words = text.split_whitespace().map(|word| if telling(&word) { "…" } else { word });
        words.collect::<Vec<_>>().join(" ")
    }
}

/// Decodes `%XX`. `None` when the result is not UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let pair = match (first, after) {
            (b'%', [high, low, ..]) => hexadecimal(*high).zip(hexadecimal(*low)),
            _ => None,
        };
        match pair {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_url_is_taken_apart() {
        let access = Access::parse(" https://us%40er:pa%3Ass%25@bridge.example/simplefin/\n").unwrap();
        assert_eq!(access.base.as_str(), "https://bridge.example/simplefin/");
        assert_eq!((access.user.expose(), access.password.expose()), ("us@er", "pa:ss%"));
        let query = [("account", "a&b/c".to_owned())];
        assert_eq!(
            access.accounts(&query).unwrap().as_str(),
            "https://bridge.example/simplefin/accounts?version=2&account=a%26b%2Fc"
        );
        assert_eq!(format!("{access:?}"), "Access(…)");
    }

    #[test]
    fn what_is_no_access_url_is_refused() {
        for text in [
            "",
            "<html></html>",
            "https://bridge.example/simplefin",
            "https://user@bridge.example/simplefin",
            "https://:word@bridge.example/simplefin",
            "https://user:@bridge.example/simplefin",
            "https://%ff:word@bridge.example/simplefin",
            "mailto:user:word@bridge.example",
        ] {
            assert!(Access::parse(text).is_none(), "{text}");
        }
        assert!(Access::parse(&format!("https://u:p@x.example/{}", "a".repeat(3_000))).is_none());
    }

    #[test]
    fn a_message_that_repeats_the_access_loses_it() {
        let access = Access::parse("https://alice:s3cr3t@bridge.example/simplefin").unwrap();
        let said = "see https://x.example/y for (s3cr3t) of alice! Pay a@b.example now";
        assert_eq!(access.redact(said), "see … for … of … Pay … now");
    }
}
