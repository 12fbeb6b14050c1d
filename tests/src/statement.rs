//! Statement files made up for tests.

use std::fmt::Write as _;

/// Head of an OFX 1 file.
const HEAD: &str = "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\n\
    CHARSET:1252\r\nCOMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n";

/// One row: the institution's id, day (`20260131`), amount in cents, and text.
#[derive(Debug, Clone)]
pub struct Row {
    /// `FITID`.
    pub id: String,
    /// `DTPOSTED`.
    pub day: String,
    /// `TRNAMT` in hundredths.
    pub cents: i64,
    /// `NAME`.
    pub name: String,
}

/// Hundredths as OFX writes them.
pub fn amount(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// A statement of one checking account in US dollars.
pub fn ofx(account: &str, rows: &[Row], ledger_cents: i64, ledger_day: &str) -> Vec<u8> {
    let mut text = String::from(HEAD);
    let _ = write!(
        text,
        "<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260901<LANGUAGE>ENG\
         <FI><ORG>Test Bank<FID>7</FI></SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><TRNUID>1\
         <STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>071000013\
         <ACCTID>{account}<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20240101<DTEND>20261231\r\n"
    );
    for Row { id, day, cents, name } in rows {
        let _ = write!(
            text,
            "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>{day}<TRNAMT>{}<FITID>{id}<NAME>{name}</STMTTRN>\r\n",
            amount(*cents)
        );
    }
    let balance = amount(ledger_cents);
    let _ = write!(
        text,
        "</BANKTRANLIST><LEDGERBAL><BALAMT>{balance}<DTASOF>{ledger_day}</LEDGERBAL></STMTRS></STMTTRNRS>\
         </BANKMSGSRSV1></OFX>"
    );
    text.into_bytes()
}

/// Made-up rows, numbered from `first`, spread over the days of three years.
pub fn rows(first: u32, count: u32) -> Vec<Row> {
    let row = |number: u32| Row {
        id: format!("F{number:08}"),
        day: format!("{}{:02}{:02}", 2024 + number % 3, 1 + number / 3 % 12, 1 + number / 36 % 28),
        cents: i64::from(number * 7919 % 200_003) - 120_000,
        name: format!("Shop {}", number % 61),
    };
    (first..first + count).map(row).collect()
}
