//! RSA key pairs for RS256: made, tested and named.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use dashtam_domain::{
    identity::{KeyPair, PublicJwk, SigningKeyId, UnusableKey},
    secret::SecretText,
};
use josekit::jws::{
    JwsSigner, JwsVerifier, RS256,
    alg::rsassa::{RsassaJwsSigner, RsassaJwsVerifier},
};
use openssl::{
    pkey::{PKey, Public},
    rsa::Rsa,
    sha::sha256,
};

/// The length of a new pair's modulus, in bits.
const BITS: u32 = 3_072;
/// Shorter keys are refused (RFC 7518, section 3.3).
const MIN_BITS: u32 = 2_048;

/// A public key that verifies, with what it is published as.
pub(crate) struct Verifier {
    pub(crate) jwk: PublicJwk,
    verifier: RsassaJwsVerifier,
}

impl Verifier {
    /// Reads SubjectPublicKeyInfo in PEM.
    pub(crate) fn new(public: &str) -> Result<Self, UnusableKey> {
        let rsa = PKey::public_key_from_pem(public.as_bytes()).and_then(|key| key.rsa()).map_err(unusable)?;
        if rsa.n().num_bits().unsigned_abs() < MIN_BITS {
            return Err(UnusableKey);
        }
        let verifier = RS256.verifier_from_pem(public).map_err(unusable)?;
        Ok(Self { jwk: jwk(&rsa)?, verifier })
    }

    /// Whether `signature` is this key's over `message`.
    pub(crate) fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifier.verify(message, signature).is_ok()
    }
}

/// Reads PKCS#8 in PEM, for signing.
pub(crate) fn signer(private: &SecretText) -> Result<RsassaJwsSigner, UnusableKey> {
    RS256.signer_from_pem(private.expose()).map_err(unusable)
}

/// Makes a pair. Takes about a second of processor time.
pub(crate) fn generate() -> Result<KeyPair, UnusableKey> {
    let key = Rsa::generate(BITS).and_then(PKey::from_rsa).map_err(unusable)?;
    let public = pem(key.public_key_to_pem())?;
    let private = SecretText::new(pem(key.private_key_to_pem_pkcs8())?);
    Ok(KeyPair { id: Verifier::new(&public)?.jwk.id, public, private })
}

/// Whether the halves belong together: what one signs, the other accepts.
pub(crate) fn halves_match(signer: &RsassaJwsSigner, verifier: &Verifier) -> bool {
    let message = b"dashtam self-test";
    signer.sign(message).is_ok_and(|signature| verifier.accepts(message, &signature))
}

/// The public numbers and their thumbprint: SHA-256 over the required members in lexical order (RFC 7638).
fn jwk(rsa: &Rsa<Public>) -> Result<PublicJwk, UnusableKey> {
    let (n, e) = (BASE64.encode(rsa.n().to_vec()), BASE64.encode(rsa.e().to_vec()));
    let thumbprint = sha256(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#).as_bytes());
    let id: SigningKeyId = BASE64.encode(thumbprint).parse().map_err(|_| UnusableKey)?;
    Ok(PublicJwk { id, n, e })
}

fn pem(bytes: Result<Vec<u8>, openssl::error::ErrorStack>) -> Result<String, UnusableKey> {
    String::from_utf8(bytes.map_err(unusable)?).map_err(|_| UnusableKey)
}

/// What the library says of a private key is not for a log.
fn unusable<E>(_: E) -> UnusableKey {
    UnusableKey
}

#[cfg(test)]
mod tests {
    use openssl::bn::BigNum;

    use super::*;

    fn number(text: &str) -> BigNum {
        BigNum::from_slice(&BASE64.decode(text).unwrap()).unwrap()
    }

    /// The example of RFC 7638, section 3.1.
    #[test]
    fn the_thumbprint_is_the_standards() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let rsa = Rsa::from_public_components(number(n), number("AQAB")).unwrap();
        assert_eq!(jwk(&rsa).unwrap().id.as_str(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    /// The example of RFC 7515, appendix A.2.
    #[test]
    fn a_signature_of_the_standard_is_accepted() {
        let n = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
        let rsa = Rsa::from_public_components(number(n), number("AQAB")).unwrap();
        let public = String::from_utf8(PKey::from_rsa(rsa).unwrap().public_key_to_pem().unwrap()).unwrap();
        let message = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
        let verifier = Verifier::new(&public).unwrap();
        let signature = BASE64.decode(signature).unwrap();
        assert!(verifier.accepts(message.as_bytes(), &signature));
        assert!(!verifier.accepts(b"another message", &signature));
    }

    #[test]
    fn halves_of_different_pairs_are_told_apart_and_short_keys_refused() {
        let (one, two) = (generate().unwrap(), generate().unwrap());
        let verifier = Verifier::new(&one.public).unwrap();
        assert_eq!(verifier.jwk.id, one.id);
        assert!(halves_match(&signer(&one.private).unwrap(), &verifier));
        assert!(!halves_match(&signer(&two.private).unwrap(), &verifier));
        let short = PKey::from_rsa(Rsa::generate(1_024).unwrap()).unwrap().public_key_to_pem().unwrap();
        assert!(Verifier::new(std::str::from_utf8(&short).unwrap()).is_err());
        assert!(Verifier::new("no key").is_err() && signer(&SecretText::new("no key")).is_err());
    }
}
