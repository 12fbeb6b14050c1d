//! Numbers, days and states in words: exact figures, the sign as people write it, and never a state by colour alone.

use dashtam_domain::{
    connections::{ConnectionHealth, ConnectionOverview, ConnectionState, Remedy, SyncRun, SyncState},
    ledger::{AccountKind, AssetClass, TransactionStatus},
    money::{Currency, Decimal},
    time::{Day, Timestamp},
};

/// A figure of money as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Money {
    /// With its currency.
    pub(crate) text: String,
    /// `out` below zero, `in` above, and nothing at zero: for the stylesheet, beside the sign that everybody reads.
    pub(crate) tone: &'static str,
}

/// An exact decimal with its thousands parted. Nothing of it is rounded.
pub(crate) fn decimal(value: Decimal, least_places: u32) -> String {
    let mut value = value.normalize();
    if value.scale() < least_places {
        // Zeros behind the point, as long as there is room for them.
        value.rescale(least_places);
    }
    let text = value.abs().to_string();
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(one, two)| (one, Some(two)));
    let mut shown = if value.is_sign_negative() && !value.is_zero() { "\u{2212}" } else { "" }.to_owned();
    shown.push_str(&parted(whole, ','));
    if let Some(fraction) = fraction {
        shown.push('.');
        shown.push_str(fraction);
    }
    shown
}

/// Digits with this between their thousands.
fn parted(digits: &str, by: char) -> String {
    let mut shown = String::with_capacity(digits.len() + 12);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(by);
        }
        shown.push(digit);
    }
    shown
}

/// How many there are. Its thousands are parted by narrow blanks, which say the same in every language: no script rewrites
/// it, as it does amounts.
pub(crate) fn count<N: TryInto<u64>>(count: N) -> String {
    parted(&count.try_into().unwrap_or_default().to_string(), '\u{202f}')
}

/// An amount of a currency, to its last digit.
pub(crate) fn money(value: Decimal, currency: Currency) -> Money {
    let text = format!("{}\u{a0}{}", decimal(value, currency.minor_digits()), currency.as_str());
    Money { text, tone: tone(value) }
}

/// A sum of converted amounts, with the places of its currency.
pub(crate) fn rounded(value: Decimal, currency: Currency) -> Money {
    money(currency.shown(value), currency)
}

/// The same with a plus where it grew.
pub(crate) fn change(value: Decimal, currency: Currency) -> Money {
    let mut shown = rounded(value, currency);
    if value > Decimal::ZERO {
        shown.text.insert(0, '+');
    }
    shown
}

/// By how many hundredths something changed, to one place; nothing where that says nothing.
pub(crate) fn percent(change: Decimal, of: Decimal) -> Option<String> {
    if of <= Decimal::ZERO {
        return None;
    }
    let percent = change.checked_div(of)?.checked_mul(Decimal::ONE_HUNDRED)?.round_dp(1);
    let plus = if percent > Decimal::ZERO { "+" } else { "" };
    Some(format!("{plus}{}\u{a0}%", decimal(percent, 1)))
}

fn tone(value: Decimal) -> &'static str {
    match value {
        value if value.is_zero() => "",
        value if value.is_sign_negative() => "out",
        _ => "in",
    }
}

/// A day as people write it; it has no time zone and gets none.
pub(crate) fn day(day: Day) -> String {
    day.0.format("%-d %b %Y").to_string()
}

/// A day as programs write it.
pub(crate) fn iso(day: Day) -> String {
    day.0.format("%Y-%m-%d").to_string()
}

/// How long ago something was.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> String {
    let minutes = now.since(at).num_minutes();
    match minutes {
        ..1 => "just now".to_owned(),
        1..60 => counted(minutes, "minute ago", "minutes ago"),
        60..1_440 => counted(minutes / 60, "hour ago", "hours ago"),
        1_440..43_200 => counted(minutes / 1_440, "day ago", "days ago"),
        _ => day(at.day()),
    }
}

/// How long it is until something.
pub(crate) fn until(at: Timestamp, now: Timestamp) -> String {
    let minutes = at.since(now).num_minutes();
    match minutes {
        ..1 => "any moment now".to_owned(),
        1..60 => format!("in {}", counted(minutes, "minute", "minutes")),
        60..1_440 => format!("in {}", counted(minutes / 60, "hour", "hours")),
        1_440..43_200 => format!("in {}", counted(minutes / 1_440, "day", "days")),
        _ => format!("on {}", day(at.day())),
    }
}

/// A number with what it counts.
pub(crate) fn counted(number: i64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A sort of accounts.
pub(crate) fn kind(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Checking => "Checking",
        AccountKind::Savings => "Savings",
        AccountKind::MoneyMarket => "Money market",
        AccountKind::CertificateOfDeposit => "Certificates of deposit",
        AccountKind::CreditCard => "Credit cards",
        AccountKind::LineOfCredit => "Lines of credit",
        AccountKind::Loan => "Loans",
        AccountKind::Brokerage => "Investments",
        AccountKind::Retirement => "Retirement",
        AccountKind::Other => "Other",
    }
}

/// A text with a capital at its beginning.
pub(crate) fn capital(mut text: String) -> String {
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// A sort of securities: `mutual_fund` as people write it.
pub(crate) fn asset(class: AssetClass) -> String {
    match class {
        AssetClass::Etf => "ETF".to_owned(),
        _ => capital(class.as_str().replace('_', " ")),
    }
}

/// The state of a transaction, where it is not the usual one.
pub(crate) fn status(status: TransactionStatus) -> Option<&'static str> {
    match status {
        TransactionStatus::Pending => Some("pending"),
        TransactionStatus::Removed => Some("removed"),
        TransactionStatus::Posted => None,
    }
}

/// How a connection stands: a word, what it means, and what to do about it.
pub(crate) struct Standing {
    /// A class of the stylesheet: `good`, `busy` or `bad`.
    pub(crate) tone: &'static str,
    pub(crate) word: &'static str,
    pub(crate) why: Option<String>,
    /// What the owner has to do, if anybody has to do something.
    pub(crate) remedy: Remedy,
}

impl Standing {
    pub(crate) fn of(overview: &ConnectionOverview, now: Timestamp) -> Self {
        let health = ConnectionHealth::of(overview, now);
        let connection = &overview.connection;
        let busy = overview.latest_run.as_ref().is_some_and(is_under_way);
        let (tone, word) = match connection.state {
            _ if !connection.is_active => ("busy", "Switched off"),
            ConnectionState::Pending => ("bad", "Not linked yet"),
            ConnectionState::Expired | ConnectionState::Revoked => ("bad", "Sign in again"),
            _ if busy => ("busy", "Fetching now"),
            ConnectionState::Error => ("bad", "Failing"),
            ConnectionState::Active if connection.last_sync_at.is_none() && health.why.is_none() => {
                ("busy", "Waiting for its first data")
            }
            ConnectionState::Active if health.stale_since.is_some() => ("bad", "Out of date"),
            ConnectionState::Active if health.what_to_do != Remedy::None => ("bad", "Has a problem"),
            ConnectionState::Active => ("good", "Up to date"),
        };
        Self { tone, word, why: health.why.map(str::to_owned), remedy: health.what_to_do }
    }

    /// Whether its owner has to do something.
    pub(crate) fn needs_owner(&self) -> bool {
        self.tone == "bad"
    }

    /// What there is to do, in a sentence; empty where a button says it.
    pub(crate) fn advice(&self) -> &'static str {
        match self.remedy {
            Remedy::None | Remedy::Reauthorize => "",
            Remedy::Wait => "It is tried again by itself.",
            Remedy::CheckBank => "Look at the institution's own site: it wants something of you.",
            Remedy::RaiseIssue => "Whoever runs this Dashtam has to look into it.",
        }
    }
}

/// Whether a synchronisation waits or works.
pub(crate) fn is_under_way(run: &SyncRun) -> bool {
    matches!(run.state, SyncState::Queued | SyncState::Running)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, currency: &str) -> String {
        money(text.parse().unwrap(), currency.parse().unwrap()).text
    }

    #[test]
    fn sorts_of_securities_are_as_people_write_them() {
        assert_eq!([AssetClass::Etf, AssetClass::MutualFund].map(asset), ["ETF", "Mutual fund"]);
    }

    #[test]
    fn figures_are_exact_and_signed_as_people_write_them() {
        for (value, currency, text) in [
            ("1234567.5", "EUR", "1,234,567.50\u{a0}EUR"),
            ("-0.125", "USD", "\u{2212}0.125\u{a0}USD"),
            ("-1000", "JPY", "\u{2212}1,000\u{a0}JPY"),
            ("0", "EUR", "0.00\u{a0}EUR"),
            ("0.00000123", "EUR", "0.00000123\u{a0}EUR"),
            ("79228162514264337593543950335", "EUR", "79,228,162,514,264,337,593,543,950,335\u{a0}EUR"),
            ("999", "KWD", "999.000\u{a0}KWD"),
        ] {
            assert_eq!(shown(value, currency), text);
        }
        let of = |change: &str, of: &str| percent(change.parse().unwrap(), of.parse().unwrap());
        assert_eq!(of("321", "12024.67"), Some("+2.7\u{a0}%".to_owned()));
        assert_eq!((of("1", "0"), of("1", "-5")), (None, None));
        assert_eq!(of("-1", "3"), Some("\u{2212}33.3\u{a0}%".to_owned()));
    }

    #[test]
    fn counts_have_no_commas() {
        assert_eq!([count(0_usize), count(999_i64), count(-1_i64)], ["0", "999", "0"]);
        assert_eq!(counted(1_234_567, "row", "rows"), "1\u{202f}234\u{202f}567 rows");
    }

    #[test]
    fn times_are_told_in_words() {
        let now = Timestamp::parse("2026-03-10T12:00:00Z").unwrap();
        let before = |minutes: i64| ago(now.plus(chrono::TimeDelta::minutes(-minutes)), now);
        assert_eq!([before(0), before(1), before(59)], ["just now", "1 minute ago", "59 minutes ago"]);
        assert_eq!([before(60), before(2_880), before(90_000)], ["1 hour ago", "2 days ago", "7 Jan 2026"]);
        assert_eq!(until(now.plus(chrono::TimeDelta::minutes(90)), now), "in 1 hour");
    }
}
