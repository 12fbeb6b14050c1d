//! XChaCha20-Poly1305 bound to the place where the value stands.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use dashtam_domain::{
    identity::FieldContext,
    sealed::{Place, SealedField},
};

/// The text that every ciphertext of this format begins with.
pub(crate) const PREFIX: &str = "xc1.";
const NONCE: usize = 24;

/// An XChaCha20-Poly1305 key.
pub(crate) struct XChaChaKey(XChaCha20Poly1305);

impl XChaChaKey {
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&bytes.into()))
    }

    /// Encrypts for one place: `xc1.` and base64url of nonce, ciphertext and tag.
    pub(crate) fn seal(&self, plain: &str, nonce: &[u8; NONCE], context: FieldContext) -> Option<String> {
        let place = place(context);
        let payload = Payload { msg: plain.as_bytes(), aad: place.as_bytes() };
        let body = self.0.encrypt(&XNonce::from(*nonce), payload).ok()?;
        let mut text = PREFIX.to_owned();
        BASE64_URL_SAFE_NO_PAD.encode_string([nonce.as_slice(), &body].concat(), &mut text);
        Some(text)
    }

    /// Decrypts what was sealed for this table, column and row.
    pub(crate) fn open(&self, sealed: &[u8], context: FieldContext) -> Option<String> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE>()?;
        let place = place(context);
        let payload = Payload { msg: body, aad: place.as_bytes() };
        String::from_utf8(self.0.decrypt(&XNonce::from(*nonce), payload).ok()?).ok()
    }
}

/// The associated data. No name holds `|`.
fn place(context: FieldContext) -> String {
    format!("{}|{}", name(context.place), context.row)
}

/// What a place is called in ciphertexts. What was sealed under a name opens under no other: these never change, even
/// if what they call is moved within the store.
fn name(place: Place) -> &'static str {
    match place {
        Place::Field(SealedField::AccessToken) => "provider_credentials.access_token_encrypted",
        Place::Field(SealedField::RefreshToken) => "provider_credentials.refresh_token_encrypted",
        Place::Field(SealedField::IdToken) => "provider_credentials.id_token_encrypted",
        Place::Field(SealedField::PkceVerifier) => "pending_authorizations.verifier_encrypted",
        Place::Field(SealedField::SigningKey) => "keystore.private_key_encrypted",
        Place::Field(SealedField::NextSigningKey) => "keystore_published.private_key_encrypted",
        Place::Field(SealedField::TotpKey) => "second_factors.totp_key_encrypted",
        Place::Field(SealedField::PendingTotpKey) => "second_factors.pending_key_encrypted",
        Place::Field(SealedField::WebhookSecret) => "webhooks.secret_encrypted",
        Place::Field(SealedField::PreviousWebhookSecret) => "webhooks.previous_secret_encrypted",
        Place::Elsewhere(name) => name,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const PLACE: FieldContext = FieldContext::elsewhere("connections.access_token", Uuid::from_u128(1));

    #[test]
    fn a_ciphertext_opens_in_its_own_place_only() {
        let key = XChaChaKey::from_bytes([7; 32]);
        let text = key.seal("secret", &[9; NONCE], PLACE).unwrap();
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX).unwrap()).unwrap();
        assert_eq!(key.open(&sealed, PLACE).unwrap(), "secret");
        for moved in [
            FieldContext { place: Place::Elsewhere("users.access_token"), ..PLACE },
            FieldContext { place: Place::Elsewhere("connections.refresh_token"), ..PLACE },
            SealedField::AccessToken.at(PLACE.row),
            FieldContext { row: Uuid::from_u128(2), ..PLACE },
        ] {
            assert!(key.open(&sealed, moved).is_none(), "{moved:?}");
        }
        assert!(XChaChaKey::from_bytes([8; 32]).open(&sealed, PLACE).is_none());
        assert!(key.open(&sealed[..30], PLACE).is_none() && key.open(&[], PLACE).is_none());
    }

    /// What is stored opens in the place it was sealed for, by the name of that time.
    #[test]
    fn names_of_places_are_what_they_were() {
        let row = Uuid::nil();
        let places: Vec<_> = SealedField::ALL.iter().map(|field| place(field.at(row))).collect();
        let names = [
            "provider_credentials.access_token_encrypted",
            "provider_credentials.refresh_token_encrypted",
            "provider_credentials.id_token_encrypted",
            "pending_authorizations.verifier_encrypted",
            "keystore.private_key_encrypted",
            "keystore_published.private_key_encrypted",
            "second_factors.totp_key_encrypted",
            "second_factors.pending_key_encrypted",
            "webhooks.secret_encrypted",
            "webhooks.previous_secret_encrypted",
        ];
        assert_eq!(places, names.map(|name| format!("{name}|00000000-0000-0000-0000-000000000000")));
    }
}
