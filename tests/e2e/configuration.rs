//! Settings: what is in force and where it is from, and what is said of those that are wrong.

use std::{
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt as _,
    process::Stdio,
    time::{Duration, Instant},
};

use dashtam_tests::{
    Engine, Place,
    program::{self, Ended, run},
};

use crate::engines::place;

/// A command that did what it was asked for; what it answered.
#[track_caller]
fn done(ended: Ended) -> String {
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    ended.stdout
}

/// A command that was refused; what it told.
#[track_caller]
fn refused(ended: Ended) -> String {
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{}", ended.stderr);
    ended.stderr
}

#[test]
fn the_configuration_in_force_is_shown_as_toml_with_its_sources() {
    let place = Place::sqlite();
    let directory = place.path().display().to_string();
    let file = place.path().join("own.toml");
    fs::write(&file, "[server]\nthreads = 3\n").unwrap();
    let path = file.display().to_string();
    let shown = done(run(
        &["config", "check", "--data-dir", &directory, "--config", &path],
        &[
            ("SECRET_KEY", "pl4nted-secret-key-of-many-letters"),
            ("REDIS_URL", "redis://:pl4nted@cache/0"),
            ("DASHTAM__TOKENS__ACCESS_MINUTES", "7"),
        ],
    ));
    assert!(shown.contains("Profile: development"), "{shown}");
    assert!(!shown.contains("pl4nted"), "{shown}");
    for (setting, source) in [
        ("threads = 3", path.as_str()),
        ("access_minutes = 7", "DASHTAM__TOKENS__ACCESS_MINUTES"),
        ("secret_key = \"(hidden)\"", "SECRET_KEY"),
        ("url = \"(hidden)\"", "REDIS_URL"),
        (&format!("dir = \"{directory}\""), "--data-dir"),
    ] {
        let line = shown.lines().find(|line| line.starts_with(setting)).unwrap_or_default();
        assert!(line.ends_with(&format!("# {source}")), "{setting}: {line:?}\n{shown}");
    }
    let entries = fs::read_dir(place.path()).unwrap().count();
    assert_eq!(entries, 1, "checking writes nothing");

    // What it shows is a configuration file, without the secrets it hides.
    let visible: String =
        shown.lines().filter(|line| !line.contains("(hidden)")).collect::<Vec<_>>().join("\n");
    fs::write(&file, visible).unwrap();
    assert!(done(run(&["config", "check", "--config", &path], &[])).contains("access_minutes = 7 "));
}

#[test]
fn banks_are_named_together_with_the_application_that_reads_them() {
    let application = ("DASHTAM__ENABLE_BANKING__APPLICATION_ID", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee");
    let key = ("DASHTAM__ENABLE_BANKING__PRIVATE_KEY", "pl4nted");
    let told = refused(run(&["config", "check"], &[application, key]));
    assert!(told.contains("enable_banking.banks must name") && !told.contains("pl4nted"), "{told}");
    let banks = ("DASHTAM__ENABLE_BANKING__BANKS", "FI:Nordea, DE:Deutsche Bank");
    let shown = done(run(&["config", "check"], &[application, key, banks]));
    assert!(shown.contains("FI:Nordea") && shown.contains("DE:Deutsche Bank"), "{shown}");
    assert!(shown.contains("private_key = \"(hidden)\"") && !shown.contains("pl4nted"), "{shown}");
    let told = refused(run(&["config", "check"], &[banks]));
    assert!(told.contains("nothing without enable_banking.application_id"), "{told}");
}

#[test]
fn what_is_no_setting_is_told_with_the_one_that_was_meant() {
    let place = Place::sqlite();
    let file = place.path().join("own.toml");
    let path = file.display().to_string();
    let check = ["config", "check", "--config", &path];
    fs::write(&file, "[server]\nlistne = \"x\"\n[mial]\nhost = \"x\"\n").unwrap();
    let told = refused(run(&check, &[("DASHTAM_SERVER__THREADS", "3"), ("DASHTAM_PROFIL", "production")]));
    for meant in [
        "server.listen?",
        "mail.host?",
        "DASHTAM_SERVER__THREADS is written DASHTAM__SERVER__THREADS",
        "did you mean DASHTAM_PROFILE?",
    ] {
        assert!(told.contains(meant), "{meant}: {told}");
    }
    let told = refused(run(&["serve"], &[("DASHTAM__SERVER__PUBLIC_ULR", "https://x.example")]));
    assert!(
        told.contains("DASHTAM__SERVER__PUBLIC_ULR")
            && told.contains("DASHTAM__SERVER__PUBLIC_URL (server.public_url)?"),
        "{told}"
    );
    let told = refused(run(&["config", "check"], &[("DASHTAM__MAIL__TRANSPORT", "pigeon")]));
    assert!(
        told.contains("mail.transport (set by DASHTAM__MAIL__TRANSPORT)") && told.contains("\"smtp\""),
        "{told}"
    );
    // Other programs have variables that begin like ours.
    done(run(
        &["config", "check"],
        &[("DASHTAM_HOST", "money.example.org"), ("DASHTAM_IMAGE", "dashtam:local")],
    ));
}

#[test]
fn a_file_that_cannot_be_used_is_named_and_never_quoted() {
    let place = Place::sqlite();
    let file = place.path().join("own.toml");
    let path = file.display().to_string();
    fs::write(&file, "[security]\nsecret_key = \"hunter2-hunter2\n").unwrap();
    let told = refused(run(&["config", "check", "--config", &path], &[]));
    assert!(told.contains(&path) && told.contains("line 2"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
    let told = refused(run(&["config", "check", "--config", "/no/such.toml"], &[]));
    assert!(told.contains("/no/such.toml"), "{told}");
    let mut command = program::command(&["config", "check"]);
    command.env("DASHTAM__DATA__DIR", OsStr::from_bytes(b"/tmp/\xff"));
    let told = refused(command.output().unwrap().into());
    assert!(told.contains("DASHTAM__DATA__DIR is not text"), "{told}");
}

#[test]
fn production_names_the_commands_that_mend_what_it_refuses() {
    let told = refused(run(&["serve", "--listen", "127.0.0.1:0"], &[("DASHTAM_PROFILE", "production")]));
    let variables: Vec<(&str, String)> = [
        ("SECRET_KEY", "dashtam keys generate --kind secret", "security.secret_key"),
        ("DASHTAM__SECURITY__ENCRYPTION_KEYS", "dashtam keys generate", "security.encryption_keys"),
    ]
    .map(|(variable, command, setting)| {
        let line = told.lines().find(|line| line.contains(setting)).unwrap_or_default();
        assert!(line.contains(&format!("`{command}`")), "{setting}: {told}");
        let arguments: Vec<&str> = command.split(' ').skip(1).collect();
        let make = || done(run(&arguments, &[])).trim().to_owned();
        let made = make();
        assert_ne!(made, make(), "no two keys are alike");
        (variable, made)
    })
    .into();
    for named in ["DASHTAM__SERVER__PUBLIC_URL=https://", "DASHTAM__SERVER__PLAIN_HTTP=true"] {
        assert!(told.contains(named), "{named}: {told}");
    }
    // With what they print and say, it is accepted.
    let mut all: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    all.extend([
        ("DASHTAM_PROFILE", "production"),
        ("DASHTAM__SERVER__PUBLIC_URL", "https://money.example.org"),
        ("DASHTAM__SERVER__PLAIN_HTTP", "true"),
    ]);
    let shown = done(run(&["config", "check"], &all));
    for (_, secret) in variables {
        assert!(!shown.contains(secret.trim_start_matches("fernet:")), "{shown}");
    }
}

#[tokio::test]
async fn a_postgres_that_cannot_be_used_is_told_at_once_with_what_to_do() {
    let test = "a_postgres_that_cannot_be_used_is_told_at_once_with_what_to_do";
    let place = place!(Engine::Postgres, test);
    let url: url::Url = place.database_url().unwrap().parse().unwrap();
    let directory = place.path().display().to_string();
    let with = |change: &dyn Fn(&mut url::Url)| {
        let mut url = url.clone();
        change(&mut url);
        url.to_string()
    };
    let nobody = with(&|url| url.set_username("no_such_role").unwrap());
    let no_database = with(&|url| url.set_path("/no_such_database"));
    // Since Postgres 15 only the owner of a database may make tables in it.
    place
        .change(
            "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'e2e_guest') THEN \
             CREATE ROLE e2e_guest LOGIN PASSWORD 'only-a-guest'; END IF; END $$",
        )
        .await;
    let guest = with(&|url| {
        url.set_username("e2e_guest").unwrap();
        url.set_password(Some("only-a-guest")).unwrap();
    });
    let told =
        refused(run(&["migrate", "up", "--data-dir", &directory], &[("DATABASE_URL", guest.as_str())]));
    assert!(told.contains("may not make tables") && told.contains("OWNER TO"), "{told}");

    let no_server = "postgres://me:hunter2@127.0.0.1:1/books".to_owned();
    for (database, named) in [
        (nobody, &["no_such_role", "createuser --pwprompt no_such_role"][..]),
        (no_database, &["no_such_database", "createdb --owner"]),
        (no_server, &["127.0.0.1:1", "Connection refused", "start it"]),
    ] {
        for command in [
            &["migrate", "status"][..],
            &["serve", "--listen", "127.0.0.1:0", "--callback-listen", "127.0.0.1:0"],
        ] {
            let arguments: Vec<&str> = command.iter().copied().chain(["--data-dir", &directory]).collect();
            let begun = Instant::now();
            let told = refused(run(&arguments, &[("DATABASE_URL", database.as_str())]));
            assert!(begun.elapsed() < Duration::from_secs(4), "{:?}: {told}", begun.elapsed());
            assert!(told.contains("DATABASE_URL") && !told.contains("hunter2"), "{told}");
            for part in named {
                assert!(told.contains(part), "{part}: {told}");
            }
        }
    }
}

#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    for arguments in [&["openapi"][..], &["config", "check"], &["--help"], &["help"]] {
        let mut command = program::command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ended: Ended = child.wait_with_output().unwrap().into();
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
    // A result that can be written nowhere is one.
    let mut command = program::command(&["openapi"]);
    command.stdout(fs::File::options().write(true).open("/dev/full").unwrap());
    let ended: Ended = command.stderr(Stdio::piped()).output().unwrap().into();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("standard output cannot be written"), "{}", ended.stderr);
}

#[test]
fn the_program_under_test_has_the_features_of_the_tests() {
    let variables = [("DASHTAM__MAIL__TRANSPORT", "ses-api"), ("AWS_REGION", "eu-central-1")];
    let ended = run(&["config", "check"], &variables);
    let expected = if cfg!(feature = "ses-api") { Some(0) } else { Some(1) };
    assert_eq!(ended.code, expected, "{}", ended.stderr);
    // Not the file that every other build in this folder replaces.
    assert!(
        std::env::var_os(program::PROGRAM).is_some()
            || program::path().parent().unwrap().ends_with("under-test")
    );
}
