//! Whole files on a real database, with the real reader.

use dashtam_application::{
    Dashtam,
    errors::CommonError,
    imports::{GetImport, ImportError, ImportStatement},
    ledger::{ListAccounts, ListTransactions},
};
use dashtam_domain::{
    access::AccessDenied,
    id::{AccountId, TransactionId},
    ledger::{Account, ImportCounts, ImportState, TransactionFilter},
    page::Limit,
};

use crate::{
    database::Disk,
    world::{World, assert_refused, unkept},
};

/// An OFX file of one account with these rows and this balance.
fn ofx(rows: &str, balance: &str, as_of: &str) -> Vec<u8> {
    format!(
        "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\
         COMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n\
         <OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260401\
         <LANGUAGE>ENG<FI><ORG>First Bank<FID>0123</FI></SONRS></SIGNONMSGSRSV1>\
         <BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD\
         <BANKACCTFROM><BANKID>0123<ACCTID>1234567890<ACCTTYPE>CHECKING</BANKACCTFROM>\
         <BANKTRANLIST><DTSTART>20260301<DTEND>20260331{rows}</BANKTRANLIST>\
         <LEDGERBAL><BALAMT>{balance}<DTASOF>{as_of}</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    )
    .into_bytes()
}

/// A row with an id, or without.
fn stmt(day: &str, amount: &str, id: Option<&str>, name: &str) -> String {
    let id = id.map(|id| format!("<FITID>{id}")).unwrap_or_default();
    format!("<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>{day}<TRNAMT>{amount}{id}<NAME>{name}</STMTTRN>")
}

fn upload(file: &[u8]) -> ImportStatement {
    ImportStatement {
        file_name: Some("statement.ofx".to_owned()),
        file: file.to_vec(),
        account: None,
        profile: None,
    }
}

async fn counts(world: &World, dashtam: &Dashtam, file: &[u8]) -> ImportCounts {
    let call = world.call();
    let report = dashtam.imports().create(&call, upload(file), unkept).await.unwrap();
    let stored = dashtam.imports().get(&call, GetImport { import: report.id }).await.unwrap();
    assert_eq!(stored, report);
    assert_eq!(stored.state, ImportState::Completed);
    report.counts
}

async fn accounts(world: &World, dashtam: &Dashtam) -> Vec<Account> {
    let request = ListAccounts { connection: None, after: None, limit: Limit::default() };
    dashtam.ledger().accounts(&world.call(), request).await.unwrap().items
}

/// Descriptions and ids of the account's rows, newest first.
async fn rows(world: &World, dashtam: &Dashtam, account: AccountId) -> Vec<(String, TransactionId)> {
    let filter = TransactionFilter { account: Some(account), ..TransactionFilter::default() };
    let request = ListTransactions { asked: filter.into(), after: None, limit: Limit::new(500).unwrap() };
    let page = dashtam.ledger().transactions(&world.call(), request).await.unwrap();
    page.items.into_iter().map(|row| (row.description, row.id)).collect()
}

#[tokio::test]
async fn the_same_file_again_adds_nothing_and_an_overlapping_one_adds_what_is_new() {
    let (world, disk) = Disk::open(|world| world.readers(dashtam_statements::readers())).await;
    let dashtam = world.build_on(disk.storage.clone());
    let coffee = stmt("20260303", "-3.50", None, "COFFEE");
    let rent = stmt("20260301", "-900.00", Some("f1"), "RENT");
    // Two equal coffees without ids are two.
    let march = ofx(&[rent.as_str(), &coffee, &coffee].concat(), "100.00", "20260331");
    let added = ImportCounts { taken: 3, known: 0, refused: 0, accounts: 1 };
    assert_eq!(counts(&world, &dashtam, &march).await, added);

    let account = accounts(&world, &dashtam).await.pop().unwrap();
    let before = rows(&world, &dashtam, account.id).await;
    assert_eq!(before.len(), 3);
    let nothing = ImportCounts { taken: 0, known: 3, refused: 0, accounts: 1 };
    assert_eq!(counts(&world, &dashtam, &march).await, nothing);
    assert_eq!(rows(&world, &dashtam, account.id).await, before, "the same rows under the same ids");

    let book = stmt("20260404", "-20.00", Some("f2"), "BOOK");
    let april = ofx(&[coffee.as_str(), &coffee, &book].concat(), "80.00", "20260430");
    let one = ImportCounts { taken: 1, known: 2, refused: 0, accounts: 1 };
    assert_eq!(counts(&world, &dashtam, &april).await, one);
    assert_eq!(rows(&world, &dashtam, account.id).await.len(), 4);
    assert_eq!(accounts(&world, &dashtam).await.len(), 1);
}

#[tokio::test]
async fn an_older_file_does_not_move_the_balance_back() {
    let (world, disk) = Disk::open(|world| world.readers(dashtam_statements::readers())).await;
    let dashtam = world.build_on(disk.storage.clone());
    for (amount, as_of, shown) in
        [("100.00", "20260331", "100.00"), ("50.00", "20260228", "100.00"), ("70.00", "20260430", "70.00")]
    {
        counts(&world, &dashtam, &ofx("", amount, as_of)).await;
        let account = accounts(&world, &dashtam).await.pop().unwrap();
        assert_eq!(account.balance.unwrap().to_string(), shown, "after the statement of {as_of}");
    }
}

#[tokio::test]
async fn a_file_of_several_pages_with_a_bad_row_stores_all_the_good_ones() {
    let (world, disk) = Disk::open(|world| world.readers(dashtam_statements::readers())).await;
    let dashtam = world.build_on(disk.storage.clone());
    let mut text: String =
        (0..1_203).map(|n| stmt("20260315", "-1.00", Some(&format!("id{n}")), &format!("ROW {n}"))).collect();
    text.push_str(&stmt("20260315", "many", Some("bad"), "BAD"));
    let report = counts(&world, &dashtam, &ofx(&text, "1.00", "20260331")).await;
    assert_eq!(report, ImportCounts { taken: 1_203, known: 0, refused: 1, accounts: 1 });
}

#[tokio::test]
async fn nobody_sees_the_reports_and_accounts_of_another() {
    let (mut world, disk) = Disk::open(|world| world.readers(dashtam_statements::readers())).await;
    let dashtam = world.build_on(disk.storage.clone());
    let call = world.call();
    let file = ofx("", "1.00", "20260331");
    let report = dashtam.imports().create(&call, upload(&file), unkept).await.unwrap();
    world.owner = dashtam_testkit::builders::user().id;
    let result = dashtam.imports().get(&world.call(), GetImport { import: report.id }).await;
    assert_refused!(result, ImportError::NotFound);
    assert!(accounts(&world, &dashtam).await.is_empty());
    let anonymous = dashtam.imports().get(&world.anonymous(), GetImport { import: report.id }).await;
    assert_refused!(anonymous, ImportError::Common(CommonError::Denied(AccessDenied::Anonymous)));
}
