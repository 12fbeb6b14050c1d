//! A certificate of one's own for the development profile.

use std::net::IpAddr;

use chrono::TimeDelta;
use dashtam_domain::{secret::SecretText, time::Timestamp};
use openssl::{
    asn1::{Asn1Integer, Asn1Time},
    bn::{BigNum, MsbOption},
    ec::{EcGroup, EcKey},
    error::ErrorStack,
    hash::MessageDigest,
    nid::Nid,
    pkey::PKey,
    x509::{
        X509, X509Name,
        extension::{
            BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName, SubjectKeyIdentifier,
        },
    },
};

/// The certificate could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the self-signed certificate could not be made: {0}")]
pub struct CertificateError(#[from] ErrorStack);

/// A certificate and its private key, both as PEM.
#[derive(Debug)]
pub struct SelfSigned {
    /// The certificate; a client that trusts this file trusts the server.
    pub cert_pem: String,
    /// The private key in PKCS#8.
    pub key_pem: SecretText,
}

/// Makes a P-256 key and a certificate for these names and addresses, good for `days` from `now`.
///
/// It is a server's certificate and no authority's: whoever puts it among the trusted roots trusts this one
/// key and nothing that could be signed with it.
pub fn self_signed_certificate(
    names: &[&str],
    ips: &[IpAddr],
    days: u32,
    now: Timestamp,
) -> Result<SelfSigned, CertificateError> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    let key = PKey::from_ec_key(EcKey::generate(&group)?)?;
    let subject = subject()?;
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    let serial = serial()?;
    builder.set_serial_number(&serial)?;
    builder.set_subject_name(&subject)?;
    builder.set_issuer_name(&subject)?;
    builder.set_pubkey(&key)?;
    // An hour of grace for clients whose clock is behind.
    let from = Asn1Time::from_unix(now.plus(TimeDelta::hours(-1)).as_seconds())?;
    builder.set_not_before(&from)?;
    let until = Asn1Time::from_unix(now.plus(TimeDelta::days(i64::from(days))).as_seconds())?;
    builder.set_not_after(&until)?;
    builder.append_extension(BasicConstraints::new().critical().build()?)?;
    builder.append_extension(KeyUsage::new().critical().digital_signature().build()?)?;
    builder.append_extension(ExtendedKeyUsage::new().server_auth().build()?)?;
    let mut alternatives = SubjectAlternativeName::new();
    for name in names {
        alternatives.dns(name);
    }
    for ip in ips {
        alternatives.ip(&ip.to_string());
    }
    let context = builder.x509v3_context(None, None);
    let identifier = SubjectKeyIdentifier::new().build(&context)?;
    let alternatives = alternatives.build(&context)?;
    builder.append_extension(identifier)?;
    builder.append_extension(alternatives)?;
    builder.sign(&key, MessageDigest::sha256())?;
    let cert_pem = String::from_utf8_lossy(&builder.build().to_pem()?).into_owned();
    let key_pem = SecretText::new(String::from_utf8_lossy(&key.private_key_to_pem_pkcs8()?));
    Ok(SelfSigned { cert_pem, key_pem })
}

/// The name is for people; programs compare the alternative names.
fn subject() -> Result<X509Name, ErrorStack> {
    let mut name = X509Name::builder()?;
    name.append_entry_by_nid(Nid::COMMONNAME, "Dashtam development")?;
    Ok(name.build())
}

/// A serial number nobody else has: clients remember certificates by issuer and serial.
fn serial() -> Result<Asn1Integer, ErrorStack> {
    let mut number = BigNum::new()?;
    number.rand(127, MsbOption::MAYBE_ZERO, false)?;
    number.to_asn1_integer()
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        os::unix::net::UnixStream,
        thread,
    };

    use openssl::{
        nid::Nid,
        ssl::{SslAcceptor, SslConnector, SslMethod},
        x509::{store::X509StoreBuilder, verify::X509VerifyFlags},
    };

    use super::*;

    fn made() -> SelfSigned {
        let now = Timestamp::from_micros(1_000_000 * 1_700_000_000).unwrap();
        let ips = ["127.0.0.1", "::1"].map(|ip| ip.parse().unwrap());
        self_signed_certificate(&["localhost"], &ips, 36_500, now).unwrap()
    }

    /// A client that knows only this certificate talks to a server of this name.
    fn greet(made: &SelfSigned, host: &'static str) -> bool {
        let (server_side, client_side) = UnixStream::pair().unwrap();
        let cert = X509::from_pem(made.cert_pem.as_bytes()).unwrap();
        let mut acceptor = SslAcceptor::mozilla_modern_v5(SslMethod::tls_server()).unwrap();
        acceptor.set_certificate(&cert).unwrap();
        acceptor
            .set_private_key(&PKey::private_key_from_pem(made.key_pem.expose().as_bytes()).unwrap())
            .unwrap();
        let acceptor = acceptor.build();
        let server = thread::spawn(move || {
            if let Ok(mut stream) = acceptor.accept(server_side) {
                let _ = stream.write_all(b"hello");
                let _ = stream.shutdown();
            }
        });
        let mut store = X509StoreBuilder::new().unwrap();
        store.add_cert(cert).unwrap();
        store.set_flags(X509VerifyFlags::X509_STRICT).unwrap();
        let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
        connector.set_cert_store(store.build());
        let mut answer = [0; 5];
        let greeted = connector
            .build()
            .connect(host, client_side)
            .is_ok_and(|mut stream| stream.read_exact(&mut answer).is_ok() && &answer == b"hello");
        server.join().unwrap();
        greeted
    }

    #[test]
    fn it_is_its_own_root_for_its_names_and_addresses() {
        let made = made();
        for (host, good) in [("localhost", true), ("127.0.0.1", true), ("::1", true), ("example.com", false)]
        {
            assert_eq!(greet(&made, host), good, "{host}");
        }
    }

    #[test]
    fn every_one_has_its_own_key_and_serial_and_the_key_is_not_shown() {
        let [one, two] = [made(), made()];
        let [a, b] = [&one, &two].map(|made| X509::from_pem(made.cert_pem.as_bytes()).unwrap());
        assert_ne!(a.serial_number().to_bn().unwrap(), b.serial_number().to_bn().unwrap());
        assert_ne!(one.key_pem.expose(), two.key_pem.expose());
        assert!(!format!("{one:?}").contains("PRIVATE"));
        assert!(one.key_pem.expose().starts_with("-----BEGIN PRIVATE KEY-----"));
        let from = Asn1Time::from_unix(1_700_000_000 - 3_600).unwrap();
        assert!(a.not_before() == from);
        assert_eq!(a.signature_algorithm().object().nid(), Nid::ECDSA_WITH_SHA256);
    }
}
