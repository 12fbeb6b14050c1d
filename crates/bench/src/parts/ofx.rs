//! Statement files and tables: how fast they are read and stored, and in how much memory.

use std::{hint::black_box, time::Instant};

use anyhow::{Context, Result, bail};
use dashtam_application::imports::{AccountChoice, ImportStatement};
use dashtam_domain::{
    call::Call,
    delivery::idempotency::StoredAnswer,
    id::SessionId,
    ledger::{
        Import,
        statement::{StatementEvent, StatementReader},
    },
};
use serde_json::json;

use crate::{
    cli::{Part, Scale},
    data::{Person, add_person, statement_file, table_file, text},
    lab::Lab,
    load::{Request, Wire, apart},
    memory::{Watched, growth, mib},
    program::Program,
    report::{Figure, Quantity, Target},
    statistics::median,
};

/// Rows of a second that have to be read, and stored.
const READ: f64 = 50_000.0;
const STORED: f64 = 10_000.0;
/// Rows of a table, which are shorter.
const TABLE_STORED: f64 = 30_000.0;
/// Memory beyond a file may differ by this much between a short and a long one: SQLite's bounded page cache, and
/// what the allocator keeps.
const FLAT_MIB: f64 = 32.0;

/// An answer that nobody asks for again: the calls have no idempotency key.
fn answer(_: &Import) -> StoredAnswer {
    StoredAnswer { status: 201, body: String::new() }
}

/// Reads files without storing anything.
pub(super) fn read(scale: Scale) -> Result<Vec<Figure>> {
    let [short, long] = scale.statement_rows;
    let mut beyond = Vec::new();
    for rows in [short, long] {
        let file = statement_file(1, rows);
        let memory = Watched::myself();
        let before = memory.resident()?;
        memory.forget_peak()?;
        read_once(&file, rows)?;
        beyond.push(growth(before, memory.peak()?));
    }
    let file = statement_file(1, long);
    let mut rates = Vec::new();
    for _ in 0..scale.repeats {
        let begun = Instant::now();
        read_once(&file, long)?;
        rates.push(long as f64 / begun.elapsed().as_secs_f64());
    }
    Ok(vec![
        Figure::new(Part::Ofx, None, format!("{long} rows read"), Quantity::rows(median(rates)))
            .target(Target::AtLeast(READ))
            .details(json!({"file_mib": mib(file.len() as u64)})),
        Figure::new(
            Part::Ofx,
            None,
            format!("{long} rows read: memory beyond the file"),
            Quantity::mib(beyond[1]),
        )
        .target(Target::AtMost(beyond[0] + 1.0))
        .details(json!({"rows": [short, long], "beyond_mib": beyond})),
    ])
}

fn read_once(file: &[u8], rows: usize) -> Result<()> {
    let readers = dashtam_statements::readers();
    let reader: &dyn StatementReader = &**readers.first().context("there is no reader")?;
    let is_row = |event: &StatementEvent| matches!(event, StatementEvent::Row(_));
    let taken = reader.read(file)?.map(black_box).filter(is_row).count();
    if taken != rows {
        bail!("{taken} of {rows} rows were taken");
    }
    Ok(())
}

/// Imports files of one format through the use case, each of a new account.
pub(super) async fn import(lab: &mut Lab, part: Part) -> Result<Vec<Figure>> {
    let (engine, scale) = (lab.engine(), lab.scale);
    let [_, rows] = scale.statement_rows;
    let site = lab.site().await?;
    let person = add_person(&site.database, &lab.sources).await?;
    let (mut rates, mut target) = (Vec::new(), STORED);
    for account in 0..scale.repeats {
        // A table names no account.
        let (file, choice, least) = match part {
            Part::Csv => (table_file(rows), Some(AccountChoice::New), TABLE_STORED),
            _ => (statement_file(account, rows), None, STORED),
        };
        target = least;
        let call = Call::user(person.user.id, SessionId(lab.sources.ids.next()), lab.sources.clock.now());
        let begun = Instant::now();
        let statement = ImportStatement { file_name: None, file, account: choice, profile: None };
        let import = site.dashtam.imports().create(&call, statement, answer).await?;
        rates.push(rows as f64 / begun.elapsed().as_secs_f64());
        if import.counts.taken != i64::try_from(rows)? {
            bail!("{} of {rows} rows were stored", import.counts.taken);
        }
    }
    drop(site.stop().await);
    let figure =
        Figure::new(part, Some(engine), format!("{rows} rows stored"), Quantity::rows(median(rates.clone())))
            .target(Target::AtLeast(target))
            .details(json!({"rounds": rates}));
    Ok(vec![figure])
}

/// The real server's memory while a file is uploaded and imported, beyond the file itself.
pub(super) async fn memory(lab: &mut Lab) -> Result<Vec<Figure>> {
    let engine = lab.engine();
    let [short, long] = lab.scale.statement_rows;
    let mut beyond = Vec::new();
    for rows in [short, long] {
        beyond.push(import_in_server(lab, rows).await?);
    }
    let name = format!("{long} rows stored: memory beyond the file");
    let figure = Figure::new(Part::Ofx, Some(engine), name, Quantity::mib(beyond[1]))
        .target(Target::AtMost(beyond[0] + FLAT_MIB))
        .details(json!({"rows": [short, long], "beyond_mib": beyond}));
    Ok(vec![figure])
}

async fn import_in_server(lab: &mut Lab, rows: usize) -> Result<f64> {
    let directory = tempfile::Builder::new().prefix("data-").tempdir_in(lab.host.folder())?;
    let place = lab.host.place().await?;
    let database = dashtam_persistence::connect(dashtam_persistence::Options::new(place.url.clone())).await?;
    add_person(&database, &lab.sources).await?;
    database.close().await;
    let program = Program::start(directory.path(), Some(&place.url)).await?;
    let token = Person::sign_in(program.address).await?;
    let before = program.memory.resident()?;
    program.memory.forget_peak()?;
    let (address, file) = (program.address, statement_file(1, rows));
    let size = file.len() as u64;
    apart(move || async move {
        let mut wire = Wire::connect(address).await?;
        let answer =
            wire.ask(&Request::upload("/api/v1/imports", &token, "statement.ofx", &file)).await?.json()?;
        text(&answer, "id").map(drop)
    })
    .await?;
    let peak = program.memory.peak()?;
    program.stop().await?;
    Ok(growth(before + size, peak))
}
