//! The server's side of TLS.

use anyhow::{Context, Result};
use openssl::ssl::{AlpnError, SslAcceptor, SslFiletype, SslMethod, select_next_proto};

use crate::settings::Settings;

/// The protocols that are offered over TLS, the better one first, in the form of ALPN.
const PROTOCOLS: &[u8] = b"\x02h2\x08http/1.1";

/// Makes the acceptor with the configured certificate and key. Clients that offer HTTP/2 get it.
pub(crate) fn acceptor(settings: &Settings) -> Result<SslAcceptor> {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls())?;
    let (certificate, key) = (&settings.server.certificate, &settings.server.private_key);
    builder
        .set_certificate_chain_file(certificate)
        .with_context(|| format!("server.certificate: {} is not a PEM certificate", certificate.display()))?;
    builder
        .set_private_key_file(key, SslFiletype::PEM)
        .with_context(|| format!("server.private_key: {} is not a PEM key", key.display()))?;
    builder.check_private_key().context("server.private_key is not that of server.certificate")?;
    builder
        .set_alpn_select_callback(|_, offered| select_next_proto(PROTOCOLS, offered).ok_or(AlpnError::NOACK));
    Ok(builder.build())
}
