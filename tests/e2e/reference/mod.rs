//! Moving in from the reference system: a database as it left it, the real program, and what users find afterwards.

mod copies;
mod refusals;

use dashtam_domain::{
    identity::{FieldCipher, FieldContext},
    secret::{Sealed, SecretText},
};
use dashtam_security::KeyRing;
use dashtam_testkit::reference::{ENCRYPTION_KEY, SEALED_TOKEN, SECRET_KEY, TOKEN};
use dashtam_tests::{
    Place,
    program::{self, Ended},
};
use serde_json::{Value, json};

const KEYS: &str = "DASHTAM__SECURITY__ENCRYPTION_KEYS";
/// What new secrets are sealed with.
const NEWEST: &str = "fernet:QmFuZ2xhZGVzaC1hbmQtQm9saXZpYS1hcmUtZmFyLS0=";

fn keys() -> String {
    format!("{NEWEST},reference:{ENCRYPTION_KEY},reference-secret:{SECRET_KEY}")
}

/// The reference system's database; the test ends here where there is no Postgres.
macro_rules! household {
    ($test:expr) => {
        match dashtam_testkit::reference::ReferenceDatabase::household().await {
            Ok(database) => database,
            Err(skip) => return skip.announce($test),
        }
    };
}

use household;

/// Runs the command into this place. What it says holds nothing secret or personal.
fn import(place: &Place, database: &str, keys: &str, more: &[&str]) -> Ended {
    let directory = place.path().display().to_string();
    let mut arguments = vec!["import-reference", "--database", database, "--data-dir", &directory];
    arguments.extend(more);
    let mut variables = vec![(KEYS, keys)];
    variables.extend(place.database_url().map(|url| ("DATABASE_URL", url)));
    let ended = program::run(&arguments, &variables);
    let said = format!("{}{}", ended.stdout, ended.stderr);
    for secret in [
        TOKEN,
        SEALED_TOKEN,
        "plain-id-token",
        "$2b$",
        "ovelace@",
        "bob@",
        "cleo@",
        "dora@",
        ENCRYPTION_KEY,
        SECRET_KEY,
    ] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
    ended
}

/// The report of a run that ended with this code.
#[track_caller]
fn report(ended: &Ended, code: i32) -> Value {
    assert_eq!(ended.code, Some(code), "{}\n{}", ended.stdout, ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("not JSON: {}", ended.stdout))
}

/// Read, copied, already there, refused.
fn tally(read: u64, copied: u64, there: u64, refused: u64) -> Value {
    json!({"read": read, "copied": copied, "already_there": there, "refused": refused})
}

fn tables(rows: [Value; 5]) -> Value {
    let names = ["users", "providers", "provider_connections", "provider_tokens", "provider_audit_logs"];
    Value::Object(names.map(str::to_owned).into_iter().zip(rows).collect())
}

/// Every stored token opens with the newest key alone, in its own place.
async fn assert_tokens_are_sealed_anew(place: &Place) {
    let sources = dashtam_local::sources();
    let newest = SecretText::new(NEWEST);
    let ring = KeyRing::parse([&newest], sources.clock.clone(), sources.randomness.clone()).unwrap();
    let rows = place
        .rows(
            "SELECT alias || ' of ' || u.name, access_token_encrypted, coalesce(refresh_token_encrypted, '-'), \
             coalesce(id_token_encrypted, '-') FROM provider_credentials c JOIN providers p ON p.id = c.connection_id \
             JOIN users u ON u.id = p.user_id ORDER BY u.email_canonical",
        )
        .await;
    let open = |text: &str| {
        if text == "-" {
            return "-".to_owned();
        }
        assert_ne!(text, SEALED_TOKEN);
        // Fernet binds nothing to a place.
        let place = FieldContext::elsewhere("-", Default::default());
        ring.open(&Sealed::new(text), place).unwrap().expose().to_owned()
    };
    let found: Vec<Vec<String>> =
        rows.iter().map(|row| vec![row[0].clone(), open(&row[1]), open(&row[2]), open(&row[3])]).collect();
    assert_eq!(
        found,
        [
            ["Schwab — main of Ada Lovelace", TOKEN, TOKEN, "plain-id-token-of-ada"],
            ["Schwab — main of Bob", TOKEN, "-", "-"],
            ["Broken of cleo", "", TOKEN, "-"],
        ]
    );
}
