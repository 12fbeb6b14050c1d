#![doc = include_str!("../README.md")]

mod mutate;

use std::sync::OnceLock;

use dashtam_domain::{
    identity::{FieldCipher, FieldContext},
    ledger::statement::{StatementEvent, StatementReader},
    secret::{Sealed, SecretText},
};
use dashtam_security::KeyRing;
use dashtam_statements::{CamtReader, CsvReader, OfxReader, QifReader};

pub use mutate::Mutator;

/// A fuzz target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is that of its file in `fuzz/fuzz_targets` and of its folder in `fuzz/corpus`.
    pub name: &'static str,
    /// What it does with an input.
    pub body: fn(&[u8]),
    /// Folder of samples of the same sort, and how their names end.
    pub samples: Option<(&'static str, &'static [&'static str])>,
}

/// Every target.
pub const TARGETS: [Target; 9] = [
    Target { name: "statement", body: statement, samples: Some(("ofx", &["ofx", "qfx"])) },
    Target { name: "table", body: table, samples: None },
    Target { name: "schwab", body: schwab, samples: Some(("schwab", &["json", "txt", "html"])) },
    Target { name: "simplefin", body: simplefin, samples: Some(("simplefin", &["json", "html"])) },
    Target { name: "alpaca", body: alpaca, samples: Some(("alpaca", &["json"])) },
    Target { name: "plaid", body: plaid, samples: Some(("plaid", &["json"])) },
    Target { name: "enable_banking", body: enable_banking, samples: None },
    Target { name: "fernet", body: fernet, samples: None },
    Target { name: "callback", body: callback, samples: None },
];

/// Reads a statement file in OFX or QFX. Its events are no more than its bytes could tell, and reading it again
/// tells the same.
pub fn statement(input: &[u8]) {
    read_statement(&OfxReader, input);
}

/// Reads a table, a QIF file and a CAMT file, in the same way.
pub fn table(input: &[u8]) {
    read_statement(&CsvReader, input);
    read_statement(&QifReader, input);
    read_statement(&CamtReader, input);
}

fn read_statement(reader: &dyn StatementReader, input: &[u8]) {
    let is_recognised = reader.recognises(input.get(..4096).unwrap_or(input));
    let read = || reader.read(input).map(Iterator::collect::<Vec<StatementEvent>>);
    let Ok(events) = read() else { return };
    assert!(events.len() <= input.len() + 16, "{} events in {} bytes", events.len(), input.len());
    assert!(read().is_ok_and(|again| again == events), "the same file reads differently");
    if !is_recognised {
        return;
    }
    if let Ok(summary) = dashtam_statements::inspect(input)
        && summary.format == reader.format().key
    {
        let rows = events.iter().filter(|event| matches!(event, StatementEvent::Row(_))).count();
        let told = summary.rows.taken + summary.rows.known;
        assert_eq!(told, rows as u64, "the summary counts other rows");
    }
}

/// Reads an answer of Schwab's as every answer there is.
pub fn schwab(input: &[u8]) {
    dashtam_provider_schwab::fuzzing::read(input);
}

/// Reads an answer of a SimpleFIN server, and a setup token.
pub fn simplefin(input: &[u8]) {
    dashtam_provider_simplefin::fuzzing::read(input);
}

/// Reads an answer of Alpaca's as every answer there is.
pub fn alpaca(input: &[u8]) {
    dashtam_provider_alpaca::fuzzing::read(input);
}

/// Reads a row of Plaid's as every row there is.
pub fn plaid(input: &[u8]) {
    dashtam_provider_plaid::fuzzing::read(input);
}

/// Reads an answer of Enable Banking's as everything there is.
pub fn enable_banking(input: &[u8]) {
    dashtam_provider_enable_banking::fuzzing::read(input);
}

/// The keys under which nothing that a stranger made can open.
fn ring() -> Option<&'static KeyRing> {
    static RING: OnceLock<Option<KeyRing>> = OnceLock::new();
    let made = || {
        let sources = dashtam_local::sources();
        let secret = dashtam_security::generate_fernet_key(&*sources.randomness);
        let keys = [
            SecretText::new(format!("fernet:{}", secret.expose())),
            SecretText::new("reference-secret:a secret of the old system that is long enough"),
            SecretText::new(format!("xchacha20poly1305:{}=", "A".repeat(43))),
        ];
        KeyRing::parse(keys.iter(), sources.clock, sources.randomness).ok()
    };
    RING.get_or_init(made).as_ref()
}

/// Opens a stored secret. What was not sealed with one of the keys does not open, and what was sealed comes back.
pub fn fernet(input: &[u8]) {
    let Some(ring) = ring() else { return };
    let context = FieldContext::elsewhere("t.c", uuid::Uuid::nil());
    let text = String::from_utf8_lossy(input);
    let opened = ring.open(&Sealed::new(text.as_ref()), context);
    // The empty text stands for itself.
    assert!(opened.is_err() || text.is_empty(), "a forgery opened");
    if let Ok(sealed) = ring.seal(&SecretText::new(text.as_ref()), context) {
        let back = ring.open(&sealed, context);
        assert!(back.is_ok_and(|back| back.expose() == text.as_ref()), "what was sealed does not come back");
    }
}

/// Reads the query of an institution's callback.
pub fn callback(input: &[u8]) {
    dashtam_api::fuzzing::callback(&String::from_utf8_lossy(input));
}
