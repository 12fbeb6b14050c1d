//! What refresh and sign-in cost when there are few and when there are many sessions.

use std::{net::SocketAddr, time::Instant};

use anyhow::Result;
use serde_json::json;

use crate::{
    bare::look_at_tables,
    cli::Part,
    data::{Person, add_person, add_sessions, text},
    engine::Engine,
    lab::Lab,
    load::{Request, Runner, Wire, apart, order, take_turns},
    report::{Figure, Quantity, Target},
    statistics::{median, paired_ratio, quantile, sorted},
};

/// How much slower a large table may make a request.
const BOUND: f64 = 1.15;

/// Measures one engine.
pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>> {
    let (engine, scale) = (lab.engine(), lab.scale);
    let mut sites = Vec::new();
    let mut chains = Vec::new();
    for count in scale.sessions {
        crate::tell(&format!("  {}: writing {count} sessions", engine.name()));
        let site = lab.site().await?;
        let person = add_person(&site.database, &lab.sources).await?;
        let token = add_sessions(&site, &lab.sources, &person.user, count).await?;
        if engine == Engine::Postgres {
            look_at_tables(site.url()).await?;
        }
        chains.push((site.address, token.expose().to_owned()));
        sites.push(site);
    }
    let refreshes = refresh(chains, scale.turns).await?;
    let addresses = sites.iter().map(|site| Runner { address: site.address, request: Person::login() });
    let logins = take_turns(addresses.collect(), scale.hashes).await?;
    for site in sites {
        drop(site.stop().await);
    }
    let mut figures = Vec::new();
    for (name, times) in [("refresh", refreshes), ("login", logins)] {
        let middle: Vec<f64> = times.iter().map(|times| median(times.iter().copied())).collect();
        for index in 1..scale.sessions.len() {
            let ordered = sorted(times[index].iter().copied());
            let name = format!("{name} at {} sessions", scale.sessions[index]);
            let figure = Figure::new(Part::Sessions, Some(engine), name, Quantity::millis(middle[index]))
                .beside(
                    format!("at {}", scale.sessions[0]),
                    Quantity::millis(middle[0]),
                    paired_ratio(&times[index], &times[0]),
                )
                .target(Target::RatioAtMost(BOUND))
                .details(json!({"turns": ordered.len(), "p99_ms": quantile(&ordered, 0.99)}));
            figures.push(figure);
        }
    }
    Ok(figures)
}

/// Exchanges one chain of refresh tokens at each site, in turn.
async fn refresh(chains: Vec<(SocketAddr, String)>, turns: usize) -> Result<Vec<Vec<f64>>> {
    apart(move || async move {
        let mut clients = Vec::with_capacity(chains.len());
        for (address, token) in chains {
            clients.push((Wire::connect(address).await?, token));
        }
        let mut times = vec![Vec::with_capacity(turns); clients.len()];
        let warm_up = turns / 10 + 1;
        for turn in 0..turns + warm_up {
            for index in order(clients.len(), turn) {
                let (wire, token) = &mut clients[index];
                let request = Request::post("/api/v1/auth/refresh", &json!({"refresh_token": token}));
                let sent = Instant::now();
                let answer = wire.ask(&request).await?;
                let took = sent.elapsed();
                *token = text(&answer.json()?, "refresh_token")?;
                if turn >= warm_up {
                    times[index].push(took.as_secs_f64() * 1_000.0);
                }
            }
        }
        Ok(times)
    })
    .await
}
