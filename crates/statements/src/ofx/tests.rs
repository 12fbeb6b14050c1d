//! The reader as a whole, on texts that show one habit of banks each.

use dashtam_domain::ledger::{
    AccountKind,
    statement::{
        StatementAccount, StatementBalance, StatementBalanceKind, StatementHoldings, StatementProblem,
        StatementRow,
    },
};

use super::*;
use crate::inspect;

/// A complete SGML statement with the given rows.
pub(super) fn sgml(rows: &str) -> String {
    format!(
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\n\n<OFX>\n<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO\
         </STATUS><FI><ORG>Test &amp; Trust<FID>77</FI></SONRS></SIGNONMSGSRSV1>\n<BANKMSGSRSV1><STMTTRNRS><STMTRS>\n\
         <CURDEF>EUR\n<BANKACCTFROM><BANKID>1000<ACCTID>42<ACCTTYPE>SAVINGS</BANKACCTFROM>\n<BANKTRANLIST>\n{rows}\
         </BANKTRANLIST>\n<LEDGERBAL><BALAMT>10.00<DTASOF>20240331</LEDGERBAL>\n\
         </STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )
}

pub(super) fn row(amount: &str) -> String {
    format!("<STMTTRN><TRNTYPE>OTHER<DTPOSTED>20240301<TRNAMT>{amount}<FITID>{amount}<NAME>n</STMTTRN>\n")
}

#[derive(Default)]
struct Read {
    accounts: Vec<StatementAccount>,
    rows: Vec<StatementRow>,
    held: Vec<StatementHoldings>,
    balances: Vec<StatementBalance>,
    terms: Vec<dashtam_domain::ledger::AccountTerms>,
    refused: Vec<StatementProblem>,
    notes: Vec<StatementProblem>,
}

fn read(file: impl AsRef<[u8]>) -> Result<Read, StatementError> {
    let mut all = Read::default();
    for event in OfxReader.read(file.as_ref())? {
        match event {
            StatementEvent::Account(account) => all.accounts.push(account),
            StatementEvent::Row(row) => {
                assert!(!all.accounts.is_empty(), "a row before its account");
                all.rows.push(row);
            }
            StatementEvent::Balance(balance) => all.balances.push(balance),
            StatementEvent::Holdings(held) => all.held.push(held),
            StatementEvent::Terms(terms) => all.terms.push(terms),
            StatementEvent::Refused(problem) => all.refused.push(problem),
            StatementEvent::Note(problem) => all.notes.push(problem),
        }
    }
    Ok(all)
}

fn amounts(read: &Read) -> Vec<String> {
    read.rows.iter().map(|row| row.amount.to_string()).collect()
}

fn reasons(problems: &[StatementProblem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.reason.as_str()).collect()
}

#[test]
fn a_plain_statement() {
    let all = read(sgml(&(row("-1.50") + &row("2")))).unwrap();
    let account = &all.accounts[0];
    assert_eq!(
        (account.institution.as_deref(), account.institution_id.as_str()),
        (Some("Test & Trust"), "1000")
    );
    assert_eq!((account.number.as_deref(), account.kind), (Some("42"), AccountKind::Savings));
    assert_eq!(amounts(&all), ["-1.50", "2"]);
    assert_eq!((all.rows[0].line, all.rows[1].line), (11, 12));
    assert_eq!(all.balances[0].as_of.unwrap().to_string(), "2024-03-31");
    assert!(all.refused.is_empty() && all.notes.is_empty());
}

#[test]
fn every_way_of_writing_the_same_file_reads_the_same() {
    let plain = sgml(&(row("-1.50") + &row("2")));
    let body = plain.find("<OFX>").unwrap();
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(plain.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let closed = ["TRNTYPE", "DTPOSTED", "TRNAMT", "FITID", "NAME", "CURDEF", "BANKID", "ACCTID", "BALAMT"]
        .iter()
        .fold(plain.clone(), |text, name| close(&text, name));
    let variants: Vec<(&str, Vec<u8>)> = vec![
        ("crlf", plain.replace('\n', "\r\n").into_bytes()),
        ("cr", plain.replace('\n', "\r").into_bytes()),
        ("one line", plain.replace('\n', " ").into_bytes()),
        ("no header", plain.as_bytes()[body..].to_vec()),
        ("mark", [b"\xef\xbb\xbf", plain.as_bytes()].concat()),
        ("utf16", utf16),
        (
            "lower case",
            plain[..body].to_owned().into_bytes().into_iter().chain(lower(&plain[body..])).collect(),
        ),
        ("closed leaves", closed.clone().into_bytes()),
        ("xml", format!("<?xml version=\"1.0\" encoding=\"utf-16\"?>{}", &closed[body..]).into_bytes()),
        ("no row ends", plain.replace("</STMTTRN>", "").into_bytes()),
        ("no list ends", plain.replace("</BANKTRANLIST>", "").replace("</STMTTRN>", "").into_bytes()),
        ("no ends at all", plain.replace("</STMTRS></STMTTRNRS></BANKMSGSRSV1>", "").into_bytes()),
        ("comments", plain.replace("<TRNAMT>", "<!-- <TRNAMT>9 --><TRNAMT><!-- x -->").into_bytes()),
        ("values on the next line", plain.replace("<TRNAMT>", "<TRNAMT>\n").into_bytes()),
        ("nul bytes", plain.replace("<NAME>", "\0\0<NAME>\0").into_bytes()),
    ];
    for (name, file) in variants {
        let all = read(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(amounts(&all), ["-1.50", "2"], "{name}");
        assert_eq!(all.rows[0].name.as_deref(), Some("n"), "{name}");
        assert_eq!(all.accounts[0].number.as_deref(), Some("42"), "{name}");
        assert_eq!(all.balances.len(), 1, "{name}");
        assert_eq!(reasons(&all.notes), Vec::<&str>::new(), "{name}");
        assert!(OfxReader.recognises(&file[..100.min(file.len())]), "{name}");
    }
}

/// Adds a closing element to every element of this name.
fn close(text: &str, name: &str) -> String {
    let open = format!("<{name}>");
    let mut parts = text.split(open.as_str());
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find('<').unwrap_or(part.len());
        out.push_str(&format!("{open}{}</{name}>{}", &part[..end], &part[end..]));
    }
    out
}

/// Writes the names of the elements in lower case.
fn lower(text: &str) -> Vec<u8> {
    let mut inside = false;
    text.bytes()
        .map(|b| {
            inside = (inside || b == b'<') && b != b'>';
            if inside { b.to_ascii_lowercase() } else { b }
        })
        .collect()
}

#[test]
fn bad_rows_are_refused_and_their_neighbours_survive() {
    let rows = [row("1"), row("$2"), row(""), row("3"), row(&"9".repeat(30)), row("4")].concat();
    let all = read(sgml(&(rows + "<STMTTRN><TRNAMT>5</STMTTRN>\n"))).unwrap();
    assert_eq!(amounts(&all), ["1", "3", "4"]);
    assert_eq!(
        reasons(&all.refused),
        [
            "TRNAMT is not a number.",
            "TRNAMT is missing.",
            "TRNAMT has more than 28 digits.",
            "DTPOSTED is missing."
        ]
    );
    assert_eq!(all.refused[0].line, 12);
}

#[test]
fn a_cut_file_keeps_its_whole_rows() {
    let file = sgml(&(row("1") + &row("2") + &row("3")));
    let cut = file.find("<TRNAMT>3").unwrap() + 9;
    let all = read(&file[..cut]).unwrap();
    assert_eq!(amounts(&all), ["1", "2"]);
    assert_eq!(reasons(&all.refused), ["The row is cut off by the end of the file."]);
    assert_eq!(reasons(&all.notes), ["The file ends without </OFX>: it may be cut off."]);
    // Wherever it is cut, no row is ever read differently, and no account number is half of one.
    for end in 0..file.len() {
        let Ok(all) = read(&file[..end]) else { continue };
        assert!(all.rows.iter().zip(["1", "2", "3"]).all(|(row, n)| row.amount.to_string() == n));
        assert!(all.accounts.iter().all(|account| account.number.as_deref() == Some("42")), "cut at {end}");
        assert!(all.balances.iter().all(|balance| balance.amount.to_string() == "10.00"), "cut at {end}");
    }
}

#[test]
fn an_account_behind_its_rows_is_found() {
    let from = "<BANKACCTFROM><BANKID>1000<ACCTID>42<ACCTTYPE>SAVINGS</BANKACCTFROM>\n";
    let to = "<STMTTRN><BANKACCTTO><ACCTID>666</BANKACCTTO><TRNAMT>1<DTPOSTED>20240301</STMTTRN>";
    let late = sgml(to).replace(from, "").replace("<LEDGERBAL>", &format!("{from}<LEDGERBAL>"));
    let all = read(late).unwrap();
    assert_eq!(all.accounts[0].number.as_deref(), Some("42"));
    let none = sgml(to).replace(from, "").replace("<CURDEF>EUR", "<CURDEF>gold");
    let all = read(none).unwrap();
    assert_eq!((&all.accounts[0].number, all.accounts[0].currency), (&None, None));
    assert_eq!(all.accounts[0].institution_id, "77");
    assert_eq!(amounts(&all), ["1"]);
}

#[test]
fn several_statements_of_several_sorts() {
    let text = "<OFX><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><FI><ORG>B<FID>5</FI><INTU.BID>9</SONRS>\
        <BANKMSGSRSV1><STMTTRNRS><STATUS><CODE>2000<SEVERITY>ERROR</STATUS></STMTTRNRS>\
        <STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><ACCTID>1<ACCTTYPE>CHECKING</BANKACCTFROM></STMTRS>\
        <AVAILBAL><BALAMT>7<DTASOF>20240101</AVAILBAL></STMTTRNRS></BANKMSGSRSV1>\
        <CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>EUR<CCACCTFROM><ACCTID>2</CCACCTFROM><BANKTRANLIST>\
        <STMTTRN><TRNAMT>-3<DTPOSTED>20240101<CURRENCY><CURSYM>USD</CURRENCY></STMTTRN></BANKTRANLIST>\
        <BANKTRANLISTP><STMTTRNP><TRNAMT>-99</STMTTRNP></BANKTRANLISTP>\
        <LEDGERBAL><BALAMT></LEDGERBAL></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>";
    let all = read(text).unwrap();
    let found: Vec<_> = all.accounts.iter().map(|a| (a.number.as_deref(), a.kind)).collect();
    assert_eq!(found, [(Some("1"), AccountKind::Checking), (Some("2"), AccountKind::CreditCard)]);
    assert_eq!(all.rows[0].currency.unwrap().as_str(), "USD");
    assert_eq!(all.balances[0].kind, StatementBalanceKind::Available);
    assert_eq!(
        reasons(&all.notes),
        [
            "The institution answered with an error for a part of the file (code 2000).",
            "LEDGERBAL was left aside: it has no amount.",
            "1 announced (not yet booked) transaction was left aside: only what is booked is read."
        ]
    );
    let summary = inspect(text.as_bytes()).unwrap();
    assert_eq!((summary.format, summary.rows.taken, summary.accounts.len()), ("ofx", 1, 2));
    let foreign = &summary.accounts[1];
    assert_eq!(
        (foreign.transactions, foreign.sum.unwrap().to_string().as_str()),
        (1, "0"),
        "dollars are no euros"
    );
    assert!(summary.problems.iter().any(|problem| problem.reason.contains("another currency")));
}

#[test]
fn trades_that_cannot_be_read_cost_no_cash_row() {
    let text = "<OFX><INVSTMTMSGSRSV1><INVSTMTTRNRS><INVSTMTRS><DTASOF>20240201120000<CURDEF>USD\
        <INVACCTFROM><BROKERID>b.example<ACCTID>I1</INVACCTFROM><INVTRANLIST>\
        <BUYMF> <!-- a trade --><INVBUY><INVTRAN><FITID>1<MEMO>m</INVTRAN><TOTAL>-100<UNITS>1</INVBUY></BUYMF>\
        <INVBANKTRAN><STMTTRN><TRNTYPE>DEP<DTPOSTED>20240105<TRNAMT>50<FITID>2</STMTTRN><SUBACCTFUND>CASH</INVBANKTRAN>\
        <INCOME><TOTAL>3</INCOME></INVTRANLIST><INVPOSLIST><POSMF><MKTVAL>9</POSMF></INVPOSLIST>\
        <INVBAL><AVAILCASH>12.5<MARGINBALANCE>0</INVBAL><INV401KBAL><TOTAL>1</INV401KBAL>\
        </INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1><SECLISTMSGSRSV1><SECLIST></SECLIST></SECLISTMSGSRSV1></OFX>";
    let all = read(text).unwrap();
    assert_eq!(all.accounts[0].kind, AccountKind::Retirement);
    assert_eq!(all.accounts[0].institution_id, "b.example");
    assert_eq!(amounts(&all), ["50"]);
    assert_eq!(all.balances[0].as_of.unwrap().to_string(), "2024-02-01");
    assert_eq!(reasons(&all.refused), ["DTTRADE is missing.", "DTTRADE is missing."]);
    assert_eq!(reasons(&all.notes), ["The position was left aside: UNIQUEID is missing."]);
    assert!(all.held[0].has_gaps && all.held[0].positions.as_ref().is_some_and(Vec::is_empty));
    let summary = inspect(text.as_bytes()).unwrap();
    assert_eq!((summary.accounts[0].transactions, summary.accounts[0].ledger_balance), (1, None));
}

#[test]
fn files_without_a_statement_say_why() {
    let status = |code: &str, severity: &str| {
        format!("<OFX><SONRS><STATUS><CODE>{code}<SEVERITY>{severity}</STATUS></SONRS></OFX>")
    };
    let code = |text: &str| StatementError::InstitutionError { code: text.to_owned(), message: None };
    let nothing = |text: &str| StatementError::NoStatement(text.to_owned());
    for (text, error) in [
        (String::new(), StatementError::Empty),
        (" \n".to_owned(), StatementError::Empty),
        ("dear bank".to_owned(), StatementError::Unrecognised),
        (status("15500", "ERROR"), code("15500")),
        ("<OFX><STATUS><CODE>2000</STATUS></OFX>".to_owned(), code("2000")),
        (
            "<OFX><STATUS><CODE>a value that is no code<SEVERITY>ERROR</STATUS></OFX>".to_owned(),
            code("unknown"),
        ),
        (status("0", "INFO"), nothing("it is only the answer to signing on")),
        (status("15000", "INFO"), nothing("it is only the answer to signing on")),
        ("<OFX></OFX>".to_owned(), nothing("there is nothing in it")),
        ("OFXHEADER:100".to_owned(), nothing("it ends before a statement begins")),
        (
            "<OFX><ACCTINFORS><ACCTINFO><BANKACCTFROM><ACCTID>1</OFX>".to_owned(),
            nothing("it is a list of accounts"),
        ),
        ("<OFX><PROFRS></PROFRS></OFX>".to_owned(), nothing("it is the institution's profile")),
    ] {
        assert_eq!(read(&text).err(), Some(error), "{text}");
    }
}

#[test]
fn the_file_decides_what_a_lone_comma_means() {
    assert_eq!(
        amounts(&read(sgml(&(row("1,234") + &row("-5,5")).replace("10.00", "10"))).unwrap())[1],
        "-5.5"
    );
    let commas = sgml(&(row("1,234") + &row("-5,5"))).replace("10.00", "10,00");
    assert_eq!(amounts(&read(commas).unwrap()), ["1.234", "-5.5"]);
    assert_eq!(amounts(&read(sgml(&(row("1,234") + &row("-5.5")))).unwrap()), ["1234", "-5.5"]);
}

#[test]
fn two_answers_one_behind_the_other() {
    let all = read(sgml(&row("1")) + &sgml(&row("2")).replace("<ACCTID>42", "<ACCTID>43")).unwrap();
    assert_eq!(amounts(&all), ["1", "2"]);
    assert_eq!(all.accounts[1].number.as_deref(), Some("43"));
}

#[test]
fn accounts_are_told_with_branch_and_word_for_their_sort() {
    let file = sgml("").replace("<ACCTID>", "<BRANCHID>0101<ACCTID>").replace("SAVINGS", "Giro");
    let account = read(file).unwrap().accounts.remove(0);
    assert_eq!((account.branch.as_deref(), account.kind_word.as_str()), (Some("0101"), "Giro"));
    assert_eq!((account.kind, account.institution_hint), (AccountKind::Other, None));
    // Zeros are no bank's id, and where there is none at all its name has to do.
    let zeros = read(sgml("").replace("<BANKID>1000", "<BANKID>0000")).unwrap().accounts.remove(0);
    assert_eq!(zeros.institution_hint.as_deref(), Some("77"));
    let none = read(sgml("").replace("<BANKID>1000", "").replace("<FID>77", "")).unwrap().accounts.remove(0);
    assert_eq!((none.institution_id.as_str(), none.institution_hint.as_deref()), ("", Some("Test & Trust")));
}

#[test]
fn a_loan_is_an_account_with_a_balance_and_payments() {
    let text = "<OFX><LOANMSGSRSV1><LOANSTMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><LOANSTMTRS>\
        <CURDEF>USD<LOANACCTFROM><LOANACCTID>7000<LOANACCTTYPE>MORTGAGE</LOANACCTFROM><LOANTRANLIST>\
        <LOANSTMTTRN><LOANTRNTYPE>PAYMENT<DTPOSTED>20260502<LOANTRNAMT><PRINAMT>500.00<INTAMT>304.10</LOANTRNAMT>\
        <TRNAMT>804.10<FITID>L1</LOANSTMTTRN></LOANTRANLIST>\
        <LOANBAL><BALAMT>-150000.00<DTASOF>20260601</LOANBAL></LOANSTMTRS></LOANSTMTTRNRS></LOANMSGSRSV1></OFX>";
    let all = read(text).unwrap();
    let account = &all.accounts[0];
    assert_eq!((account.number.as_deref(), account.kind), (Some("7000"), AccountKind::Loan));
    assert_eq!(account.kind_word, "MORTGAGE");
    assert_eq!(amounts(&all), ["804.10"]);
    assert_eq!(all.rows[0].details.legs.len(), 2);
    assert_eq!(
        (all.balances[0].kind, all.balances[0].amount.to_string().as_str()),
        (StatementBalanceKind::Ledger, "-150000.00")
    );
    assert!(all.refused.is_empty() && all.notes.is_empty(), "{:?}", all.notes);
}

#[test]
fn an_own_export_without_a_balance_has_none() {
    let with = |bank: &str, day: &str| {
        let file = sgml("").replace("<BANKID>1000", &format!("<BANKID>{bank}"));
        read(file.replace("<BALAMT>10.00<DTASOF>20240331", &format!("<BALAMT>0<DTASOF>{day}"))).unwrap()
    };
    assert_eq!(with("DASHTAM", "19700101000000").balances.len(), 0);
    assert_eq!(with("DASHTAM", "20240331000000").balances.len(), 1);
    assert_eq!(with("1000", "19700101000000").balances.len(), 1);
}

#[test]
fn what_was_agreed_of_an_account_is_read() {
    let text = "<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD<CCACCTFROM><ACCTID>4000</CCACCTFROM>\
        <BANKTRANLIST></BANKTRANLIST><LEDGERBAL><BALAMT>-20.00<DTASOF>20260601</LEDGERBAL>\
        <INTRATEPURCH>21.90<CREDITLIMIT>-5000.00<CREDITLIMIT>1</CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1>\
        <LOANMSGSRSV1><LOANSTMTTRNRS><LOANSTMTRS><CURDEF>USD<LOANACCTFROM><LOANACCTID>7</LOANACCTFROM>\
        <INTRATE>prime<LOANINTRATE>4,25</LOANSTMTRS></LOANSTMTTRNRS></LOANMSGSRSV1></OFX>";
    let all = read(text).unwrap();
    let said: Vec<_> = all.terms.iter().map(|of| (of.credit_limit, of.interest_rate)).collect();
    let figure = |text| Some(dashtam_domain::money::exact_decimal(text).unwrap());
    assert_eq!(said, [(figure("5000.00"), figure("21.90")), (None, figure("4.25"))]);
    assert_eq!(all.notes.len(), 1, "a rate that is no number: {:?}", all.notes);
}

#[test]
fn what_is_not_read_is_named() {
    let text = sgml(&row("1")).replace(
        "</OFX>",
        "<BILLPAYMSGSRSV1><PMTTRNRS><PMTRS></PMTRS></PMTTRNRS></BILLPAYMSGSRSV1><EMAILMSGSRSV1></EMAILMSGSRSV1>\
         <BANKMSGSRSV1><INTRATRNRS></INTRATRNRS></BANKMSGSRSV1></OFX>",
    );
    let all = read(text).unwrap();
    assert_eq!(
        reasons(&all.notes),
        ["BILLPAYMSGSRSV1", "EMAILMSGSRSV1", "INTRATRNRS"]
            .map(|name| format!("{name} was left aside: what it holds is not read."))
    );
    let alone = read("<OFX><TAX1099MSGSRSV1></TAX1099MSGSRSV1></OFX>").err().unwrap().to_string();
    assert!(alone.contains("TAX1099MSGSRSV1"), "{alone}");
}

#[test]
fn the_institutions_own_words_are_told() {
    let status = "<STATUS><CODE>15500<SEVERITY>ERROR<MESSAGE>Wrong PIN &amp; user</STATUS>";
    let error = read(format!("<OFX><SONRS>{status}</SONRS></OFX>")).err().unwrap();
    assert!(error.to_string().contains("15500") && error.to_string().contains("Wrong PIN & user"), "{error}");
    let part = sgml(&row("1")).replace("<STMTTRNRS>", &format!("<STMTTRNRS>{status}</STMTTRNRS><STMTTRNRS>"));
    let all = read(part).unwrap();
    assert!(all.notes.len() == 1 && all.notes[0].reason.contains("Wrong PIN & user"), "{:?}", all.notes);
    let warned = sgml(&row("1"))
        .replace("<STMTRS>", "<STATUS><CODE>2028<SEVERITY>WARN<MESSAGE>Only 90 days</STATUS><STMTRS>");
    let all = read(warned).unwrap();
    assert!(all.notes.len() == 1 && all.notes[0].reason.contains("Only 90 days"), "{:?}", all.notes);
    let fine = sgml(&row("1")).replace("<SEVERITY>INFO", "<SEVERITY>INFO<MESSAGE>Success");
    assert!(read(fine).unwrap().notes.is_empty());
}

#[test]
fn sorts_that_contradict_their_amounts_are_told_once() {
    let odd = |amount: &str| row(amount).replace("OTHER", "DEBIT");
    let all = read(sgml(&(odd("5.55") + &odd("6") + &row("7")))).unwrap();
    assert_eq!(amounts(&all), ["5.55", "6", "7"]);
    assert!(all.notes.len() == 1 && all.notes[0].reason.starts_with("2 rows"), "{:?}", all.notes);
}
