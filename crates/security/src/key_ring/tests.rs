//! Tests of the key ring, also against Python's own Fernet.

use std::{
    io::Write,
    process::{Command, Stdio},
    sync::atomic::{AtomicU8, Ordering},
};

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use dashtam_domain::time::Timestamp;
use uuid::Uuid;

use super::*;
use crate::generate_fernet_key;

const PLACE: FieldContext = FieldContext::elsewhere("connections.access_token", Uuid::from_u128(1));
const ONE: &str = "fernet:xWz4JtuoyJN9g-hasYOQHbFBm29_ho2ANaiRswMkDLU=";
const TWO: &str = "reference:test-encryption-key-32-chars-long";
const X: &str = "xchacha20poly1305:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

struct Fixed(AtomicU8);

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_764_000_000_000_000).unwrap()
    }
}

impl Randomness for Fixed {
    fn bytes(&self) -> [u8; 32] {
        [self.0.fetch_add(1, Ordering::Relaxed); 32]
    }
}

/// A clock that stands and randomness that counts.
pub(crate) fn sources_of_tests() -> (Arc<dyn Clock>, Arc<dyn Randomness>) {
    let source = Arc::new(Fixed(AtomicU8::new(1)));
    (source.clone(), source)
}

fn entries(entries: &[&str]) -> Vec<SecretText> {
    entries.iter().map(|entry| SecretText::new(*entry)).collect()
}

fn try_ring(entries: &[&str]) -> Result<KeyRing, KeyRingError> {
    let (clock, randomness) = sources_of_tests();
    KeyRing::parse(&self::entries(entries), clock, randomness)
}

fn ring(entries: &[&str]) -> KeyRing {
    try_ring(entries).unwrap()
}

fn opened(ring: &KeyRing, sealed: &Sealed) -> Option<String> {
    ring.open(sealed, PLACE).ok().map(|plain| plain.expose().to_owned())
}

#[test]
fn the_newest_key_seals_and_every_key_opens() {
    let plain = SecretText::new("väry secret");
    let old = ring(&[ONE]).seal(&plain, PLACE).unwrap();
    let rotated = ring(&[X, TWO, ONE]);
    assert_eq!(opened(&rotated, &old).unwrap(), "väry secret");
    assert_eq!((rotated.keys(), rotated.key_of(&old, PLACE)), (3, Some(2)));
    let new = rotated.seal(&plain, PLACE).unwrap();
    assert!(new.as_str().starts_with("xc1."));
    assert_eq!((rotated.key_of(&new, PLACE), ring(&[TWO]).key_of(&new, PLACE)), (Some(0), None));
    assert_eq!(opened(&rotated, &new).unwrap(), "väry secret");
    assert_eq!(ring(&[TWO]).open(&new, PLACE).unwrap_err(), SealError::Open);
    assert_eq!(ring(&[TWO]).open(&old, PLACE).unwrap_err(), SealError::Open);
    assert_ne!(rotated.seal(&plain, PLACE).unwrap(), new, "never the same nonce");
}

#[test]
fn values_of_the_reference_system_open() {
    let ring = ring(&[ONE, TWO, "reference-secret:change-me-in-production-use-secrets-manager"]);
    for token in [
        "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0OD4OCWujghUEi6MLfm-sV3l1wlLbMADIgfKvqhA-KHitEKk54ll9QYd6pv1VH62P4xsNQ0Edep3ARHf4KtEFWraU=",
        "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0OD9yW2j910Zweil6ADEH_dBXBxUanpdtYWs6sEVN1zZ9LiI1zDrNT-2xCdQzEF-2W3EXt7IYEY3pbtL2eniRxSyU=",
    ] {
        assert_eq!(opened(&ring, &Sealed::new(token)).unwrap(), "access-token-123");
    }
}

#[test]
fn empty_stays_empty() {
    for entry in [ONE, X] {
        let ring = ring(&[entry]);
        let sealed = ring.seal(&SecretText::new(""), PLACE).unwrap();
        assert_eq!(sealed.as_str(), "");
        assert_eq!(opened(&ring, &sealed).unwrap(), "");
        assert_eq!(ring.key_of(&sealed, PLACE), Some(0));
    }
}

#[test]
fn garbage_does_not_open() {
    let ring = ring(&[ONE, X]);
    for text in [" ", "plain text", "xc1.", "xc1.AAAA", "xc1.!", "gAAAAAA=", "gAAAAA", "é"] {
        assert_eq!(ring.open(&Sealed::new(text), PLACE).unwrap_err(), SealError::Open, "{text}");
    }
}

#[test]
fn a_bad_entry_is_named_by_its_place_and_never_shown() {
    let unusable = |entries: &[&str]| try_ring(entries).unwrap_err();
    assert_eq!(unusable(&[]), KeyRingError::Empty);
    for entry in ["", "hunter2", "aes:hunter2", "Fernet:hunter2"] {
        assert_eq!(unusable(&[ONE, entry]), KeyRingError::UnknownFormat(2), "{entry}");
    }
    for entry in [
        "fernet:",
        "fernet:hunter2",
        "fernet:xWz4JtuoyJN9g-hasYOQHbFBm29_ho2ANaiRswMkDLU",
        "reference:",
        "reference:gAAAAAhunter2",
        "reference-secret:",
        "xchacha20poly1305:aHVudGVyMg==",
    ] {
        let error = unusable(&[ONE, TWO, entry]);
        assert!(matches!(error, KeyRingError::Unusable { position: 3, .. }), "{entry}: {error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
    assert_eq!(format!("{:?}", ring(&[ONE, X])), r#"KeyRing(["fernet", "xchacha20poly1305"])"#);
}

#[test]
fn keys_are_exchanged_in_use_and_a_bad_list_changes_nothing() {
    let in_use = ring(&[ONE]);
    let old = in_use.seal(&SecretText::new("x"), PLACE).unwrap();
    let new = ring(&[X]).seal(&SecretText::new("y"), PLACE).unwrap();
    assert_eq!(opened(&in_use, &new), None);
    in_use.replace(&entries(&[X, ONE])).unwrap();
    assert_eq!((opened(&in_use, &new).unwrap(), opened(&in_use, &old).unwrap()), ("y".into(), "x".into()));
    assert!(in_use.seal(&SecretText::new("z"), PLACE).unwrap().as_str().starts_with("xc1."));
    for bad in [&[][..], &[TWO, "fernet:hunter2"]] {
        in_use.replace(&entries(bad)).unwrap_err();
        assert_eq!((in_use.keys(), opened(&in_use, &old).unwrap()), (2, "x".to_owned()));
    }
}

#[test]
fn a_fingerprint_tells_keys_apart_and_is_not_the_key() {
    let described = |entry| ring(&[entry]).describe().remove(0);
    // The fourth key of the earlier system under its own name, and as the Fernet key it comes down to.
    let spelled = described("fernet:dGVzdC1lbmNyeXB0aW9uLWtleS0zMi1jaGFycy1sb24=");
    assert_eq!((spelled.format, described(TWO).format), ("fernet", "reference"));
    assert_eq!(spelled.fingerprint, described(TWO).fingerprint);
    // HMAC-SHA-256 of `dashtam/key-fingerprint/v1` under the bytes 00 to 1f.
    let x = KeyDescription { format: "xchacha20poly1305", fingerprint: "461b7747861bbccd".to_owned() };
    assert_eq!(described(X), x);
    let all = ring(&[ONE, TWO, X]).describe();
    assert!(all[0].fingerprint != all[1].fingerprint && all[1].fingerprint != all[2].fingerprint);
}

#[test]
fn base64_comes_in_four_spellings() {
    let bytes = [0xfb_u8; 32];
    let padded = [BASE64_STANDARD.encode(bytes), BASE64_URL_SAFE.encode(bytes)];
    for text in padded.iter().flat_map(|text| [text.as_str(), text.trim_end_matches('=')]) {
        assert_eq!(base64_32(text), Some(bytes), "{text}");
    }
}

#[test]
fn a_generated_key_is_a_key() {
    let key = generate_fernet_key(&Fixed(AtomicU8::new(200)));
    assert_eq!(key.expose().len(), 44);
    ring(&[&format!("fernet:{}", key.expose())]);
    for (format, name) in [(KeyFormat::Fernet, "fernet"), (KeyFormat::XChaCha20Poly1305, "xchacha20poly1305")]
    {
        let entry = format.generate(&Fixed(AtomicU8::new(251)));
        assert_eq!(ring(&[entry.expose()]).describe()[0].format, name);
    }
}

/// Python opens what we seal, and we open what Python seals, with every kind of entry that is Fernet. Python makes
/// the keys of the earlier system itself, by that system's rules.
#[test]
fn python_reads_what_we_write_and_the_other_way_round() {
    const SCRIPT: &str = "
import base64, sys
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
entry, token, plain = sys.stdin.buffer.read().decode().split('\\n')
kind, value = entry.split(':', 1)
if kind == 'fernet' or (kind == 'reference' and value.startswith('gAAAAA')):
    key = value
elif kind == 'reference':
    key = base64.urlsafe_b64encode(value.encode()[:32].ljust(32, b'0'))
else:
    assert kind == 'reference-secret'
    kdf = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=b'dashtam-token-salt', iterations=100000)
    key = base64.urlsafe_b64encode(kdf.derive(value.encode()))
f = Fernet(key)
assert f.decrypt(token).decode() == plain, 'plain text differs'
assert f.extract_timestamp(token) == 1764000000, 'time differs'
print(f.encrypt(plain.encode()).decode())
";
    let run = |script: &str, input: &str| {
        let mut child = Command::new("python3")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        child.stdin.take()?.write_all(input.as_bytes()).ok()?;
        child.wait_with_output().ok()
    };
    if !run("import cryptography.fernet", "").is_some_and(|probe| probe.status.success()) {
        let required = std::env::var_os("DASHTAM_REQUIRE_SERVERS").is_some_and(|value| value == "1");
        assert!(!required, "python3 with the module cryptography is missing");
        println!("skipped: python3 with the module cryptography is missing");
        return;
    }
    let generated = KeyFormat::Fernet.generate(&Fixed(AtomicU8::new(77)));
    for entry in [
        ONE,
        generated.expose(),
        TWO,
        "reference:short-key",
        "reference:clé",
        "reference:xWz4JtuoyJN9g-hasYOQHbFBm29_ho2ANaiRswMkDLU=",
        "reference:gAAAAAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
        "reference-secret:secret-key-for-tests",
        "reference-secret:Schlüssel: mit Doppelpunkt",
    ] {
        // A key that only opens has to open as well as the one that seals.
        let (sealing, opening) = (ring(&[entry]), ring(&[X, entry]));
        for plain in ["a", "exactly sixteen!", "Zoë's токен, long enough for several blocks of the cipher"]
        {
            let sealed = sealing.seal(&SecretText::new(plain), PLACE).unwrap();
            let output = run(SCRIPT, &format!("{entry}\n{}\n{plain}", sealed.as_str())).unwrap();
            assert!(output.status.success(), "{entry}: {}", String::from_utf8_lossy(&output.stderr));
            let token = Sealed::new(String::from_utf8(output.stdout).unwrap().trim());
            for ring in [&sealing, &opening] {
                assert_eq!(opened(ring, &token).as_deref(), Some(plain), "{entry}");
            }
        }
    }
}
