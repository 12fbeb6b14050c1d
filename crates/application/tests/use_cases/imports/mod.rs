//! Statement files.

mod balances;
mod choices;
mod corrections;
mod create;
mod pages;
mod real_store;
mod undo;
mod unusable;

use dashtam_application::imports::{ImportError, ImportStatement};
use dashtam_domain::{
    id::AccountId,
    ledger::{
        Account, AccountKind, Import, Transaction, TransactionDetails, TransactionKind,
        statement::{
            StatementAccount, StatementBalance, StatementBalanceKind, StatementEvent, StatementProblem,
            StatementRow,
        },
    },
    money::Currency,
    time::Day,
};
use dashtam_testkit::{
    builders::{self, day, decimal},
    fakes::{Recorder, ScriptedReader},
    mocks::MockUnitOfWork,
};

use crate::world::{Unit, World, unkept};

/// The caller's upload of a file that reads as these events.
fn upload(world: &mut World, events: Vec<StatementEvent>) -> ImportStatement {
    world.reader(ScriptedReader::new().knowing("file", Ok(events)));
    world.queries.ledger.expect_file_accounts().returning(|_| Ok(Vec::new()));
    let file = ScriptedReader::file("file");
    ImportStatement { file_name: Some("March.script".to_owned()), file, account: None, profile: None }
}

async fn import(world: &mut World, request: ImportStatement) -> Result<Import, ImportError> {
    let call = world.call();
    world.build().imports().create(&call, request, unkept).await
}

fn account() -> StatementAccount {
    StatementAccount {
        line: 2,
        institution: Some("First Bank".to_owned()),
        institution_id: "0123".to_owned(),
        institution_hint: None,
        branch: None,
        number: Some("12-3456-7890".to_owned()),
        name: None,
        kind: AccountKind::Checking,
        kind_word: "CHECKING".to_owned(),
        currency: Some(Currency::USD),
    }
}

/// A row of this line with an id of the institution.
fn row(line: u64) -> StatementRow {
    StatementRow {
        line,
        source_id: Some(format!("fit-{line}")),
        corrects: None,
        day: day(3),
        occurred_at: None,
        amount: decimal("-12.30"),
        kind: TransactionKind::Debit,
        source_kind: "DEBIT".to_owned(),
        name: Some(format!("Shop {line}")),
        memo: None,
        check_number: None,
        reference: None,
        currency: None,
        trade: None,
        details: TransactionDetails::default(),
        raw: format!("<STMTTRN>{line}"),
    }
}

fn balance(kind: StatementBalanceKind, amount: &str, as_of: Option<Day>) -> StatementEvent {
    StatementEvent::Balance(StatementBalance { line: 9, kind, amount: decimal(amount), as_of })
}

fn problem(line: u64) -> StatementProblem {
    StatementProblem { line, reason: format!("Line {line} is odd.") }
}

/// The look-up for an earlier answer, which is never committed, and the unit that writes the running import.
fn begins(world: &mut World) -> (Unit, Unit) {
    let look_up = world.unit(|_| {});
    let begun = world.unit(|unit| {
        unit.imports.expect_insert().times(1).returning(|_| Ok(()));
    });
    (look_up, begun)
}

/// The unit finds or makes the account, which then has this id; what was written is handed to the test.
fn upserts(unit: &mut MockUnitOfWork, id: AccountId) -> Recorder<Account> {
    let written = Recorder::new();
    let seen = written.clone();
    goes_on(unit);
    unit.accounts.expect_find().returning(|_, _| Ok(None));
    unit.accounts.expect_rename().returning(|_, _, _, _| Ok(false));
    unit.accounts.expect_upsert().times(1).returning(move |account| {
        seen.push(account.clone());
        Ok(id)
    });
    written
}

/// The unit of a page: these rows are stored already; what was added is handed to the test.
fn stores_page(unit: &mut MockUnitOfWork, known: Vec<Transaction>) -> Recorder<Vec<Transaction>> {
    let added = Recorder::new();
    let seen = added.clone();
    goes_on(unit);
    unit.knows_no_aliases();
    unit.transactions.expect_with_source_ids().times(1).return_once(|_, _, _| Ok(known));
    unit.transactions.expect_on_days().returning(|_, _, _, _| Ok(Vec::new()));
    unit.transactions.expect_insert().times(1).returning(move |rows| {
        seen.push(rows.to_vec());
        Ok(rows.len() as u64)
    });
    added
}

/// The import runs still when the unit begins, and what it tells may be noted.
fn goes_on(unit: &mut MockUnitOfWork) {
    unit.imports.expect_goes_on().returning(|_, _| Ok(true));
    unit.told.expect_note_account().returning(|_| Ok(()));
    unit.told.expect_note_balance().returning(|_| Ok(()));
    unit.told.expect_note_rows().returning(|_, _, _, _| Ok(()));
    unit.has_nothing_to_pair();
}

/// The last unit: the report and its line in the trail.
fn ends(world: &mut World) -> (Unit, Recorder<Import>) {
    let reports = Recorder::new();
    let seen = reports.clone();
    let unit = world.unit(|unit| {
        goes_on(unit);
        unit.imports.expect_update().times(1).returning(move |import| {
            seen.push(import.clone());
            Ok(())
        });
        unit.records_audit();
    });
    (unit, reports)
}

fn new_account_id() -> AccountId {
    AccountId(builders::id())
}
