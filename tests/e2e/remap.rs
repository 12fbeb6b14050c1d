//! Stored rows are read again by the program's own mappers, beside a running server.

use dashtam_tests::{
    Engine, Place, Server, User,
    program::{self, Ended},
    statement::{ofx, rows},
};
use serde_json::Value;

use crate::engines::{on_both_engines, place};

on_both_engines!(what_was_misread_is_put_right_without_the_bank,);

async fn remap(place: &Place, more: &'static [&'static str]) -> Ended {
    let place = place.clone();
    let run = move || {
        let directory = place.path().display().to_string();
        let arguments: Vec<&str> = ["remap", "--data-dir", &directory].iter().chain(more).copied().collect();
        let database: Vec<_> = place.database_url().map(|url| ("DATABASE_URL", url)).into_iter().collect();
        program::run(&arguments, &database)
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// The last line of the answer, of a command that ended well.
fn counts(ended: &Ended) -> (u64, u64, u64, u64) {
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    let report: Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
    let count = |name: &str| report[name].as_u64().unwrap();
    (count("rows"), count("changed"), count("unreadable"), count("without_mapper"))
}

async fn what_was_misread_is_put_right_without_the_bank(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let provider = user.link("alice").await;
    user.sync_well(&provider).await;
    user.api.upload("a.ofx", &ofx("77", &rows(1, 40), 1, "20260831")).await.expect(201);
    let right = user.api.all("/api/v1/transactions").await;
    let all = u64::try_from(right.len()).unwrap();
    assert_eq!(
        counts(&remap(&place, &["--json"]).await),
        (all, 0, 0, 0),
        "what was just told is read the same"
    );
    assert_eq!(user.api.all("/api/v1/transactions").await, right);

    let cursor = user.api.get("/api/v1/sync?limit=500").await.expect(200);
    let mut cursor = cursor["next_cursor"].as_str().unwrap().to_owned();
    let follow = async |cursor: &mut String| {
        let mut found = 0;
        loop {
            let page = user.api.get(&format!("/api/v1/sync?limit=500&cursor={cursor}")).await.expect(200);
            found += page["items"].as_array().unwrap().len();
            page["next_cursor"].as_str().unwrap().clone_into(cursor);
            if page["has_more"] == false {
                return found;
            }
        }
    };
    follow(&mut cursor).await;
    let wrong = place
        .change("UPDATE transactions SET description = 'misread', memo = 'x' WHERE import_id IS NOT NULL")
        .await;
    let more = place.change("UPDATE transactions SET description = 'misread' WHERE import_id IS NULL").await;
    assert_eq!((wrong, wrong + more), (40, all));
    let dry = remap(&place, &["--json", "--dry-run", "--verbose", "--provider", "ofx"]).await;
    assert_eq!(counts(&dry), (40, 40, 0, 0));
    let row: Value = serde_json::from_str(dry.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(row["changes"]["description"]["before"], "misread");
    assert_eq!(follow(&mut cursor).await, 0);

    assert_eq!(counts(&remap(&place, &["--json", "--provider", "sandbox"]).await), (more, more, 0, 0));
    assert_eq!(u64::try_from(follow(&mut cursor).await).unwrap(), more, "who follows hears of it");
    assert_eq!(counts(&remap(&place, &["--json"]).await), (all, 40, 0, 0));
    let plain = |rows: Vec<Value>| -> Vec<Value> {
        let without = |mut row: Value| {
            row.as_object_mut().unwrap().remove("updated_at");
            row
        };
        rows.into_iter().map(without).collect()
    };
    assert_eq!(plain(user.api.all("/api/v1/transactions").await), plain(right));
    // Accounts and positions, too.
    let names = async || -> Vec<Value> {
        let (accounts, held) =
            (user.api.all("/api/v1/accounts").await, user.api.all("/api/v1/holdings").await);
        accounts.iter().chain(&held).map(|of| of["name"].clone()).collect()
    };
    let told = names().await;
    let misread = place.change("UPDATE accounts SET name = 'misread' WHERE connection_id IS NOT NULL").await
        + place.change("UPDATE holdings SET name = 'misread'").await;
    for (dry_run, more) in [(true, &["--json", "--dry-run"][..]), (false, &["--json"])] {
        let report: Value = serde_json::from_str(remap(&place, more).await.stdout.trim()).unwrap();
        let found = (&report["accounts_and_positions"], &report["accounts_and_positions_changed"]);
        assert_eq!(found, (&misread.into(), &misread.into()));
        assert_eq!(names().await == told, !dry_run);
    }
    let refused = remap(&place, &["--provider", "nobody"]).await;
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("sandbox"), "{}", refused.stderr);
}
