//! Files that do not say which account they are about, or no longer, on a real database with the real reader.

use std::sync::Arc;

use dashtam_application::{
    Dashtam,
    imports::{AccountChoice, AccountProblem, HashAccounts, ImportError, ImportStatement},
    ledger::ListAccounts,
};
use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{Account, AccountHasher, Import, PlainAccountHasher},
    page::Limit,
};
use dashtam_testkit::builders;

use crate::{
    database::Disk,
    world::{World, assert_refused, unkept},
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
        let request =
            ImportStatement { file_name: Some("bare.qfx".to_owned()), file, account, profile: None };
        self.dashtam.imports().create(&self.world.call(), request, unkept).await
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

#[tokio::test]
async fn numbers_that_were_stored_in_clear_are_hashed_and_found_again() {
    let place = Place::open().await;
    place.send(&named("101", "CHECKING", "A"), None).await.unwrap();
    place.send(&bare("HARDWARE"), Some(AccountChoice::New)).await.unwrap();
    let [account, unnamed] = <[Account; 2]>::try_from(place.accounts().await).unwrap();
    let rename = async |from: &str, to: &str| {
        let mut work = place.disk.storage.store.begin().await.unwrap();
        let renamed = work.accounts().rename(account.owner, &account.source, &[from.to_owned()], to).await;
        work.commit().await.unwrap();
        renamed.unwrap()
    };
    let in_clear = "checking|BRL||101|12345-6";
    assert!(rename(&account.external_id, in_clear).await);
    let hash = async || {
        let hashed =
            place.dashtam.imports().hash_accounts(&place.world.system(), HashAccounts).await.unwrap();
        (hashed, place.accounts().await.into_iter().map(|account| account.external_id).collect::<Vec<_>>())
    };
    assert_eq!(hash().await, (1, vec![account.external_id.clone(), unnamed.external_id.clone()]));
    assert_eq!(hash().await.0, 0);
    assert_eq!(place.send(&named("101", "CHECKING", "A"), None).await.unwrap().counts.known, 1);

    // A program of an earlier version stored it a second time, beside the hashed one.
    assert!(rename(&account.external_id, in_clear).await);
    place.send(&named("202", "CHECKING", "A"), None).await.unwrap();
    let hashed = account.external_id.clone();
    let other = place.accounts().await.remove(2);
    assert!(rename(&other.external_id, &hashed).await);
    let (count, now) = hash().await;
    assert_eq!((count, now.iter().filter(|id| id.contains("12345")).count()), (1, 0), "{now:?}");
    assert_eq!(now[0], format!("unnamed|{}", account.id));
}

/// Another secret: other hashes, under another mark.
struct AnotherKey;

impl AccountHasher for AnotherKey {
    fn hash(&self, owner: UserId, external_id: &str) -> [u8; 32] {
        PlainAccountHasher.hash(owner, &format!("another {external_id}"))
    }

    fn key_mark(&self) -> u32 {
        1
    }
}

#[tokio::test]
async fn with_another_secret_a_person_says_which_account_it_is() {
    let mut place = Place::open().await;
    for branch in ["101", "202"] {
        place.send(&named(branch, "CHECKING", "A"), None).await.unwrap();
    }
    place.world.account_hasher = Arc::new(AnotherKey);
    place.dashtam = place.world.build_on(place.disk.storage.clone());
    let [first, second] = <[Account; 2]>::try_from(place.accounts().await).unwrap();
    let file = named("101", "CHECKING", "A");
    assert_refused!(place.send(&file, None).await, ImportError::Account(AccountProblem::Uncertain));
    let unknown = AccountChoice::Existing(AccountId(builders::id()));
    assert_refused!(place.send(&file, Some(unknown)).await, ImportError::Account(AccountProblem::Unknown));

    let again = place.send(&file, Some(AccountChoice::Existing(first.id))).await.unwrap();
    assert_eq!((again.counts.taken, again.counts.known), (0, 1));
    // From now on it finds its account by itself, and the other one asks still.
    assert_eq!(place.send(&file, None).await.unwrap().counts.known, 1);
    let other = named("202", "CHECKING", "A");
    assert_refused!(place.send(&other, None).await, ImportError::Account(AccountProblem::Uncertain));
    let wrong = AccountChoice::Existing(first.id);
    assert_refused!(place.send(&other, Some(wrong)).await, ImportError::Account(AccountProblem::NotNeeded));
    place.send(&named("303", "CHECKING", "A"), Some(AccountChoice::New)).await.unwrap();
    place.send(&other, Some(AccountChoice::Existing(second.id))).await.unwrap();
    assert_eq!(place.accounts().await.len(), 3);
    // Another sort of account is none of those, and nobody is asked.
    place.send(&named("101", "SAVINGS", "A"), None).await.unwrap();
}
