//! The systemd unit, as far as that goes without systemd: its commands with its settings, and what it names.

use std::{fs, process::Command};

use dashtam_tests::{
    Place, manual,
    program::{self, Ended},
};

use super::{MANUAL, Stage, Variables, proxy::Proxy, secrets_of_the_manual, variables};

const FILE: &str = "deploy/systemd/dashtam.service";

/// Every value of a key in the section `[Service]`.
fn values(key: &str) -> Vec<String> {
    let text = manual::read(FILE);
    let (_, service) = text.split_once("[Service]\n").unwrap();
    let (service, _) = service.split_once("\n[").unwrap();
    let of_key = service.lines().filter_map(|line| line.split_once('=')).filter(|(name, _)| *name == key);
    of_key.map(|(_, value)| value.to_owned()).collect()
}

fn value(key: &str) -> String {
    let all = values(key);
    assert_eq!(all.len(), 1, "{key}: {all:?}");
    all[0].clone()
}

/// The arguments of a command of the unit, which has to be the program as the manual installs it.
fn arguments(key: &str) -> Vec<String> {
    let line = value(key);
    let mut words = line.split(' ').map(str::to_owned);
    let installed = manual::block_with(MANUAL, "systemctl enable");
    let program = words.next().unwrap();
    assert!(installed.contains(&format!("install -m 0755 target/release/dashtam {program}\n")), "{program}");
    words.collect()
}

#[tokio::test]
async fn the_unit_starts_as_it_is_documented() {
    let test = "the_unit_starts_as_it_is_documented";
    let Some(proxy) = Proxy::prepare(test) else { return };
    let place = Place::sqlite();
    let stage = Stage::on(place.path());
    let mut settings: Variables = variables(&values("Environment").join("\n"));
    // The manual puts the secrets where the unit looks for them.
    let installed = manual::block_with(MANUAL, "systemctl enable");
    assert!(installed.contains(&format!("install -m 0600 deploy/.env {}\n", value("EnvironmentFile"))));
    settings.extend(secrets_of_the_manual());
    settings.insert("DASHTAM__SERVER__PUBLIC_URL".to_owned(), proxy.address());
    settings.insert("DASHTAM__SERVER__CALLBACK_URL".to_owned(), format!("{}/callback", proxy.address()));

    stage.done(&arguments("ExecStartPre"), &settings);
    assert!(place.path().join("dashtam.db").exists(), "in the folder the unit gives it");
    let (mut server, says) = stage.serve(&arguments("ExecStart"), &settings, &place.path().join("log"));
    assert_eq!((&says["api"], &says["profile"]), (&proxy.address().into(), &"production".into()));
    assert_eq!(says["data_dir"], place.path().canonicalize().unwrap().display().to_string());
    let proxy = proxy.start(stage.ports).await;
    proxy.carries_a_sign_up(&place.path().join("outbox")).await;
    server.signal("TERM");
    assert_eq!(server.child().wait().unwrap().code(), Some(0));
}

#[test]
fn folders_users_and_files_of_the_unit_belong_together() {
    let folder = format!("/var/lib/{}", value("StateDirectory"));
    assert_eq!(value("WorkingDirectory"), folder);
    let settings = variables(&values("Environment").join("\n"));
    assert_eq!(settings["DASHTAM__DATA__DIR"], folder);
    assert!(settings["DATABASE_URL"].starts_with(&format!("sqlite://{folder}/")));
    assert_eq!((value("DynamicUser"), value("User")), ("yes".to_owned(), "dashtam".to_owned()));
    // Commands beside the server run as it does.
    let beside = manual::block_with(MANUAL, "systemd-run");
    for key in ["DynamicUser", "User", "StateDirectory", "WorkingDirectory", "EnvironmentFile"] {
        let property = format!("--property={key}={}", value(key));
        assert!(beside.contains(&property), "{property} is missing in {beside}");
    }
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("dashtam.service");
    let program = program::path().display().to_string();
    fs::write(&unit, manual::read(FILE).replace("/usr/local/bin/dashtam", &program)).unwrap();
    let ended: Ended = match Command::new("systemd-analyze").arg("verify").arg(&unit).output() {
        Ok(output) => output.into(),
        Err(error) => return eprintln!("SKIPPED systemd_finds_nothing_wrong_with_the_unit: {error}"),
    };
    // It complains about other units of the machine too.
    let about: Vec<&str> = ended.stderr.lines().filter(|line| line.contains("dashtam")).collect();
    assert!(about.is_empty() && ended.code == Some(0), "{}", ended.stderr);
}
