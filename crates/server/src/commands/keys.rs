//! `dashtam keys`.

use anyhow::Result;
use dashtam_security::generate_fernet_key;

use super::say;
use crate::cli::{KeyKind, Keys};

pub(crate) fn run(command: &Keys) -> Result<()> {
    let Keys::Generate { kind } = command;
    let key = generate_fernet_key(&*dashtam_local::sources().randomness);
    match kind {
        KeyKind::Encryption => say(&format!("fernet:{}", key.expose())),
        // 32 random bytes in base64 serve as a signing key just as well.
        KeyKind::Secret => say(key.expose()),
    }
}
