//! Reads a made-up file of 100 000 rows and tells how fast; run with `--release`.

use std::{fmt::Write as _, io::Write as _, time::Instant};

const ROWS: u32 = 100_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut file = String::from(
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\n\n<OFX>\n<BANKMSGSRSV1><STMTTRNRS><STMTRS>\n<CURDEF>EUR\n\
         <BANKACCTFROM><BANKID>1<ACCTID>2<ACCTTYPE>CHECKING</BANKACCTFROM>\n<BANKTRANLIST>\n",
    );
    for n in 0..ROWS {
        writeln!(
            file,
            "<STMTTRN>\n<TRNTYPE>DEBIT\n<DTPOSTED>202403{:02}120000[-5:EST]\n<TRNAMT>-{}.{:02}\n<FITID>20240301{n:08}\n\
             <CHECKNUM>{n}\n<NAME>Coffee &amp; Cake No {n}\n<MEMO>Card payment in a shop, number {n}\n</STMTTRN>",
            n % 28 + 1,
            n % 900,
            n % 100
        )?;
    }
    file.push_str("</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n");
    let mut out = std::io::stdout().lock();
    for _ in 0..3 {
        let began = Instant::now();
        let summary = dashtam_statements::inspect(file.as_bytes())?;
        let took = began.elapsed();
        let rate = u128::from(summary.rows.taken) * 1_000_000 / took.as_micros().max(1);
        writeln!(out, "{} rows, {} bytes, {took:?}, {rate} rows/s", summary.rows.taken, file.len())?;
    }
    Ok(())
}
