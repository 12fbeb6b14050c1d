//! The net worth of what an institution and statements tell, by rates that a command stored beside the server.

use dashtam_tests::{
    Engine, Place, User,
    figures::{figure, today},
    program::{self, Ended},
    statement::{ofx, rows},
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::engines::{on_both_engines, shared};

on_both_engines!(
    balances_of_all_sources_make_the_net_worth,
    months_of_every_account_add_up_or_name_their_gap
);

/// Runs `dashtam rates import` on the database of a running server.
async fn import(place: &Place, name: &str, list: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, list).unwrap();
    let arguments =
        ["rates", "import", file.to_str().unwrap(), "--json", "--data-dir", place.path().to_str().unwrap()];
    let arguments = arguments.map(str::to_owned);
    let url = place.database_url().map(str::to_owned);
    let run = move || {
        let _folder = folder;
        let variables: Vec<_> = url.iter().map(|url| ("DATABASE_URL", url.as_str())).collect();
        program::run(&arguments, &variables)
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

fn report(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout)
        .unwrap_or_else(|_| panic!("not JSON: {}\n{}", ended.stdout, ended.stderr))
}

async fn balances_of_all_sources_make_the_net_worth(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let bank = user.link("alice").await;
    user.sync_well(&bank).await;
    let euros = ofx("4711", &rows(1, 40), 123_456, "20260831");
    let euros = String::from_utf8(euros).unwrap().replace("<CURDEF>USD", "<CURDEF>EUR");
    user.api.upload("a.ofx", euros.as_bytes()).await.expect(201);

    let now = today();
    let path = format!("/api/v1/net-worth?from={now}&to={now}");
    let mut histories = Vec::new();
    for account in user.api.all("/api/v1/accounts").await {
        let path =
            format!("/api/v1/accounts/{}/balances?from={now}&to={now}", account["id"].as_str().unwrap());
        histories.push(user.api.get(&path).await.expect(200));
    }
    assert!(histories.len() > 3, "{histories:?}");
    // The positions of all accounts are those of each.
    let mut positions = Vec::new();
    for of in &histories {
        let path = format!("/api/v1/accounts/{}/holdings", of["account_id"].as_str().unwrap());
        positions.extend(user.api.all(&path).await);
    }
    let mut listed = user.api.all("/api/v1/holdings").await;
    let first = user.api.get("/api/v1/holdings?limit=1").await.expect(200);
    let next = format!("/api/v1/holdings?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = user.api.get(&next).await.expect(200);
    assert_eq!([&first["items"][0], &second["items"][0]], [&listed[0], &listed[1]]);
    let name = |of: &Value| of["id"].as_str().unwrap().to_owned();
    positions.sort_by_key(name);
    listed.sort_by_key(name);
    assert!(!listed.is_empty() && listed == positions, "{} are listed", listed.len());
    let total = |currency: &str| -> Decimal {
        let of = histories.iter().filter(|of| of["currency"] == currency);
        of.map(|of| figure(&of["items"][0]["balance"]).unwrap()).sum()
    };
    let worth = user.api.get(&format!("{path}&currency=USD")).await.expect(200);
    let point = &worth["items"][0];
    assert_eq!(figure(&point["total"]), Some(total("USD")), "{worth}");
    assert_eq!(figure(&point["by_currency"]["EUR"]), Some(total("EUR")), "{worth}");
    assert_eq!(point["missing"].as_array().unwrap().len(), 1, "{worth}");

    // A day of long ago, which no other test asks about.
    let ecb = "Date,USD,JPY,\n2026-09-01,1.25,oops,\n2026-08-31,1.0865,163.42,\n";
    for stored in [3, 0] {
        let ended = import(server.place(), "eurofxref-hist.csv", ecb).await;
        assert_eq!(ended.code, Some(1), "one entry is refused: {}", ended.stderr);
        let report = report(&ended);
        assert_eq!(
            (&report["layout"], &report["rates"], &report["refused"]),
            (&json!("ecb"), &json!(3), &json!(1))
        );
        assert!(report["stored"].as_u64().unwrap() <= stored, "{report}");
        assert_eq!(report["problems"][0]["line"], 2);
    }
    let own = "day,base,quote,rate\n2026-08-30,EUR,SEK,11.5\n";
    assert_eq!(import(server.place(), "own.csv", own).await.code, Some(0));
    let end = "/api/v1/net-worth?from=2026-08-31&to=2026-09-01&strict=false";
    let worth = user.api.get(&format!("{end}&currency=USD")).await.expect(200);
    let dollars = figure(&worth["items"][0]["by_currency"]["USD"]).unwrap_or_default();
    let of_euros = figure(&json!("1234.56")).unwrap() * figure(&json!("1.0865")).unwrap();
    assert_eq!(figure(&worth["items"][0]["total"]), Some(dollars + of_euros), "{worth}");
    assert_eq!(worth["items"][0]["rates"][0]["rate_date"], "2026-08-31");
    assert_eq!(worth["items"][1]["rates"][0]["rate"], "1.25");
    let crowns = user.api.get("/api/v1/rates?base=USD&quote=SEK&date=2026-08-31").await.expect(200);
    assert_eq!((&crowns["path"], &crowns["rate_date"]), (&json!("pivot"), &json!("2026-08-30")));

    let refused = import(server.place(), "statement.csv", "Date,Amount\n2026-08-30,1\n").await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("no list of exchange rates"), "{}", refused.stderr);
}

async fn months_of_every_account_add_up_or_name_their_gap(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let bank = user.link("alice").await;
    user.sync_well(&bank).await;
    let known = rows(1, 200);
    user.api.upload("a.ofx", &ofx("4712", &known, 5_000, "20260731")).await.expect(201);
    // The next statement is not what the first and its rows lead to.
    user.api.upload("b.ofx", &ofx("4712", &rows(201, 30), 9_900, "20260831")).await.expect(201);
    let mut states = Vec::new();
    for account in user.api.all("/api/v1/accounts").await {
        let path = format!(
            "/api/v1/accounts/{}/reconciliation?from=2024-01&to=2026-09",
            account["id"].as_str().unwrap()
        );
        let months = user.api.get(&path).await.expect(200);
        assert_eq!(months["items"].as_array().unwrap().len(), 33);
        for month in months["items"].as_array().unwrap() {
            let of = |name: &str| figure(&month[name]);
            let state = month["state"].as_str().unwrap().to_owned();
            match (of("opening"), of("movements"), of("closing")) {
                (Some(opening), Some(moved), Some(closing)) => {
                    assert_eq!(of("difference"), Some(closing - opening - moved), "{month}");
                    let adds_up = of("difference") == Some(Decimal::ZERO);
                    assert!(state != "balanced" || adds_up, "{month}");
                    assert!(state != "gap" || month["gaps"].as_array().unwrap().len() == 1, "{month}");
                }
                _ => assert_eq!(state, "unknown", "{month}"),
            }
            states.push(state);
        }
    }
    let count = |of: &str| states.iter().filter(|state| *state == of).count();
    assert!(count("balanced") > 10, "{states:?}");
    assert!(count("gap") >= 1, "{states:?}");
}
