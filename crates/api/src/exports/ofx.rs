//! OFX 2.2: what most accounting programs read. Only booked transactions are in it, the format knows no others of ours.

use std::fmt::Write;

use dashtam_application::exports::ExportPage;
use dashtam_domain::{
    ledger::{Account, AccountKind, Transaction, TransactionKind, TransactionStatus},
    money::Decimal,
    time::{Day, Timestamp},
};

use super::Beside;

/// Which message set is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    Nothing,
    Bank,
    Card,
}

/// Longest name, and longest memo, that strict readers take.
const NAME: usize = 32;
const MEMO: usize = 255;
/// Stands in the place of the bank: our reader takes accounts of it for ones that the user has to name.
const BANK: &str = "DASHTAM";

/// What the file begins with.
pub(super) fn head(now: Timestamp) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n\
         <?OFX OFXHEADER=\"200\" VERSION=\"220\" SECURITY=\"NONE\" OLDFILEUID=\"NONE\" NEWFILEUID=\"NONE\"?>\n\
         <OFX>\n<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>\
         <DTSERVER>{}</DTSERVER><LANGUAGE>ENG</LANGUAGE></SONRS></SIGNONMSGSRSV1>\n",
        instant(now)
    )
}

fn instant(at: Timestamp) -> String {
    at.as_chrono().format("%Y%m%d%H%M%S").to_string()
}

fn date(day: Day) -> String {
    day.0.format("%Y%m%d").to_string()
}

/// Text as XML has it, without what XML cannot have, cut to `most` characters.
fn escaped(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let blank = |c: char| if c.is_control() { ' ' } else { c };
    for c in text.trim().chars().map(blank).filter(|c| !matches!(c, '\u{FFFE}' | '\u{FFFF}')).take(most) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

fn element(out: &mut String, name: &str, text: &str) {
    // Writing to a string does not fail.
    let _ = write!(out, "<{name}>{text}</{name}>");
}

/// The last characters of an id: it begins with the moment it was given at, which accounts of one synchronisation share.
fn end(id: &str, characters: usize) -> &str {
    id.get(id.len().saturating_sub(characters)..).unwrap_or(id)
}

impl Open {
    /// A part of the file.
    pub(super) fn page(&mut self, out: &mut String, page: &ExportPage, beside: &Beside) {
        let ExportPage::Transactions { account: Some(account), rows, begins, ends } = page else { return };
        let Some(account) = beside.accounts.get(account) else { return };
        if *begins {
            self.begin(out, account, rows.first(), beside);
        }
        let posted = rows.iter().filter(|row| row.status == TransactionStatus::Posted);
        posted.for_each(|row| transaction(out, row, account));
        if *ends {
            out.push_str("</BANKTRANLIST>\n");
            if let (Some(balance), Some(as_of)) = (account.balance, account.balance_as_of) {
                let _ = writeln!(
                    out,
                    "<LEDGERBAL><BALAMT>{balance}</BALAMT><DTASOF>{}</DTASOF></LEDGERBAL>",
                    instant(as_of)
                );
            } else {
                // A statement must have one. Our own reader knows by this day that it is none.
                let _ = writeln!(
                    out,
                    "<LEDGERBAL><BALAMT>0</BALAMT><DTASOF>{}</DTASOF></LEDGERBAL>",
                    instant(Timestamp::from_micros(0).unwrap_or(beside.now))
                );
            }
            out.push_str(if *self == Self::Card {
                "</CCSTMTRS></CCSTMTTRNRS>\n"
            } else {
                "</STMTRS></STMTTRNRS>\n"
            });
        }
    }

    /// What the file ends with.
    pub(super) fn tail(&mut self) -> String {
        format!("{}</OFX>\n", self.close())
    }

    fn close(&mut self) -> &'static str {
        match std::mem::replace(self, Self::Nothing) {
            Self::Nothing => "",
            Self::Bank => "</BANKMSGSRSV1>\n",
            Self::Card => "</CREDITCARDMSGSRSV1>\n",
        }
    }

    fn begin(&mut self, out: &mut String, account: &Account, first: Option<&Transaction>, beside: &Beside) {
        let is_card = account.shown_kind() == AccountKind::CreditCard;
        let wanted = if is_card { Self::Card } else { Self::Bank };
        if *self != wanted {
            out.push_str(self.close());
            out.push_str(if is_card { "<CREDITCARDMSGSRSV1>\n" } else { "<BANKMSGSRSV1>\n" });
            *self = wanted;
        }
        let status = "<STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>";
        let id = account.id.0.simple().to_string();
        let currency = account.currency;
        if is_card {
            let _ = writeln!(
                out,
                "<CCSTMTTRNRS><TRNUID>0</TRNUID>{status}<CCSTMTRS><CURDEF>{currency}</CURDEF>\
                 <CCACCTFROM><ACCTID>{BANK}-{}</ACCTID></CCACCTFROM>",
                end(&id, 14)
            );
        } else {
            let kind = match account.shown_kind() {
                AccountKind::Savings => "SAVINGS",
                AccountKind::MoneyMarket => "MONEYMRKT",
                AccountKind::LineOfCredit => "CREDITLINE",
                AccountKind::CertificateOfDeposit => "CD",
                _ => "CHECKING",
            };
            let _ = writeln!(
                out,
                "<STMTTRNRS><TRNUID>0</TRNUID>{status}<STMTRS><CURDEF>{currency}</CURDEF>\
                 <BANKACCTFROM><BANKID>{BANK}</BANKID><ACCTID>{}</ACCTID><ACCTTYPE>{kind}</ACCTTYPE></BANKACCTFROM>",
                end(&id, 22)
            );
        }
        let today = beside.now.day();
        let from = beside.from.or(first.map(Transaction::shown_day)).unwrap_or(today);
        let _ = writeln!(
            out,
            "<BANKTRANLIST><DTSTART>{}</DTSTART><DTEND>{}</DTEND>",
            date(from),
            date(beside.to.unwrap_or(today))
        );
    }
}

fn word(kind: TransactionKind, amount: Decimal) -> &'static str {
    match kind {
        TransactionKind::Credit => "CREDIT",
        TransactionKind::Debit => "DEBIT",
        TransactionKind::Interest => "INT",
        TransactionKind::Dividend => "DIV",
        TransactionKind::Fee => "FEE",
        TransactionKind::Deposit => "DEP",
        TransactionKind::Withdrawal => "CASH",
        TransactionKind::Cash => "ATM",
        TransactionKind::PointOfSale => "POS",
        TransactionKind::Transfer => "XFER",
        TransactionKind::Check => "CHECK",
        TransactionKind::Payment => "PAYMENT",
        TransactionKind::DirectDeposit => "DIRECTDEP",
        TransactionKind::DirectDebit => "DIRECTDEBIT",
        TransactionKind::StandingOrder => "REPEATPMT",
        TransactionKind::Hold | TransactionKind::Trade | TransactionKind::Other => {
            if amount < Decimal::ZERO {
                "DEBIT"
            } else {
                "CREDIT"
            }
        }
    }
}

fn transaction(out: &mut String, row: &Transaction, account: &Account) {
    let (amount, description) = (row.shown_amount(), row.shown_description());
    out.push_str("<STMTTRN>");
    element(out, "TRNTYPE", word(row.kind, amount));
    element(out, "DTPOSTED", &date(row.shown_day()));
    element(out, "TRNAMT", &amount.to_string());
    element(out, "FITID", &escaped(&row.unique_source_id(), MEMO));
    if let Some(number) = row.check_number.as_deref().filter(|number| number.chars().count() <= 12) {
        element(out, "CHECKNUM", &escaped(number, 12));
    }
    let name = escaped(description, NAME);
    if !name.is_empty() {
        element(out, "NAME", &name);
    }
    // A name that was cut stands whole in the memo.
    let whole = (description.chars().count() > NAME).then_some(description);
    let memo = match (whole, row.memo.as_deref()) {
        (Some(whole), Some(memo)) => format!("{whole} {memo}"),
        (one, other) => one.or(other).unwrap_or_default().to_owned(),
    };
    let memo = escaped(&memo, MEMO);
    if !memo.is_empty() {
        element(out, "MEMO", &memo);
    }
    if row.currency != account.currency {
        let _ = write!(out, "<CURRENCY><CURRATE>1</CURRATE><CURSYM>{}</CURSYM></CURRENCY>", row.currency);
    }
    out.push_str("</STMTTRN>\n");
}

#[cfg(test)]
mod tests {
    use super::end;

    #[test]
    fn cards_of_one_moment_have_numbers_of_their_own() {
        let (one, other) = ("01a22a7d9ac67001800000000000a1b2", "01a22a7d9ac67001800000000000c3d4");
        assert_ne!(end(one, 14), end(other, 14));
        assert_eq!((end(one, 14).len(), end(one, 99)), (14, one));
    }
}
