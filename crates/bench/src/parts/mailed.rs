//! Mailed tokens among few and among many, and whether a clock tells known addresses from unknown ones.

use std::{net::SocketAddr, time::Instant};

use anyhow::{Result, bail};
use dashtam_domain::{
    identity::{PasswordHasher, Purpose},
    secret::SecretKind,
};
use serde_json::{Value, json};

use crate::{
    bare::look_at_tables,
    cli::Part,
    data::{Person, add_people, add_tokens, address},
    engine::Engine,
    lab::Lab,
    load::{Request, Wire, apart, order},
    report::{Figure, Quantity, Target},
    statistics::{median, paired_ratio},
};

/// How much slower a large table may make a request.
const BOUND: f64 = 1.15;
/// How far known and unknown addresses may differ; what is left is noise.
const ALIKE: f64 = 1.1;

/// Measures one engine.
pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>> {
    let mut figures = tables(lab).await?;
    figures.extend(addresses(lab).await?);
    Ok(figures)
}

/// One row of requests for one server.
type Row = (SocketAddr, Vec<(Request, u16)>);

/// Name, path, whether the known addresses are verified, the answer, turns, and the body about an address.
type Case<'a> = (&'a str, &'a str, bool, u16, usize, &'a dyn Fn(String) -> Value);

/// Verification and the look at a reset, with few and with many live tokens.
async fn tables(lab: &mut Lab) -> Result<Vec<Figure>> {
    let (engine, scale) = (lab.engine(), lab.scale);
    let hash = lab.hasher.hash(&Person::password()?).await?;
    let (mut sites, mut verifications, mut looks) = (Vec::new(), Vec::new(), Vec::new());
    for count in scale.sessions {
        crate::tell(&format!("  {}: writing {count} mailed tokens", engine.name()));
        let site = lab.site().await?;
        // Each turn uses a token up, so there are a few more than the figure says.
        let turns = warmed(scale.turns);
        let users = add_people(&site.database, &lab.sources, &hash, count + turns, false).await?;
        let kinds = (SecretKind::EmailVerification, Purpose::EmailVerification);
        let tokens = add_tokens(&site.database, &lab.sources, &users, kinds, turns).await?;
        let kinds = (SecretKind::PasswordReset, Purpose::PasswordReset);
        let resets = add_tokens(&site.database, &lab.sources, &users, kinds, turns).await?;
        if engine == Engine::Postgres {
            look_at_tables(site.url()).await?;
        }
        let verify = |token: &str| Request::post("/api/v1/auth/verify-email", &json!({"token": token}));
        let look = |token: &str| Request::get(&format!("/api/v1/password-resets/{token}"), None);
        verifications.push((site.address, tokens.iter().map(|t| (verify(t.expose()), 200)).collect()));
        looks.push((site.address, resets.iter().map(|t| (look(t.expose()), 200)).collect()));
        sites.push(site);
    }
    let mut figures = Vec::new();
    for (name, rows) in [("verify e-mail", verifications), ("look at a reset", looks)] {
        let times = in_turns(rows, scale.turns).await?;
        for index in 1..scale.sessions.len() {
            let middle = |times: &[f64]| Quantity::millis(median(times.iter().copied()));
            let name = format!("{name} among {} tokens", scale.sessions[index]);
            let ratio = paired_ratio(&times[index], &times[0]);
            let few = format!("among {}", scale.sessions[0]);
            figures.push(
                Figure::new(Part::Mailed, Some(engine), name, middle(&times[index]))
                    .beside(few, middle(&times[0]), ratio)
                    .target(Target::RatioAtMost(BOUND)),
            );
        }
    }
    for site in sites {
        drop(site.stop().await);
    }
    Ok(figures)
}

/// Every request that names an address: one that is known, in turn with one that is not.
async fn addresses(lab: &mut Lab) -> Result<Vec<Figure>> {
    let (engine, scale) = (lab.engine(), lab.scale);
    let hash = lab.hasher.hash(&Person::password()?).await?;
    let mut figures = Vec::new();
    let wrong = |email: String| json!({"email": email, "password": "Some-Other-Word-2"});
    let only = |email: String| json!({"email": email});
    let new = |email: String| json!({"email": email, "password": "Some-Other-Word-2", "name": "Katherine"});
    let cases: [Case<'_>; 4] = [
        ("wrong password", "/api/v1/auth/login", true, 401, scale.hashes, &wrong),
        ("register", "/api/v1/auth/register", true, 201, scale.hashes, &new),
        ("ask for a reset", "/api/v1/password-resets", true, 202, scale.turns, &only),
        ("verification again", "/api/v1/auth/resend-verification", false, 202, scale.turns, &only),
    ];
    for (name, path, verified, status, turns, body) in cases {
        let site = lab.site().await?;
        // Each address is named once, so that no budget of attempts or mails is spent.
        add_people(&site.database, &lab.sources, &hash, warmed(turns), verified).await?;
        let known = |number| Request::post(path, &body(address(number)));
        let unknown = |number| Request::post(path, &body(format!("nobody{number}@example.com")));
        let row = |request: &dyn Fn(usize) -> Request| -> Row {
            (site.address, (0..warmed(turns)).map(|number| (request(number), status)).collect())
        };
        let times = in_turns(vec![row(&known), row(&unknown)], turns).await?;
        drop(site.stop().await);
        let [known, unknown] = &times[..] else { bail!("two rows were asked") };
        let middle = |times: &[f64]| Quantity::millis(median(times.iter().copied()));
        let ratio = paired_ratio(known, unknown);
        figures.push(
            Figure::new(Part::Mailed, Some(engine), format!("{name}, known address"), middle(known))
                .beside("unknown", middle(unknown), ratio)
                .target(Target::RatioAtMost(ALIKE))
                .details(json!({"at_least": 1.0 / ALIKE})),
        );
    }
    Ok(figures)
}

/// The number of turns, with those that only warm up.
fn warmed(turns: usize) -> usize {
    turns + turns / 10 + 1
}

/// Turns on one set of connections. The threads behind a connection stay on the processors they began on, and waking
/// one on another processor costs up to half a request: with the same connections all along, a row would be slow or
/// quick by that alone.
const TURNS_OF_A_CONNECTION: usize = 10;

/// Sends the rows' requests one after the other, row by row in turn; the times in milliseconds.
async fn in_turns(rows: Vec<Row>, turns: usize) -> Result<Vec<Vec<f64>>> {
    apart(move || async move {
        let mut wires = Vec::with_capacity(rows.len());
        let mut times = vec![Vec::with_capacity(turns); rows.len()];
        for turn in 0..warmed(turns) {
            if turn % TURNS_OF_A_CONNECTION == 0 {
                wires.clear();
                for (address, _) in &rows {
                    wires.push(Wire::connect(*address).await?);
                }
            }
            for index in order(rows.len(), turn) {
                let (request, status) = &rows[index].1[turn];
                let sent = Instant::now();
                let answer = wires[index].ask(request).await?;
                let took = sent.elapsed();
                if answer.status != *status {
                    bail!("answered {}: {}", answer.status, String::from_utf8_lossy(answer.body));
                }
                if turn >= warmed(turns) - turns {
                    times[index].push(took.as_secs_f64() * 1_000.0);
                }
            }
        }
        Ok(times)
    })
    .await
}
