//! Stored rows are read again, on a real database with the real reader of files.

use dashtam_application::{
    Dashtam,
    imports::ImportStatement,
    ledger::ListTransactions,
    remap::{RemapNext, RemapPage, RemapScope},
};
use dashtam_domain::{
    ledger::{KeptAccount, Transaction, TransactionFilter},
    page::{Limit, Page},
};
use dashtam_testkit::{builders, fakes::ScriptedProvider, mocks::Sequence};

use crate::{
    database::Disk,
    world::{World, unkept},
};

struct Place {
    world: World,
    dashtam: Dashtam,
    disk: Disk,
}

impl Place {
    /// A ledger of this many rows of one file, one a day.
    async fn with(rows: u32) -> Self {
        let (world, disk) = Disk::open(|world| world.readers(dashtam_statements::readers())).await;
        let dashtam = world.build_on(disk.storage.clone());
        let row = |number: u32| {
            let (month, day) = (number / 28 % 12 + 1, number % 28 + 1);
            format!(
                "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>2026{month:02}{day:02}<TRNAMT>-{number}.10<NAME>SHOP {number}</STMTTRN>\n"
            )
        };
        let rows: String = (0..rows).map(row).collect();
        let file = format!(
            "OFXHEADER:100\n\n<OFX><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>12345678<ACCTTYPE>CHECKING\
             </BANKACCTFROM><BANKTRANLIST>{rows}</BANKTRANLIST></STMTRS></OFX>"
        );
        let request =
            ImportStatement { file_name: None, file: file.into_bytes(), account: None, profile: None };
        dashtam.imports().create(&world.call(), request, unkept).await.unwrap();
        Self { world, dashtam, disk }
    }

    async fn rows(&self) -> Vec<Transaction> {
        let filter = TransactionFilter::default;
        let mut request =
            ListTransactions { asked: filter().into(), after: None, limit: Limit::new(500).unwrap() };
        let mut rows = Vec::new();
        loop {
            let asked =
                ListTransactions { asked: filter().into(), after: request.after, limit: request.limit };
            let page = self.dashtam.ledger().transactions(&self.world.call(), asked).await.unwrap();
            rows.extend(page.items);
            request.after = page.next;
            if page.next.is_none() {
                return rows;
            }
        }
    }

    /// Stores these rows with another text, as an earlier version might have read them.
    async fn misread(&self, rows: &[Transaction]) {
        let misread = |row: &Transaction| Transaction {
            description: format!("wrong {}", row.description),
            ..row.clone()
        };
        let rows: Vec<Transaction> = rows.iter().map(misread).collect();
        let mut work = self.disk.storage.store.begin().await.unwrap();
        work.transactions().update(&rows).await.unwrap();
        work.commit().await.unwrap();
    }

    fn scope(key: Option<&str>) -> RemapScope {
        RemapScope { key: key.map(str::to_owned), mappers: "1".to_owned() }
    }

    /// Up to so many steps; what came of each.
    async fn remap(&self, key: Option<&str>, dry_run: bool, steps: usize) -> Vec<RemapPage> {
        let (remap, call) = (self.dashtam.remap(), self.world.system());
        let scope = Self::scope(key);
        let mut place = if dry_run { None } else { remap.place(&call, &scope).await.unwrap() };
        let mut pages: Vec<RemapPage> = Vec::new();
        for _ in 0..steps {
            let request = RemapNext { scope: scope.clone(), place, dry_run };
            let page = remap.next(&call, request).await.unwrap();
            place = page.next.clone();
            pages.push(page);
            if place.is_none() {
                break;
            }
        }
        pages
    }
}

fn sum(pages: &[RemapPage]) -> (u64, usize, u64, u64) {
    pages.iter().fold((0, 0, 0, 0), |(read, changed, unreadable, unmapped), page| {
        (
            read + page.read,
            changed + page.changed.len(),
            unreadable + page.unreadable,
            unmapped + page.unmapped,
        )
    })
}

#[tokio::test]
async fn what_an_earlier_version_misread_is_put_right() {
    let place = Place::with(700).await;
    let right = place.rows().await;
    assert_eq!(
        sum(&place.remap(None, false, 99).await),
        (700, 0, 0, 0),
        "what was just read is read the same"
    );
    assert_eq!(place.rows().await, right);
    let (wrong, _) = right.split_at(30);
    place.misread(wrong).await;
    let before = place.rows().await;

    let dry = place.remap(None, true, 99).await;
    assert_eq!(sum(&dry), (700, 30, 0, 0));
    assert!(dry.iter().flat_map(|page| &page.changed).all(|row| row.changes[0].field == "description"));
    assert_eq!(place.rows().await, before, "a dry run changes nothing");
    assert_eq!(sum(&place.remap(Some("nobody"), false, 99).await), (0, 0, 0, 0));
    let clock = place.disk.storage.queries.clock(place.world.owner).await.unwrap();
    assert_eq!(sum(&place.remap(Some("ofx"), false, 99).await), (700, 30, 0, 0));
    let after = place.disk.storage.queries.clock(place.world.owner).await.unwrap();
    assert!(after.seq > clock.seq, "who follows hears of it");
    let texts = |rows: &[Transaction]| {
        let mut texts: Vec<_> = rows.iter().map(|row| (row.id, row.description.clone())).collect();
        texts.sort_unstable();
        texts
    };
    assert_eq!(texts(&place.rows().await), texts(&right));
    assert_eq!(sum(&place.remap(None, false, 99).await), (700, 0, 0, 0));
}

#[tokio::test]
async fn who_was_interrupted_goes_on() {
    let place = Place::with(1_200).await;
    let rows = place.rows().await;
    place.misread(&rows).await;
    let first = place.remap(None, false, 1).await;
    let (read, changed, ..) = sum(&first);
    assert!(read > 400 && usize::try_from(read).unwrap() == changed && first[0].next.is_some(), "{read}");
    assert_eq!(
        place.dashtam.remap().place(&place.world.system(), &Place::scope(None)).await.unwrap(),
        first[0].next
    );
    // Another version of the program begins anew, and so does who reads others.
    let newer = RemapScope { mappers: "2".to_owned(), ..Place::scope(None) };
    assert_eq!(place.dashtam.remap().place(&place.world.system(), &newer).await.unwrap(), None);
    let ofx = Place::scope(Some("ofx"));
    assert_eq!(place.dashtam.remap().place(&place.world.system(), &ofx).await.unwrap(), None);
    let rest = place.remap(None, false, 99).await;
    assert_eq!(sum(&rest), (1_200 - read, 1_200 - changed, 0, 0));
    assert_eq!(place.dashtam.remap().place(&place.world.system(), &Place::scope(None)).await.unwrap(), None);
    assert!(place.rows().await.iter().all(|row| !row.description.starts_with("wrong")));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_stays_as_it_is() {
    let place = Place::with(3).await;
    let rows = place.rows().await;
    let mut work = place.disk.storage.store.begin().await.unwrap();
    let broken = Transaction { raw: Some("<STMTTRN><DTPOSTED>soon</STMTTRN>".to_owned()), ..rows[0].clone() };
    work.transactions().update(&[broken]).await.unwrap();
    work.commit().await.unwrap();
    let before = place.rows().await;
    assert_eq!(sum(&place.remap(None, false, 99).await), (3, 0, 1, 0));
    assert_eq!(place.rows().await, before);
}

#[tokio::test]
async fn what_is_kept_of_an_account_is_read_when_nobody_else_writes_it() {
    let mut world = World::new();
    world.provider(std::sync::Arc::new(ScriptedProvider::new("sandbox", &world.open)));
    let account = builders::file_account(world.owner, "1");
    let provider = Some("sandbox".parse().unwrap());
    let kept = KeptAccount { id: account.id, owner: world.owner, currency: account.currency, provider };
    let kept = Page { items: vec![kept], next: None };
    world.queries.ledger.expect_kept_accounts().times(1).return_once(move |_, _| Ok(kept));
    let rows = world.queries.ledger.expect_kept_rows().times(1);
    rows.returning(|_, _, _, _| Ok(Page { items: Vec::new(), next: None }));
    let mut order = Sequence::new();
    world.unit(|unit| {
        let held = unit.corrections.expect_hold_account().times(1).in_sequence(&mut order);
        held.return_once(move |_, _| Ok(Some(account)));
        let payloads = unit.remaps.expect_payloads().times(1).in_sequence(&mut order);
        payloads.returning(|_, _| Ok(Vec::new()));
    });
    world.unit(|unit| {
        unit.remaps.expect_keep().times(1).returning(|_, _, _| Ok(()));
    });
    let (call, request) = (world.system(), Place::scope(None));
    let request = RemapNext { scope: request, place: None, dry_run: false };
    let page = world.build().remap().next(&call, request).await.unwrap();
    assert_eq!((page.next, page.payloads), (None, 0));
}
