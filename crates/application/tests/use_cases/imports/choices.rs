//! Files that do not say which account they are about, on a real database with the real reader.

use dashtam_application::{
    Dashtam,
    imports::{AccountChoice, AccountProblem, ImportError, ImportStatement},
    ledger::ListAccounts,
};
use dashtam_domain::{
    id::AccountId,
    ledger::{Account, Import},
    page::Limit,
};
use dashtam_testkit::builders;

use crate::{
    database::Disk,
    world::{World, assert_refused},
};

/// A list of one row, as some banks send it: without account, bank or currency.
fn bare(name: &str) -> String {
    format!(
        "OFXHEADER:100\n\n<BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260510<TRNAMT>-19.00<FITID>77<NAME>{name}\
         </STMTTRN></BANKTRANLIST>"
    )
}

/// A statement that says what it is about.
fn named(branch: &str, kind: &str, name: &str) -> String {
    format!(
        "OFXHEADER:100\n\n<OFX><STMTRS><CURDEF>BRL<BANKACCTFROM><BANKID>111<BRANCHID>{branch}<ACCTID>12345-6\
         <ACCTTYPE>{kind}</BANKACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260510<TRNAMT>-15.00\
         <FITID>1<NAME>{name}</STMTTRN></BANKTRANLIST><LEDGERBAL><BALAMT>{branch}.00<DTASOF>20260601</LEDGERBAL>\
         </STMTRS></OFX>"
    )
}

struct Place {
    world: World,
    dashtam: Dashtam,
    disk: Disk,
}

impl Place {
    async fn open() -> Self {
        let (world, disk) = Disk::open(|world| world.readers(dashtam_statements::readers())).await;
        let dashtam = world.build_on(disk.storage.clone());
        Self { world, dashtam, disk }
    }

    async fn send(&self, file: &str, account: Option<AccountChoice>) -> Result<Import, ImportError> {
        let file = file.as_bytes().to_vec();
        let request = ImportStatement { file_name: Some("bare.qfx".to_owned()), file, account };
        self.dashtam.imports().create(&self.world.call(), request).await
    }

    async fn accounts(&self) -> Vec<Account> {
        let request = ListAccounts { connection: None, after: None, limit: Limit::default() };
        self.dashtam.ledger().accounts(&self.world.call(), request).await.unwrap().items
    }
}

#[tokio::test]
async fn a_file_without_an_account_asks_and_leaves_no_trace_until_it_is_told() {
    let place = Place::open().await;
    assert_refused!(place.send(&bare("HARDWARE"), None).await, ImportError::Account(AccountProblem::Needed));
    assert!(place.accounts().await.is_empty());

    place.send(&bare("HARDWARE"), Some(AccountChoice::New)).await.unwrap();
    let first = place.accounts().await.remove(0);
    assert_eq!(first.name, "Imported account (bare.qfx)");
    let again = place.send(&bare("HARDWARE"), Some(AccountChoice::Existing(first.id))).await.unwrap();
    assert_eq!((again.counts.taken, again.counts.known), (0, 1));
    // Another bank's file with the same id, amount and day is another row, wherever it is put.
    let same = place.send(&bare("GROCER"), Some(AccountChoice::Existing(first.id))).await.unwrap();
    assert_eq!((same.counts.taken, same.problems.len()), (1, 1), "{:?}", same.problems);
    place.send(&bare("GROCER"), Some(AccountChoice::New)).await.unwrap();
    assert_eq!(place.accounts().await.len(), 2, "a new one is a new one");
}

#[tokio::test]
async fn an_account_that_does_not_fit_is_refused_by_name() {
    let place = Place::open().await;
    let refused = async |file: &str, choice| match place.send(file, Some(choice)).await {
        Err(ImportError::Account(problem)) => problem,
        other => panic!("a refusal is expected: {other:?}"),
    };
    let stranger = AccountChoice::Existing(AccountId(builders::id()));
    assert_eq!(refused(&bare("A"), stranger).await, AccountProblem::Unknown);
    place.send(&named("1", "CHECKING", "A"), None).await.unwrap();
    let account = AccountChoice::Existing(place.accounts().await.remove(0).id);
    assert_eq!(refused(&named("2", "CHECKING", "A"), account).await, AccountProblem::NotNeeded);
    assert_eq!(refused(&named("2", "CHECKING", "A"), AccountChoice::New).await, AccountProblem::NotNeeded);
    let dollars = bare("A").replace("<BANKTRANLIST>", "<STMTRS><CURDEF>USD<BANKTRANLIST>");
    assert_eq!(refused(&dollars, account).await, AccountProblem::OtherCurrency);
    let several = dollars.clone() + "<STMTRS><CURDEF>EUR<BANKTRANLIST></BANKTRANLIST></STMTRS>";
    assert_eq!(refused(&several, AccountChoice::New).await, AccountProblem::Several);
    assert_eq!(place.accounts().await.len(), 1, "no refusal leaves a trace");
    // The account the file names itself may be named.
    place.send(&named("1", "CHECKING", "A"), Some(account)).await.unwrap();
}

#[tokio::test]
async fn branch_and_sort_keep_accounts_of_one_number_apart() {
    let place = Place::open().await;
    for (branch, kind) in [("101", "CHECKING"), ("202", "CHECKING"), ("101", "SAVINGS"), ("101", "CHECKING")]
    {
        place.send(&named(branch, kind, "MERCADO"), None).await.unwrap();
    }
    let accounts = place.accounts().await;
    let shown: Vec<_> =
        accounts.iter().map(|a| (a.name.as_str(), a.kind.as_str(), a.balance.unwrap().to_string())).collect();
    assert_eq!(
        shown,
        [
            ("Imported account 101 ****3456", "checking", "101.00".to_owned()),
            ("Imported account 202 ****3456", "checking", "202.00".to_owned()),
            ("Imported account 101 ****3456", "savings", "101.00".to_owned()),
        ]
    );
}

#[tokio::test]
async fn what_was_stored_by_number_alone_is_found_again() {
    let place = Place::open().await;
    let report = place.send(&named("101", "CHECKING", "A"), None).await.unwrap();
    let account = place.accounts().await.remove(0);
    let mut work = place.disk.storage.store.begin().await.unwrap();
    let earlier = "earlier|checking|BRL|12345-6";
    let present = [account.external_id.clone()];
    let renamed = work.accounts().rename(account.owner, &account.source, &present, earlier).await;
    assert!(renamed.unwrap());
    work.commit().await.unwrap();
    let again = place.send(&named("101", "CHECKING", "A"), None).await.unwrap();
    assert_eq!((again.counts.taken, again.counts.known), (0, report.counts.taken));
    assert_eq!(place.accounts().await.iter().map(|a| a.id).collect::<Vec<_>>(), [account.id]);
    // Another branch is none that is known.
    place.send(&named("202", "CHECKING", "A"), None).await.unwrap();
    assert_eq!(place.accounts().await.len(), 2);
}
