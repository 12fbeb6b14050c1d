//! The whole life of the encryption keys: added and rotated under a running server, interrupted, lost, taken away.

use std::{fs, os::unix::fs::PermissionsExt, process::Stdio, time::Duration};

use dashtam_tests::{
    Engine, Place, Server, User,
    api::send,
    bank::consent,
    patience::eventually,
    process::Guarded,
    program::{self, Ended},
    secrets,
    server::Options,
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::engines::{on_both_engines, place};

on_both_engines!(
    keys_are_added_and_rotated_under_a_running_server,
    a_rotation_killed_at_any_moment_loses_nothing_and_goes_on,
    a_value_that_no_key_opens_is_told_and_costs_no_other,
);

const ENCRYPTION_KEYS: &str = "DASHTAM__SECURITY__ENCRYPTION_KEYS";

/// The arguments of a `keys` command on this place.
fn arguments(place: &Place, arguments: &[&str]) -> Vec<String> {
    let directory = place.path().display().to_string();
    ["keys"].iter().chain(arguments).chain(&["--data-dir", &directory]).map(|&text| text.to_owned()).collect()
}

/// Runs a `keys` command on this place.
fn keys_with(place: &Place, asked: &[&str], variables: &[(&str, &str)]) -> Ended {
    let database = place.database_url().map(|url| ("DATABASE_URL", url));
    let variables: Vec<_> = variables.iter().copied().chain(database).collect();
    program::run(&arguments(place, asked), &variables)
}

/// Runs a `keys` command on this place, away from the test's runtime.
async fn keys(place: &Place, asked: &'static [&'static str]) -> Ended {
    let place = place.clone();
    tokio::task::spawn_blocking(move || keys_with(&place, asked, &[])).await.unwrap()
}

/// The JSON of a command that ended with this code.
#[track_caller]
fn report(ended: &Ended, code: i32) -> Value {
    assert_eq!(ended.code, Some(code), "{}\n{}", ended.stdout, ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("not JSON: {}", ended.stdout))
}

/// How many values each key opens.
fn values(report: &Value) -> Vec<u64> {
    let keys = report["keys"].as_array().unwrap();
    keys.iter().map(|key| key["values"].as_u64().unwrap()).collect()
}

/// Every stored secret.
async fn stored(place: &Place) -> Vec<String> {
    let query = "SELECT access_token_encrypted FROM provider_credentials \
                 UNION ALL SELECT refresh_token_encrypted FROM provider_credentials \
                 UNION ALL SELECT verifier_encrypted FROM pending_authorizations";
    place.rows(query).await.into_iter().flatten().collect()
}

async fn keys_are_added_and_rotated_under_a_running_server(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start(&place);
    let user = User::new(&server).await;
    // Refreshed again and again, so that the server writes while the rotation does.
    let provider = user.link("alice+short-tokens").await;
    user.sync_well(&provider).await;
    // An authorization that is under way all the time.
    let waiting = user.create_provider("Waiting").await;
    let page = user.authorize(&waiting).await;
    let file = place.path().join("encryption.key");
    let old = fs::read_to_string(&file).unwrap().trim().to_owned();
    let before = report(&keys(&place, &["list", "--json"]).await, 0);
    assert_eq!((&before["from"], before["keys"].as_array().unwrap().len()), (&json!("data_directory"), 1));
    assert!(stored(&place).await.iter().all(|value| value.starts_with("gAAAAA")));

    let added = keys(&place, &["add", "--kind", "xchacha20poly1305", "--json"]).await;
    let new = fs::read_to_string(&file).unwrap().lines().next().unwrap().to_owned();
    secrets::plant(new.trim_start_matches("xchacha20poly1305:"));
    let shown = report(&added, 0);
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{new}\n{old}\n"));
    let after = report(&keys(&place, &["list", "--json"]).await, 0);
    let (first, second) = (&after["keys"][0], &after["keys"][1]);
    assert_eq!((&first["kind"], &first["seals"]), (&json!("xchacha20poly1305"), &json!(true)));
    assert_eq!(first["fingerprint"], shown["fingerprint"]);
    assert_eq!(
        (&second["fingerprint"], &second["seals"]),
        (&before["keys"][0]["fingerprint"], &json!(false))
    );
    // The server has not been touched and seals with the new key already.
    user.link_again(&provider, "alice+short-tokens").await;
    let access = place.rows("SELECT access_token_encrypted FROM provider_credentials").await;
    assert!(access[0][0].starts_with("xc1."), "the running server does not seal with the new key");

    let (rotated, ()) = tokio::join!(keys(&place, &["rotate", "--json", "--batch", "1"]), async {
        for _ in 0..3 {
            user.sync_well(&provider).await;
        }
    });
    let rotated = report(&rotated, 0);
    assert_eq!((&rotated["left"], &rotated["unreadable"]), (&json!(0), &json!([])), "{rotated}");
    assert!(rotated["moved"].as_u64().unwrap() >= 1, "{rotated}");
    // Each column is counted for itself, and all of them make the sum.
    let columns = rotated["columns"].as_array().unwrap();
    let of = |column: &str| columns.iter().find(|shown| shown["column"] == column).unwrap();
    assert_eq!(of("verifier_encrypted")["values"], json!([1, 0]), "{rotated}");
    assert_eq!(of("access_token_encrypted")["values"], json!([1, 0]), "{rotated}");
    let moved: u64 = columns.iter().map(|column| column["moved"].as_u64().unwrap()).sum();
    assert_eq!(moved, rotated["moved"].as_u64().unwrap(), "{rotated}");
    assert!(stored(&place).await.iter().all(|value| value.starts_with("xc1.")));
    let verified = report(&keys(&place, &["verify", "--json"]).await, 0);
    assert_eq!(values(&verified)[1], 0, "{verified}");
    assert!(values(&verified)[0] >= 3, "{verified}");
    user.sync_well(&provider).await;
    let callback = consent(&user.api, &page, "bob", "approve").await;
    assert_eq!(send(user.api.http.get(callback)).await.status, 200);
    user.sync_well(&waiting).await;
    for ended in [keys(&place, &["list"]).await, keys(&place, &["verify"]).await, added] {
        for key in [&old, &new] {
            let key = key.split_once(':').unwrap().1;
            assert!(!ended.stdout.contains(key) && !ended.stderr.contains(key), "a key is shown");
        }
    }

    // Nothing needs the old key any more.
    drop(server);
    fs::write(&file, &new).unwrap();
    let server = Server::start(&place);
    let user = user.at(&server);
    for provider in [&provider, &waiting] {
        user.sync_well(provider).await;
    }
    assert_eq!(values(&report(&keys(&place, &["verify", "--json"]).await, 0)).len(), 1);
}

/// Makes so many linked instances of what one of them has.
async fn multiply(user: &User, place: &Place, copies: usize) {
    // One client may hold a few hundred connections, and each of these waits for its turn to write.
    for some in (0..copies).collect::<Vec<_>>().chunks(50) {
        join_all(some.iter().map(async |copy| user.create_provider(&format!("Copy {copy}")).await)).await;
    }
    let made = place
        .change(
            "INSERT INTO provider_credentials (connection_id, user_id, access_token_encrypted, \
             refresh_token_encrypted, token_type, refresh_count, created_at, updated_at, revision) \
             SELECT p.id, p.user_id, c.access_token_encrypted, c.refresh_token_encrypted, c.token_type, 0, \
             c.created_at, c.updated_at, 1 FROM providers p CROSS JOIN provider_credentials c \
             WHERE p.id <> c.connection_id",
        )
        .await;
    assert_eq!(made, u64::try_from(copies).unwrap());
}

async fn a_rotation_killed_at_any_moment_loses_nothing_and_goes_on(engine: Engine, test: &str) {
    const MOVED: &str = "SELECT CAST(COUNT(*) AS TEXT) FROM provider_credentials \
                         WHERE access_token_encrypted LIKE 'xc1.%'";
    const COPIES: usize = 400;
    let place = place!(engine, test);
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let provider = user.link("alice").await;
    multiply(&user, &place, COPIES).await;
    report(&keys(&place, &["add", "--kind", "xchacha20poly1305", "--json"]).await, 0);
    let mut left = 0;
    for at in [1, 120, 300] {
        let mut command = program::command(&arguments(&place, &["rotate", "--batch", "1"]));
        command.envs(place.database_url().map(|url| ("DATABASE_URL", url)));
        let mut rotation = Guarded::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
        eventually("so many values", Duration::from_secs(60), async || {
            (place.number(MOVED).await >= at).then_some(())
        })
        .await;
        assert!(rotation.child().try_wait().unwrap().is_none(), "the rotation was over before it was killed");
        rotation.kill();
        let found = values(&report(&keys(&place, &["verify", "--json"]).await, 0));
        assert!(found[0] >= at && found[1] > 0, "{found:?}");
        assert_eq!(found[0] + found[1], 2 * (u64::try_from(COPIES).unwrap() + 1), "{found:?}");
        left = found[1];
        user.sync_well(&provider).await;
    }
    let rotated = report(&keys(&place, &["rotate", "--json"]).await, 0);
    assert_eq!((&rotated["left"], &rotated["moved"]), (&json!(0), &json!(left)), "{rotated}");
    assert!(stored(&place).await.iter().all(|value| value.starts_with("xc1.")));
    let again = report(&keys(&place, &["rotate", "--json"]).await, 0);
    assert_eq!(again["moved"], 0, "{again}");
    user.sync_well(&provider).await;
}

async fn a_value_that_no_key_opens_is_told_and_costs_no_other(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let (good, bad) = (user.link("alice").await, user.link("bob").await);
    let spoilt = place
        .change(
            "UPDATE provider_credentials SET refresh_token_encrypted = 'gAAAAAlost' \
             WHERE connection_id = (SELECT id FROM providers WHERE alias = 'Bank of bob')",
        )
        .await;
    assert_eq!(spoilt, 1);
    let lost = json!([{"table": "provider_credentials", "column": "refresh_token_encrypted", "row": bad}]);
    let verified = keys(&place, &["verify", "--json"]).await;
    let shown = report(&verified, 1);
    assert_eq!((&shown["unreadable"], values(&shown)), (&lost, vec![3]), "{shown}");
    assert!(verified.stderr.contains("put the key that is missing back"), "{}", verified.stderr);

    report(&keys(&place, &["add", "--json"]).await, 0);
    let rotated = report(&keys(&place, &["rotate", "--json"]).await, 1);
    assert_eq!((&rotated["unreadable"], &rotated["left"], &rotated["moved"]), (&lost, &json!(0), &json!(3)));
    let told = keys(&place, &["rotate"]).await;
    let line = format!("No key opens provider_credentials.refresh_token_encrypted of row {bad}.");
    assert!(told.code == Some(1) && told.stdout.contains(&line), "{}\n{}", told.stdout, told.stderr);
    // It stays as it was, and whoever has it links again.
    assert!(stored(&place).await.contains(&"gAAAAAlost".to_owned()));
    user.sync_well(&good).await;
    user.link_again(&bad, "bob").await;
    user.sync_well(&bad).await;
    report(&keys(&place, &["verify", "--json"]).await, 0);
}

#[tokio::test]
async fn keys_of_the_configuration_are_exchanged_by_whoever_writes_it() {
    let place = Place::sqlite();
    let make = || {
        let key = program::run(&["keys", "generate"], &[]).stdout.trim().to_owned();
        secrets::plant(key.trim_start_matches("fernet:"));
        key
    };
    let old = make();
    let added = keys_with(&place, &["add"], &[(ENCRYPTION_KEYS, &old)]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let new = added.stdout.trim().to_owned();
    secrets::plant(new.trim_start_matches("fernet:"));
    assert!(new.starts_with("fernet:") && new != old && new.lines().count() == 1, "{}", added.stderr);
    for word in ["second entry", "first entry", "keys rotate"] {
        assert!(added.stderr.contains(word), "{}", added.stderr);
    }
    assert!(!added.stderr.contains(&new) && !place.path().join("encryption.key").exists());
    let listed = report(&keys_with(&place, &["list", "--json"], &[(ENCRYPTION_KEYS, &old)]), 0);
    assert_eq!((&listed["from"], &listed["file"]), (&json!("configuration"), &Value::Null));

    let server = |entries: &str| {
        let variables = vec![(ENCRYPTION_KEYS, entries.to_owned())];
        Server::start_with(&place, &Options { variables, ..Options::default() })
    };
    let running = server(&old);
    let mut user = User::new(&running).await;
    let provider = user.link("alice").await;
    drop(running);
    for entries in [format!("{old},{new}"), format!("{new},{old}")] {
        let running = server(&entries);
        user = user.at(&running);
        user.sync_well(&provider).await;
    }
    // Under the list with the old key first there is nothing to do.
    let entries = format!("{old},{new}");
    let idle = report(&keys_with(&place, &["rotate", "--json"], &[(ENCRYPTION_KEYS, &entries)]), 0);
    assert_eq!((&idle["moved"], values(&idle)[1]), (&json!(0), 0), "{idle}");
    let entries = format!("{new},{old}");
    let rotated = report(&keys_with(&place, &["rotate", "--json"], &[(ENCRYPTION_KEYS, &entries)]), 0);
    assert_eq!((&rotated["moved"], values(&rotated)), (&json!(2), vec![2, 0]), "{rotated}");
    let running = server(&new);
    user.at(&running).sync_well(&provider).await;
    // And the old one alone opens nothing any more.
    let verified = report(&keys_with(&place, &["verify", "--json"], &[(ENCRYPTION_KEYS, &old)]), 1);
    assert_eq!((verified["unreadable"].as_array().unwrap().len(), values(&verified)), (2, vec![0]));
}

#[tokio::test]
async fn a_rotation_that_a_server_undoes_says_how_much_is_left() {
    let place = Place::sqlite();
    let server = Server::start(&place);
    let user = User::new(&server).await;
    user.link("alice").await;
    report(&keys(&place, &["add", "--json"]).await, 0);
    // Writes the old value back, as a server without the newest key would with its next refresh.
    place
        .change(
            "CREATE TRIGGER stubborn AFTER UPDATE OF access_token_encrypted ON provider_credentials BEGIN \
             UPDATE provider_credentials SET access_token_encrypted = OLD.access_token_encrypted \
             WHERE connection_id = OLD.connection_id; END",
        )
        .await;
    let ended = keys(&place, &["rotate", "--json"]).await;
    let rotated = report(&ended, 1);
    assert_eq!((&rotated["left"], values(&rotated)), (&json!(1), vec![1, 1]), "{rotated}");
    assert!(ended.stderr.contains("still under older keys"), "{}", ended.stderr);
    place.change("DROP TRIGGER stubborn").await;
    let rotated = report(&keys(&place, &["rotate", "--json"]).await, 0);
    assert_eq!((&rotated["left"], &rotated["moved"]), (&json!(0), &json!(1)), "{rotated}");
}

#[test]
fn an_empty_database_is_told_apart_from_one_that_is_done() {
    let place = Place::sqlite();
    for command in ["verify", "rotate"] {
        let ended = keys_with(&place, &[command], &[]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{command}");
        assert!(ended.stderr.contains("dashtam migrate up"), "{}", ended.stderr);
    }
}

#[test]
fn keys_added_at_the_same_time_are_all_kept() {
    let place = Place::sqlite();
    let first = report(&keys_with(&place, &["list", "--json"], &[]), 0);
    let added: Vec<Value> = std::thread::scope(|scope| {
        let adding: Vec<_> =
            (0..3).map(|_| scope.spawn(|| report(&keys_with(&place, &["add", "--json"], &[]), 0))).collect();
        adding.into_iter().map(|added| added.join().unwrap()).collect()
    });
    let listed = report(&keys_with(&place, &["list", "--json"], &[]), 0);
    let mut found: Vec<_> =
        listed["keys"].as_array().unwrap().iter().map(|key| key["fingerprint"].to_string()).collect();
    assert_eq!(found.len(), 4, "{listed}");
    assert_eq!(found.last(), Some(&first["keys"][0]["fingerprint"].to_string()), "the oldest is the last");
    found.sort();
    let mut expected: Vec<_> = added
        .iter()
        .chain(first["keys"].as_array().unwrap())
        .map(|key| key["fingerprint"].to_string())
        .collect();
    expected.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_key_file_that_breaks_under_a_running_server_changes_nothing_there() {
    let place = Place::sqlite();
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let provider = user.link("alice").await;
    let file = place.path().join("encryption.key");
    let good = fs::read(&file).unwrap();
    fs::write(&file, "fernet:half-a-key").unwrap();
    eventually("a line in the log", Duration::from_secs(30), async || {
        server.log().contains("the key file cannot be used").then_some(())
    })
    .await;
    user.sync_well(&provider).await;
    // No key is added to what cannot be read.
    let refused = keys(&place, &["add"]).await;
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert!(!refused.stderr.contains("half-a-key"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), "fernet:half-a-key");
    fs::write(&file, good).unwrap();
    report(&keys(&place, &["verify", "--json"]).await, 0);
}
