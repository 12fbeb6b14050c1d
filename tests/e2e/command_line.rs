//! Every command of the program.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::Stdio,
};

use dashtam_tests::{
    Place, Server, User,
    process::Guarded,
    program::{self, Ended, run},
    samples,
    statement::{ofx, rows},
};
use serde_json::{Value, json};

/// A command that did what it was asked for.
#[track_caller]
fn done(ended: Ended) -> Ended {
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    ended
}

#[test]
fn every_command_has_help() {
    let commands: &[&[&str]] = &[
        &[],
        &["serve"],
        &["demo"],
        &["statement"],
        &["statement", "inspect"],
        &["sandbox"],
        &["migrate"],
        &["migrate", "up"],
        &["migrate", "down"],
        &["migrate", "status"],
        &["keys"],
        &["keys", "generate"],
        &["keys", "list"],
        &["keys", "add"],
        &["keys", "rotate"],
        &["keys", "forget"],
        &["keys", "verify"],
        &["keystore"],
        &["keystore", "show"],
        &["keystore", "rotate"],
        &["mail"],
        &["mail", "test"],
        &["mail", "dead"],
        &["mail", "dead", "list"],
        &["mail", "dead", "retry"],
        &["mail", "dead", "drop"],
        &["config"],
        &["config", "check"],
        &["import-reference"],
        &["admin", "create"],
        &["admin", "list"],
        &["admin", "enable"],
        &["admin", "disable"],
        &["admin", "grant"],
        &["admin", "revoke"],
        &["audit", "verify"],
        &["rates"],
        &["rates", "import"],
        &["openapi"],
        &["help"],
    ];
    for command in commands.iter().copied() {
        let help: Vec<&str> = command.iter().copied().chain(["--help"]).collect();
        // `help` is help itself.
        let ended = done(run(if command == ["help"] { command } else { &help }, &[]));
        assert!(ended.stdout.contains("Usage: "), "{command:?}: {}", ended.stdout);
        assert!(
            ended.stdout.lines().next().is_some_and(|line| line.len() >= 8),
            "{command:?} says what it does"
        );
    }
    assert!(done(run(&["--version"], &[])).stdout.starts_with("dashtam "));
}

#[test]
fn wrong_usage_ends_with_two() {
    let wrong: &[&[&str]] = &[
        &[],
        &["fly"],
        &["serve", "--listen", "nowhere"],
        &["serve", "--role", "king"],
        &["serve", "--colour"],
        &["statement"],
        &["statement", "inspect"],
        &["import-reference"],
        &["migrate", "sideways"],
        &["keys", "generate", "--kind", "house"],
        &["keys", "add", "--kind", "house"],
        &["keys", "rotate", "--batch", "0"],
        &["migrate", "down", "--yes", "--steps", "0"],
        &["admin"],
        &["admin", "create", "--email", "nobody"],
        &["admin", "create", "--email", "me@example.com", "--name", " "],
        &["admin", "list", "me@example.com"],
        &["admin", "enable", "--email", "nobody"],
        &["admin", "disable", "--email", "nobody"],
        &["admin", "grant", "--email", "nobody"],
        &["admin", "revoke"],
        &["audit", "verify", "now"],
        &["config", "check", "--quietly"],
        &["demo", "--statement"],
        &["keystore", "rotate", "--batch", "1"],
        &["mail", "test", "--to", "nobody"],
        &["mail", "dead", "drop", "first"],
        &["openapi", "yaml"],
        &["sandbox", "--redirect-uri", "nowhere"],
        &["sandbox", "--seed", "some"],
        &["import-reference", "--database", "mysql://root:hunter2@localhost/x"],
        &["import-reference", "--database", "hunter2"],
    ];
    for arguments in wrong.iter().copied() {
        let ended = run(arguments, &[]);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("help") && ended.stdout.is_empty(), "{arguments:?}: {}", ended.stderr);
        assert!(!ended.stderr.contains("hunter2"), "{arguments:?}: {}", ended.stderr);
    }
}

#[test]
fn the_demonstration_checks_every_figure() {
    let ended = done(run(&["demo"], &[]));
    assert!(ended.stdout.contains("figures are right"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("WRONG"), "{}", ended.stdout);
    assert!(ended.stderr.contains("[12/12]"), "{}", ended.stderr);
    assert!(dashtam_tests::secrets::leaks(&ended.stderr).is_empty(), "{}", ended.stderr);
}

#[test]
fn the_demonstration_takes_statements_of_real_banks() {
    let Some(folder) = samples::ofx("the_demonstration_takes_statements_of_real_banks") else { return };
    for name in
        ["dashtam__chase_checking_account.qfx", "annacruz__v211.ofx", "asgrim__ofx-multiple-accounts-xml.ofx"]
    {
        let file = folder.join(name).display().to_string();
        let ended = done(run(&["demo", "--statement", &file], &[]));
        assert!(ended.stdout.contains("figures are right"), "{name}: {}", ended.stdout);
    }
}

#[test]
fn the_demonstration_refuses_what_is_no_statement() {
    let place = Place::sqlite();
    let page = place.path().join("page.ofx");
    fs::write(&page, "<html>").unwrap();
    for file in [page.display().to_string(), place.path().join("none.ofx").display().to_string()] {
        let ended = run(&["demo", "--statement", &file], &[]);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.starts_with("dashtam: "), "{}", ended.stderr);
    }
}

#[test]
fn inspecting_a_statement_prints_json_of_the_promised_shape() {
    let place = Place::sqlite();
    let file = place.path().join("statement.ofx");
    let mut made = rows(1, 12);
    made[3].day = "20269999".to_owned();
    let cents: i64 = made.iter().enumerate().filter(|(at, _)| *at != 3).map(|(_, row)| row.cents).sum();
    fs::write(&file, ofx("880012345678", &made, -4205, "20260831")).unwrap();
    let path = file.display().to_string();
    let ended = done(run(&["statement", "inspect", &path, "--json"], &[]));
    let shown: Value = serde_json::from_str(&ended.stdout).expect("one JSON value");
    assert_eq!(shown["format"], "ofx");
    assert_eq!(shown["rows"], json!({"taken": 11, "refused": 1}));
    let account = json!({
        "account": "880012345678", "currency": "USD", "transactions": 11,
        "sum": dashtam_tests::statement::amount(cents), "ledger_balance": "-42.05",
    });
    assert_eq!(shown["accounts"], json!([account]));
    let problems = shown["problems"].as_array().unwrap();
    assert!(
        problems.len() == 1 && problems[0]["line"].is_u64() && problems[0]["reason"].is_string(),
        "{shown}"
    );
    assert_eq!(shown.as_object().unwrap().len(), 4);
    // The table for people has the same figures.
    let table = done(run(&["statement", "inspect", &path], &[])).stdout;
    assert!(
        table.contains("880012345678") && table.contains("-42.05") && table.contains("11 taken, 1 refused")
    );

    for (content, what) in
        [("", "empty"), ("<html></html>", "a page"), ("OFXHEADER:100\n\n<OFX></OFX>", "no statement")]
    {
        fs::write(&file, content).unwrap();
        let ended = run(&["statement", "inspect", &path, "--json"], &[]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{what}: {}", ended.stderr);
        assert!(ended.stderr.starts_with("dashtam: "), "{what}: {}", ended.stderr);
    }
    let missing = run(&["statement", "inspect", "/no/such/file.ofx"], &[]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("/no/such/file.ofx"), "{}", missing.stderr);
}

#[test]
fn every_sample_is_inspected_or_refused() {
    let Some(folder) = samples::ofx("every_sample_is_inspected_or_refused") else { return };
    for path in samples::files(&folder) {
        let ended = run(&["statement", "inspect", &path.display().to_string(), "--json"], &[]);
        match ended.code {
            Some(0) => drop(serde_json::from_str::<Value>(&ended.stdout).expect("JSON")),
            Some(1) => assert!(ended.stderr.starts_with("dashtam: "), "{}", ended.stderr),
            code => panic!("{}: {code:?} {}", path.display(), ended.stderr),
        }
    }
}

/// Migrations up, down and up again on one engine.
fn migrations(place: &Place) {
    let directory = place.path().display().to_string();
    let variables: Vec<_> = place.database_url().map(|url| ("DATABASE_URL", url)).into_iter().collect();
    let migrate = |arguments: &[&str]| {
        let mut all = vec!["migrate"];
        all.extend(arguments);
        all.extend(["--data-dir", &directory]);
        run(&all, &variables)
    };
    let status = || -> Vec<String> {
        done(migrate(&["status"]))
            .stdout
            .lines()
            .map(|line| line.split("  ").next().unwrap().to_owned())
            .collect()
    };
    let count = status().len();
    assert!(count > 2);
    assert_eq!(status(), vec!["missing"; count]);
    for _ in 0..2 {
        done(migrate(&["up"]));
        assert_eq!(status(), vec!["applied"; count]);
    }
    let refused = migrate(&["down"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    assert_eq!(status(), vec!["applied"; count]);
    done(migrate(&["down", "--yes"]));
    assert_eq!(status().iter().filter(|line| *line == "missing").count(), 1);
    done(migrate(&["down", "--yes", "--steps", &count.to_string()]));
    assert_eq!(status(), vec!["missing"; count]);
    done(migrate(&["up"]));
    assert_eq!(status(), vec!["applied"; count]);
}

#[test]
fn what_needs_the_schema_says_how_it_gets_there() {
    let place = Place::sqlite();
    let directory = place.path().display().to_string();
    for command in [
        &["serve", "--plain-http", "--listen", "127.0.0.1:0", "--callback-listen", "127.0.0.1:0"][..],
        &["admin", "list"],
        &["audit", "verify"],
        &["keys", "verify"],
    ] {
        let command = [command, &["--data-dir", &directory]].concat();
        let ended = run(&command, &[("DASHTAM__DATABASE__MIGRATE_ON_START", "false")]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{command:?}: {}", ended.stderr);
        let words = ["lacks", "m20261122_0001_identity", "dashtam migrate up"];
        assert!(words.iter().all(|word| ended.stderr.contains(word)), "{command:?}: {}", ended.stderr);
    }
}

crate::engines::on_both_engines!(migrations_go_up_down_and_up_again);

async fn migrations_go_up_down_and_up_again(engine: dashtam_tests::Engine, test: &str) {
    let place = crate::engines::place!(engine, test);
    migrations(&place);
    let server = Server::start(&place);
    User::new(&server).await;
}

#[test]
fn the_sandbox_runs_alone_and_stops_when_asked() {
    for signal in ["INT", "TERM"] {
        let mut command = program::command(&["sandbox", "--listen", "127.0.0.1:0"]);
        let mut process = Guarded::start(command.stdout(Stdio::piped()).stderr(Stdio::null()));
        let mut line = String::new();
        BufReader::new(process.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
        let says: Value = serde_json::from_str(&line).expect("the first line is JSON");
        assert!(says["sandbox"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{says}");
        process.signal(signal);
        let status = process.child().wait().unwrap();
        assert_eq!(status.code(), Some(0), "after {signal}: {status}");
    }
}
