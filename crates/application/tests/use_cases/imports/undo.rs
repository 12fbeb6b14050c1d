//! An import is shown before it is done, and taken back after, on a real database with the real reader.

use dashtam_application::{
    Dashtam,
    imports::{ImportError, ImportStatement, PreviewImport, RowFate, UndoImport},
    ledger::{ListAccounts, ListChanges, ListTransactions},
};
use dashtam_domain::{
    id::{DecisionId, ImportId},
    identity::AuditAction,
    ledger::{
        Account, ChangeKinds, Import, ImportFixed, ImportState, TakenBack, Tellings, Transaction,
        TransactionFilter, Undone,
    },
    page::Limit,
};
use dashtam_testkit::builders::{self, at};

use crate::{
    database::Disk,
    world::{World, assert_line, assert_refused, unkept},
};

/// An OFX file of one account with these rows and this balance.
fn ofx(rows: &str, balance: &str, as_of: &str) -> Vec<u8> {
    format!(
        "OFXHEADER:100\n\n<OFX><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>0123<ACCTID>1234567890<ACCTTYPE>CHECKING\
         </BANKACCTFROM><BANKTRANLIST>{rows}</BANKTRANLIST><LEDGERBAL><BALAMT>{balance}<DTASOF>{as_of}</LEDGERBAL>\
         </STMTRS></OFX>"
    )
    .into_bytes()
}

fn stmt(id: &str, amount: &str, more: &str) -> String {
    format!(
        "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260303<TRNAMT>{amount}<FITID>{id}{more}<NAME>ROW {id}</STMTTRN>\n"
    )
}

struct Place {
    world: World,
    dashtam: Dashtam,
    _disk: Disk,
}

impl Place {
    async fn open() -> Self {
        let (world, disk) = Disk::open(|world| world.readers(dashtam_statements::readers())).await;
        let dashtam = world.build_on(disk.storage.clone());
        Self { world, dashtam, _disk: disk }
    }

    fn upload(file: &[u8]) -> ImportStatement {
        ImportStatement {
            file_name: Some("a.ofx".to_owned()),
            file: file.to_vec(),
            account: None,
            profile: None,
        }
    }

    /// Imports the file; every import begins a second after the one before.
    async fn send(&mut self, file: &[u8]) -> Import {
        self.world.now = at(self.world.now.as_micros() / 1_000_000 + 1);
        let call = self.world.call();
        self.dashtam.imports().create(&call, Self::upload(file), unkept).await.unwrap()
    }

    async fn undo(&self, import: ImportId) -> Result<Import, ImportError> {
        self.dashtam.imports().undo(&self.world.call(), UndoImport { import }).await
    }

    /// What became of an import that can be undone: rows gone, kept and restored, and accounts gone.
    async fn undone(&self, import: &Import) -> (i64, i64, i64, i64) {
        let Undone { removed, kept, restored, accounts, .. } =
            self.undo(import.id).await.unwrap().undone.unwrap();
        (removed, kept, restored, accounts)
    }

    /// Everything that a reader sees, but for the instants of changes.
    async fn ledger(&self) -> (Vec<Account>, Vec<Transaction>) {
        let call = self.world.call();
        let request = ListAccounts { connection: None, after: None, limit: Limit::default() };
        let mut accounts = self.dashtam.ledger().accounts(&call, request).await.unwrap().items;
        let filter = TransactionFilter::default();
        let request = ListTransactions { asked: filter.into(), after: None, limit: Limit::default() };
        let mut rows = self.dashtam.ledger().transactions(&call, request).await.unwrap().items;
        accounts.iter_mut().for_each(|account| account.updated_at = at(0));
        rows.iter_mut().for_each(|row| row.updated_at = at(0));
        (accounts, rows)
    }

    async fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.ledger().await.1.into_iter().map(|row| row.source_id).collect();
        names.sort_unstable();
        names
    }
}

#[tokio::test]
async fn undoing_the_last_import_gives_back_what_there_was() {
    let mut place = Place::open().await;
    let march = ofx(&[stmt("1", "-5", ""), stmt("2", "-7.10", "")].concat(), "100.00", "20260331");
    place.send(&march).await;
    let before = place.ledger().await;
    let corrected = "<CORRECTFITID>2<CORRECTACTION>REPLACE";
    let rows = [stmt("1", "-5", ""), stmt("3", "-7.20", corrected), stmt("4", "-1", "")].concat();
    let april = ofx(&rows, "50.00", "20260430").replace_first(b"<CURDEF>", b"<ORG>New name<CURDEF>");
    let second = place.send(&april).await;
    assert_eq!(place.names().await, ["1", "3", "4"]);
    assert_eq!(place.undone(&second).await, (2, 0, 1, 0));
    assert_eq!(place.ledger().await, before, "ids and all");
    // And the file can come again.
    assert_eq!(place.send(&april).await.counts.taken, 2);
    assert_eq!(place.names().await, ["1", "3", "4"]);
}

/// Small changes of bytes.
trait ReplaceFirst {
    fn replace_first(self, old: &[u8], new: &[u8]) -> Vec<u8>;
}

impl ReplaceFirst for Vec<u8> {
    fn replace_first(self, old: &[u8], new: &[u8]) -> Vec<u8> {
        let at = self.windows(old.len()).position(|window| window == old).unwrap();
        [&self[..at], new, &self[at + old.len()..]].concat()
    }
}

#[tokio::test]
async fn of_two_that_overlap_either_can_be_undone() {
    for first_goes in [true, false] {
        let mut place = Place::open().await;
        let rows = |ids: [&str; 2]| ids.map(|id| stmt(id, "-5", "")).concat();
        let (a, b) = (ofx(&rows(["1", "2"]), "10", "20260331"), ofx(&rows(["2", "3"]), "20", "20260430"));
        let (first, second) = (place.send(&a).await, place.send(&b).await);
        let balance = async |place: &Place| {
            let (accounts, _) = place.ledger().await;
            accounts.first().map(|account| account.balance.unwrap().to_string())
        };
        if first_goes {
            assert_eq!(place.undone(&first).await, (1, 1, 0, 0));
            assert_eq!(
                (place.names().await, balance(&place).await.unwrap()),
                (vec!["2".into(), "3".into()], "20".into())
            );
            assert_eq!(place.undone(&second).await, (2, 0, 0, 1));
        } else {
            assert_eq!(place.undone(&second).await, (1, 0, 0, 0));
            assert_eq!(
                (place.names().await, balance(&place).await.unwrap()),
                (vec!["1".into(), "2".into()], "10".into())
            );
            assert_eq!(place.undone(&first).await, (2, 0, 0, 1));
        }
        assert_eq!(place.ledger().await, (Vec::new(), Vec::new()));
        assert_refused!(place.undo(first.id).await, ImportError::Fixed(ImportFixed::Undone));
        assert_eq!(place.send(&a).await.counts.taken, 2);
    }
}

#[tokio::test]
async fn a_preview_is_the_import_and_stores_nothing() {
    let mut place = Place::open().await;
    let march = ofx(&[stmt("1", "-5", ""), stmt("2", "-7.10", "")].concat(), "100.00", "20260331");
    let preview = async |place: &Place, file: &[u8], after: u64, limit: u16| {
        let limit = Limit::new(limit).unwrap();
        let request = PreviewImport { statement: Place::upload(file), after, limit };
        place.dashtam.imports().preview(&place.world.call(), request).await.unwrap()
    };
    let shown = preview(&place, &march, 0, 500).await;
    assert_eq!(place.ledger().await, (Vec::new(), Vec::new()));
    let kinds: ChangeKinds = dashtam_domain::ledger::ChangeKind::ALL.into_iter().collect();
    let request = ListChanges { kinds: Some(kinds), after: None, limit: Limit::default() };
    let feed = place.dashtam.ledger().changes(&place.world.call(), request).await.unwrap();
    assert!(feed.items.is_empty());
    assert!(shown.accounts[0].is_new && shown.accounts[0].balance.is_some());
    assert_eq!(shown.import.counts, place.send(&march).await.counts);

    let corrected = "<CORRECTFITID>2<CORRECTACTION>REPLACE";
    let deletes = "<CORRECTFITID>1<CORRECTACTION>DELETE";
    let rows = [
        stmt("1", "-5", ""),
        stmt("3", "-7.20", corrected),
        stmt("bad", "x", ""),
        stmt("4", "-1", ""),
        stmt("5", "-5", deletes),
        stmt("6", "-5", "<CORRECTFITID>nothing<CORRECTACTION>DELETE"),
    ];
    let april = ofx(&rows.concat(), "50.00", "20260430");
    let before = place.ledger().await;
    let shown = preview(&place, &april, 0, 500).await;
    use RowFate::{Changed, Known, New, Refused};
    let fates: Vec<RowFate> = shown.rows.items.iter().map(|row| row.fate).collect();
    assert_eq!(fates, [Known, Changed, Refused, New, Changed, Known]);
    assert!(shown.rows.items.iter().map(|row| row.number).eq(1..=6));
    let of = |id: &str| before.1.iter().find(|row| row.source_id == id).map(|row| row.id);
    let about: Vec<_> = shown.rows.items.iter().map(|row| row.transaction).collect();
    assert_eq!(about, [of("1"), of("2"), None, None, of("1"), None]);
    assert!(shown.rows.items.iter().all(|row| row.reason.is_some() != (row.fate == New)));
    assert_eq!(shown.rows.items[2].field.as_deref(), Some("TRNAMT"));
    assert_eq!((shown.changed, shown.accounts[0].is_new), (2, false));
    // Page by page it is the same.
    let mut paged = Vec::new();
    let mut after = Some(0);
    while let Some(from) = after {
        let page = preview(&place, &april, from, 2).await.rows;
        paged.extend(page.items);
        after = page.next;
    }
    let same = |one: &[dashtam_application::imports::PreviewRow]| {
        one.iter().map(|row| (row.number, row.fate, row.transaction)).collect::<Vec<_>>()
    };
    assert_eq!(same(&paged), same(&shown.rows.items));
    assert_eq!(place.ledger().await, before);
    let done = place.send(&april).await;
    assert_eq!((done.counts, done.problems), (shown.import.counts, shown.import.problems));
}

#[tokio::test]
async fn what_runs_or_is_not_remembered_stays() {
    let mut world = World::new();
    let (owner, running) = (world.owner, builders::import(world.owner));
    let ended = Import { state: ImportState::Completed, finished_at: Some(at(5)), ..running.clone() };
    let other = ImportId(builders::id());
    let id = running.id;
    world.unit(|unit| {
        unit.imports.expect_find().times(1).return_once(|_, _| Ok(Some(running)));
    });
    world.unit(|unit| {
        unit.imports.expect_find().times(1).returning(|_, _| Ok(None));
    });
    let found = ended.clone();
    world.unit(|unit| {
        unit.imports.expect_find().times(1).return_once(|_, _| Ok(Some(found)));
        unit.imports.expect_in_doubt().times(1).returning(move |_, _| Ok(Some(other)));
    });
    let mut lines = dashtam_testkit::fakes::Recorder::new();
    let done = world.unit(|unit| {
        let found = move |asked: &_, which: &_| (*asked, *which) == (owner, id);
        unit.imports.expect_find().withf(found).times(1).return_once(|_, _| Ok(Some(ended)));
        unit.imports.expect_in_doubt().returning(|_, _| Ok(None));
        unit.reconciliations.expect_applied_to_import().times(1).returning(|_, _, _| Ok(Vec::new()));
        unit.reconciliations.expect_dismiss_import().times(1).returning(|_, _, _| Ok(0));
        unit.transfers.expect_of_import().times(1).returning(|_, _, _| Ok(Vec::new()));
        let back = TakenBack { removed: 3, kept: 2, restored: 1 };
        unit.told.expect_take_back_rows().times(1).returning(move |_, _, _| Ok(back));
        unit.told
            .expect_accounts()
            .times(1)
            .returning(|_, _| Ok(vec![dashtam_domain::id::AccountId(builders::id())]));
        unit.holding_days.expect_forget().times(1).returning(|_, _, _| Ok(0));
        unit.told.expect_of_account().times(1).returning(|_, _| Ok(Tellings::default()));
        unit.balances.expect_latest().returning(|_, _| Ok(None));
        unit.accounts.expect_find().returning(|_, _| Ok(None));
        unit.told.expect_forget().times(1).returning(|_, _| Ok(()));
        unit.imports.expect_undo().times(1).returning(|_, _, _| Ok(true));
        lines = unit.records_audit();
    });
    let lost = world.unit(|unit| {
        let ended =
            Import { state: ImportState::Completed, finished_at: Some(at(5)), ..builders::import(owner) };
        unit.imports.expect_find().times(1).return_once(|_, _| Ok(Some(ended)));
        unit.imports.expect_in_doubt().returning(|_, _| Ok(None));
        unit.reconciliations.expect_applied_to_import().times(1).returning(|_, _, _| Ok(Vec::new()));
        unit.reconciliations.expect_dismiss_import().times(1).returning(|_, _, _| Ok(0));
        unit.transfers.expect_of_import().times(1).returning(|_, _, _| Ok(Vec::new()));
        unit.told.expect_take_back_rows().returning(|_, _, _| Ok(TakenBack::default()));
        unit.told.expect_accounts().returning(|_, _| Ok(Vec::new()));
        unit.told.expect_forget().returning(|_, _| Ok(()));
        unit.imports.expect_undo().times(1).returning(|_, _, _| Ok(false));
    });
    let (call, dashtam) = (world.call(), world.build());
    let undo = async || dashtam.imports().undo(&call, UndoImport { import: id }).await;
    assert_refused!(undo().await, ImportError::Fixed(ImportFixed::Running));
    assert_refused!(undo().await, ImportError::NotFound);
    let refused = undo().await;
    assert!(matches!(refused, Err(ImportError::InDoubt(of)) if of == other));
    let undone = undo().await.unwrap();
    assert_eq!(undone.state, ImportState::Undone);
    assert_eq!(
        undone.undone.unwrap(),
        Undone { at: call.now, removed: 3, kept: 2, restored: 1, accounts: 0 }
    );
    assert!(done.is_committed());
    assert_line(&lines.only(), &call, AuditAction::StatementImportUndone, owner);
    assert_refused!(undo().await, ImportError::Fixed(ImportFixed::Undone));
    assert!(!lost.is_committed());
}

#[tokio::test]
async fn rows_that_were_merged_hold_their_import() {
    let mut world = World::new();
    let owner = world.owner;
    let ended = Import { state: ImportState::Completed, finished_at: Some(at(5)), ..builders::import(owner) };
    let (id, merged) = (ended.id, DecisionId(builders::id()));
    let refused = world.unit(|unit| {
        unit.imports.expect_find().times(1).return_once(|_, _| Ok(Some(ended)));
        unit.imports.expect_in_doubt().returning(|_, _| Ok(None));
        unit.reconciliations
            .expect_applied_to_import()
            .withf(move |of, which, limit| (*of, *which, limit.get()) == (owner, id, 10))
            .times(1)
            .returning(move |_, _, _| Ok(vec![merged]));
    });
    let (call, dashtam) = (world.call(), world.build());
    let undone = dashtam.imports().undo(&call, UndoImport { import: id }).await;
    assert!(matches!(&undone, Err(ImportError::Merged(ids)) if ids[..] == [merged]), "{undone:?}");
    assert!(!refused.is_committed());
}
