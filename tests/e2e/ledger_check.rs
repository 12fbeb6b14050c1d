//! The sums that balances are reckoned from, spoilt and put right.

use dashtam_tests::{
    Engine, Place, Server, User,
    program::{self, Ended},
};
use serde_json::Value;

use crate::engines::{on_both_engines, place};

on_both_engines!(sums_of_days_that_are_wrong_are_found_and_put_right);

async fn check(place: &Place, more: &'static [&'static str]) -> Ended {
    let place = place.clone();
    let run = move || {
        let directory = place.path().display().to_string();
        let arguments: Vec<&str> =
            ["ledger", "check", "--data-dir", &directory].iter().chain(more).copied().collect();
        let database: Vec<_> = place.database_url().map(|url| ("DATABASE_URL", url)).into_iter().collect();
        program::run(&arguments, &database)
    };
    tokio::task::spawn_blocking(run).await.expect("the command ends")
}

fn days(ended: &Ended) -> u64 {
    let report: Value = serde_json::from_str(&ended.stdout).expect("a report");
    report["days"].as_u64().expect("a number of days")
}

async fn sums_of_days_that_are_wrong_are_found_and_put_right(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let provider = user.link("alice").await;
    user.sync_well(&provider).await;
    let account = user.api.all("/api/v1/accounts").await[0]["id"].as_str().expect("an id").to_owned();
    let history = format!("/api/v1/accounts/{account}/balances");
    let right = user.api.get(&history).await.expect(200);
    let fine = check(&place, &["--json"]).await;
    assert_eq!((fine.code, days(&fine)), (Some(0), 0), "{}", fine.stderr);

    let stored = place.number("SELECT CAST(COUNT(*) AS TEXT) FROM account_days").await;
    let lost = place.change("DELETE FROM account_days WHERE day >= '2026-11-01'").await;
    let wrong =
        place.change("UPDATE account_days SET sum = '0.01', count = 7 WHERE day < '2026-10-01'").await;
    assert!(lost > 0 && wrong > 0 && lost + wrong < stored, "{lost} and {wrong} of {stored}");
    let found = check(&place, &["--json"]).await;
    assert_eq!((found.code, days(&found)), (Some(1), lost + wrong), "{}", found.stderr);
    assert_ne!(user.api.get(&history).await.expect(200), right);
    let repaired = check(&place, &["--repair", "--json"]).await;
    assert_eq!((repaired.code, days(&repaired)), (Some(0), lost + wrong), "{}", repaired.stderr);
    assert_eq!(user.api.get(&history).await.expect(200), right);
    assert_eq!(place.number("SELECT CAST(COUNT(*) AS TEXT) FROM account_days").await, stored);
    let plain = check(&place, &[]).await;
    assert_eq!(plain.code, Some(0), "{}", plain.stderr);
    assert!(plain.stdout.contains("0 day(s) wrong"), "{}", plain.stdout);
}
