//! How soon the real server answers on an existing SQLite file, and its memory at rest.

use std::time::Duration;

use anyhow::Result;
use dashtam_domain::sources::Sources;
use dashtam_persistence::Options;
use serde_json::json;

use crate::{
    cli::{Part, Scale},
    data::{add_person, fill_ledger},
    engine::Engine,
    memory::mib,
    program::Program,
    report::{Figure, Quantity, Target},
    statistics::median,
};

/// How long the server is left alone before its memory is read.
const REST: Duration = Duration::from_secs(2);

/// Measures several starts of the server, and its memory at rest.
pub(super) async fn measure(sources: &Sources, scale: Scale) -> Result<Vec<Figure>> {
    let directory = tempfile::Builder::new().prefix("dashtam-bench-").tempdir()?;
    // The first start makes keys and database.
    Program::start(directory.path(), None).await?.stop().await?;
    let file = directory.path().join("dashtam.db").display().to_string();
    let database = dashtam_persistence::connect(Options::new(file)).await?;
    let person = add_person(&database, sources).await?;
    fill_ledger(&database, sources, person.user.id, scale.few_rows).await?;
    database.close().await;

    let mut times = Vec::new();
    let mut resting = Vec::new();
    for _ in 0..scale.repeats {
        let program = Program::start(directory.path(), None).await?;
        times.push(program.started_in.as_secs_f64() * 1_000.0);
        tokio::time::sleep(REST).await;
        resting.push(mib(program.memory.resident()?));
        program.stop().await?;
    }
    let engine = Some(Engine::Sqlite);
    Ok(vec![
        Figure::new(Part::Start, engine, "start to first answer", Quantity::millis(median(times.clone())))
            .target(Target::AtMost(200.0))
            .details(json!({"starts_ms": times})),
        Figure::new(Part::Start, engine, "memory at rest", Quantity::mib(median(resting.clone())))
            .target(Target::AtMost(60.0))
            .details(json!({"resident_mib": resting})),
    ])
}
