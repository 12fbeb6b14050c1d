//! What a bank has, in Dashtam's language. The test of an adapter writes it in the bank's own.

use dashtam_domain::{
    money::{Currency, Decimal},
    time::{Day, Timestamp},
};
use serde_json::Value;

/// Stands where a bank might put anything: in the words of its errors, and in the place of figures. It must never be part
/// of an error or of a reason.
pub const MARK: &str = "planted-7f3a91";

/// The moment at which every case plays: an afternoon in winter, far from any change of clocks.
pub const NOW: &str = "2026-11-22T17:00:00Z";

/// That moment.
pub fn now() -> Timestamp {
    Timestamp::parse(NOW).expect("it is a time")
}

/// Its day.
pub fn today() -> Day {
    now().day()
}

/// A figure as a JSON number that keeps every digit.
pub fn number(figure: Decimal) -> Value {
    serde_json::from_str(&figure.to_string()).expect("a decimal is a JSON number")
}

/// Everything that a bank shows to one grant.
#[derive(Debug, Clone, PartialEq)]
pub struct Bank {
    /// The accounts of the grant.
    pub accounts: Vec<BankAccount>,
    /// How the bank pages, where it does.
    pub pages: Pages,
}

/// How a bank with cursors pages. [`Bank::page`] does so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pages {
    /// The most rows of a page.
    pub rows: usize,
    /// Whether a page without rows follows on each that has some.
    pub blanks: bool,
    /// Whether every page leads to the second one, and none to an end.
    pub stuck: bool,
}

impl Pages {
    /// Pages that hold whatever a bank is made to show.
    pub const LARGE: Self = Self { rows: 10_000, blanks: false, stuck: false };
}

/// An account.
#[derive(Debug, Clone, PartialEq)]
pub struct BankAccount {
    /// What it is known by; the adapter's test makes the bank's own id of it.
    pub number: u32,
    /// Its currency.
    pub currency: Currency,
    /// What is in it.
    pub balance: Decimal,
    /// Its transactions, the oldest first.
    pub rows: Vec<BankRow>,
    /// Its positions.
    pub positions: Vec<BankPosition>,
}

/// A transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct BankRow {
    /// What it is known by, in all accounts; the adapter's test makes the bank's own id of it.
    pub number: u32,
    /// Its day, where the bank is.
    pub day: Day,
    /// The minute of that day, where the bank is: 0 to 1439. A bank that tells instants writes this one, in its own time
    /// zone; all that are not noon are of the last ten days before [`NOW`].
    pub minute: u32,
    /// Signed as Dashtam does: positive is money in.
    pub amount: Decimal,
    /// Text for people.
    pub words: String,
    /// Whether it is not booked yet.
    pub pending: bool,
    /// Whether its amount cannot be read: [`MARK`] stands in its place.
    pub unreadable: bool,
}

impl BankRow {
    /// The amount as a text, or what stands in its place.
    pub fn amount_text(&self) -> String {
        if self.unreadable { MARK.to_owned() } else { self.amount.to_string() }
    }

    /// The amount as a number, with the sign turned for a bank that counts what leaves an account as positive, or what stands
    /// in its place.
    pub fn amount_number(&self, turned: bool) -> Value {
        match (self.unreadable, turned) {
            (true, _) => MARK.into(),
            (false, true) => number(-self.amount),
            (false, false) => number(self.amount),
        }
    }

    /// The instant, where the bank's time is so many hours behind UTC.
    pub fn instant(&self, hours_behind: i64) -> Timestamp {
        let minutes = i64::from(self.minute) + hours_behind * 60;
        self.day.start().plus(chrono::TimeDelta::minutes(minutes))
    }
}

/// A position, in the currency of its account.
#[derive(Debug, Clone, PartialEq)]
pub struct BankPosition {
    /// The ticker, which no other position of the account has.
    pub symbol: String,
    /// The units.
    pub quantity: Decimal,
    /// The price of one.
    pub price: Decimal,
}

impl BankPosition {
    /// What it is worth.
    pub fn value(&self) -> Decimal {
        self.quantity * self.price
    }
}

impl Bank {
    /// A bank with so many accounts, each with five booked transactions of the last ten days and two positions.
    pub fn ordinary(accounts: usize) -> Self {
        let accounts = (1..).take(accounts).map(BankAccount::ordinary).collect();
        Self { accounts, pages: Pages::LARGE }
    }

    /// The page that this cursor leads to, `None` being the first, and the cursor of the one behind it.
    pub fn page<'a>(&self, rows: &[&'a BankRow], cursor: Option<&str>) -> (Vec<&'a BankRow>, Option<String>) {
        let step: usize = cursor
            .and_then(|cursor| cursor.strip_prefix("page-"))
            .and_then(|step| step.parse().ok())
            .unwrap_or_default();
        let size = self.pages.rows.max(1);
        let each = if self.pages.blanks { 2 } else { 1 };
        let blank = step % each == 1;
        let shown = rows.iter().skip(step / each * size).take(if blank { 0 } else { size }).copied();
        let steps = rows.len().div_ceil(size).max(1) * each;
        let next = match self.pages.stuck {
            true => Some(1),
            false => Some(step + 1).filter(|next| *next < steps),
        };
        (shown.collect(), next.map(|step| format!("page-{step}")))
    }

    /// Every transaction of every account.
    pub fn rows(&self) -> impl Iterator<Item = (&BankAccount, &BankRow)> {
        self.accounts.iter().flat_map(|account| account.rows.iter().map(move |row| (account, row)))
    }
}

impl BankAccount {
    /// The account that is the `number`th of an ordinary bank.
    pub fn ordinary(number: u32) -> Self {
        let amounts = [-1_234, 250_000, -5, 100_000_001, -700];
        let rows = (1..).zip(amounts).map(|(place, cents)| {
            let days = 10 - 2 * i64::from(place);
            BankRow { amount: Decimal::new(cents, 2), ..BankRow::plain(number * 1_000 + place, -days) }
        });
        let position = |symbol: &str, quantity, price| BankPosition {
            symbol: symbol.to_owned(),
            quantity: Decimal::new(quantity, 1),
            price: Decimal::new(price, 2),
        };
        Self {
            number,
            currency: Currency::USD,
            balance: Decimal::new(500_025 + i64::from(number), 2),
            rows: rows.collect(),
            positions: vec![position("CFA", 25, 1_000), position("CFB", 40, 2_550)],
        }
    }
}

impl BankRow {
    /// A booked transaction at noon, so many days from today.
    pub fn plain(number: u32, days: i64) -> Self {
        Self {
            number,
            day: today().plus_days(days),
            minute: 12 * 60,
            amount: Decimal::new(-100 - i64::from(number % 50), 2),
            words: format!("Transaction {number}"),
            pending: false,
            unreadable: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(pages: Pages) -> Vec<usize> {
        let rows: Vec<BankRow> = (1..=5).map(|number| BankRow::plain(number, 0)).collect();
        let rows: Vec<&BankRow> = rows.iter().collect();
        let bank = Bank { accounts: Vec::new(), pages };
        let (mut sizes, mut cursor) = (Vec::new(), None::<String>);
        for _ in 0..9 {
            let (shown, next) = bank.page(&rows, cursor.as_deref());
            sizes.push(shown.len());
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        sizes
    }

    #[test]
    fn pages_hold_every_row_once() {
        let pages = Pages { rows: 2, ..Pages::LARGE };
        assert_eq!(walk(Pages::LARGE), [5]);
        assert_eq!(walk(pages), [2, 2, 1]);
        assert_eq!(walk(Pages { blanks: true, ..pages }), [2, 0, 2, 0, 1, 0]);
        assert_eq!(walk(Pages { stuck: true, ..pages }).len(), 9);
    }

    #[test]
    fn days_before_today_have_rows_and_figures_keep_their_digits() {
        let bank = Bank::ordinary(2);
        let days: Vec<i64> = bank.accounts[0].rows.iter().map(|row| today().days_since(row.day)).collect();
        assert_eq!(days, [8, 6, 4, 2, 0]);
        assert_eq!(bank.rows().count(), 10);
        assert_eq!(number(Decimal::new(-1_230, 2)).to_string(), "-12.30");
        assert_eq!(Some(bank.accounts[0].rows[0].instant(5)), Timestamp::parse("2026-11-14T17:00:00Z"));
    }
}
