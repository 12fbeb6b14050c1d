//! Names of rate-limit buckets that tell nobody whom they count.

use std::{fmt, net::IpAddr};

use dashtam_domain::{
    rate_limit::{Bucket, BucketHasher, Subject},
    secret::SecretText,
};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::mac::{derive_key, hmac_sha256};

/// [`BucketHasher`] by HMAC-SHA-256 under a key derived from the secret key, cut to 128 bits.
pub struct HmacBucketHasher(Hmac<Sha256>);

impl HmacBucketHasher {
    /// Derives the key. All replicas of an installation share the secret key, and so the names.
    pub fn new(master: &SecretText) -> Self {
        Self(hmac_sha256(&derive_key(master.expose().as_bytes(), b"dashtam/v1/rate-limit")))
    }
}

impl BucketHasher for HmacBucketHasher {
    fn hash(&self, bucket: Bucket) -> [u8; 16] {
        let mut mac = self.0.clone();
        // The rule's name ends in a byte no name has; each kind of subject has a length or a mark of its own.
        mac.update(bucket.rule.as_bytes());
        mac.update(&[0]);
        mac.update(bucket.subject.kind().as_bytes());
        mac.update(&[0]);
        match bucket.subject {
            Subject::Address(IpAddr::V4(address)) => mac.update(&address.octets()),
            Subject::Address(IpAddr::V6(address)) => mac.update(&address.octets()),
            Subject::Site(address) => mac.update(&address.octets()),
            Subject::User(user) => mac.update(user.0.as_bytes()),
            Subject::Secret(hash) => mac.update(&hash),
        }
        let mut short = [0; 16];
        short.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        short
    }
}

impl fmt::Debug for HmacBucketHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacBucketHasher(…)")
    }
}

#[cfg(test)]
mod tests {
    use dashtam_domain::id::UserId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn each_bucket_has_a_name_and_each_installation_others() {
        let user = UserId(Uuid::from_u128(0x7f00_0001 << 96));
        let subjects = [
            Subject::address("127.0.0.1".parse().unwrap()),
            Subject::address("7f00:1::".parse().unwrap()),
            Subject::site("7f00:1::".parse().unwrap()).unwrap(),
            Subject::User(user),
            Subject::Secret(*user.0.as_bytes()),
        ];
        let hasher = |secret: &str| HmacBucketHasher::new(&SecretText::new(secret));
        let (one, other) = (hasher("one secret of an installation 12345678"), hasher("another secret"));
        let mut names = Vec::new();
        for rule in ["login", "log"] {
            for subject in subjects {
                let bucket = Bucket { rule, subject };
                assert_eq!(one.hash(bucket), one.hash(bucket));
                names.extend([one.hash(bucket), other.hash(bucket)]);
            }
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
