//! Disks that are full, files that cannot grow or were damaged: what is acknowledged is stored all the same.

use std::{fs, io::Write as _, path::Path, process::Command, time::Duration};

use dashtam_tests::{
    Api, Place, Server, User,
    patience::eventually,
    program,
    server::Options,
    statement::{Row, ofx, rows},
};
use serde_json::json;

const READY: &str = "/health/ready";

/// A user with two instances, and a statement that needs about 20 MB.
async fn begun(server: &Server) -> (User, [String; 2], Vec<Row>) {
    let user = User::new(server).await;
    let providers = [user.create_provider("Mine").await, user.create_provider("Other").await];
    (user, providers, rows(1, 40_000))
}

/// Does what people do after something failed, and notes what was acknowledged: the name, and the alias.
async fn goes_on(user: &User, [_, other]: &[String; 2], round: u32) -> (String, String) {
    let (name, alias) = (format!("Ada the {round}th"), format!("Other {round}"));
    let path = format!("/api/v1/providers/{other}");
    // A unit that is rolled back without an error of the database.
    let taken = user.api.send("PATCH", &path, &json!({"alias": "Mine"})).await;
    assert_eq!(taken.status, 409, "{}", taken.text());
    user.api.send("PATCH", "/api/v1/auth/me", &json!({"name": name})).await.expect(200);
    user.api.send("PATCH", &path, &json!({"alias": alias})).await.expect(200);
    (name, alias)
}

/// What whoever comes later finds.
async fn finds(user: &User, [_, other]: &[String; 2], (name, alias): &(String, String)) {
    assert_eq!(user.api.get("/api/v1/auth/me").await.expect(200)["name"], *name);
    let shown = user.api.get(&format!("/api/v1/providers/{other}")).await.expect(200);
    assert_eq!(shown["alias"], *alias);
}

async fn is_well(api: &Api) {
    eventually("a store that takes everything", Duration::from_secs(30), async || {
        (api.get(READY).await.status == 200).then_some(())
    })
    .await;
}

/// Nobody holds the lock that others need.
async fn others_can_write(place: &Place) {
    assert!(place.change("UPDATE users SET name = name").await > 0);
}

#[tokio::test]
async fn what_is_acknowledged_after_a_file_was_full_survives_a_restart() {
    let place = Place::sqlite();
    let variables = vec![("DASHTAM__DATABASE__MAX_SIZE_MB", "8".to_owned())];
    let server = Server::start_with(&place, &Options { variables, ..Options::default() });
    let (user, providers, made) = begun(&server).await;
    user.api.get(READY).await.expect(200);
    let file = ofx("1000001", &made, 77, "20260831");
    user.api.upload("large.ofx", &file).await.refused(507, "storage-full");
    assert_eq!(user.api.get(READY).await.expect(503)["storage"], "full");
    user.api.get("/health/live").await.expect(200);
    goes_on(&user, &providers, 1).await;
    user.api.upload("large.ofx", &file).await.refused(507, "storage-full");
    let acknowledged = goes_on(&user, &providers, 2).await;
    others_can_write(&place).await;
    server.kill();

    let server = Server::start(&place);
    let user = user.at(&server);
    finds(&user, &providers, &acknowledged).await;
    let report = user.api.upload("large.ofx", &file).await.expect(201);
    assert_eq!(report["rows"]["known"].as_u64().unwrap() + report["rows"]["taken"].as_u64().unwrap(), 40_000);
    user.api.get(READY).await.expect(200);
}

/// A small disk in memory under a place; it goes with this value, which must go before the place does.
struct Disk<'a>(&'a Path);

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[tokio::test]
async fn what_is_acknowledged_after_a_disk_was_full_survives_a_restart() {
    let place = Place::sqlite();
    let mount = ["-t", "tmpfs", "-o", "size=18m", "tmpfs"];
    if !Command::new("mount").args(mount).arg(place.path()).status().is_ok_and(|done| done.success()) {
        let _ = writeln!(std::io::stderr(), "SKIPPED: nothing can be mounted here");
        return;
    }
    let _disk = Disk(place.path());
    let server = Server::start(&place);
    let (user, providers, made) = begun(&server).await;
    let file = ofx("1000001", &made, 77, "20260831");
    let filler = place.path().join("filler");
    fs::write(&filler, vec![7; 8 << 20]).unwrap();
    user.api.upload("large.ofx", &file).await.refused(507, "storage-full");
    assert_eq!(user.api.get(READY).await.expect(503)["storage"], "full");
    // Space again.
    fs::remove_file(&filler).unwrap();
    let acknowledged = goes_on(&user, &providers, 1).await;
    is_well(&user.api).await;
    others_can_write(&place).await;
    server.kill();
    let server = Server::start(&place);
    finds(&user.at(&server), &providers, &acknowledged).await;
}

#[tokio::test]
async fn what_is_acknowledged_after_a_file_could_not_grow_survives_a_restart() {
    let place = Place::sqlite();
    // No file may grow beyond 6 MiB, and who tries is told instead of killed.
    let shell = Some("trap '' XFSZ; ulimit -f 12288");
    let server = Server::start_with(&place, &Options { shell, ..Options::default() });
    let (user, providers, made) = begun(&server).await;
    let mut acknowledged = goes_on(&user, &providers, 1).await;
    let file = ofx("1000001", &made, 77, "20260831");
    user.api.upload("large.ofx", &file).await.refused(503, "storage-failing");
    let log = server.log();
    assert!(log.contains("nothing can be stored") && log.contains("failing"), "{log}");
    let path = format!("/api/v1/providers/{}", providers[1]);
    for round in 2..12 {
        // Refused in one way or another, and rolled back.
        let taken = user.api.send("PATCH", &path, &json!({"alias": "Mine"})).await;
        assert!([409, 503].contains(&taken.status), "{}", taken.text());
        let name = format!("Ada the {round}th");
        let changed = user.api.send("PATCH", "/api/v1/auth/me", &json!({"name": name})).await;
        match changed.status {
            200 => acknowledged.0 = name,
            _ => drop(changed.refused(503, "storage-failing")),
        }
    }
    others_can_write(&place).await;
    server.kill();

    let server = Server::start(&place);
    let user = user.at(&server);
    finds(&user, &providers, &acknowledged).await;
    user.api.upload("large.ofx", &file).await.expect(201);
}

/// A start that is expected to be refused; what it says.
fn refused_start(place: &Place) -> String {
    let folder = place.path().display().to_string();
    let arguments = ["--plain-http", "--listen", "127.0.0.1:0", "--callback-listen", "127.0.0.1:0"];
    let mut all = vec!["serve", "--data-dir", &folder];
    all.extend(arguments);
    let ended = program::run(&all, &[]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert_eq!(ended.stdout, "", "it served");
    ended.stderr
}

#[tokio::test]
async fn a_damaged_database_is_told_at_the_start_and_not_served() {
    let place = Place::sqlite();
    let server = Server::start(&place);
    let (user, ..) = begun(&server).await;
    user.api.upload("small.ofx", &ofx("1000001", &rows(1, 2_000), 77, "20260831")).await.expect(201);
    assert_eq!(server.stop("TERM").await.0, Some(0));
    let file = place.path().join("dashtam.db");
    let kept = fs::read(&file).unwrap();

    fs::write(&file, "").unwrap();
    let says = refused_start(&place);
    assert!(says.contains("is empty or missing") && says.contains("backup"), "{says}");
    assert_eq!(file.metadata().unwrap().len(), 0, "it was filled");

    let half = kept.len() / 2 / 4096 * 4096;
    let mut garbage = kept.clone();
    garbage[half..half + 16_384].fill(0xA5);
    for damaged in [garbage, vec![0xA5; kept.len()]] {
        fs::write(&file, &damaged).unwrap();
        let says = refused_start(&place);
        assert!(says.contains("damaged") && says.contains("backup"), "{says}");
        assert_eq!(fs::read(&file).unwrap(), damaged, "it was changed");
    }

    fs::write(&file, kept).unwrap();
    let server = Server::start(&place);
    user.at(&server).api.get("/api/v1/auth/me").await.expect(200);
}

#[tokio::test]
async fn a_second_server_on_one_file_is_told() {
    let place = Place::sqlite();
    let role = |role| Options { arguments: vec!["--role", role], ..Options::default() };
    let (_api, worker) =
        (Server::start_with(&place, &role("api")), Server::start_with(&place, &role("worker")));
    assert!(!worker.log().contains("another server"), "each has a part of its own");
    let second = Server::start(&place);
    let log = second.log();
    assert!(log.contains("another server (process ") && log.contains("same SQLite database"), "{log}");
    // Commands work beside servers, and nobody takes them for one.
    let folder = place.path().display().to_string();
    let ended = program::run(&["keys", "rotate", "--data-dir", &folder], &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("another server"), "{}", ended.stderr);
}
