//! Statements in XML, whole and broken.

use proptest::prelude::*;

use super::*;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>
<Stmt><Id>1</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy>
<Svcr><FinInstnId><BIC>COBADEFF</BIC><Nm>Bank</Nm></FinInstnId></Svcr></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-01</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">2.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Dt><Dt>2026-03-31</Dt></Dt></Bal>
"#;

fn entry(amount: &str, direction: &str, status: &str, details: &str) -> String {
    format!(
        "<Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts>{status}</Sts>\
         <BookgDt><Dt>2026-03-04</Dt></BookgDt><ValDt><Dt>2026-03-05</Dt></ValDt><AcctSvcrRef>R{amount}</AcctSvcrRef>\
         {details}</Ntry>\n"
    )
}

fn read(file: &str) -> Vec<StatementEvent> {
    assert!(CamtReader.recognises(&file.as_bytes()[..file.len().min(4096)]));
    CamtReader.read(file.as_bytes()).unwrap().collect()
}

#[test]
fn a_statement_with_its_balances_and_entries() {
    let details = "<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>Me</Nm></Dbtr><Cdtr><Nm>M&amp;M &#x41;</Nm></Cdtr>\
                   <CdtrAcct><Id><IBAN>NL02RABO0000000002</IBAN></Id></CdtrAcct></RltdPties>\
                   <RmtInf><Ustrd>Rent</Ustrd><Ustrd>March</Ustrd></RmtInf></TxDtls></NtryDtls>";
    let batch = "<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>A</Nm></Dbtr></RltdPties></TxDtls><TxDtls/></NtryDtls>\
                 <AddtlNtryInf>Two payments</AddtlNtryInf>";
    let file = format!(
        "{HEAD}{}{}{}{}</Stmt></BkToCstmrStmt></Document>",
        entry("12.50", "DBIT", "BOOK", details),
        entry("7", "CRDT", "BOOK", batch),
        entry("1", "CRDT", "PDNG", ""),
        entry("x", "CRDT", "BOOK", "")
    );
    let events = read(&file);
    let StatementEvent::Account(account) = &events[0] else { panic!("{events:?}") };
    assert_eq!(account.number.as_deref(), Some("DE89370400440532013000"));
    assert_eq!((account.institution.as_deref(), account.institution_id.as_str()), (Some("Bank"), "COBADEFF"));
    let StatementEvent::Balance(balance) = &events[1] else { panic!("{events:?}") };
    assert_eq!(
        (balance.amount.to_string(), balance.as_of.unwrap().to_string()),
        ("-2.50".to_owned(), "2026-03-31".to_owned())
    );
    let StatementEvent::Row(row) = &events[2] else { panic!("{events:?}") };
    assert_eq!((row.amount.to_string().as_str(), row.day.to_string().as_str()), ("-12.50", "2026-03-04"));
    assert_eq!((row.name.as_deref(), row.memo.as_deref()), (Some("M&M A"), Some("Rent March")));
    assert_eq!((row.source_id.as_deref(), row.line), (Some("R12.50"), 7));
    assert!(row.raw.contains("****0002") && !row.raw.contains("NL02"), "{}", row.raw);
    let StatementEvent::Row(row) = &events[3] else { panic!("{events:?}") };
    assert_eq!((row.amount.to_string().as_str(), row.name.as_deref()), ("7", Some("Two payments")));
    assert!(matches!(events[4], StatementEvent::Note(_)));
    assert!(matches!(events[5], StatementEvent::Refused(_)));
    assert_eq!(events.len(), 6);
}

#[test]
fn a_file_that_breaks_off_keeps_what_was_whole() {
    let file = format!("{HEAD}{}<Ntry><Amt Ccy=\"EUR\">1.0", entry("12.50", "DBIT", "BOOK", ""));
    let events = read(&file);
    assert!(matches!(events[2], StatementEvent::Row(_)));
    assert!(matches!(events[3], StatementEvent::Note(_)));
    assert!(CamtReader.read(b"<Document/>").is_err());
    assert!(!CamtReader.recognises(b"<OFX>"));
}

#[test]
fn deep_and_long_files_are_read_in_bounded_time() {
    let begun = std::time::Instant::now();
    let deep = format!("{HEAD}<Ntry>{}", "<a>".repeat(300_000));
    let long = format!("{HEAD}<Ntry><Amt>{}</Amt></Ntry>", "1".repeat(4 << 20));
    let many = format!("{HEAD}{}", entry("1", "DBIT", "BOOK", "").repeat(10_000));
    for file in [&deep, &long, &many] {
        let _ = CamtReader.read(file.as_bytes()).map(Iterator::count);
    }
    assert!(begun.elapsed().as_secs() < 120, "{:?}", begun.elapsed());
}

proptest! {
    #[test]
    fn any_cut_and_any_text_is_an_answer(cut in 0usize..2_000, text in ".{0,80}") {
        let file = format!("{HEAD}{}", entry("12.50", "DBIT", "BOOK", &text).repeat(3));
        let end = file.floor_char_boundary(cut.min(file.len()));
        let _ = CamtReader.read(&file.as_bytes()[..end]).map(Iterator::count);
        let _ = CamtReader.read(text.as_bytes()).map(Iterator::count);
        let _ = CamtReader.read(file.as_bytes()).map(Iterator::count);
    }
}
