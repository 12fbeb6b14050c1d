//! Cryptographic adapters: password hashes, access and refresh tokens, encryption at rest, certificates for
//! development, and the checks a configured secret has to pass.

mod access_tokens;
mod argon2_hasher;
mod bucket_hasher;
mod certificate;
mod fernet;
mod key_ring;
mod mac;
mod refresh_secrets;
mod secret_strength;
mod stored_hash;
mod xchacha;

pub use access_tokens::{JwtAccessTokens, MIN_SIGNING_KEY, UnusableSigningKey};
pub use argon2_hasher::{Argon2Hasher, DEFAULT_QUEUE};
pub use bucket_hasher::HmacBucketHasher;
pub use certificate::{CertificateError, SelfSigned, self_signed_certificate};
pub use fernet::generate_fernet_key;
pub use key_ring::{KeyRing, KeyRingError};
pub use refresh_secrets::DerivedRefreshSecrets;
pub use secret_strength::SecretStrength;
pub use stored_hash::{Argon2Parameters, ParametersOutOfRange};
