//! Statement files, which tell of some rows that never change.

use dashtam_domain::{money::Decimal, time::Day};

use super::history::begins;

/// The rows that files tell of.
pub(super) const FILE_ROWS: usize = 12;

pub(super) fn file_id(at: usize, anew: bool) -> String {
    format!("{}{at:04}", if anew { "again" } else { "first" })
}

/// What a row of a file says.
pub(super) fn file_row(at: usize) -> (Day, Decimal, String) {
    let day = begins().day().plus_days(-20 + at as i64);
    (day, Decimal::new(-(at as i64 + 1) * 111, 2), format!("SHOP {}", ["NORTH", "EAST", "SOUTH"][at % 3]))
}

/// A file of these rows.
pub(super) fn file(told: &[(usize, bool)]) -> Vec<u8> {
    let rows: String = told
        .iter()
        .map(|(at, anew)| {
            let (day, amount, name) = file_row(*at);
            let (day, id) = (day.0.format("%Y%m%d"), file_id(*at, *anew));
            format!("<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{id}<NAME>{name}</STMTTRN>")
        })
        .collect();
    format!(
        "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\
         COMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n\
         <OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260401\
         <LANGUAGE>ENG<FI><ORG>First Bank<FID>0123</FI></SONRS></SIGNONMSGSRSV1>\
         <BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD\
         <BANKACCTFROM><BANKID>0123<ACCTID>1234567890<ACCTTYPE>CHECKING</BANKACCTFROM>\
         <BANKTRANLIST><DTSTART>20260201<DTEND>20260331{rows}</BANKTRANLIST>\
         <LEDGERBAL><BALAMT>500.00<DTASOF>20260301</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    )
    .into_bytes()
}
