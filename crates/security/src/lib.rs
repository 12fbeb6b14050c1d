#![doc = include_str!("../README.md")]

mod access_tokens;
mod account_hasher;
mod argon2_hasher;
mod audit_seal;
mod bucket_hasher;
mod certificate;
mod dictionary;
mod email_codes;
mod fernet;
mod fingerprints;
mod key_ring;
mod mac;
mod mailed_secrets;
mod refresh_secrets;
mod rs256_access_tokens;
mod rsa_keys;
mod secret_strength;
mod stored_hash;
mod verified_tokens;
mod xchacha;

pub use access_tokens::{
    JwtAccessTokens, MIN_SIGNING_KEY, TokenClaims, TokenError, TokenType, UnusableSigningKey,
};
pub use account_hasher::HmacAccountHasher;
pub use argon2_hasher::{Argon2Hasher, DEFAULT_QUEUE, HashLoad};
pub use audit_seal::DerivedAuditSeal;
pub use bucket_hasher::HmacBucketHasher;
pub use certificate::{CertificateError, SelfSigned, self_signed_certificate};
pub use email_codes::DerivedEmailCodes;
pub use fernet::generate_fernet_key;
pub use fingerprints::DerivedFingerprints;
pub use key_ring::{KeyDescription, KeyFormat, KeyRing, KeyRingError};
pub use mac::secret_mark;
pub use mailed_secrets::DerivedMailedSecrets;
pub use refresh_secrets::DerivedRefreshSecrets;
pub use rs256_access_tokens::Rs256AccessTokens;
pub use secret_strength::SecretStrength;
pub use stored_hash::{Argon2Parameters, ParametersOutOfRange};
