//! A statement file as banks write them.

use std::fmt::Write as _;

/// An OFX file with this many rows of the account with this number.
pub(crate) fn statement_file(account: usize, rows: usize) -> Vec<u8> {
    let mut file = String::with_capacity(rows * 240 + 1_024);
    file.push_str(
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\n\
         COMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n<OFX>\n<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0\
         <SEVERITY>INFO</STATUS><DTSERVER>20261122120000<LANGUAGE>ENG<FI><ORG>First Household Bank<FID>1002</FI>\
         </SONRS></SIGNONMSGSRSV1>\n<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS>\
         <STMTRS>\n<CURDEF>USD\n",
    );
    // Writing to a text cannot fail.
    let _ = writeln!(
        file,
        "<BANKACCTFROM><BANKID>10020030<ACCTID>50000{account:05}<ACCTTYPE>CHECKING</BANKACCTFROM>\n\
         <BANKTRANLIST><DTSTART>20240101<DTEND>20241231"
    );
    for n in 0..rows {
        let _ = writeln!(
            file,
            "<STMTTRN>\n<TRNTYPE>DEBIT\n<DTPOSTED>2024{:02}{:02}120000[-5:EST]\n<TRNAMT>-{}.{:02}\n\
             <FITID>2024{account:05}{n:09}\n<NAME>Coffee &amp; Cake No {n}\n\
             <MEMO>Card payment in a shop, number {n}\n</STMTTRN>",
            n / 28 % 12 + 1,
            n % 28 + 1,
            n % 900,
            n % 100
        );
    }
    file.push_str(
        "</BANKTRANLIST>\n<LEDGERBAL><BALAMT>1234.56<DTASOF>20241231</LEDGERBAL>\n\
         </STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n",
    );
    file.into_bytes()
}

/// An export of a bank's website with this many rows, the newest first, and the balance behind each.
pub(crate) fn table_file(rows: usize) -> Vec<u8> {
    let mut file = String::from("Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n");
    let mut cents = 100_000_000;
    for n in (0..rows).rev() {
        let _ = writeln!(
            file,
            "DEBIT,{:02}/{:02}/2024,\"COFFEE, CAKE NO {n}\",-{}.{:02},DEBIT_CARD,{}.{:02},,",
            n * 12 / rows.max(1) + 1,
            n * 336 / rows.max(1) % 28 + 1,
            n % 900,
            n % 100,
            cents / 100,
            cents % 100
        );
        // The row below is the older one: before this row there was more.
        cents += (n % 900 * 100 + n % 100) as u64;
    }
    file.into_bytes()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_row_is_taken() {
        let summary = dashtam_statements::inspect(&super::statement_file(3, 50)).unwrap();
        assert_eq!((summary.rows.taken, summary.rows.refused), (50, 0));
        let summary = dashtam_statements::inspect(&super::table_file(50)).unwrap();
        assert_eq!(
            (summary.rows.taken, summary.rows.refused, summary.problems.len()),
            (50, 0, 1),
            "{summary:?}"
        );
    }
}
