//! Codes of mails without a secret.

use dashtam_domain::{
    id::OutboxId,
    identity::{EmailCodes, OneTimeCode},
    secret::SecretHash,
};
use uuid::Uuid;

/// [`EmailCodes`] that anybody can compute.
#[derive(Debug, Default, Clone, Copy)]
pub struct FakeEmailCodes;

impl EmailCodes for FakeEmailCodes {
    fn derive(&self, item: OutboxId) -> OneTimeCode {
        OneTimeCode::of(crc(&item.to_string()))
    }

    fn hash(&self, challenge: Uuid, code: &OneTimeCode) -> SecretHash {
        SecretHash::of(&format!("{challenge} {}", code.expose()))
    }
}

fn crc(text: &str) -> u32 {
    let [a, b, c, d, ..] = *SecretHash::of(text).as_bytes();
    u32::from_be_bytes([a, b, c, d])
}
