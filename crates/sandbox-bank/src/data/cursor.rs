//! Where the next page of a listing begins.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::NaiveDate;

/// The window of a listing and the last row shown of it.
///
/// It names a row's place and not a count of rows, so that a row that comes or goes shifts no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    pub(super) after: (NaiveDate, u32),
}

impl Cursor {
    /// Writes the cursor as an opaque text that is good for one account only.
    pub(super) fn text(self, account: &str) -> String {
        let Self { from, to, after: (date, position) } = self;
        URL_SAFE_NO_PAD.encode(format!("{account}/{from}/{to}/{date}/{position}"))
    }

    /// Reads what [`Cursor::text`] wrote for the same account.
    pub(super) fn read(text: &str, account: &str) -> Option<Self> {
        let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = decoded.strip_prefix(account)?.strip_prefix('/')?.split('/');
        let mut date = || parts.next()?.parse::<NaiveDate>().ok();
        let (from, to, last) = (date()?, date()?, date()?);
        let position = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(Self { from, to, after: (last, position) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_back_for_their_account_only() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let cursor =
            Cursor { from: day("2026-01-01"), to: day("2026-02-01"), after: (day("2026-01-09"), 1_002) };
        let text = cursor.text("acc-1");
        assert_eq!(Cursor::read(&text, "acc-1"), Some(cursor));
        assert_eq!(Cursor::read(&text, "acc-2"), None);
        assert_eq!(Cursor::read("AAAA", "acc-1"), None);
        assert_eq!(Cursor::read("!", "acc-1"), None);
    }
}
