//! The compose files: valid by the specification's own schema, and every service of ours starts as they say.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use dashtam_testkit::servers::Redis;
use dashtam_tests::{
    Engine, Place, manual,
    patience::{SOON, eventually},
    program::{Ended, workspace},
};
use serde_json::Value;
use url::Url;

use super::{Stage, Variables, proxy::Proxy, secrets_of_the_manual};
use crate::engines::place;

const FILES: [&str; 2] = ["deploy/compose.yaml", "deploy/compose.full.yaml"];

/// A Python with the schema of compose files; `None`, with a notice, where there is none.
fn python(test: &str) -> Option<PathBuf> {
    let beside = workspace().join("target/ci-python/bin/python3");
    let has = |python: &PathBuf| {
        let mut probe = Command::new(python);
        probe
            .args(["-c", "import check_jsonschema, ruamel.yaml"])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    };
    let found = [PathBuf::from("python3"), beside].into_iter().find(has);
    let required = std::env::var("DASHTAM_REQUIRE_SERVERS").is_ok_and(|value| value == "1");
    assert!(found.is_some() || !required, "no python3 with check-jsonschema: pip install check-jsonschema");
    if found.is_none() {
        eprintln!("SKIPPED {test}: no python3 with check-jsonschema");
    }
    found
}

/// A compose file as its readers see it: anchors and merges resolved.
fn parsed(python: &PathBuf, file: &str) -> Value {
    let script = "import json, sys; from ruamel.yaml import YAML; \
                  print(json.dumps(YAML(typ='safe', pure=True).load(open(sys.argv[1]))))";
    let output = Command::new(python).args(["-c", script]).arg(workspace().join(file)).output().unwrap();
    let ended: Ended = output.into();
    assert_eq!(ended.code, Some(0), "{file}: {}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

/// `${NAME}`, `${NAME:-default}` and `${NAME:?complaint}` as compose fills them in.
fn filled_in(text: &str, variables: &Variables) -> String {
    let Some((before, rest)) = text.split_once("${") else { return text.replace("$$", "$") };
    let mut depth = 1;
    let end = rest.char_indices().find_map(|(at, character)| {
        depth += match character {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        (depth == 0).then_some(at)
    });
    let (inside, after) = rest.split_at(end.unwrap_or_else(|| panic!("{text:?} has no end")));
    let name = inside.split(':').next().unwrap_or_default();
    let given = variables.get(name).filter(|value| !value.is_empty()).cloned();
    let value = match inside[name.len()..].split_at_checked(2) {
        Some((":-", otherwise)) => given.unwrap_or_else(|| filled_in(otherwise, variables)),
        Some((":?", complaint)) => given.unwrap_or_else(|| panic!("{name}: {complaint}")),
        _ => given.unwrap_or_default(),
    };
    format!("{before}{value}{}", filled_in(&after[1..], variables))
}

/// What the image itself sets and runs.
struct Image {
    settings: Variables,
    command: Vec<String>,
    health: String,
}

fn image() -> Image {
    let text = manual::read("deploy/Dockerfile").replace("\\\n", " ");
    let runtime = text.split(" AS runtime").nth(1).expect("the last stage is what runs");
    let after = |word: &'static str| runtime.lines().filter_map(move |line| line.strip_prefix(word));
    let list = |text: &str| -> Vec<String> { serde_json::from_str(text).expect("an instruction in JSON") };
    assert_eq!(after("ENTRYPOINT ").map(list).next().unwrap(), ["/usr/local/bin/dashtam"]);
    let settings = after("ENV ").flat_map(str::split_whitespace).filter_map(|pair| pair.split_once('='));
    let health = after("HEALTHCHECK ").find_map(|line| line.split_once("CMD ")).expect("there is a check").1;
    Image {
        settings: settings.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        command: after("CMD ").map(list).next().unwrap(),
        health: list(health).pop().unwrap(),
    }
}

/// A service of ours: what it runs and with which settings.
fn service(file: &Value, name: &str, variables: &Variables) -> (Vec<String>, Variables) {
    let (service, image) = (&file["services"][name], image());
    assert!(service["build"].is_object(), "{name} runs our image");
    let mut settings = image.settings;
    for (name, value) in service["environment"].as_object().unwrap() {
        settings.insert(name.clone(), filled_in(value.as_str().expect("settings are texts"), variables));
    }
    let words = service["command"]
        .as_array()
        .map(|words| words.iter().map(|word| word.as_str().unwrap().to_owned()).collect());
    (words.unwrap_or(image.command), settings)
}

#[test]
fn compose_files_are_valid_by_the_schema_of_the_specification() {
    let Some(python) = python("compose_files_are_valid_by_the_schema_of_the_specification") else { return };
    let mut check = Command::new(&python);
    check.args(["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]);
    check.args(FILES).current_dir(workspace());
    let ended: Ended = check.output().unwrap().into();
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn services_name_what_the_file_and_the_repository_have() {
    let Some(python) = python("services_name_what_the_file_and_the_repository_have") else { return };
    for file in FILES {
        let parsed = parsed(&python, file);
        let services = parsed["services"].as_object().unwrap();
        for (name, service) in services {
            for needed in service["depends_on"].as_object().into_iter().flat_map(|all| all.keys()) {
                assert!(services.contains_key(needed), "{file}: {name} waits for {needed}");
            }
            for volume in service["volumes"].as_array().into_iter().flatten() {
                let volume = volume.as_str().unwrap().split(':').next().unwrap();
                assert!(parsed["volumes"].get(volume).is_some(), "{file}: {name} has no volume {volume}");
            }
            if let Some(dockerfile) = service["build"]["dockerfile"].as_str() {
                assert!(workspace().join(dockerfile).is_file(), "{file}: {dockerfile}");
            }
        }
    }
    let toolchain = manual::read("rust-toolchain.toml");
    let version = manual::read("deploy/Dockerfile");
    let version = version.lines().find_map(|line| line.strip_prefix("ARG RUST_VERSION=")).unwrap();
    assert!(toolchain.contains(&format!("\"{version}\"")), "{version} is not the toolchain's: {toolchain}");
}

#[tokio::test]
async fn the_single_container_starts_as_it_is_documented() {
    let test = "the_single_container_starts_as_it_is_documented";
    let Some(python) = python(test) else { return };
    let Some(proxy) = Proxy::prepare(test) else { return };
    let file = parsed(&python, FILES[0]);
    let place = Place::sqlite();
    let stage = Stage::on(place.path());
    let mut secrets = secrets_of_the_manual();
    secrets.insert("DASHTAM__SERVER__PUBLIC_URL".to_owned(), proxy.address());
    secrets.remove("DASHTAM__SERVER__CALLBACK_URL");

    let (command, settings) = service(&file, "migrate", &secrets);
    stage.done(&command, &settings);
    let (command, mut settings) = service(&file, "dashtam", &secrets);
    // The proxy is beside the server here, and not on the other side of a network of Docker's.
    settings.insert("DASHTAM__SERVER__TRUSTED_PROXIES".to_owned(), "127.0.0.1".to_owned());
    let (server, says) = stage.serve(&command, &settings, &place.path().join("log"));
    assert_eq!((&says["api"], &says["profile"]), (&proxy.address().into(), &"production".into()));
    assert_eq!(says["callback"], format!("{}/callback", proxy.address()));
    assert_eq!(says["sandbox"], Value::Null);
    let check = stage.apply(&image().health);
    assert!(check.contains(&stage.ports[0].to_string()), "the check asks the API: {check}");
    assert_eq!(reqwest::get(check).await.unwrap().status(), 200);
    let proxy = proxy.start(stage.ports).await;
    proxy.carries_a_sign_up(&place.path().join("outbox")).await;
    drop(server);
}

#[tokio::test]
async fn the_containers_on_postgres_start_as_they_are_documented() {
    let test = "the_containers_on_postgres_start_as_they_are_documented";
    let Some(python) = python(test) else { return };
    let Some(proxy) = Proxy::prepare(test) else { return };
    let place = place!(Engine::Postgres, test);
    let redis = match Redis::start() {
        Ok(redis) => redis,
        Err(skip) => return skip.announce(test),
    };
    let file = parsed(&python, FILES[1]);
    let mut secrets = secrets_of_the_manual();
    secrets.insert("DASHTAM__SERVER__PUBLIC_URL".to_owned(), proxy.address());
    secrets.remove("DASHTAM__SERVER__CALLBACK_URL");
    let stage = Stage::on(place.path());
    let ours = |name: &str| {
        let (command, mut settings) = service(&file, name, &secrets);
        // The addresses name the services beside it, as those are set up.
        let database: Url = settings["DATABASE_URL"].parse().unwrap();
        let beside = &file["services"]["postgres"]["environment"];
        let given = |name: &str| filled_in(beside[name].as_str().unwrap(), &secrets);
        assert_eq!((database.host_str(), database.port()), (Some("postgres"), Some(5432)));
        assert_eq!(database.username(), given("POSTGRES_USER"));
        assert_eq!(database.password(), Some(given("POSTGRES_PASSWORD").as_str()));
        assert_eq!(database.path().trim_start_matches('/'), given("POSTGRES_DB"));
        let cache: Url = settings["REDIS_URL"].parse().unwrap();
        assert!(file["services"][cache.host_str().unwrap()].is_object(), "{cache}");
        settings.insert("DATABASE_URL".to_owned(), place.database_url().unwrap().to_owned());
        settings.insert("REDIS_URL".to_owned(), redis.url());
        settings.insert("DASHTAM__SERVER__TRUSTED_PROXIES".to_owned(), "127.0.0.1".to_owned());
        (command, settings)
    };
    let (command, settings) = ours("migrate");
    stage.done(&command, &settings);
    let (command, settings) = ours("api");
    let (api, says) = stage.serve(&command, &settings, &place.path().join("api.log"));
    assert_eq!((&says["role"], &says["api"]), (&"api".into(), &proxy.address().into()));
    let (command, settings) = ours("worker");
    let (mut worker, says) = stage.serve(&command, &settings, &place.path().join("worker.log"));
    assert_eq!((&says["role"], &says["api"]), (&"worker".into(), &Value::Null));
    let proxy = proxy.start(stage.ports).await;
    // Mails are the worker's, so that both are needed.
    proxy.carries_a_sign_up(&place.path().join("outbox")).await;

    let grace = file["services"]["worker"]["stop_grace_period"].as_str().unwrap();
    let grace: u64 = grace.strip_suffix('s').unwrap().parse().unwrap();
    worker.signal("TERM");
    let ended = eventually("the end of the worker", SOON.min(Duration::from_secs(grace)), async || {
        worker.child().try_wait().unwrap()
    });
    assert_eq!(ended.await.code(), Some(0));
    drop(api);
}

#[test]
#[should_panic(expected = "SECRET_KEY: set it in .env")]
fn a_missing_secret_is_told() {
    filled_in("${SECRET_KEY:?set it in .env, see deploy/README.md}", &Variables::new());
}

#[test]
fn variables_are_filled_in_as_compose_does() {
    let variables = Variables::from([("A".to_owned(), "1".to_owned()), ("E".to_owned(), String::new())]);
    for (text, expected) in [
        ("x${A}y${A:-2}", "x1y1"),
        ("${B:-2}", "2"),
        ("${E:-${A}/callback}!", "1/callback!"),
        ("${B}", ""),
        ("$$A", "$A"),
    ] {
        assert_eq!(filled_in(text, &variables), expected, "{text}");
    }
}
