//! Sign-in beside one password hash, and the memory of a hundred sign-ins at once.

use std::time::Instant;

use anyhow::{Context, Result};
use dashtam_domain::{identity::PasswordHasher, sources::Sources};
use dashtam_persistence::Options;
use futures_util::future::try_join_all;
use serde_json::json;

use crate::{
    cli::Part,
    data::{Person, add_person},
    engine::Engine,
    lab::Lab,
    load::{Wire, apart},
    memory::{growth, mib},
    program::Program,
    report::{Figure, Quantity, Target},
    statistics::{median, paired_ratio, quantile, sorted},
};

/// The number of sign-ins at the same time.
const AT_ONCE: usize = 100;
/// Memory of one Argon2id hash with the default parameters, in MiB.
const HASH_MIB: f64 = 19.0;

/// Measures sign-ins and password hashes in turn, then many sign-ins at once.
pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>> {
    let (engine, turns) = (lab.engine(), lab.scale.hashes);
    let site = lab.site().await?;
    add_person(&site.database, &lab.sources).await?;
    let (address, hasher) = (site.address, lab.hasher.clone());
    let (logins, hashes) = apart(move || async move {
        let (password, request) = (Person::password()?, Person::login());
        let mut wire = Wire::connect(address).await?;
        let (mut logins, mut hashes) = (Vec::new(), Vec::new());
        for turn in 0..turns + 3 {
            let begun = Instant::now();
            wire.ask(&request).await?.good()?;
            let login = begun.elapsed();
            let begun = Instant::now();
            hasher.hash(&password).await?;
            let hash = begun.elapsed();
            if turn >= 3 {
                logins.push(login.as_secs_f64() * 1_000.0);
                hashes.push(hash.as_secs_f64() * 1_000.0);
            }
        }
        Ok((logins, hashes))
    })
    .await?;
    drop(site.stop().await);
    let ratio = paired_ratio(&logins, &hashes);
    let (logins, hashes) = (sorted(logins), sorted(hashes));
    let figure = Figure::new(Part::Login, Some(engine), "login", Quantity::millis(median(logins.clone())))
        .beside("one hash", Quantity::millis(median(hashes.clone())), ratio)
        .target(Target::RatioAtMost(1.2))
        .details(json!({
            "turns": turns, "p99_ms": quantile(&logins, 0.99), "hash_p99_ms": quantile(&hashes, 0.99),
        }));
    Ok(vec![figure])
}

/// The real server's memory while a hundred clients sign in.
pub(super) async fn memory(sources: &Sources) -> Result<Vec<Figure>> {
    let directory = tempfile::Builder::new().prefix("dashtam-bench-").tempdir()?;
    // The first start makes keys and database.
    Program::start(directory.path(), None).await?.stop().await?;
    let file = directory.path().join("dashtam.db").display().to_string();
    let database = dashtam_persistence::connect(Options::new(file)).await?;
    add_person(&database, sources).await?;
    database.close().await;

    let program = Program::start(directory.path(), None).await?;
    let before = program.memory.resident()?;
    program.memory.forget_peak()?;
    let address = program.address;
    let took = apart(move || async move {
        let mut wires = Vec::with_capacity(AT_ONCE);
        for _ in 0..AT_ONCE {
            wires.push(Wire::connect(address).await?);
        }
        let request = Person::login();
        let begun = Instant::now();
        try_join_all(wires.iter_mut().map(|wire| async { wire.ask(&request).await?.good() })).await?;
        Ok(begun.elapsed())
    })
    .await
    .context("a hundred sign-ins")?;
    let peak = program.memory.peak()?;
    program.stop().await?;

    let processors = std::thread::available_parallelism().map_or(1, usize::from) as f64;
    let bound = 2.0 * HASH_MIB * processors;
    let figure = Figure::new(
        Part::Login,
        Some(Engine::Sqlite),
        format!("{AT_ONCE} logins at once: memory"),
        Quantity::mib(growth(before, peak)),
    )
    .target(Target::AtMost(bound))
    .details(
        json!({"before_mib": mib(before), "peak_mib": mib(peak), "took_ms": took.as_secs_f64() * 1_000.0}),
    );
    Ok(vec![figure])
}
