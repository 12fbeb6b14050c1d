//! Throughput of authenticated reads beside the same queries in bare handlers, and of `me` beside a constant.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::{
    cli::Part,
    data::{Person, add_person},
    lab::{Lab, Ledger},
    load::{Request, Round, Runner, Wire, contest},
    report::{Figure, Quantity, Target},
    site::Signature,
    statistics::{median, paired_ratio},
};

/// Requests to `me` with the database closed: few enough to end before the cache forgets.
const WITHOUT_DATABASE: usize = 1_000;

/// A throughput contest of the API against its references.
struct Contest<'a> {
    name: String,
    ours: Runner,
    references: Vec<(&'a str, Runner, Target)>,
}

/// Measures the reads of one engine.
pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>> {
    let (engine, scale) = (lab.engine(), lab.scale);
    let mut figures = Vec::new();
    for contestants in contests(lab.ledgers().await?) {
        let Contest { name, ours, references } = contestants;
        let mut runners = vec![ours];
        runners.extend(references.iter().map(|(_, runner, _)| runner.clone()));
        let outcome = contest(runners, scale).await?;
        let Some((ours, others)) = outcome.split_first() else { continue };
        for ((what, _, target), other) in references.iter().zip(others) {
            let ratio = paired_ratio(&rates(ours), &rates(other));
            let figure = Figure::new(Part::Reads, Some(engine), &name, Quantity::rate(median(rates(ours))))
                .beside(*what, Quantity::rate(median(rates(other))), ratio)
                .target(*target)
                .details(json!({"ours": details(ours), "reference": details(other)}));
            figures.push(figure);
        }
    }
    figures.push(signatures(lab).await?);
    figures.push(without_database(lab).await?);
    Ok(figures)
}

fn contests(ledgers: &[Ledger; 2]) -> Vec<Contest<'static>> {
    let [few, many] = ledgers;
    let bare = Target::RatioAtLeast(0.7);
    let page = |ledger: &Ledger| Contest {
        name: format!("page of 100 out of {}", ledger.rows),
        ours: ledger.ours(&ledger.first_page()),
        references: vec![("bare", ledger.bare("/transactions"), bare)],
    };
    vec![
        Contest {
            name: "me".to_owned(),
            ours: few.ours("/api/v1/auth/me"),
            references: vec![
                ("bare", few.bare("/me"), bare),
                ("constant", few.bare("/constant"), Target::RatioAtLeast(0.3)),
            ],
        },
        Contest {
            name: "accounts".to_owned(),
            ours: few.ours("/api/v1/accounts"),
            references: vec![("bare", few.bare("/accounts"), bare)],
        },
        // Whoever follows the feed asks again and again, and mostly there is nothing.
        Contest {
            name: format!("feed with nothing new, out of {}", many.rows),
            ours: many.ours(&many.idle_feed()),
            references: vec![("me", many.ours("/api/v1/auth/me"), Target::RatioAtLeast(1.0 / 1.5))],
        },
        // No bare handler: the state of a connection is worked out, not read. Both lists are one statement.
        Contest {
            name: "connections".to_owned(),
            ours: few.ours("/api/v1/providers"),
            references: vec![("list of accounts", few.ours("/api/v1/accounts"), Target::RatioAtLeast(0.5))],
        },
        page(few),
        page(many),
    ]
}

/// `me` with tokens of a key pair beside `me` with tokens of a shared secret.
async fn signatures(lab: &mut Lab) -> Result<Figure> {
    let (mut sites, mut runners) = (Vec::new(), Vec::new());
    for signature in [Signature::Rs256, Signature::Hs256] {
        let site = lab.site_with(signature).await?;
        add_person(&site.database, &lab.sources).await?;
        let token = Person::sign_in(site.address).await?;
        let request = Request::get("/api/v1/auth/me", Some(&token));
        runners.push(Runner { address: site.address, request });
        sites.push(site);
    }
    let outcome = contest(runners, lab.scale).await?;
    for site in sites {
        drop(site.stop().await);
    }
    let [pair, secret] = &outcome[..] else { bail!("two servers were asked") };
    let ratio = paired_ratio(&rates(pair), &rates(secret));
    let figure =
        Figure::new(Part::Reads, Some(lab.engine()), "me, RS256", Quantity::rate(median(rates(pair))));
    Ok(figure
        .beside("HS256", Quantity::rate(median(rates(secret))), ratio)
        .target(Target::RatioAtLeast(1.0 / 1.3))
        .details(json!({"ours": details(pair), "reference": details(secret)})))
}

/// Asks for `me` once, closes the database and asks again: what is answered needed no round trip.
async fn without_database(lab: &mut Lab) -> Result<Figure> {
    let site = lab.site().await?;
    add_person(&site.database, &lab.sources).await?;
    let token = Person::sign_in(site.address).await?;
    let me = Request::get("/api/v1/auth/me", Some(&token));
    let mut wire = Wire::connect(site.address).await?;
    wire.ask(&me).await?.good()?;
    site.database.close().await;
    let mut answered = 0;
    for _ in 0..WITHOUT_DATABASE {
        if wire.ask(&me).await?.good().is_err() {
            break;
        }
        answered += 1;
    }
    drop(site.stop().await);
    let answered = Quantity::answers(f64::from(answered));
    let figure = Figure::new(Part::Reads, Some(lab.engine()), "me, database closed", answered);
    Ok(figure.target(Target::AtLeast(WITHOUT_DATABASE as f64)))
}

fn rates(rounds: &[Round]) -> Vec<f64> {
    rounds.iter().map(|round| round.rate).collect()
}

fn details(rounds: &[Round]) -> Value {
    json!({
        "rounds": rates(rounds),
        "p50_ms": median(rounds.iter().map(|round| round.middle)),
        "p99_ms": median(rounds.iter().map(|round| round.slow)),
    })
}
