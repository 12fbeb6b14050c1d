//! `dashtam doctor`: well before and after a first start, and a remedy for each thing that is broken.

use std::{fs, os::unix::fs::PermissionsExt};

use dashtam_tests::{
    Engine, Place, Server, User,
    program::{self, Ended},
};
use serde_json::Value;

use crate::engines::{on_both_engines, place};

on_both_engines!(an_installation_in_use_is_healthy);

/// Asks for the report, with further variables.
async fn doctor(place: &Place, variables: &[(&'static str, String)]) -> (Ended, Value) {
    doctor_at(place, variables, 0o700).await
}

/// The same with a data directory of this mode.
async fn doctor_at(place: &Place, variables: &[(&'static str, String)], mode: u32) -> (Ended, Value) {
    let directory = place.path().display().to_string();
    let mut variables = variables.to_vec();
    variables.extend(place.database_url().map(|url| ("DATABASE_URL", url.to_owned())));
    // The institutions are not to be reached from a test.
    variables.push(("DASHTAM__ALPACA__ENABLED", "false".to_owned()));
    fs::set_permissions(place.path(), fs::Permissions::from_mode(mode)).unwrap();
    let run = move || {
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        program::run(&["doctor", "--json", "--data-dir", &directory], &variables)
    };
    let ended = tokio::task::spawn_blocking(run).await.unwrap();
    let report = serde_json::from_str(&ended.stdout)
        .unwrap_or_else(|_| panic!("not JSON: {}\n{}", ended.stdout, ended.stderr));
    (ended, report)
}

/// The findings of one check.
fn of<'a>(report: &'a Value, check: &str) -> Vec<&'a Value> {
    report["checks"].as_array().unwrap().iter().filter(|finding| finding["check"] == check).collect()
}

#[track_caller]
fn broken(found: &(Ended, Value), check: &str, remedy: &str) {
    let (ended, report) = found;
    assert_eq!((ended.code, &report["healthy"]), (Some(1), &Value::Bool(false)), "{report}");
    let failed = of(report, check).into_iter().find(|finding| finding["state"] == "failed");
    let failed = failed.unwrap_or_else(|| panic!("{check} has not failed: {report}"));
    let told = failed["remedy"].as_str().unwrap();
    assert!(told.contains(remedy), "{check}: {told}");
}

async fn an_installation_in_use_is_healthy(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let provider = user.link("alice").await;
    user.sync_well(&provider).await;
    let (ended, report) = doctor(&place, &[]).await;
    assert_eq!(ended.code, Some(0), "{report}");
    for check in [
        "configuration",
        "data directory",
        "disk",
        "certificate",
        "database",
        "migrations",
        "stored secrets",
        "clock",
        "signing key",
        "synchronisations",
        "mails given up",
        "mail",
        "redis",
        "institutions",
    ] {
        let found = of(&report, check);
        assert!(!found.is_empty() && found.iter().all(|one| one["state"] == "ok"), "{check}: {report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_start_nothing_is_made_and_nothing_is_wrong() {
    let place = Place::sqlite();
    let (ended, report) = doctor(&place, &[]).await;
    assert_eq!(ended.code, Some(0), "{report}");
    assert_eq!(of(&report, "database")[0]["state"], "warning", "{report}");
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0, "looking made something");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_broken_thing_is_named_with_its_remedy() {
    let place = Place::sqlite();
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let provider = user.link("alice").await;
    user.sync_well(&provider).await;
    server.kill();

    broken(
        &doctor(&place, &[("DASHTAM__SERVER__LISTEN", "nowhere".to_owned())]).await,
        "configuration",
        "config check",
    );
    let smtp = [
        ("DASHTAM__MAIL__TRANSPORT", "smtp".to_owned()),
        ("DASHTAM__MAIL__HOST", "127.0.0.1".to_owned()),
        ("DASHTAM__MAIL__PORT", "1".to_owned()),
    ];
    broken(&doctor(&place, &smtp).await, "mail", "mail.host");
    broken(&doctor(&place, &[("REDIS_URL", "redis://127.0.0.1:1".to_owned())]).await, "redis", "REDIS_URL");
    let nowhere = "postgres://dashtam@127.0.0.1:1/dashtam".to_owned();
    broken(&doctor(&place, &[("DATABASE_URL", nowhere)]).await, "database", "DATABASE_URL");

    let (_, report) = doctor_at(&place, &[], 0o755).await;
    assert_eq!(of(&report, "data directory")[0]["state"], "warning", "{report}");

    let keys = place.path().join("encryption.key");
    let kept = fs::read(&keys).unwrap();
    fs::remove_file(&keys).unwrap();
    broken(&doctor(&place, &[]).await, "stored secrets", "forget --lost");
    assert!(!keys.exists(), "looking made a key");
    fs::write(&keys, program::run(&["keys", "generate"], &[]).stdout).unwrap();
    broken(&doctor(&place, &[]).await, "stored secrets", "forget --lost");
    fs::write(&keys, kept).unwrap();

    let certificate = place.path().join("certificate.pem");
    fs::write(&certificate, "not a certificate").unwrap();
    broken(&doctor(&place, &[]).await, "certificate", "server.certificate");

    let file = place.path().join("dashtam.db");
    fs::write(&file, vec![7; 65_536]).unwrap();
    broken(&doctor(&place, &[]).await, "database", "");
}
